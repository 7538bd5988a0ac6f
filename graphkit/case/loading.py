"""Sources → the case's loaded tables, made anew whenever their files or their mapping changed."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import polars as pl

from graphkit import __version__
from graphkit.case.folder import Folder, kept_at
from graphkit.case.settings import Settings
from graphkit.case.source_entry import SourceEntry
from graphkit.errors import CaseError
from graphkit.exports.parquet import write_parquet
from graphkit.files import hash_text, replacing
from graphkit.tables.inputs import TABLES
from graphkit.tables.lineage import hash_frame
from graphkit.tables.load import SKIPPED, load
from graphkit.tables.outputs import SHAPES
from graphkit.tables.raw_table import HeaderRow
from graphkit.tables.sources import Source

Progress = Callable[[str, int, int], None]
Stamps = dict[str, dict[str, str]]
NO_LINES = pl.Series("line", [], dtype=pl.Int64)


def mapping_hash(settings: Settings, table: str) -> str:
    """A hash of all that decides how a table is loaded: its files, their mapping, this version of graphkit."""
    entries = [entry.model_dump(mode="json") for entry in settings.sources_of(table)]
    return hash_text(__version__, json.dumps(entries, sort_keys=True, ensure_ascii=False))


def stale_tables(folder: Folder, settings: Settings) -> list[str]:
    """The tables whose files or mapping are not those that they were loaded from, in order of ``TABLES``."""
    stamps = read_stamps(folder)
    wanted = {
        name: mapping_hash(settings, name)
        for name in TABLES
        if any(not entry.questions for entry in settings.sources_of(name))
    }
    held = {name: stamp["mapping"] for name, stamp in stamps.items()}
    return [name for name in TABLES if wanted.get(name) != held.get(name)]


def read_stamps(folder: Folder) -> Stamps:
    """Of each loaded table: the hash of the mapping it was made with and of its rows."""
    try:
        stamps: Stamps = json.loads(folder.loaded.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        # a missing or damaged file only means that the tables are loaded again
        return {}
    return stamps


def read_tables(folder: Folder) -> dict[str, pl.DataFrame]:
    """Every table by name as it was loaded; an empty one where no file gave it."""
    return {name: _read(folder.tables, name, table.empty()) for name, table in TABLES.items()}


def scan_tables(folder: Folder) -> dict[str, pl.LazyFrame]:
    """The tables that files gave, of which only what is asked for is read."""
    return {path.stem: pl.scan_parquet(path) for path in sorted(folder.tables.glob("*.parquet"))}


def read_quarantine(folder: Folder) -> dict[str, pl.DataFrame]:
    """The rows of each table that were not loaded, for the tables that have any."""
    paths = {name: folder.quarantine / f"{name}.parquet" for name in TABLES}
    return {name: pl.read_parquet(path) for name, path in paths.items() if path.exists()}


def read_skipped(folder: Folder) -> dict[str, pl.DataFrame]:
    """The lines of each table's files that are no data: headers, notes, totals."""
    return {name: _read(folder.skipped, name, pl.DataFrame(schema=SKIPPED)) for name in TABLES}


def read_unread(folder: Folder) -> pl.DataFrame:
    """The cells of loaded rows that could not be read, of all tables: ``SHAPES["unread_cells"]``."""
    shape = SHAPES["unread_cells"]
    return shape.canonical(pl.concat([_read(folder.unread, name, shape.empty()) for name in TABLES]))


def stage_tables(
    folder: Folder,
    settings: Settings,
    names: Iterable[str],
    stage: Path,
    progress: Progress,
    staged: Path | None = None,
) -> Stamps:
    """Load tables from all their files into ``stage``; give their stamps.

    ``staged`` is where new sources lie that are not yet in the case. Raises ``InputError`` naming the file that cannot
    be read, and ``CaseError`` where a kept source is gone.
    """
    stamps: Stamps = {}
    wanted = list(names)
    for number, name in enumerate(wanted):
        progress(f"loading {name}", number, len(wanted))
        # what only its user can say of a file is said first
        entries = [entry for entry in settings.sources_of(name) if not entry.questions]
        if not entries:
            continue
        loaded = load(TABLES[name], [_source(folder, entry, staged) for entry in entries])
        write_parquet(loaded.rows, stage / "tables" / f"{name}.parquet")
        for kind, kept_out in (
            ("quarantine", loaded.quarantine),
            ("unread", loaded.unread),
            ("skipped", loaded.skipped),
        ):
            if kept_out.height:
                write_parquet(kept_out, stage / kind / f"{name}.parquet")
        stamps[name] = {"mapping": mapping_hash(settings, name), "rows": hash_frame(loaded.rows)}
    return stamps


def place_tables(folder: Folder, names: Iterable[str], stage: Path, stamps: Stamps) -> None:
    """Rename staged tables into the case; the stamps come last, so that a placing cut off is noticed and done again."""
    for name in names:
        homes = {
            "tables": folder.tables,
            "quarantine": folder.quarantine,
            "unread": folder.unread,
            "skipped": folder.skipped,
        }
        for kind, home in homes.items():
            home.mkdir(exist_ok=True)
            made = stage / kind / f"{name}.parquet"
            if made.exists():
                made.replace(home / made.name)
            else:
                (home / made.name).unlink(missing_ok=True)
    held = {name: stamp for name, stamp in read_stamps(folder).items() if name not in set(names)}
    text = json.dumps(dict(sorted((held | stamps).items())), indent=1)
    with replacing(folder.loaded) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


@contextmanager
def staging(folder: Folder) -> Iterator[Path]:
    """A folder beside the tables to prepare them in; it is gone when the block ends, however it ends."""
    stage = Path(mkdtemp(prefix=".stage.", dir=folder.path))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def sources_frame(
    folder: Folder, settings: Settings, tables: Mapping[str, pl.DataFrame], quarantine: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """A row a source with the columns of ``SHAPES["sources"]``, in lines: rows = loaded + quarantined."""
    rows: list[dict[str, Any]] = []
    skipped = read_skipped(folder)
    for entry in settings.source:
        used, refused, passed = (
            held[entry.table].filter(pl.col("source_id") == entry.source_id)["line"]
            if entry.table in held
            else NO_LINES
            for held in (tables, quarantine, skipped)
        )
        # a line may feed several rows, and is among the quarantined where one of them is not loaded
        loaded = used.unique().is_in(refused.implode()).not_().sum()
        facts = {"loaded": loaded, "quarantined": refused.len(), "skipped": passed.len()}
        told = entry.model_dump(include={"source_id", "table", "format", "encoding"})
        rows.append(told | {"name": entry.title, "rows": loaded + refused.len()} | facts)
    return SHAPES["sources"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["sources"].schema)))


def _source(folder: Folder, entry: SourceEntry, staged: Path | None) -> Source:
    path = folder.source(entry.kept, entry.name)
    if staged is not None and (staged / kept_at(entry.kept, entry.name)).exists():
        path = staged / kept_at(entry.kept, entry.name)
    if not path.exists():
        raise CaseError(f"the kept copy of {entry.name} is gone from {folder.sources}: import the file with --replace")
    if entry.encoding_proposed not in (None, entry.encoding):
        raise CaseError(
            f"the columns of {entry.name} are written as {entry.encoding_proposed} reads them: import the file with "
            f"--replace --encoding {entry.encoding}"
        )
    told = HeaderRow.of(entry.header_row) if entry.header_row else None
    return Source(
        entry.source_id,
        entry.title,
        path,
        entry.columns,
        entry.units,
        entry.constants,
        entry.date_order or None,
        entry.status,
        entry.where,
        entry.sheet,
        told,
        entry.encoding,
    )


def _read(home: Path, name: str, otherwise: pl.DataFrame) -> pl.DataFrame:
    path = home / f"{name}.parquet"
    return pl.read_parquet(path) if path.exists() else otherwise
