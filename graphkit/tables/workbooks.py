"""XLSX → cells, with a guard against archives that unpack to far more than they are."""

import re
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import python_calamine

from graphkit.errors import InputError
from graphkit.tables.raw_table import BROKEN_SCHEMA, RawTable, column_names

MOST_UNPACKED = 2 * 1024**3
"""Bytes that a workbook may unpack to; the largest sheet Excel allows is below this."""
SUSPECT_UNPACKED = 100 * 1024**2
SUSPECT_RATIO = 200
"""A workbook above SUSPECT_UNPACKED bytes may unpack to at most this many times its size; real ones lie near 10."""
WIDEST_SHEET = 104
"""Columns (A to CZ); one cell far to the right makes a small file fill the memory, as the grid between is filled up."""
_FAR_CELL = re.compile(rb"""\br=["'](?:[A-Z]{3}|[D-Z][A-Z])\d""")
_WINDOW = 1 << 20
LARGEST_EXACT = 10**15
"""A number below this that Excel stored as a float without decimals is written as a whole number."""


def read_workbook(path: Path) -> RawTable:
    """The cells of the one sheet of a workbook that holds a table; dates as ISO text, ``line`` is the sheet's row.

    Raises ``InputError`` for an archive that is no workbook or a zip bomb, and for several sheets with tables.
    """
    _refuse_bombs(path)
    try:
        workbook = python_calamine.load_workbook(path)
        names = workbook.sheet_names
        sheets = {name: workbook.get_sheet_by_name(name) for name in names}
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be opened as an XLSX workbook; save it again as XLSX or CSV.") from error
    tables = {name: sheet for name, sheet in sheets.items() if sheet.height >= 1 and sheet.width >= 2}
    if not tables:
        raise InputError(f"{path.name} has no sheet with a header and rows; give a workbook with one table.")
    if len(tables) > 1:
        raise InputError(
            f"{path.name} has {len(tables)} sheets with rows ({', '.join(tables)}); save each as its own file."
        )
    sheet = next(iter(tables.values()))
    return _from_grid(path, sheet.to_python(skip_empty_area=True), first_row=(sheet.start or (0, 0))[0] + 1)


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _refuse_sizes(path, entries)
            sheets = [entry for entry in entries if entry.filename.startswith("xl/worksheets/")]
            too_wide = any(_has_far_cell(archive, entry) for entry in sheets)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise InputError(f"{path.name} is a damaged archive; save it again as XLSX or CSV.") from error
    if too_wide:
        raise InputError(f"{path.name} has cells beyond column {WIDEST_SHEET}; give the table alone, as CSV or XLSX.")


def _refuse_sizes(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    if not any(entry.filename == "xl/workbook.xml" for entry in entries):
        raise InputError(f"{path.name} is an archive but not an XLSX workbook; unpack it and give the table inside.")
    unpacked = sum(entry.file_size for entry in entries)
    ratio = unpacked / max(path.stat().st_size, 1)
    if unpacked > MOST_UNPACKED or (unpacked > SUSPECT_UNPACKED and ratio > SUSPECT_RATIO):
        raise InputError(
            f"{path.name} would unpack to {unpacked / 1024**2:,.0f} MB, {ratio:,.0f} times its size, "
            "and is not opened; give the table as CSV."
        )


def _has_far_cell(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as stream:
        kept = b""
        while window := stream.read(_WINDOW):
            if _FAR_CELL.search(kept + window):
                return True
            kept = window[-16:]
    return False


def _from_grid(path: Path, grid: Sequence[Sequence[Any]], first_row: int) -> RawTable:
    filled = [index for index, row in enumerate(grid) if any(value not in ("", None) for value in row)]
    header = [" ".join((cell_text(value) or "").split()) for value in grid[filled[0]]]
    while header and not header[-1]:
        header.pop()
    if len(header) < 2:
        raise InputError(f"{path.name} is not a table: its first filled row is no header of at least two columns.")
    if len(filled) < 2:
        raise InputError(f"{path.name} has a header but no rows; export it again with its rows.")
    columns = list(zip(*(grid[index] for index in filled[1:]), strict=True))
    names = column_names(len(columns))
    frame = pl.DataFrame(
        [
            pl.Series(name, [cell_text(value) for value in column], dtype=pl.String)
            for name, column in zip(names, columns, strict=True)
        ]
    ).with_columns(line=pl.Series([first_row + index for index in filled[1:]], dtype=pl.Int64))
    beyond = names[len(header) :]
    too_wide = pl.any_horizontal([pl.col(name).is_not_null() for name in beyond]) if beyond else pl.lit(False)
    wide = frame.filter(too_wide)
    text = RawTable(header, wide, pl.DataFrame(schema=BROKEN_SCHEMA), "xlsx", "", "").text_of(
        pl.int_range(wide.height, eager=True)
    )
    broken = wide.select(
        "line", text=text, reason=pl.lit(f"has cells to the right of the {len(header)} columns of the header")
    )
    return RawTable(header, frame.filter(~too_wide).drop(beyond), broken, format="xlsx", encoding="utf-8", delimiter="")


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
