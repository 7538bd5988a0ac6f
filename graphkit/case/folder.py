"""Where everything of a case lies, and how a case folder is made, opened and locked."""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graphkit.errors import CaseError
from graphkit.files import replacing

SCHEMA = 1
"""The version of the case folder's layout that this graphkit reads and writes."""


@dataclass(frozen=True)
class Folder:
    """The places inside a case folder."""

    path: Path

    @property
    def settings(self) -> Path:
        """``case.toml``: mapping, coverage, denials, regime."""
        return self.path / "case.toml"

    @property
    def sources(self) -> Path:
        """The imported files, kept whole: ``sources/<sha256>/<name>``, without the folders or the zip it was in."""
        return self.path / "sources"

    @property
    def tables(self) -> Path:
        """The loaded tables, one Parquet file each."""
        return self.path / "tables"

    @property
    def quarantine(self) -> Path:
        """The rows that were not loaded, with every reason, one Parquet file a table."""
        return self.path / "quarantine"

    @property
    def skipped(self) -> Path:
        """The lines of the files that are no data: headers, notes, totals; one Parquet file a table."""
        return self.path / "skipped"

    @property
    def unread(self) -> Path:
        """The cells of loaded rows that could not be read, with their text, one Parquet file a table."""
        return self.path / "unread"

    @property
    def loaded(self) -> Path:
        """Which mapping each loaded table was made from, and the hash of its rows."""
        return self.tables / "loaded.json"

    @property
    def judgements(self) -> Path:
        """What people decided about findings; rows are only ever added."""
        return self.path / "judgements.csv"

    @property
    def merges(self) -> Path:
        """What people decided about who is one party; rows are only ever added."""
        return self.path / "merges.csv"

    @property
    def runs(self) -> Path:
        """The results, one folder a run."""
        return self.path / "runs"

    @property
    def current(self) -> Path:
        """The file that names the run whose results are shown."""
        return self.path / "current"

    @property
    def store(self) -> Path:
        """The graph store; it can be dropped and rebuilt at any time."""
        return self.path / "store"

    def source(self, source_id: str, name: str) -> Path:
        """The kept copy of one imported file."""
        return self.sources / kept_at(source_id, name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the case for writing; raises ``CaseError`` while another process holds it, or where none may write."""
        try:
            held = (self.path / "lock").open("a+b")
        except OSError as error:
            raise CaseError(f"{self.path} cannot be written to ({error.strerror}): check its permissions") from None
        with held as stream:
            try:
                _take(stream.fileno())
            except OSError:
                raise CaseError(f"{self.path} is being changed by another graphkit: wait until it has ended") from None
            yield


def _take(descriptor: int) -> None:
    # a lock of the operating system ends with its process, so a killed import leaves none behind
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def kept_at(source_id: str, name: str) -> Path:
    """Where the copy of a file is kept below the sources: the folders and the zip it was in are no folders there.

    >>> kept_at("5e", "list.zip/2024/sales.csv").as_posix()
    '5e/sales.csv'
    """
    return Path(source_id) / name.rpartition("/")[2]


def create(path: Path, settings: str) -> Folder:
    """Make a case folder with ``settings`` as its ``case.toml``; it appears whole or not at all.

    Raises ``CaseError`` where ``path`` is a file or a folder that has anything in it.
    """
    if (path / "case.toml").exists():
        raise CaseError(f"{path} already holds a case: open it, or choose another folder")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise CaseError(f"{path} already exists and is not empty: choose another folder")
    with replacing(path.resolve()) as beside:
        beside.mkdir()
        (beside / "case.toml").write_text(settings, encoding="utf-8")
    return Folder(path)


def open_folder(path: Path) -> Folder:
    """The case folder at ``path``; raises ``CaseError`` where it holds none, or one of another version."""
    folder = Folder(path)
    if not path.is_dir():
        raise CaseError(f"{path} is no case folder: make one with graphkit new {path}")
    if not folder.settings.is_file():
        raise CaseError(f"{path} has no case.toml, so it is no case: make one with graphkit new")
    try:
        schema = tomllib.loads(folder.settings.read_text(encoding="utf-8")).get("schema")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{folder.settings} is not valid TOML ({error}): correct it there") from None
    if schema == SCHEMA:
        return folder
    if isinstance(schema, int) and schema > SCHEMA:
        raise CaseError(f"{path} was made by a newer graphkit (schema {schema}): upgrade graphkit to open it")
    raise CaseError(
        f"{path} has {'no schema' if schema is None else f'schema {schema}'} and this graphkit reads schema {SCHEMA}: "
        "make a new case and import its sources again"
    )
