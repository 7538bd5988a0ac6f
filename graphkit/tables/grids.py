"""A grid of cells with the line of each row → its table: where the header is found in what has no lines of text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from graphkit.errors import InputError
from graphkit.tables.raw_table import BROKEN_SCHEMA, UNDECODABLE, RawTable, column_names

LARGEST_EXACT = 10**15
"""A number below this that was stored as a float without decimals is written as a whole number."""


@dataclass(frozen=True)
class Grid:
    """The rows of one sheet or table as they stand there, all of one width, each with its line; empty rows too.

    ``undecodable`` are the lines of the rows that have bytes which are not in ``encoding``.
    """

    rows: Sequence[Sequence[Any]]
    lines: Sequence[int]
    format: str
    encoding: str = "utf-8"
    undecodable: frozenset[int] = frozenset()


def table_of(name: str, grid: Grid) -> RawTable:
    """The table of a grid: its first filled row is the header, and each filled row below it a record.

    A row with cells to the right of the header is broken. Raises ``InputError`` where there is no header or no row.
    """
    filled = [index for index, row in enumerate(grid.rows) if any(value not in ("", None) for value in row)]
    first = grid.rows[filled[0]] if filled else []
    header = [" ".join((cell_text(value) or "").split()) for value in first]
    while header and not header[-1]:
        header.pop()
    if len(header) < 2:
        raise InputError(f"{name} is not a table: its first filled row is no header of at least two columns.")
    if len(filled) < 2:
        raise InputError(f"{name} has a header but no rows; export it again with its rows.")
    columns = list(zip(*(grid.rows[index] for index in filled[1:]), strict=True))
    names = column_names(len(columns))
    frame = pl.DataFrame(
        [
            pl.Series(name, [cell_text(value) for value in column], dtype=pl.String)
            for name, column in zip(names, columns, strict=True)
        ]
    ).with_columns(line=pl.Series([grid.lines[index] for index in filled[1:]], dtype=pl.Int64))
    beyond = names[len(header) :]
    too_wide = pl.any_horizontal([pl.col(name).is_not_null() for name in beyond]) if beyond else pl.lit(False)
    undecodable = pl.col("line").is_in(sorted(grid.undecodable))
    reason = (
        pl.when(undecodable)
        .then(pl.lit(UNDECODABLE))
        .when(too_wide)
        .then(pl.lit(f"has cells to the right of the {len(header)} columns of the header"))
    )
    judged = frame.with_columns(reason=reason)
    bad = judged.filter(pl.col("reason").is_not_null())
    text = RawTable(header, bad.drop("reason"), pl.DataFrame(schema=BROKEN_SCHEMA), grid.format, "", "").text_of(
        pl.int_range(bad.height, eager=True)
    )
    broken = bad.select("line", text=text, reason="reason")
    rows = judged.filter(pl.col("reason").is_null()).drop("reason", *beyond)
    return RawTable(header, rows, broken, format=grid.format, encoding=grid.encoding, delimiter="")


def cell_text(value: Any) -> str | None:
    """A cell's value as the text a CSV export would hold: ISO dates, whole numbers without decimals, true/false.

    >>> cell_text(datetime(2024, 1, 5)), cell_text(12.0), cell_text(0.15), cell_text(True), cell_text("")
    ('2024-01-05', '12', '0.15', 'true', None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < LARGEST_EXACT else f"{Decimal(repr(value)):f}"
    return str(value)
