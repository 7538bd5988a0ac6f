"""Source files → one loaded table, its quarantine and the cells that could not be read: rows in = rows loaded + rows
quarantined, exactly.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import dataframely as dy
import polars as pl

from graphkit.errors import InputError
from graphkit.tables import vins
from graphkit.tables.chosen_rows import chosen
from graphkit.tables.contract import violations
from graphkit.tables.day_numbers import is_of_day_numbers
from graphkit.tables.derived_keys import apart, with_derived
from graphkit.tables.duplicates import recorded_twice, repeated
from graphkit.tables.holders import NO_HOLDER, in_pieces, names_nobody
from graphkit.tables.inputs import Table
from graphkit.tables.lineage import LINEAGE, ROW
from graphkit.tables.outputs import SHAPES
from graphkit.tables.parsing import Parsed, parse
from graphkit.tables.quarantine import IDENTICAL, REASONS_SCHEMA, collected, joined_reasons, vin_in_text
from graphkit.tables.raw_table import SKIPPED_SCHEMA
from graphkit.tables.readers import RawTable, read
from graphkit.tables.row_choice import NEGATIVE
from graphkit.tables.row_keys import row_key
from graphkit.tables.second_records import with_second_records
from graphkit.tables.shaping import shaped
from graphkit.tables.sources import Source, check_mapping

SKIPPED = {"source_id": pl.String(), "name": pl.String(), **SKIPPED_SCHEMA}
"""The lines of the sources that are no data: ``kind`` is header, repeated header, total, note, void or no holder."""


@dataclass(frozen=True)
class Loaded:
    """A table as it was loaded.

    ``rows`` has ``Table.loaded_schema()``, sorted by car and day, then key; ``quarantine`` the columns of
    ``quarantine.QUARANTINE_SCHEMA``; ``unread`` those of ``SHAPES["unread_cells"]``, a row a cell of a loaded row that
    could not be read and is empty now; ``skipped`` lists the lines that are no data (``SKIPPED``); ``counts`` has those
    of ``SHAPES["sources"]``, a row a source. Every filled line of a source is loaded, quarantined or skipped. One line
    may feed several rows; where one of these is not loaded, it counts as quarantined.
    """

    rows: pl.DataFrame
    quarantine: pl.DataFrame
    unread: pl.DataFrame
    skipped: pl.DataFrame
    counts: pl.DataFrame


@dataclass(frozen=True)
class _Read:
    source: Source
    raw: RawTable
    rows: pl.DataFrame
    unread: pl.DataFrame
    lost_keys: pl.DataFrame
    apart: pl.DataFrame
    elsewhere: pl.DataFrame


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
    parts = _with_unclaimed([_read_source(table, source) for source in ordered])
    empty = table.empty().with_columns(piece=pl.lit(0, dtype=pl.Int64))
    candidates = apart(table, pl.concat([empty, *(part.rows for part in parts)]), _numbered(table, ordered))
    candidates = candidates.with_columns(row_key(table))
    unread = pl.concat([pl.DataFrame(schema=_UNREAD_SCHEMA), *(part.unread for part in parts)])
    reasons = pl.concat([_reasons(table, candidates, unread), *(part.apart for part in parts)])
    sound = candidates.join(reasons, on=ROW, how="anti") if reasons.height else candidates
    repeats = repeated(table, sound)
    once = sound.join(repeats, on=ROW, how="anti") if repeats.height else sound
    held = sound.select("row_key", "source_id")
    shared = held.filter(pl.col("source_id").n_unique().over("row_key") > 1) if repeats.height else held.clear()
    twice = recorded_twice(table, once, shared, _numbered(table, ordered))
    rows, second = with_second_records(table, once, twice)
    repeats = _without_told(pl.concat([repeats, second]), rows)
    quarantine = collected(_quarantined(table, part, joined_reasons(pl.concat([reasons, repeats]))) for part in parts)
    order = [name for name in ("vin", table.dated) if name and name in table.columns]
    skipped = pl.concat([pl.DataFrame(schema=SKIPPED), *(_skipped(part) for part in parts)])
    cells = _unread_cells(table, ordered, pl.concat([unread, *(part.lost_keys for part in parts)]), rows)
    rows = rows.sort(*order, "row_key").drop("piece").rechunk()
    return Loaded(rows, quarantine, cells, skipped, _counts(table, parts, quarantine))


def _with_unclaimed(parts: Sequence[_Read]) -> list[_Read]:
    """The parts of each file with the rows that none of them claims among the broken ones of the first."""
    done: list[_Read] = []
    for part in parts:
        of_file = [one for one in parts if (one.source.path, one.source.sheet) == (part.source.path, part.source.sheet)]
        broken = part.raw.broken if part is of_file[0] else part.raw.broken.clear()
        if part is of_file[0] and part.source.where:
            nobody = part.elsewhere
            for other in of_file[1:]:
                nobody = nobody.join(other.elsewhere, on="line", how="semi")
            heads = ", ".join(dict.fromkeys(header for one in of_file for header in one.source.where))
            broken = pl.concat(
                [broken, nobody.select("line", "text", reason=pl.lit(f"{heads}: of no part of the file"))]
            )
        done.append(replace(part, raw=replace(part.raw, broken=broken)))
    return done


def _numbered(table: Table, sources: Sequence[Source]) -> list[str]:
    """The sources whose key column is not called so: it holds the number of an office or a firm, or there is none."""
    return [one.source_id for one in sources if one.columns.get(table.key[0]) != table.key[0]]


def _without_told(repeats: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Repeated rows without the copies whose line is loaded with another row: that line is used."""
    copies = repeats.filter(pl.col("reason") == IDENTICAL).join(rows, on=LINEAGE, how="semi")
    return repeats.join(copies, on=ROW, how="anti") if copies.height else repeats


def _reasons(table: Table, candidates: pl.DataFrame, unread: pl.DataFrame) -> pl.DataFrame:
    """Why rows cannot be loaded, and what else could not be read of them, with the columns of ``REASONS_SCHEMA``."""
    costly = unread.filter(
        pl.col("column").is_in([name for name in unread["column"].unique() if table.costs_row(name)])
    )
    # a cell that cannot be read is null now; that it is "empty" would be a second reason for the same fault
    broken = violations(table, candidates).join(unread, on=[*ROW, "column"], how="anti")
    lost = pl.concat([costly.select(ROW), broken.select(ROW)])
    return pl.concat([unread.drop("text").join(lost, on=ROW, how="semi"), broken])


def _unread_cells(table: Table, sources: Sequence[Source], unread: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    names = {source.source_id: source.name for source in sources}
    name = pl.col("source_id").replace_strict(names, default=None, return_dtype=pl.String)
    kept = (
        unread.join(rows, on=ROW, how="semi").unique([*LINEAGE, "column"], keep="first", maintain_order=True)
        if unread.height
        else unread
    )
    return SHAPES["unread_cells"].canonical(kept.with_columns(name=name, table=pl.lit(table.name)))


def _read_source(table: Table, source: Source) -> _Read:
    raw = read(source.path, source.sheet, source.header_row, source.encoding)
    if not raw.proven:
        raise InputError(f"{source.name} may be in {raw.encoding}, which its bytes do not prove; say its encoding.")
    check_mapping(table, source, raw.header)
    raw, apart_for, elsewhere = chosen(raw, source)
    signless = [header for header, held in source.where.items() if held == NEGATIVE]
    cells = shaped(
        raw.rows, raw.header, table, source.columns, source.units, source.constants, source.date_order, signless
    )
    nobody = names_nobody(table, cells)
    if nobody.any():
        raw, cells = raw.only(~nobody, nobody, NO_HOLDER), cells.filter(~nobody)
    pieces = in_pieces(table, cells)
    given, cells = pieces.cells, with_derived(table, pieces.cells)
    fields = [name for name in cells.columns if name not in ROW]
    parsers = {name: parse(table, name, source.units.get(name), _epoch(table, name, cells, raw)) for name in fields}
    values = cells.select(parsed.value for parsed in parsers.values())
    unreadable = pl.any_horizontal(cells[name].is_not_null() & values[name].is_null() for name in fields)
    unread = _unread(table, cells.filter(unreadable), parsers, source.source_id)
    values = _with_fills(cells, values, parsers)
    types = table.loaded_schema() | {"piece": pl.Int64()}
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in types.items() if name not in values.columns]
    rows = (
        values.with_columns(absent)
        .with_columns(source_id=pl.lit(source.source_id), line=cells["line"], piece=cells["piece"])
        .with_columns(row_key(table), *([vins.check(pl.col("vin")).alias("vin_check")] if table.has_vin else []))
        .select(pl.col(name).cast(dtype) for name, dtype in types.items())
    )
    lost_keys = _lost_keys(table, given, cells, parsers, source.source_id)
    kept_apart = _kept_apart(table, pl.concat([apart_for, pieces.apart]), rows)
    return _Read(source, raw, rows, unread, lost_keys, kept_apart, elsewhere)


def _kept_apart(table: Table, lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The reasons of lines that are kept apart whole (``APART_SCHEMA``), for each row that they feed."""
    ordinals = {name: ordinal for ordinal, name in enumerate((*table.columns, *table.companions))}
    ordinal = pl.col("column").replace_strict(ordinals, default=len(table.columns), return_dtype=pl.Int64())
    return rows.select(ROW).join(lines, on="line").with_columns(ordinal=ordinal).select(*REASONS_SCHEMA)


def _epoch(table: Table, name: str, cells: pl.DataFrame, raw: RawTable) -> date | None:
    """The day from which the day numbers of a date column count, where it holds such."""
    is_day = isinstance(table.columns.get(name), dy.Date | dy.Datetime)
    return raw.epoch if is_day and is_of_day_numbers(cells[name], raw) else None


def _lost_keys(
    table: Table, given: pl.DataFrame, cells: pl.DataFrame, parsers: Mapping[str, Parsed], source_id: str
) -> pl.DataFrame:
    """The cells of keys that cannot be read and in whose place a key was derived: they cost no row."""
    key = table.key[0]
    if key not in given.columns:
        return pl.DataFrame(schema=_UNREAD_SCHEMA)
    return _unread(table, given.filter(given[key] != cells[key]), {key: parsers[key]}, source_id)


def _with_fills(cells: pl.DataFrame, values: pl.DataFrame, parsers: Mapping[str, Parsed]) -> pl.DataFrame:
    """The values with the ends of ranges, where the file's own columns do not give them."""
    for parsed in parsers.values():
        for name, fill in parsed.fills.items():
            filled = cells.select(fill.alias(name)).to_series()
            values = values.with_columns(pl.coalesce(values[name], filled) if name in values.columns else filled)
    return values


def _unread(table: Table, cells: pl.DataFrame, parsers: Mapping[str, Parsed], source_id: str) -> pl.DataFrame:
    if cells.is_empty():
        return pl.DataFrame(schema=_UNREAD_SCHEMA)
    ordinals = {name: ordinal for ordinal, name in enumerate((*table.columns, *table.companions))}
    parts = [pl.DataFrame(schema=_UNREAD_SCHEMA)]
    for name, parsed in parsers.items():
        parts.append(
            cells.filter(parsed.failed).select(
                pl.lit(source_id).alias("source_id"),
                pl.col("line"),
                pl.col("piece"),
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
    of_line = part.rows.filter(pl.col("piece") == 0)
    found = of_line.with_columns(places).join(mine, on="line", how="inner").sort("line")
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


def _skipped(part: _Read) -> pl.DataFrame:
    named = part.raw.skipped.with_columns(source_id=pl.lit(part.source.source_id), name=pl.lit(part.source.name))
    return named.select(pl.col(name).cast(dtype) for name, dtype in SKIPPED.items())


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
            "skipped": part.raw.skipped.height,
        }
        for part in parts
    ]
    return SHAPES["sources"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["sources"].schema)))
