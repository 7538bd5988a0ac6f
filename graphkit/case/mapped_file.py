"""A file before it is imported → how it would be read: a row a column, its first filled cells, its mapping as TOML."""

from pathlib import Path

import polars as pl

from graphkit.case.incoming import Incoming
from graphkit.case.readings import Told, entries_of
from graphkit.case.settings import Settings, mapping_text
from graphkit.case.source_entry import SourceEntry
from graphkit.errors import InputError
from graphkit.files import hash_file, replacing
from graphkit.tables.raw_table import RawTable
from graphkit.tables.readers import read_tables

EXAMPLES = 3
SHOWN = {
    "sheet": pl.String(),
    "table": pl.String(),
    "column": pl.String(),
    "header": pl.String(),
    "unit": pl.String(),
    "example_1": pl.String(),
    "example_2": pl.String(),
    "example_3": pl.String(),
    "read_from": pl.String(),
}
"""``column`` is empty for a header that is left out; ``header`` is empty for a constant, whose value is the example,
and for what only the user can say, which has ``?`` for a unit. ``read_from`` says where a constant or a unit was read
if not in the header of its column."""


def map_file(path: Path, told: Told, to: Path | None = None) -> pl.DataFrame:
    """How each table of a file would be read, with the columns of ``SHOWN``; written to ``to`` for ``import --like``.

    Raises ``InputError`` where no table of the file fits.
    """
    found = read_tables(path, told.sheet, told.header_row, told.encoding)
    one = Incoming(path.name, path)
    file = hash_file(path)
    shown: list[pl.DataFrame] = []
    mapped: list[SourceEntry] = []
    unfit: list[InputError] = []
    for raw in found.tables:
        try:
            entries = entries_of(one, file, raw, Settings(name="map"), told, set(), several=len(found.tables) > 1)
        except InputError as error:
            unfit.append(error)
            continue
        mapped += entries
        shown += [_shown(entry, raw) for entry in entries]
        shown.append(_left_out(entries, raw))
    if not mapped:
        raise unfit[0]
    if to is not None:
        with replacing(to) as beside:
            beside.write_text(mapping_text(mapped), encoding="utf-8")
    return pl.concat(shown)


def _shown(entry: SourceEntry, raw: RawTable) -> pl.DataFrame:
    rows = [
        (
            raw.sheet,
            entry.table,
            column,
            header,
            entry.units.get(column),
            *_examples(raw, header),
            entry.stated.get(column),
        )
        for header, column in entry.columns.items()
    ]
    rows += [
        (raw.sheet, entry.table, name, None, None if value else "?", value, None, None, entry.stated.get(name))
        for name, value in entry.constants.items()
    ]
    rows += [
        (raw.sheet, entry.table, f"({what})", header, None, *_examples(raw, header), None)
        for what, headers in (("status", entry.status), ("which rows", entry.where))
        for header in headers
    ]
    if entry.date_order is not None:
        rows.append((raw.sheet, entry.table, "(date order)", None, entry.date_order or "?", *[None] * 4))
    if entry.encoding_proposed is not None:
        rows.append((raw.sheet, entry.table, "(encoding)", None, "?", entry.encoding_proposed, *[None] * 3))
    rows += [(raw.sheet, entry.table, column, None, "?", *[None] * 4) for column in entry.lacking]
    return pl.DataFrame(rows, schema=SHOWN, orient="row")


def _left_out(entries: list[SourceEntry], raw: RawTable) -> pl.DataFrame:
    used = {header for entry in entries for header in (*entry.columns, *entry.status, *entry.where)}
    rows = [
        (raw.sheet, None, None, header, None, *_examples(raw, header), None)
        for header in raw.header
        if header not in used
    ]
    return pl.DataFrame(rows, schema=SHOWN, orient="row")


def _examples(raw: RawTable, header: str) -> list[str | None]:
    column = raw.rows[f"c{raw.header.index(header)}"]
    cells = column.filter((column != "").fill_null(value=False)).head(EXAMPLES).to_list()
    return [*cells, *[None] * (EXAMPLES - len(cells))]
