"""An XLSX workbook → the cells that are percents or errors, its hidden rows and columns, and its day 0.

python-calamine 0.9.1 gives dates by their formats, and nothing else of them; an error comes as an empty cell.
"""

import posixpath
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from graphkit.tables.sheet_formats import (
    EPOCH_1900,
    EPOCH_1904,
    UNKNOWN_ERROR,
    BookFormats,
    SheetFormats,
    percent_formats,
)

_WINDOW = 1 << 22
_MARKS = tuple(
    f"{name}={sign}{value}{sign}".encode()
    for name, value in (("t", "e"), ("hidden", "1"), ("hidden", "true"))
    for sign in ('"', "'")
)
_MARK = r"""\s(?:t=["']e["']|hidden=["'](?:1|true)["'])"""
_TAG = re.compile(rb"<(?:\w+:)?(c|row|col)\b([^>]*)>")
_PLACED = re.compile(rb"""\sr=["']([A-Z]*)(\d+)["']""")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*["']([^"']*)["']""")
_ERROR = re.compile(rb"\s*(?:<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?v[^>]*>([^<]*)<")
_TRUE = ("1", "true", "on")


def xlsx_formats(path: Path, names: Collection[str]) -> BookFormats:
    """What the sheets of these names are known by; raises ``KeyError`` or ``ParseError`` for a damaged workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        book = ElementTree.fromstring(archive.read(parts["xl/workbook.xml"]))
        percents = _percent_styles(archive, parts)
        targets = relations(archive, parts, "xl/_rels/workbook.xml.rels")
        sheets = {}
        for sheet in _elements(book, "sheet"):
            name = sheet.get("name", "")
            part = targets.get(next((value for key, value in sheet.items() if key.endswith("}id")), ""))
            if name in names and part:
                sheets[name] = _of_sheet(archive, parts[part], percents)
    return BookFormats(sheets, _epoch(book))


def relations(archive: zipfile.ZipFile, parts: dict[str, str], of: str) -> dict[str, str]:
    """The parts that a workbook names, in small letters, by the id under which it does."""
    found = {}
    for element in _elements(ElementTree.fromstring(archive.read(parts[of])), "Relationship"):
        target = element.get("Target", "").replace("\\", "/")
        whole = target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"
        found[element.get("Id", "")] = posixpath.normpath(whole).lower()
    return found


def _elements(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (element for element in root.iter() if element.tag.rpartition("}")[2] == name)


def _epoch(book: ElementTree.Element) -> date:
    is_1904 = any(element.get("date1904") in _TRUE for element in _elements(book, "workbookPr"))
    return EPOCH_1904 if is_1904 else EPOCH_1900


def _percent_styles(archive: zipfile.ZipFile, parts: dict[str, str]) -> list[str]:
    """The numbers by which cells name a style that shows percents."""
    if "xl/styles.xml" not in parts:
        return []
    styles = ElementTree.fromstring(archive.read(parts["xl/styles.xml"]))
    named = ((int(one.get("numFmtId", -1)), one.get("formatCode", "")) for one in _elements(styles, "numFmt"))
    formats = percent_formats(named)
    cells = next(_elements(styles, "cellXfs"), None)
    return (
        []
        if cells is None
        else [str(number) for number, style in enumerate(cells) if int(style.get("numFmtId", 0)) in formats]
    )


def _of_sheet(archive: zipfile.ZipFile, part: str, percents: Collection[str]) -> SheetFormats:
    styled = re.compile(rf"""\ss=["'](?:{"|".join(percents)})["']""".encode()) if percents else None
    # most sheets have none of these, and to see that takes a tenth of the time of reading them
    windows = _windows(archive, part)
    if not any(any(mark in window for mark in _MARKS) or (styled and styled.search(window)) for window in windows):
        return SheetFormats()
    wanted = f"{styled.pattern.decode()}|{_MARK}" if styled else _MARK
    try:
        return _told(
            _marked(
                _windows(archive, part), re.compile(rf"<(?:\w+:)?(c|row|col)(?=[^>]*?(?:{wanted}))([^>]*)>".encode())
            )
        )
    except _UnplacedError:
        return _told(_counted(_windows(archive, part), re.compile(wanted.encode())))


class _UnplacedError(Exception):
    """A cell that does not say where it is."""


_Mark = tuple[str, tuple[int, int], dict[str, str], str]
"""A tag: its name, the row and column, what it says, and the error that a cell holds."""


def _marked(windows: Iterable[bytes], tags: re.Pattern[bytes]) -> Iterator[_Mark]:
    """The tags that say something of how cells are shown, each by the place that it gives."""
    for window in windows:
        for tag in tags.finditer(window):
            placed = _PLACED.search(tag[2])
            if placed is None and tag[1] != b"col":
                raise _UnplacedError
            yield _mark(tag, (int(placed[2]) - 1, _number(placed[1])) if placed else (-1, -1), window)


def _counted(windows: Iterable[bytes], wanted: re.Pattern[bytes]) -> Iterator[_Mark]:
    """The same where cells or rows need not say where they are: each follows the one before."""
    row = column = -1
    for window in windows:
        for tag in _TAG.finditer(window):
            placed = _PLACED.search(tag[2])
            if tag[1] == b"c":
                column = _number(placed[1]) if placed else column + 1
            elif tag[1] == b"row":
                row, column = int(placed[2]) - 1 if placed else row + 1, -1
            if wanted.search(tag[2]):
                yield _mark(tag, (row, column), window)


def _mark(tag: re.Match[bytes], place: tuple[int, int], window: bytes) -> _Mark:
    said = dict(_ATTRIBUTE.findall(tag[2].decode()))
    error = _ERROR.match(window, tag.end()) if said.get("t") == "e" else None
    return tag[1].decode(), place, said, error[1].decode() if error else ""


def _told(marks: Iterable[_Mark]) -> SheetFormats:
    formats = SheetFormats()
    for kind, place, said, error in marks:
        if kind == "c" and said.get("t") == "e":
            formats.errors[place] = error or UNKNOWN_ERROR
        elif kind == "c" and said.get("t", "n") == "n":
            formats.percents.append(place)
        elif kind == "row" and said.get("hidden") in _TRUE:
            formats.hidden_rows.add(place[0])
        elif kind == "col" and said.get("hidden") in _TRUE:
            formats.hidden_columns.update(range(int(said["min"]) - 1, min(int(said["max"]), 1 << 14)))
    return formats


def _windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A sheet in pieces that end with a row."""
    with archive.open(part) as stream:
        kept = b""
        while window := stream.read(_WINDOW):
            kept += window
            end = kept.rfind(b"row>") + 4
            if end > 3:
                yield kept[:end]
                kept = kept[end:]
        yield kept


def _number(letters: bytes) -> int:
    """The number of a column, from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
