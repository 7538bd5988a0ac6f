"""Source files → one loaded table and its quarantine: rows in = rows loaded + rows quarantined, exactly."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from graphkit.errors import InputError
from graphkit.tables import vins
from graphkit.tables.contract import violations
from graphkit.tables.derived_keys import apart, with_derived
from graphkit.tables.duplicates import repeated
from graphkit.tables.inputs import Table
from graphkit.tables.lineage import LINEAGE
from graphkit.tables.outputs import SHAPES
from graphkit.tables.parsing import UNITS, Parsed, parse
from graphkit.tables.quarantine import REASONS_SCHEMA, collected, joined_reasons, vin_in_text
from graphkit.tables.raw_table import SKIPPED_SCHEMA
from graphkit.tables.readers import HeaderRow, RawTable, read
from graphkit.tables.row_choice import VOID, of_part, states
from graphkit.tables.row_keys import row_key
from graphkit.tables.shaping import DATE_ORDERS, FACTORS, shaped
from graphkit.tables.stated_constants import DERIVED

SKIPPED = {"source_id": pl.String(), "name": pl.String(), **SKIPPED_SCHEMA}
"""The lines of the sources that are no data: ``kind`` is header, repeated header, total, note or void."""


@dataclass(frozen=True)
class Source:
    """One file of a table: its content's sha256, its name, where it lies, and how its columns are read.

    ``columns`` maps the file's headers to the table's columns (or to companions such as ``seller_name``); headers that
    are not in it are left out, and several headers of the table's key are joined. ``units`` gives the unit of a column:
    ``percent`` or ``fraction``, or one of ``shaping.FACTORS``, or ``mile``. ``constants`` fill a column for the whole
    file. ``date_order`` is ``dmy`` or ``mdy`` where dates have their year last. ``status`` are the headers that say
    what became of a row, ``where`` says which rows are of this source: ``row_choice``. ``sheet`` names the sheet of a
    workbook, ``header_row`` the lines of the header where it is not to be looked for.
    """

    source_id: str
    name: str
    path: Path
    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    status: Sequence[str] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header_row: HeaderRow | None = None


@dataclass(frozen=True)
class Loaded:
    """A table as it was loaded.

    ``rows`` has ``Table.loaded_schema()``, sorted by car and day, then key; ``quarantine`` the columns of
    ``quarantine.QUARANTINE_SCHEMA``; ``skipped`` lists the lines that are no data (``SKIPPED``); ``counts`` has the
    columns of ``SHAPES["sources"]``, a row a source. Every filled line of a source is in one of the first three.
    """

    rows: pl.DataFrame
    quarantine: pl.DataFrame
    skipped: pl.DataFrame
    counts: pl.DataFrame


@dataclass(frozen=True)
class _Read:
    source: Source
    raw: RawTable
    rows: pl.DataFrame
    reasons: pl.DataFrame
    elsewhere: pl.DataFrame


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
    parts = _with_unclaimed(parts)
    candidates = apart(table, pl.concat([table.empty(), *(part.rows for part in parts)]), _numbered(table, ordered))
    candidates = candidates.with_columns(row_key(table))
    unread = pl.concat([pl.DataFrame(schema=REASONS_SCHEMA), *(part.reasons for part in parts)])
    # a cell that cannot be read is null now; that it is "empty" would be a second reason for the same fault
    reasons = pl.concat([unread, violations(table, candidates).join(unread, on=[*LINEAGE, "column"], how="anti")])
    sound = candidates.join(reasons, on=LINEAGE, how="anti") if reasons.height else candidates
    repeats = repeated(table, sound)
    rows = sound.join(repeats, on=LINEAGE, how="anti") if repeats.height else sound
    quarantine = collected(_quarantined(table, part, joined_reasons(pl.concat([reasons, repeats]))) for part in parts)
    order = [name for name in ("vin", table.dated) if name and name in table.columns]
    rows = rows.sort(*order, "row_key").rechunk()
    skipped = pl.concat([pl.DataFrame(schema=SKIPPED), *(_skipped(part) for part in parts)])
    return Loaded(rows=rows, quarantine=quarantine, skipped=skipped, counts=_counts(table, parts, quarantine))


def _read_source(table: Table, source: Source) -> _Read:
    raw, reasons, elsewhere = _chosen(read(source.path, source.sheet, source.header_row), table, source)
    cells = shaped(raw.rows, raw.header, table, source.columns, source.units, source.constants, source.date_order)
    cells = with_derived(table, cells)
    fields = [name for name in cells.columns if name != "line"]
    parsers = {name: parse(table, name, source.units.get(name)) for name in fields}
    values = cells.select(parsed.value for parsed in parsers.values())
    unreadable = pl.any_horizontal(cells[name].is_not_null() & values[name].is_null() for name in fields)
    reasons = pl.concat([reasons, _unread(table, cells.filter(unreadable), parsers, source.source_id)])
    types = table.loaded_schema()
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in types.items() if name not in fields]
    rows = (
        values.with_columns(absent)
        .with_columns(source_id=pl.lit(source.source_id), line=cells["line"])
        .with_columns(row_key(table), *([vins.check(pl.col("vin")).alias("vin_check")] if table.has_vin else []))
        .select(pl.col(name).cast(dtype) for name, dtype in types.items())
    )
    return _Read(source, raw, rows, reasons, elsewhere)


def _chosen(raw: RawTable, table: Table, source: Source) -> tuple[RawTable, pl.DataFrame, pl.DataFrame]:
    """A file's rows of one source, the reasons that keep some of them apart, and the lines of other sources of it."""
    check_mapping(table, source, raw.header)
    reasons = pl.DataFrame(schema=REASONS_SCHEMA)
    if not source.where and not source.status:
        return raw, reasons, pl.DataFrame(schema={"line": pl.Int64(), "text": pl.String()})
    mine = of_part(raw, source.where)
    found = states(raw, source.status)["state"]
    texts = raw.text_of(pl.int_range(raw.rows.height, eager=True))
    lines = raw.rows.select("line", text=texts)
    void = lines.filter(mine & (found == VOID)).select("line", kind=pl.lit(VOID), text="text")
    kept = mine & (found != VOID)
    reasons = pl.DataFrame({"line": lines["line"], "reason": found}).filter(kept & (found != "valid"))
    reasons = reasons.select(
        source_id=pl.lit(source.source_id),
        line="line",
        ordinal=pl.lit(len(table.columns), dtype=pl.Int64),
        column=pl.lit(None, dtype=pl.String),
        reason="reason",
    )
    narrowed = replace(
        raw,
        rows=raw.rows.filter(kept),
        texts=None if raw.texts is None else raw.texts.filter(kept),
        skipped=pl.concat([raw.skipped, void]),
        broken=raw.broken,
    )
    return narrowed, reasons, lines.filter(~mine)


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
    """The sources whose key column is called otherwise: it holds the number of an office or a firm."""
    key = table.key[0]
    return [one.source_id for one in sources if any(to == key != head for head, to in one.columns.items())]


def check_mapping(table: Table, source: Source, header: Sequence[str], *, lacking: bool = True) -> None:
    """Raise ``InputError`` where the mapping of a source does not fit its header, or not its table.

    ``lacking`` asks that every column is there that the table needs.
    """
    absent = [name for name in (*source.columns, *source.status, *source.where) if name not in header]
    if absent:
        raise InputError(f"{source.name} has no column {', '.join(absent)}; correct its mapping.")
    known = (*table.columns, *table.companions)
    strange = sorted({*source.columns.values(), *source.constants}.difference(known))
    if strange:
        raise InputError(f"{table.name} has no column {', '.join(strange)}; correct the mapping of {source.name}.")
    fields = Counter(source.columns[name] for name in header if name in source.columns)
    for name, times in fields.items():
        if times > 1 and name != table.key[0]:
            both = " and ".join(text for text in header if source.columns.get(text) == name)
            raise InputError(f"{source.name}: the columns {both} are both mapped to {name}; leave one out.")
    known_units = (*UNITS, *FACTORS, "mile")
    wrong = [unit for unit in source.units.values() if unit not in known_units]
    if wrong:
        raise InputError(f"{source.name}: {wrong[0]} is no unit; use {' or '.join(known_units)}.")
    if source.date_order not in (None, *DATE_ORDERS):
        raise InputError(f"{source.name}: {source.date_order} is no order of dates; use {' or '.join(DATE_ORDERS)}.")
    needed = missing_columns(table, [*fields, *source.constants, *DERIVED.get(table.name, ())])
    if lacking and needed:
        raise InputError(f"{source.name} lacks {', '.join(needed)}, which {table.name} needs; correct its mapping.")


def missing_columns(table: Table, fields: Collection[str]) -> list[str]:
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
    parts = [pl.DataFrame(schema=REASONS_SCHEMA)]
    for name, parsed in parsers.items():
        parts.append(
            cells.filter(parsed.failed).select(
                pl.lit(source_id).alias("source_id"),
                pl.col("line"),
                pl.lit(ordinals[name], dtype=pl.Int64).alias("ordinal"),
                pl.lit(name).alias("column"),
                parsed.reason.alias("reason"),
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
