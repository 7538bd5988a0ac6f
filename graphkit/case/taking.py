"""Each file of an import → the tables in it: copied and known by its content, mapped by proposal, or why it is not."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from graphkit.case.folder import Folder, kept_at
from graphkit.case.incoming import Incoming, bad_name
from graphkit.case.loading import Progress, read_tables
from graphkit.case.readings import Told, entries_of
from graphkit.case.settings import Settings, read_statement
from graphkit.case.source_entry import SourceEntry
from graphkit.case.told_fit import not_meant
from graphkit.errors import GraphkitError, InputError
from graphkit.files import hash_file, hash_text
from graphkit.tables.file_notes import notes_of_dates, notes_of_file
from graphkit.tables.inputs import TABLES
from graphkit.tables.raw_table import RawTable
from graphkit.tables.readers import Tables
from graphkit.tables.readers import read_tables as tables_in

REFUSED = "refused"
SKIPPED = "skipped"
"""The status of a file of a folder or zip, or of a sheet, that was not taken; the reason says why."""
UNCHANGED = "unchanged"
ASKED = "asked"
"""The status of a table of which only its user can say something first: it is in the case, and not loaded yet."""


SHOWN_CELLS = 8
"""How many cells of a line are shown where something is said of it."""


@dataclass(frozen=True)
class Taken:
    """One table as it came: held already, not taken, or new and lying in the stage."""

    name: str
    status: str
    entry: SourceEntry | None = None
    unmapped: tuple[str, ...] = ()
    reason: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class _New:
    """A file that the case does not hold: its content's hash, its tables, and how each is read."""

    file: str
    tables: Tables
    entries: list[tuple[RawTable, list[SourceEntry]]] = field(default_factory=list)
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
            new[one] = _New(file, _tables(one, copy, told))
    _map(folder, settings, new, told)
    for one, fresh in new.items():
        with _told_later(one, taken):
            taken[one] = _fresh(one, settings, fresh, told)
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


def _tables(one: Incoming, copy: Path, told: Told) -> Tables:
    """The tables of a file; of a folder or zip only a text that does not prove its own is in the told encoding."""
    found = tables_in(copy, told.sheet, told.header_row, None if one.found else told.encoding)
    if told.encoding and not all(table.proven for table in found.tables):
        return tables_in(copy, told.sheet, told.header_row, told.encoding)
    return found


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
    """Whether a file that the case holds is to be read again: another sheet of it, in the encoding that was asked, or
    with --replace in another way.
    """
    answered = told.encoding is not None and any(entry.encoding == "" for entry in held)
    another = told.sheet is not None and told.sheet not in {entry.sheet for entry in held}
    said = (told.table, told.sheet, told.header_row, told.encoding, told.columns, told.constants, told.like)
    return another or answered or (told.replace and any(said))


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
            entries = _try(one, fresh, raw, settings, told, known)
            if not entries:
                continue
            if entries[0].table == "parties":
                fresh.entries.append((raw, entries))
                known |= _party_ids(entries[0], raw)
            else:
                later.append((one, raw))
    for one, raw in later:
        entries = _try(one, new[one], raw, settings, told, known)
        if entries:
            new[one].entries.append((raw, entries))


def _try(
    one: Incoming, fresh: _New, raw: RawTable, settings: Settings, told: Told, known: set[str]
) -> list[SourceEntry]:
    try:
        several = len(fresh.tables.tables) + len(fresh.tables.passed) > 1
        return entries_of(one, fresh.file, raw, settings, told, known, several=several)
    except InputError as error:
        fresh.unfit[raw.sheet] = InputError(f"{one.name}: {error}") if one.name not in str(error) else error
        return []


def _party_ids(entry: SourceEntry, raw: RawTable) -> set[str]:
    place = next((at for at, header in enumerate(raw.header) if entry.columns.get(header) == "party_id"), None)
    return set() if place is None else set(raw.rows[f"c{place}"].drop_nulls().str.strip_chars())


def _fresh(one: Incoming, settings: Settings, fresh: _New, told: Told) -> list[Taken]:
    """What a new file gave: a source a sheet that fits a table, and each other sheet with the reason."""
    if not fresh.entries:
        raise next(iter(fresh.unfit.values()))
    whole = [pair for pair in fresh.entries if not pair[1][0].lacking]
    if whole:
        # beside a sheet with everything that a table needs, one without is its summary
        for raw, entries in fresh.entries:
            if entries[0].lacking:
                lacking = ", ".join(entries[0].lacking)
                fresh.unfit[raw.sheet] = InputError(f"it may be {entries[0].table}, and has no {lacking}")
        fresh.entries[:] = whole
    order = [table.sheet for table in fresh.tables.tables]
    held = settings.named(one.name)
    others = [entry for entry in held if entry.kept == fresh.file]
    several = len(fresh.entries) > 1 or any(entry.sheet is not None and entry.sheet not in order for entry in others)
    tables = []
    for raw, entries in sorted(fresh.entries, key=lambda pair: order.index(pair[0].sheet)):
        used = {head for entry in entries for head in (*entry.columns, *entry.status, *entry.where)}
        unmapped = tuple(header for header in raw.header if header and header not in used)
        for number, entry in enumerate(_numbered(fresh.file, entries, several)):
            again = any(other.sheet == entry.sheet for other in others)
            status = "replaced" if again or any(other.kept != fresh.file for other in held) else "imported"
            asked = _asked(entry, raw)
            notes = notes_of_dates(raw, TABLES[entry.table], entry.columns)
            if number == 0:
                unused_words = not_meant(entries, raw, told.columns, told.constants)
                notes = (*unused_words, *notes_of_file(raw), *notes)
            unused = unmapped if number == 0 else ()
            tables.append(Taken(entry.title, ASKED if asked else status, entry, unused, asked or None, notes))
    passed = fresh.tables.passed | {sheet: str(error) for sheet, error in fresh.unfit.items()}
    return [*tables, *(Taken(f"{one.name}/{sheet}", SKIPPED, reason=why) for sheet, why in passed.items())]


def _asked(entry: SourceEntry, raw: RawTable) -> str:
    """The lines of ``case.toml`` to fill; beside that of the encoding, what the header and a row look like in one."""
    asked = "; ".join(entry.questions)
    if entry.encoding != "":
        return asked
    top = [raw.header, *raw.rows.drop("line").head(1).rows()]
    shown = " / ".join(", ".join(cell or "" for cell in cells[:SHOWN_CELLS]) for cells in top)
    return f"{asked}; in {raw.encoding} it reads: {shown}"


def _numbered(file: str, entries: Sequence[SourceEntry], several: bool) -> list[SourceEntry]:
    """Entries with an id each: of one sheet of several, and of a second part of one table, it is not the file's own."""
    tables: list[str] = []
    found = []
    for entry in entries:
        part = tables.count(entry.table)
        tables.append(entry.table)
        if several or part:
            own = hash_text(file, entry.sheet or "", str(part), length=64)
            found.append(entry.model_copy(update={"source_id": own, "file": file}))
        else:
            found.append(entry)
    return found
