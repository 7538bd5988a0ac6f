"""Files into a case: those named all or none, kept whole, mapped by proposal, each content only once."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graphkit.case.folder import Folder, kept_at
from graphkit.case.incoming import Incoming, bad_name, incoming
from graphkit.case.loading import (
    Progress,
    place_tables,
    read_quarantine,
    read_tables,
    sources_frame,
    stage_tables,
    staging,
    stale_tables,
)
from graphkit.case.settings import (
    Settings,
    SourceEntry,
    read_settings,
    read_statement,
    settings_text,
    write_settings,
)
from graphkit.errors import GraphkitError, InputError
from graphkit.files import hash_file
from graphkit.tables.coverage_entries import propose as propose_coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Source, check_mapping
from graphkit.tables.mapping import propose as propose_mapping
from graphkit.tables.readers import RawTable, read

SAMPLE = 1_000
"""Rows that are looked at to tell ids from names."""

REPORT = {
    "file": pl.String(),
    "table": pl.String(),
    "status": pl.String(),
    "rows": pl.Int64(),
    "loaded": pl.Int64(),
    "quarantined": pl.Int64(),
    "unmapped": pl.String(),
    "reason": pl.String(),
}
REFUSED = "refused"
SKIPPED = "skipped"
"""The status of a file of a folder or zip that was not taken; ``reason`` says why."""


@dataclass(frozen=True)
class _Taken:
    """One file as it came: already held, not taken, or new and lying in the stage."""

    name: str
    status: str
    entry: SourceEntry | None = None
    unmapped: tuple[str, ...] = ()
    reason: str | None = None


def import_files(
    folder: Folder, paths: Sequence[Path], table: str | None, replace: bool, progress: Progress
) -> pl.DataFrame:
    """Take ``paths`` into the case: a row a file with the columns of ``REPORT``.

    A folder and a zip stand for the files in them. ``table`` says which table the files are where their header does
    not. ``replace`` swaps the file of the same name. A ``.toml`` file is a statement of coverage and denials. Raises
    ``InputError`` naming the file that is refused; then, and on Ctrl-C, the case is as it was. A file of a folder or a
    zip that is refused stops no other: its row says so.
    """
    if table is not None and table not in TABLES:
        raise InputError(f"no table is called {table}: choose from {', '.join(TABLES)}")
    with folder.locked(), staging(folder) as stage:
        before = read_settings(folder.settings)
        (stage / "unpacked").mkdir()
        given = incoming(paths, stage / "unpacked")
        statements = [one for one in given if one.name.lower().endswith(".toml") and not _why_no_statement(one)]
        files = [one for one in given if one not in statements]
        taken = _take_all(folder, before, files, table, replace, stage, progress)
        settings = _with_statements(_with_sources(before, taken), [one.path for one in statements])
        touched = _touched(before, settings, folder)
        stamps = stage_tables(folder, settings, touched, stage, progress, staged=stage / "sources")
        settings = _with_coverage(folder, settings, touched, stage)
        if settings != before:
            text = settings_text(
                folder.settings, source=settings.source, coverage=settings.coverage, denial=settings.denial
            )
            try:
                _keep_sources(folder, stage, taken)
                write_settings(folder.settings, text)
            except BaseException:
                _drop_unnamed(folder, taken)
                raise
        # from here on the case is the new one: what is cut off while it is placed is loaded again from its sources
        place_tables(folder, touched, stage, stamps)
    return _report(folder, settings, taken, [one.name for one in statements])


def _why_no_statement(one: Incoming) -> str:
    """Why a ``.toml`` file of a folder or zip states nothing; what is wrong with one that was named is raised later."""
    if one.skipped or one.refused or not one.found:
        return one.skipped or one.refused
    try:
        read_statement(one.path)
    except GraphkitError as error:
        return str(error)
    return ""


def _take_all(
    folder: Folder,
    settings: Settings,
    files: Sequence[Incoming],
    table: str | None,
    replace: bool,
    stage: Path,
    progress: Progress,
) -> list[_Taken]:
    """Each file in the order given: copied into the stage, known by its content, and mapped if it is new."""
    taken: dict[Incoming, _Taken] = {}
    new: dict[Incoming, tuple[str, RawTable]] = {}
    for number, one in enumerate(files):
        progress(f"reading {one.name}", number, len(files))
        if one.skipped:
            taken[one] = _Taken(one.name, SKIPPED, reason=one.skipped)
            continue
        with _told_later(one, taken):
            copy = _copied(one, stage)
            source_id = copy.parent.name
            held = next((entry for entry in settings.source if entry.source_id == source_id), None)
            if held is not None or any(source_id == other for other, _ in new.values()):
                taken[one] = _Taken(one.name, "unchanged", held)
                continue
            if any(other.name == one.name for other in new):
                raise InputError(f"two of the files are called {one.name}: rename one of them")
            if settings.named(one.name) and not replace:
                raise InputError(
                    f"{one.name} was imported before with other content: use --replace to swap it, or rename the file"
                )
            new[one] = (source_id, read(copy))
    for one, entry in _mapped(folder, settings, new, table, taken).items():
        status = "replaced" if settings.named(one.name) else "imported"
        unmapped = tuple(header for header in new[one][1].header if header not in entry.columns)
        taken[one] = _Taken(one.name, status, entry, unmapped)
    return [taken[one] for one in files]


@contextmanager
def _told_later(one: Incoming, taken: dict[Incoming, _Taken]) -> Iterator[None]:
    """Of a file that nobody named by itself, what is wrong is told in the report and stops no other file."""
    try:
        yield
    except InputError as error:
        if not one.found:
            raise
        taken[one] = _Taken(one.name, REFUSED, reason=str(error))


def _copied(one: Incoming, stage: Path) -> Path:
    """A copy of a file in the stage, in a folder named for its content: what is hashed is what is read and kept."""
    if one.refused:
        raise InputError(one.refused)
    if one.name.lower().endswith(".toml"):
        raise InputError(_why_no_statement(one))
    bad = bad_name(one.name)
    if bad:
        raise InputError(f"{one.name} {bad}")
    if not one.path.is_file():
        read(one.path)  # says what is wrong with a path where nothing is
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


def _mapped(
    folder: Folder,
    settings: Settings,
    new: dict[Incoming, tuple[str, RawTable]],
    table: str | None,
    taken: dict[Incoming, _Taken],
) -> dict[Incoming, SourceEntry]:
    """The entry of each new file; parties first, because a column of known party ids is an id and not a name."""
    known = set(read_tables(folder)["parties"]["party_id"])
    entries: dict[Incoming, SourceEntry] = {}
    later: list[Incoming] = []
    for one, (source_id, raw) in new.items():
        with _told_later(one, taken):
            entry = _entry(one, source_id, raw, settings, table, known)
            if entry.table == "parties":
                entries[one] = entry
                known |= _party_ids(entry, raw)
            else:
                later.append(one)
    for one in later:
        with _told_later(one, taken):
            entries[one] = _entry(one, *new[one], settings, table, known)
    return entries


def _entry(
    one: Incoming, source_id: str, raw: RawTable, settings: Settings, table: str | None, known: set[str]
) -> SourceEntry:
    try:
        proposal = propose_mapping(raw.header, raw.rows.head(SAMPLE), known, table)
    except InputError as error:
        raise InputError(f"{one.name}: {error}") from None
    columns, units = proposal.columns, proposal.units
    alike = [held for held in settings.source if held.table == proposal.table and set(held.columns) <= set(raw.header)]
    if alike:
        # a file with the header of one that is mapped already is read like it, with the user's corrections
        held = next((entry for entry in alike if entry.name == one.name), alike[-1])
        columns, units = held.columns, held.units
    source = Source(source_id, one.name, one.path, columns, units)
    check_mapping(TABLES[proposal.table], source, raw.header)
    return SourceEntry(
        source_id=source_id,
        name=one.name,
        table=proposal.table,
        format=raw.format,
        encoding=raw.encoding or None,
        delimiter=raw.delimiter or None,
        columns=dict(columns),
        units=dict(units),
    )


def _party_ids(entry: SourceEntry, raw: RawTable) -> set[str]:
    place = next((at for at, header in enumerate(raw.header) if entry.columns.get(header) == "party_id"), None)
    return set() if place is None else set(raw.rows[f"c{place}"].drop_nulls().str.strip_chars())


def _with_sources(settings: Settings, taken: Sequence[_Taken]) -> Settings:
    fresh = [one.entry for one in taken if one.entry is not None and one.status != "unchanged"]
    names = {entry.name for entry in fresh}
    kept = [entry for entry in settings.source if entry.name not in names]
    return settings.model_copy(update={"source": (*kept, *fresh)})


def _with_statements(settings: Settings, paths: Sequence[Path]) -> Settings:
    """A statement speaks for the tables and parties that it names; the rest stays."""
    for path in paths:
        stated = read_statement(path)
        tables = {entry.table for entry in stated.coverage}
        parties = {entry.party_id for entry in stated.denial}
        coverage = [entry for entry in settings.coverage if entry.table not in tables]
        denial = [entry for entry in settings.denial if entry.party_id not in parties]
        settings = settings.model_copy(
            update={"coverage": (*coverage, *stated.coverage), "denial": (*denial, *stated.denial)}
        )
    return settings


def _touched(before: Settings, after: Settings, folder: Folder) -> list[str]:
    """The tables to load: those whose sources change, and those that were stale before."""
    changed = [name for name in TABLES if before.sources_of(name) != after.sources_of(name)]
    stale = stale_tables(folder, before)
    return [name for name in TABLES if name in changed or name in stale]


def _with_coverage(folder: Folder, settings: Settings, touched: Sequence[str], stage: Path) -> Settings:
    """Propose coverage from the rows; what somebody stated stays, what an earlier import proposed is proposed anew."""
    before = {path.stem: pl.scan_parquet(path) for path in folder.tables.glob("*.parquet")}
    staged = {path.stem: pl.scan_parquet(path) for path in (stage / "tables").glob("*.parquet")}
    now = {name: frame for name, frame in before.items() if name not in touched} | staged
    earlier = propose_coverage(before)
    stated = [span for span in settings.coverage if span not in earlier]
    spoken_for = {span.table for span in stated}
    proposed = [span for span in propose_coverage(now) if span.table not in spoken_for]
    order = list(TABLES)
    spans = sorted((*stated, *proposed), key=lambda span: order.index(span.table))
    return settings.model_copy(update={"coverage": tuple(spans)})


def _keep_sources(folder: Folder, stage: Path, taken: Sequence[_Taken]) -> None:
    for one in taken:
        if one.entry is None or one.status == "unchanged":
            continue
        kept = folder.source(one.entry.source_id, one.entry.name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        (stage / "sources" / kept_at(one.entry.source_id, one.entry.name)).replace(kept)


def _drop_unnamed(folder: Folder, taken: Sequence[_Taken]) -> None:
    named = {entry.source_id for entry in read_settings(folder.settings).source}
    for one in taken:
        if one.entry is not None and one.status != "unchanged" and one.entry.source_id not in named:
            shutil.rmtree(folder.sources / one.entry.source_id, ignore_errors=True)


def _report(folder: Folder, settings: Settings, taken: Sequence[_Taken], statements: Sequence[str]) -> pl.DataFrame:
    counts = sources_frame(settings, read_tables(folder), read_quarantine(folder)).select(
        "source_id", "rows", "loaded", "quarantined"
    )
    rows = [
        {
            "file": one.name,
            "table": one.entry.table if one.entry else None,
            "status": one.status,
            "source_id": one.entry.source_id if one.entry else None,
            "unmapped": ", ".join(one.unmapped) or None,
            "reason": one.reason,
        }
        for one in taken
    ]
    rows += [{"file": name, "status": "coverage and denials taken over"} for name in statements]
    schema = {
        "source_id": pl.String(),
        **{name: REPORT[name] for name in ("file", "table", "status", "unmapped", "reason")},
    }
    report = pl.DataFrame(rows, schema=schema).join(counts, on="source_id", how="left", maintain_order="left")
    return report.select(*REPORT)
