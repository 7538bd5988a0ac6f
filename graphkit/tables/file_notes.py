"""What the user of a file should know of how its cells are read, in words, a sentence a column."""

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from graphkit.tables.dates import SERIAL
from graphkit.tables.day_numbers import is_of_day_numbers
from graphkit.tables.inputs import Table
from graphkit.tables.raw_table import RawTable
from graphkit.tables.sheet_faults import is_rounded

SHOWN_LINES = 5
"""How many lines are named where many are of one kind."""


def notes_of_file(raw: RawTable) -> tuple[str, ...]:
    """What is hidden in it, its lines in another encoding, and the columns of numbers that a sheet has rounded.

    >>> rows = pl.DataFrame({"c0": ["2.4322E+19", "7"], "line": [2, 3]})
    >>> notes_of_file(RawTable(["发票号码"], rows, pl.DataFrame(), "csv", "utf-8", ","))
    ('发票号码: of 1 number the sheet holds 15 digits: export the column as text',)
    """
    notes = []
    for place, header in enumerate(raw.header):
        cell = pl.col(f"c{place}").str.strip_chars()
        rounded = raw.rows.select(is_rounded(cell).sum()).item()
        if rounded:
            numbers = f"{rounded} number{'s' if rounded > 1 else ''}"
            notes.append(f"{header}: of {numbers} the sheet holds 15 digits: export the column as text")
    return (*raw.notes, *_read_otherwise(raw), *notes)


def _read_otherwise(raw: RawTable) -> tuple[str, ...]:
    found = sorted(raw.otherwise)
    if not found:
        return ()
    lines = ", ".join(str(line) for line in found[:SHOWN_LINES]) + (", …" if len(found) > SHOWN_LINES else "")
    others = " and ".join(sorted(set(raw.otherwise.values())))
    return (f"{len(found)} lines ({lines}) are in {others}, the others in {raw.encoding}: each is read in its own",)


def notes_of_dates(raw: RawTable, table: Table, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Of each date column that holds bare day numbers: how many of its cells are read as such."""
    notes = []
    for place, header in enumerate(raw.header):
        if not isinstance(table.columns.get(columns.get(header, "")), dy.Date | dy.Datetime):
            continue
        cells = raw.rows[f"c{place}"]
        if is_of_day_numbers(cells, raw):
            times = cells.str.strip_chars().str.contains(SERIAL).sum()
            numbers = f"{times} bare day number{'s' if times > 1 else ''}"
            notes.append(f"{header}: {numbers}, read as dates as the workbook counts them")
    return tuple(notes)
