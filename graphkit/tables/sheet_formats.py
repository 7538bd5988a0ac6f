"""What a workbook knows of its cells beside their values: which are percents, which are errors, what is hidden."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Place = tuple[int, int]
"""The row and the column of a cell, counted from 0."""
Merge = tuple[Place, Place]
"""The first and the last cell of a merged range."""

EPOCH_1900 = date(1899, 12, 30)
"""Day 0 of most workbooks, with the leap day of 1900 that there never was already counted."""
EPOCH_1904 = date(1904, 1, 1)
"""Day 0 of workbooks that were first made on an old Macintosh."""

PERCENT_FORMATS = (9, 10)
"""The number formats of percents that every workbook has without naming them: ``0%`` and ``0.00%``."""

_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""The errors of XLS and XLSB by the number under which they are stored."""
UNKNOWN_ERROR = "#UNKNOWN!"


@dataclass
class SheetFormats:
    """What is known of one sheet: the cells shown as percents, the errors by cell, the hidden rows and columns.

    ``merged`` is None where the values are read by what tells the merged cells as well.
    """

    percents: list[Place] = field(default_factory=list)
    errors: dict[Place, str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Merge] | None = None


@dataclass(frozen=True)
class BookFormats:
    """What is known of each sheet by its name, and the day 0 of the workbook's day numbers."""

    sheets: Mapping[str, SheetFormats]
    epoch: date = EPOCH_1900


def is_percent(code: str) -> bool:
    """Whether a number format shows a number as a percent: a percent sign outside of quoted and escaped text.

    >>> is_percent("0.00%;[Red]-0.00%"), is_percent('0.00"%"'), is_percent("0.00")
    (True, False, False)
    """
    return "%" in _LITERAL.sub("", code)


def percent_formats(named: Iterable[tuple[int, str]]) -> set[int]:
    """The numbers of all formats of a workbook that show percents, of those it names and those it need not name."""
    codes = dict(named)
    return {number for number, code in codes.items() if is_percent(code)} | set(PERCENT_FORMATS) - set(codes)


def percent_text(value: float) -> str:
    """A fraction as the percent that its cell shows, with all its digits.

    >>> percent_text(0.6), percent_text(0.00333), percent_text(1)
    ('60%', '0.333%', '100%')
    """
    text = f"{Decimal(repr(value)).scaleb(2):f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def apply(formats: SheetFormats, rows: list[list[Any]], top: int, left: int) -> None:
    """Write percents and errors into the rows of a sheet, the first of which is row ``top`` from column ``left`` on."""
    for row, column in formats.percents:
        if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[0]):
            value = rows[row - top][column - left]
            if isinstance(value, int | float) and not isinstance(value, bool):
                rows[row - top][column - left] = percent_text(value)
    for (row, column), error in formats.errors.items():
        if 0 <= row - top < len(rows) and 0 <= column - left < len(rows[0]):
            rows[row - top][column - left] = error
