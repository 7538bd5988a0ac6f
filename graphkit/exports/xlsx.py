"""Tables as one XLSX workbook, one sheet a table, written row by row in constant memory."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from graphkit.errors import GraphkitError
from graphkit.exports.formulas import neutralise
from graphkit.files import replacing

MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""
MOST_CHARACTERS = 32_767
"""Characters that a cell holds; the format refuses longer ones."""
MOST_NAME = 31
"""Characters that a sheet's name may have."""

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


def write_xlsx(sheets: Mapping[str, pl.DataFrame], path: Path) -> None:
    """Write each table as a sheet of the workbook ``path``; formulas are neutral, numbers and days typed.

    Raises ``GraphkitError`` where a table has more rows than a sheet holds.
    """
    for name, frame in sheets.items():
        if frame.height > MOST_ROWS:
            raise GraphkitError(f"{name} has {frame.height:,} rows and a sheet holds {MOST_ROWS:,}: export it as csv")
    with replacing(path) as beside, xlsxwriter.Workbook(beside, _OPTIONS) as book:
        # the format stores a creation time, which would make equal content differ in bytes
        book.set_properties({"created": datetime(2000, 1, 1)})
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, frame in sheets.items():
            _write_sheet(book.add_worksheet(name[:MOST_NAME]), neutralise(frame), bold, day)


def _write_sheet(sheet: Any, frame: pl.DataFrame, bold: Any, day: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, frame.columns, bold)
    for number, row in enumerate(frame.iter_rows(), start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value[:MOST_CHARACTERS])
            elif isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            elif value is not None:
                sheet.write(number, place, value)
