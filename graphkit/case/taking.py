"""Each file of an import → the tables in it: copied and known by its content, mapped by proposal, or why it is not."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from graphkit.case.folder import Folder, kept_at
from graphkit.case.incoming import Incoming, bad_name
from graphkit.case.loading import Progress, read_tables
from graphkit.case.settings import Settings, SourceEntry, read_statement
from graphkit.errors import GraphkitError, InputError
from graphkit.files import hash_file
from graphkit.tables.inputs import TABLES
from graphkit.tables.layout import HEADER
from graphkit.tables.load import Source, check_mapping
from graphkit.tables.mapping import propose
from graphkit.tables.raw_table import HeaderRow, RawTable
from graphkit.tables.readers import Tables
from graphkit.tables.readers import read_tables as tables_in

SAMPLE = 1_000
"""Rows that are looked at to tell ids from names."""
REFUSED = "refused"
SKIPPED = "skipped"
"""The status of a file of a folder or zip, or of a sheet, that was not taken; the reason says why."""
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Told:
    """What the user says about the files of one import, where graphkit would look for it."""

    table: str | None = None
    sheet: str | None = None
    header_row: HeaderRow | None = None
    replace: bool = False


@dataclass(frozen=True)
class Taken:
    """One table as it came: held already, not taken, or new and lying in the stage."""

    name: str
    status: str
    entry: SourceEntry | None = None
    unmapped: tuple[str, ...] = ()
    reason: str | None = None


@dataclass
class _New:
    """A file that the case does not hold: its content's hash, its tables, and how each is read."""

    file: str
    tables: Tables
    entries: list[tuple[RawTable, SourceEntry]] = field(default_factory=list)
    unfit: dict[str, InputError] = field(default_factory=dict)


def take_all(
    folder: Folder, settings: Settings, files: Sequence[Incoming], told: Told, stage: Path, progress: Progress
) -> list[Taken]:
    """Each file in the order given, and of a workbook each sheet: copied into the stage, and mapped if it is new.

    Raises ``InputError`` naming the file that is refused; of a file of a folder or zip, ``Taken`` says so.
    """
    taken: dict[Incoming, list[Taken]] = {}
    new: dict[Incoming, _New] = {}
    for number, one in enumerate(files):
        progress(f"reading {one.name}", number, len(files))
        if one.skipped:
            taken[one] = [Taken(one.name, SKIPPED, reason=one.skipped)]
            continue
        with _told_later(one, taken):
            copy = _copied(one, stage)
            file = copy.parent.name
            held = [entry for entry in settings.source if entry.kept == file]
            if any(file == other.file for other in new.values()) or (held and not _is_asked_anew(held, told)):
                taken[one] = [Taken(entry.title, UNCHANGED, entry) for entry in held] or [Taken(one.name, UNCHANGED)]
                continue
            if any(other.name == one.name for other in new):
                raise InputError(f"two of the files are called {one.name}: rename one of them")
            if not told.replace and any(entry.kept != file for entry in settings.named(one.name)):
                raise InputError(
                    f"{one.name} was imported before with other content: use --replace to swap it, or rename the file"
                )
            new[one] = _New(file, tables_in(copy, told.sheet, told.header_row))
    _map(folder, settings, new, told)
    for one, fresh in new.items():
        with _told_later(one, taken):
            taken[one] = _fresh(one, settings, fresh)
    return [table for one in files for table in taken[one]]


def why_no_statement(one: Incoming) -> str:
    """Why a ``.toml`` file of a folder or zip states nothing; what is wrong with one that was named is raised later."""
    if one.skipped or one.refused or not one.found:
        return one.skipped or one.refused
    try:
        read_statement(one.path)
    except GraphkitError as error:
        return str(error)
    return ""


@contextmanager
def _told_later(one: Incoming, taken: dict[Incoming, list[Taken]]) -> Iterator[None]:
    """Of a file that nobody named by itself, what is wrong is told in the report and stops no other file."""
    try:
        yield
    except InputError as error:
        if not one.found:
            raise
        taken[one] = [Taken(one.name, REFUSED, reason=str(error))]


def _is_asked_anew(held: Sequence[SourceEntry], told: Told) -> bool:
    """Whether a file that the case holds is to be read again: another sheet of it, or with --replace in another way."""
    another = told.sheet is not None and told.sheet not in {entry.sheet for entry in held}
    return another or (told.replace and any((told.table, told.sheet, told.header_row)))


def _copied(one: Incoming, stage: Path) -> Path:
    """A copy of a file in the stage, in a folder named for its content: what is hashed is what is read and kept."""
    if one.refused:
        raise InputError(one.refused)
    if one.name.lower().endswith(".toml"):
        raise InputError(why_no_statement(one))
    bad = bad_name(one.name)
    if bad:
        raise InputError(f"{one.name} {bad}")
    if not one.path.is_file():
        tables_in(one.path)  # says what is wrong with a path where nothing is
    copy = stage / "incoming" / "file"
    copy.parent.mkdir(exist_ok=True)
    try:
        one.path.open("rb").close()
    except OSError as error:
        raise InputError(f"{one.name} cannot be read ({error.strerror}): check its permissions") from None
    shutil.copyfile(one.path, copy)
    kept = stage / "sources" / kept_at(hash_file(copy), one.name)
    kept.parent.mkdir(parents=True, exist_ok=True)
    copy.replace(kept)
    return kept


def _map(folder: Folder, settings: Settings, new: dict[Incoming, _New], told: Told) -> None:
    """Map each new table; parties first, because a column of known party ids is an id and not a name."""
    known = set(read_tables(folder)["parties"]["party_id"])
    later: list[tuple[Incoming, RawTable]] = []
    for one, fresh in new.items():
        for raw in fresh.tables.tables:
            entry = _try(one, fresh, raw, settings, told, known)
            if entry is None:
                continue
            if entry.table == "parties":
                fresh.entries.append((raw, entry))
                known |= _party_ids(entry, raw)
            else:
                later.append((one, raw))
    for one, raw in later:
        entry = _try(one, new[one], raw, settings, told, known)
        if entry is not None:
            new[one].entries.append((raw, entry))


def _try(
    one: Incoming, fresh: _New, raw: RawTable, settings: Settings, told: Told, known: set[str]
) -> SourceEntry | None:
    try:
        return _entry(one, fresh, raw, settings, told, known)
    except InputError as error:
        fresh.unfit[raw.sheet] = error
        return None


def _entry(one: Incoming, fresh: _New, raw: RawTable, settings: Settings, told: Told, known: set[str]) -> SourceEntry:
    try:
        proposal = propose(raw.header, raw.rows.head(SAMPLE), known, told.table)
    except InputError as error:
        raise InputError(f"{one.name}: {error}") from None
    columns, units = proposal.columns, proposal.units
    alike = [held for held in settings.source if held.table == proposal.table and set(held.columns) <= set(raw.header)]
    if alike:
        # a file with the header of one that is mapped already is read like it, with the user's corrections
        held = next((entry for entry in alike if entry.name == one.name), alike[-1])
        columns, units = held.columns, held.units
    source = Source(fresh.file, one.name, one.path, columns, units)
    check_mapping(TABLES[proposal.table], source, raw.header)
    return SourceEntry(
        source_id=fresh.file,
        name=one.name,
        sheet=raw.sheet if told.sheet or len(fresh.tables.tables) + len(fresh.tables.passed) > 1 else None,
        header_row=_header_row(raw),
        table=proposal.table,
        format=raw.format,
        encoding=raw.encoding or None,
        delimiter=raw.delimiter or None,
        columns=dict(columns),
        units=dict(units),
    )


def _hash_of_sheet(file: str, sheet: str) -> str:
    return sha256(f"{file}\0{sheet}".encode()).hexdigest()


def _header_row(raw: RawTable) -> str | None:
    """Where the header was found, unless it is the first filled line alone: what finds it may change."""
    lines = raw.skipped.filter(raw.skipped["kind"] == HEADER)["line"].to_list()
    if not lines or (len(lines) == 1 and lines[0] == raw.skipped["line"].min()):
        return None
    return "-".join(str(line) for line in lines)


def _party_ids(entry: SourceEntry, raw: RawTable) -> set[str]:
    place = next((at for at, header in enumerate(raw.header) if entry.columns.get(header) == "party_id"), None)
    return set() if place is None else set(raw.rows[f"c{place}"].drop_nulls().str.strip_chars())


def _fresh(one: Incoming, settings: Settings, fresh: _New) -> list[Taken]:
    """What a new file gave: a source a sheet that fits a table, and each other sheet with the reason."""
    if not fresh.entries:
        raise next(iter(fresh.unfit.values()))
    order = [table.sheet for table in fresh.tables.tables]
    entries = sorted(fresh.entries, key=lambda pair: order.index(pair[0].sheet))
    held = settings.named(one.name)
    others = [entry for entry in held if entry.kept == fresh.file]
    tables = []
    for raw, entry in entries:
        again = next((other for other in others if other.sheet == entry.sheet), None)
        if again is None and (len(entries) > 1 or others):
            of_sheet = {"source_id": _hash_of_sheet(fresh.file, raw.sheet), "file": fresh.file}
            entry = entry.model_copy(update=of_sheet)
        unmapped = tuple(header for header in raw.header if header and header not in entry.columns)
        replaced = again is not None or any(other.kept != fresh.file for other in held)
        tables.append(Taken(entry.title, "replaced" if replaced else "imported", entry, unmapped))
    passed = fresh.tables.passed | {sheet: str(error) for sheet, error in fresh.unfit.items()}
    return [*tables, *(Taken(f"{one.name}/{sheet}", SKIPPED, reason=why) for sheet, why in passed.items())]
