"""Source files → one loaded table, its quarantine and the cells that could not be read: rows in = rows loaded + rows
quarantined, exactly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from graphkit.errors import InputError
from graphkit.tables import vins
from graphkit.tables.cells import trimmed
from graphkit.tables.contract import violations
from graphkit.tables.duplicates import repeated
from graphkit.tables.inputs import Table
from graphkit.tables.lineage import LINEAGE
from graphkit.tables.nothing import without_nothing
from graphkit.tables.outputs import SHAPES
from graphkit.tables.parsing import UNITS, Parsed, parse
from graphkit.tables.quarantine import REASONS_SCHEMA, collected, joined_reasons, vin_in_text
from graphkit.tables.readers import RawTable, read
from graphkit.tables.row_keys import row_key


@dataclass(frozen=True)
class Source:
    """One file of a table: its content's sha256, its name, where it lies, and how its columns are read.

    ``columns`` maps the file's headers to the table's columns (or to companions such as ``seller_name``); headers that
    are not in it are left out. ``units`` gives the unit of a share column: ``percent`` or ``fraction``.
    """

    source_id: str
    name: str
    path: Path
    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """A table as it was loaded.

    ``rows`` has ``Table.loaded_schema()``, sorted by car and day, then key; ``quarantine`` the columns of
    ``quarantine.QUARANTINE_SCHEMA``; ``unread`` those of ``SHAPES["unread_cells"]``, a row a cell of a loaded row that
    could not be read and is empty now; ``counts`` those of ``SHAPES["sources"]``, a row a source.
    """

    rows: pl.DataFrame
    quarantine: pl.DataFrame
    unread: pl.DataFrame
    counts: pl.DataFrame


@dataclass(frozen=True)
class _Read:
    source: Source
    raw: RawTable
    rows: pl.DataFrame
    unread: pl.DataFrame


_UNREAD_SCHEMA = REASONS_SCHEMA | {"text": pl.String()}


def load(table: Table, sources: Sequence[Source]) -> Loaded:
    """Read every source of a table, hold it to its contract, and keep apart what breaks it.

    Raises ``InputError`` for a file that cannot be read at all, or whose mapping does not fit the file or the table.
    """
    ordered = sorted(sources, key=lambda source: source.source_id)
    again = [name for name, times in Counter(source.source_id for source in ordered).items() if times > 1]
    if again:
        names = ", ".join(source.name for source in ordered if source.source_id in again)
        raise InputError(f"The same file is given more than once ({names}); give it once.")
    parts = [_read_source(table, source) for source in ordered]
    candidates = pl.concat([table.empty(), *(part.rows for part in parts)])
    unread = pl.concat([pl.DataFrame(schema=_UNREAD_SCHEMA), *(part.unread for part in parts)])
    reasons = _reasons(table, candidates, unread)
    sound = candidates.join(reasons, on=LINEAGE, how="anti") if reasons.height else candidates
    repeats = repeated(table, sound)
    rows = sound.join(repeats, on=LINEAGE, how="anti") if repeats.height else sound
    quarantine = collected(_quarantined(table, part, joined_reasons(pl.concat([reasons, repeats]))) for part in parts)
    order = [name for name in ("vin", table.dated) if name and name in table.columns]
    rows = rows.sort(*order, "row_key").rechunk()
    return Loaded(rows, quarantine, _unread_cells(table, ordered, unread, rows), _counts(table, parts, quarantine))


def _reasons(table: Table, candidates: pl.DataFrame, unread: pl.DataFrame) -> pl.DataFrame:
    """Why rows cannot be loaded, and what else could not be read of them: source_id, line, ordinal, column, reason."""
    costly = unread.filter(
        pl.col("column").is_in([name for name in unread["column"].unique() if table.costs_row(name)])
    )
    # a cell that cannot be read is null now; that it is "empty" would be a second reason for the same fault
    broken = violations(table, candidates).join(unread, on=[*LINEAGE, "column"], how="anti")
    lost = pl.concat([costly.select(LINEAGE), broken.select(LINEAGE)])
    return pl.concat([unread.drop("text").join(lost, on=LINEAGE, how="semi"), broken])


def _unread_cells(table: Table, sources: Sequence[Source], unread: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    names = {source.source_id: source.name for source in sources}
    name = pl.col("source_id").replace_strict(names, default=None, return_dtype=pl.String)
    kept = unread.join(rows, on=LINEAGE, how="semi") if unread.height else unread
    return SHAPES["unread_cells"].canonical(kept.with_columns(name=name, table=pl.lit(table.name)))


def _read_source(table: Table, source: Source) -> _Read:
    raw = read(source.path)
    check_mapping(table, source, raw.header)
    fields = {
        source.columns[header]: f"c{position}" for position, header in enumerate(raw.header) if header in source.columns
    }
    cells = raw.rows.select(
        *(without_nothing(trimmed(pl.col(at)), table, name).alias(name) for name, at in fields.items()), pl.col("line")
    )
    parsers = {name: parse(table, name, source.units.get(name)) for name in fields}
    values = cells.select(parsed.value for parsed in parsers.values())
    unreadable = pl.any_horizontal(cells[name].is_not_null() & values[name].is_null() for name in fields)
    unread = _unread(table, cells.filter(unreadable), parsers, source.source_id)
    values = _with_fills(cells, values, parsers)
    types = table.loaded_schema()
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in types.items() if name not in values.columns]
    rows = (
        values.with_columns(absent)
        .with_columns(source_id=pl.lit(source.source_id), line=cells["line"])
        .with_columns(row_key(table), *([vins.check(pl.col("vin")).alias("vin_check")] if table.has_vin else []))
        .select(pl.col(name).cast(dtype) for name, dtype in types.items())
    )
    return _Read(source, raw, rows, unread)


def _with_fills(cells: pl.DataFrame, values: pl.DataFrame, parsers: Mapping[str, Parsed]) -> pl.DataFrame:
    """The values with the ends of ranges, where the file's own columns do not give them."""
    for parsed in parsers.values():
        for name, fill in parsed.fills.items():
            filled = cells.select(fill.alias(name)).to_series()
            values = values.with_columns(pl.coalesce(values[name], filled) if name in values.columns else filled)
    return values


def check_mapping(table: Table, source: Source, header: Sequence[str]) -> None:
    """Raise ``InputError`` where the mapping of a source does not fit its header, or not its table."""
    absent = [name for name in source.columns if name not in header]
    if absent:
        raise InputError(f"{source.name} has no column {', '.join(absent)}; correct its mapping.")
    known = (*table.columns, *table.companions)
    strange = sorted(set(source.columns.values()).difference(known))
    if strange:
        raise InputError(f"{table.name} has no column {', '.join(strange)}; correct the mapping of {source.name}.")
    fields = Counter(source.columns[name] for name in header if name in source.columns)
    for name, times in fields.items():
        if times > 1:
            both = " and ".join(text for text in header if source.columns.get(text) == name)
            raise InputError(f"{source.name}: the columns {both} are both mapped to {name}; leave one out.")
    wrong = [unit for unit in source.units.values() if unit not in UNITS]
    if wrong:
        raise InputError(f"{source.name}: {wrong[0]} is no unit; use {' or '.join(UNITS)}.")
    lacking = missing_columns(table, fields)
    if lacking:
        raise InputError(f"{source.name} lacks {', '.join(lacking)}, which {table.name} needs; correct its mapping.")


def missing_columns(table: Table, fields: Mapping[str, object]) -> list[str]:
    """The required columns of a table that are not among ``fields``; a party may be there by name.

    >>> from graphkit.tables.inputs import TABLES
    >>> missing_columns(TABLES["odometer"], {"vin": 0, "km": 2})
    ['read_on']
    """
    return [
        name
        for name in table.required
        if name not in fields and not (name in table.parties and f"{name.removesuffix('_id')}_name" in fields)
    ]


def _unread(table: Table, cells: pl.DataFrame, parsers: Mapping[str, Parsed], source_id: str) -> pl.DataFrame:
    ordinals = {name: ordinal for ordinal, name in enumerate((*table.columns, *table.companions))}
    parts = [pl.DataFrame(schema=_UNREAD_SCHEMA)]
    for name, parsed in parsers.items():
        parts.append(
            cells.filter(parsed.failed).select(
                pl.lit(source_id).alias("source_id"),
                pl.col("line"),
                pl.lit(ordinals[name], dtype=pl.Int64).alias("ordinal"),
                pl.lit(name).alias("column"),
                parsed.reason.alias("reason"),
                pl.col(name).alias("text"),
            )
        )
    return pl.concat(parts)


def _quarantined(table: Table, part: _Read, reasons: pl.DataFrame) -> pl.DataFrame:
    """The quarantined rows of one source: those with a reason, and the records that have no cells."""
    mine = reasons.filter(pl.col("source_id") == part.source.source_id)
    places = pl.int_range(pl.len(), dtype=pl.Int64).alias("place")
    found = part.rows.with_columns(places).join(mine, on="line", how="inner").sort("line")
    where = pl.Series(found["place"])
    vin = pl.Series([None] * found.height, dtype=pl.String)
    if table.has_vin:
        position = next(f"c{at}" for at, head in enumerate(part.raw.header) if part.source.columns.get(head) == "vin")
        vin = part.raw.rows.select(vins.normalised(pl.col(position).gather(where))).to_series()
    day = found[table.dated] if table.dated else pl.Series([None] * found.height, dtype=pl.Date)
    of_rows = found.select("line", "column", "reason").with_columns(text=part.raw.text_of(where), vin=vin, day=day)
    of_records = part.raw.broken.with_columns(
        column=pl.lit(None, dtype=pl.String),
        vin=vin_in_text(pl.col("text")) if table.has_vin else pl.lit(None, dtype=pl.String),
        day=pl.lit(None, dtype=pl.Date),
    )
    named = {"source_id": pl.lit(part.source.source_id), "name": pl.lit(part.source.name), "table": pl.lit(table.name)}
    return pl.concat([of_rows, of_records.select(of_rows.columns)]).with_columns(**named)


def _counts(table: Table, parts: Sequence[_Read], quarantine: pl.DataFrame) -> pl.DataFrame:
    refused = Counter(quarantine["source_id"].to_list())
    rows = [
        {
            "source_id": part.source.source_id,
            "table": table.name,
            "name": part.source.name,
            "format": part.raw.format,
            "encoding": part.raw.encoding,
            "rows": part.raw.height,
            "loaded": part.raw.height - refused[part.source.source_id],
            "quarantined": refused[part.source.source_id],
        }
        for part in parts
    ]
    return SHAPES["sources"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["sources"].schema)))
