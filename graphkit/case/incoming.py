"""What is given to an import → the files in it: those of a folder and of a zip, each by its name in evidence."""

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from graphkit.case.folder import Folder
from graphkit.errors import InputError
from graphkit.tables.kinds import kind_of
from graphkit.tables.workbook_guards import MOST_UNPACKED, SUSPECT_RATIO, SUSPECT_UNPACKED

MOST_FILES = 1_000
"""Files that one zip may hold."""
LONGEST_NAME = 200
"""Bytes of a file's own name; some disks take no more than 255, and a name is written beside others."""
UTF8_NAME = 0x800
LOCKED = 0x1
"""Flags of a file in a zip: its name is UTF-8; a password locks it."""
BY_SYSTEMS = ("thumbs.db", "desktop.ini", "__macosx")
"""What Windows and macOS leave in folders and zips; nobody handed it over."""


@dataclass(frozen=True)
class Incoming:
    """One file: its name in evidence (with the folders and the zip it was in), and where its bytes lie.

    ``found`` says that it was not named by itself: what is wrong with it is told then, and stops no other file.
    """

    name: str
    path: Path
    found: bool = False
    refused: str = ""
    skipped: str = ""


def incoming(paths: Sequence[Path], unpacked: Path) -> list[Incoming]:
    """The files that ``paths`` are or hold, in the order given, those of a folder or zip by name.

    A file of a zip is copied into ``unpacked``; its own name plays no part in where it goes. Hidden files and those
    that Office locks with are skipped. Raises ``InputError`` for a folder or zip without files, and for a zip bomb.
    """
    files: list[Incoming] = []
    for path in dict.fromkeys(paths):
        if _is_case(path):
            raise InputError(f"{path.name} is a folder that holds a case; give the folder of the files themselves.")
        if path.is_dir():
            held = list(_of_folder(path, unpacked))
        elif _is_zip(path):
            held = list(_of_zip(Incoming(path.name, path), unpacked))
        else:
            files.append(Incoming(path.name, path))
            continue
        if not held:
            raise InputError(f"{path.name} holds no files; give the folder or zip that they are in.")
        files.extend(held)
    return files


def _of_folder(home: Path, unpacked: Path) -> Iterator[Incoming]:
    closed: list[OSError] = []
    for folder, folders, names in os.walk(home, onerror=closed.append):
        for path in sorted(Path(folder) / name for name in folders):
            why = _why_skipped(path.name) or _why_not_entered(path)
            if why:
                folders.remove(path.name)
                yield Incoming(path.relative_to(home).as_posix(), path, True, skipped=why)
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            one = Incoming(path.relative_to(home).as_posix(), path, True, skipped=_why_skipped(name))
            if one.skipped or not _is_zip(path):
                yield one
                continue
            try:
                yield from list(_of_zip(one, unpacked))
            except InputError as error:
                yield Incoming(one.name, path, True, refused=str(error))
    for locked in closed:
        path = Path(locked.filename)
        name = path.relative_to(home).as_posix() if path != home else home.name
        yield Incoming(name, path, True, refused=f"{name} cannot be read ({locked.strerror}); check its permissions.")


def _of_zip(outer: Incoming, unpacked: Path) -> Iterator[Incoming]:
    home = Path(mkdtemp(dir=unpacked))
    with zipfile.ZipFile(outer.path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _refuse_bombs(outer, entries)
        named = sorted((_inner_name(entry), number) for number, entry in enumerate(entries))
        for inner, number in named:
            name = f"{outer.name}/{inner}"
            why = next((why for part in inner.split("/") if (why := _why_skipped(part))), "")
            if why:
                yield Incoming(name, outer.path, True, skipped=why)
                continue
            # numbered, so that no name in the zip says where it goes
            path = home / str(number)
            refused = _unpack(archive, entries[number], path)
            if not refused and _is_zip(path):
                refused = f"{inner} is an archive inside an archive; {outer.name} goes in once that is unpacked."
            yield Incoming(name, path, True, refused=refused)


def _refuse_bombs(outer: Incoming, entries: Sequence[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    ratio = total / max(outer.path.stat().st_size, 1)
    if total > MOST_UNPACKED or (total > SUSPECT_UNPACKED and ratio > SUSPECT_RATIO):
        raise InputError(
            f"{outer.name} would unpack to {total / 1024**2:,.0f} MB, {ratio:,.0f} times its size, "
            "and is not opened; give the files themselves."
        )
    if len(entries) > MOST_FILES:
        raise InputError(f"{outer.name} holds {len(entries):,} files; give at most {MOST_FILES:,} in one zip.")


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> str:
    """Copy one file out of a zip; say why it cannot be."""
    name = _inner_name(entry)
    if entry.flag_bits & LOCKED:
        return f"{name} is locked by a password; give it without one."
    try:
        # no more bytes come out than the zip says that the file has, and those are counted above
        with archive.open(entry) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError):
        return f"{name} is damaged in the zip; pack it again."
    return ""


def _inner_name(entry: zipfile.ZipInfo) -> str:
    """The name of a file in a zip; without the flag for UTF-8 it is read as UTF-8 or GB18030 where it decodes so."""
    # the name as the zip has it: elsewhere Windows takes a stroke inside a Chinese letter for a folder
    name = entry.orig_filename
    if not entry.flag_bits & UTF8_NAME:
        for codec in ("utf-8", "gb18030"):
            try:
                name = entry.orig_filename.encode("cp437").decode(codec)
                break
            except UnicodeError:
                continue
    name = name.partition("\0")[0].replace("\\", "/")
    return "/".join(part for part in name.split("/") if part not in ("", ".", "..")) or "unnamed"


def _why_skipped(name: str) -> str:
    if name.startswith("~$"):
        return "a file by which Office locks another"
    return "a hidden file" if name.startswith(".") or name.lower() in BY_SYSTEMS else ""


def _why_not_entered(path: Path) -> str:
    if _is_case(path):
        return "a folder that holds a case"
    return "a link to a folder" if path.is_symlink() else ""


def _is_case(path: Path) -> bool:
    return Folder(path).settings.is_file()


def _is_zip(path: Path) -> bool:
    try:
        return path.is_file() and kind_of(path) == "zip"
    except (InputError, OSError):
        return False  # what is wrong with it is said when it is read


def bad_name(name: str) -> str:
    """Why a file cannot be kept under its name; empty where it can.

    >>> bad_name("list.zip/2024/sales.csv"), bad_name("a\\\\b.csv") != ""
    ('', True)
    """
    try:
        longest = max(len(part.encode()) for part in name.split("/"))
    except UnicodeEncodeError:
        return "has a name that is no text; rename it"
    if longest > LONGEST_NAME:
        return "has a name that is too long; rename it"
    return "has a name with a backslash; rename it" if "\\" in name else ""
