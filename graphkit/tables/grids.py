"""A grid of cells with the line of each row → its table: header, records, and the lines that are no data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from graphkit.errors import InputError
from graphkit.tables.layout import HEADER, NOTES, SEARCHED, find_header, no_data
from graphkit.tables.raw_table import (
    BROKEN_SCHEMA,
    SKIPPED_SCHEMA,
    UNDECODABLE,
    HeaderRow,
    RawTable,
    column_names,
    joined_as_csv,
)

LARGEST_EXACT = 10**15
"""A number below this that was stored as a float without decimals is written as a whole number."""


@dataclass(frozen=True)
class Grid:
    """The rows of one sheet or table as they stand there, all of one width, each with its line; empty rows too.

    ``merged`` are the first and last row and column, by position, of the cells that were merged and of which the first
    alone has the value. ``undecodable`` are the lines of the rows that have bytes which are not in ``encoding``.
    ``hidden`` are the lines of hidden rows, ``hidden_columns`` the positions of hidden columns, ``epoch`` is day 0 of
    the workbook's day numbers.
    """

    rows: Sequence[Sequence[Any]]
    lines: Sequence[int]
    format: str
    encoding: str = "utf-8"
    undecodable: frozenset[int] = frozenset()
    sheet: str = ""
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    hidden: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    epoch: date | None = None


def table_of(name: str, grid: Grid, header_row: HeaderRow | None = None) -> RawTable:
    """The table of a grid: each filled row below its header that is no total, note or repeat is a record.

    A cell merged over several rows stands in each of them. A row with cells to the right of the header is broken.
    Raises ``InputError`` where there is no header or no row, or nothing on the lines of ``header_row``.
    """
    rows = _filled_down(grid)
    filled = [index for index, row in enumerate(rows) if any(value not in ("", None) for value in row)]
    lines = [grid.lines[index] for index in filled]
    told = header_row.places(name, lines) if header_row else None
    top = [[cell_text(value) for value in row] for row in _spread(grid, filled[: (told or (0, SEARCHED))[1] + 1])]
    found = find_header(top, told)
    if found is None or len(found.names) < 2:
        raise InputError(f"{name} is not a table: its first rows hold no header of at least two columns.")
    header = found.names
    below = filled[found.last + 1 :]
    above = [(place, NOTES) for place in range(found.first)]
    above += [(place, HEADER) for place in range(found.first, found.last + 1)]
    names = column_names(max(len(rows[filled[0]]), len(header)))
    cells = _cells(names, (rows[index] for index in below)).with_columns(
        line=pl.Series([grid.lines[index] for index in below], dtype=pl.Int64)
    )
    aside = no_data(cells.drop("line"), header)
    skipped = _skipped(_cells(names, (rows[filled[place]] for place, _ in above)), lines, [kind for _, kind in above])
    skipped = pl.concat([skipped, _told(cells[aside["place"].to_list()], aside["kind"])])
    data = cells.with_row_index("place").join(aside, on="place", how="anti").drop("place")
    beyond = names[len(header) :]
    too_wide = pl.any_horizontal([pl.col(name).is_not_null() for name in beyond]) if beyond else pl.lit(False)
    undecodable = pl.col("line").is_in(sorted(grid.undecodable))
    reason = (
        pl.when(undecodable)
        .then(pl.lit(UNDECODABLE))
        .when(too_wide)
        .then(pl.lit(f"has cells to the right of the {len(header)} columns of the header"))
    )
    judged = data.with_columns(reason=reason)
    bad = judged.filter(pl.col("reason").is_not_null())
    broken = bad.select("line", text=joined_as_csv(bad.select(names)), reason="reason")
    return RawTable(
        header=header,
        rows=judged.filter(pl.col("reason").is_null()).drop("reason", *beyond),
        broken=broken if broken.height else pl.DataFrame(schema=BROKEN_SCHEMA),
        format=grid.format,
        encoding=grid.encoding,
        delimiter="",
        sheet=grid.sheet,
        skipped=skipped,
        epoch=grid.epoch,
        notes=_hidden(grid, header, data["line"]),
    )


def _hidden(grid: Grid, header: Sequence[str], lines: pl.Series) -> tuple[str, ...]:
    """What is hidden among the records and columns of a table, in words: it is read as the rest."""
    rows = lines.is_in(sorted(grid.hidden)).sum()
    names = [name for place, name in enumerate(header) if name and place in grid.hidden_columns]
    notes = []
    if rows:
        notes.append(f"{rows} hidden row{'s' if rows > 1 else ''}, read as the others")
    if names:
        notes.append(f"hidden column{'s' if len(names) > 1 else ''} {', '.join(names)}, read as the others")
    return tuple(notes)


def _cells(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pl.DataFrame(
        [
            pl.Series(name, [cell_text(value) for value in column], dtype=pl.String)
            for name, column in zip(names, columns, strict=True)
        ]
    )


def _skipped(cells: pl.DataFrame, lines: Sequence[int], kinds: Sequence[str]) -> pl.DataFrame:
    of_rows = cells.with_columns(line=pl.Series(lines[: cells.height], dtype=pl.Int64))
    return _told(of_rows, pl.Series(kinds, dtype=pl.String))


def _told(cells: pl.DataFrame, kinds: pl.Series) -> pl.DataFrame:
    text = joined_as_csv(cells.drop("line"))
    return cells.select("line", kind=kinds, text=text).cast(SKIPPED_SCHEMA)  # type: ignore[arg-type]


def _filled_down(grid: Grid) -> Sequence[Sequence[Any]]:
    """The rows with the value of a cell that was merged over several of them in each."""
    if not any(last > first for (first, _), (last, _) in grid.merged):
        return grid.rows
    rows = [list(row) for row in grid.rows]
    for (first, column), (last, _) in grid.merged:
        for row in rows[first + 1 : last + 1]:
            row[column] = rows[first][column]
    return rows


def _spread(grid: Grid, indices: Sequence[int]) -> list[list[Any]]:
    """Some rows with the value of a merged cell in all its places."""
    rows = {index: list(grid.rows[index]) for index in indices}
    for (first, column), (last, end) in grid.merged:
        for index in range(first, last + 1):
            if index in rows:
                rows[index][column : end + 1] = [grid.rows[first][column]] * (end + 1 - column)
    return list(rows.values())


def cell_text(value: Any) -> str | None:
    """A cell's value as the text a CSV export would hold: ISO dates, whole numbers without decimals, true/false.

    A whole number of more than 15 digits, which a sheet cannot hold, is written as it shows it: ``2.4322E+19``.

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
        if not value.is_integer():
            return f"{Decimal(repr(value)):f}"
        return str(int(value)) if abs(value) < LARGEST_EXACT else rounded_text(value)
    return str(value)


def rounded_text(value: float) -> str:
    """A number of more than 15 digits as a sheet shows it, with those 15 digits that it holds.

    >>> rounded_text(24322000000000123456.0)
    '2.43220000000001E+19'
    """
    digits, power = f"{value:.14E}".split("E")
    return f"{digits.rstrip('0').rstrip('.')}E{power}"
