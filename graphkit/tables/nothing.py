"""Words and days by which a cell says that it holds nothing: ``NULL``, ``暂无``, ``1900-01-01`` and the like."""

import re
from functools import cache

import dataframely as dy
import polars as pl

from graphkit.tables.cells import to_half_width
from graphkit.tables.inputs import Table
from graphkit.tables.reference import reference_csv

NULL_DAYS = ("0000-00-00", "0000-01-01", "0001-01-01", "1899-12-30", "1899-12-31", "1900-01-00", "1900-01-01")
"""What programs write into a date column for no date: the first day that their calendar has."""
NO_END_DAYS = ("1970-01-01", "9999-12-31")
"""What they write where nothing has ended besides; a company may well have been entered on the first of them."""
NULL_NUMBERS = ("0", "00000000")
NO_END_NUMBERS = ("25569", "2958465")
"""The Excel day numbers of ``NO_END_DAYS``."""

_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_SUSPECT = r"0000|0001|1899|1900|1970|9999|^0+(?:\.0+)?$|^25569|^2958465|^0{1,2}:00"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2}|[a-z]{3})[a-z]*[-/., ]+(\d{4})")
_NO_TIME = re.compile(r"[t ]*(?:0{1,2}|12|0?8):00(?::00(?:\.0+)?)?(?: ?[ap]m)?(?:z| ?[+-]\d\d:?\d\d)?$")
"""Midnight in the ways it is written; the first second of 1970 is eight o'clock in China."""


def without_nothing(cell: pl.Expr, table: Table, field: str) -> pl.Expr:
    """The trimmed cells of a column, those null that say that they hold nothing.

    A word that the column reads as a value stays one: ``无`` is "no" where yes or no is asked.

    >>> from graphkit.tables.inputs import TABLES
    >>> cells = pl.DataFrame({"valid_to": ["1900/1/1", "至今", "N/A", "2024-01-05"]})
    >>> cells.select(without_nothing(pl.col("valid_to"), TABLES["ownership"], "valid_to"))["valid_to"].to_list()
    [None, None, None, '2024-01-05']
    """
    column = table.columns.get(field)
    words = _spellings(field, isinstance(column, dy.Bool))
    filled = pl.when(~cell.is_in(words)).then(cell)
    if not isinstance(column, dy.Date | dy.Datetime):
        return filled
    may_end = bool((column.metadata or {}).get("may_never_come"))
    return filled.map_batches(lambda cells: _without_null_days(cells, may_end), return_dtype=pl.String())


@cache
def _spellings(field: str, is_flag: bool) -> list[str]:
    rows = reference_csv("null_words").with_columns(pl.col("only_in", "not_in").str.split(";")).rows()
    known = [word for word, only_in, not_in in rows if field in (only_in or [field]) and field not in (not_in or [])]
    plain = [word for word in known if not (is_flag and word in ("无", "無"))]
    full_width = [word.translate(_WIDE) for word in plain if not word.isalnum()]
    # compared as they stand: to lower the case of every cell of a million rows would take longer than to read it
    return [form for word in (*plain, *full_width) for form in _cases(word)]


def _cases(word: str) -> set[str]:
    return {word, word.upper(), word.title(), word.capitalize(), word[:-1].title() + word[-1].upper()}


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def _without_null_days(cells: pl.Series, may_end: bool) -> pl.Series:
    # a column names each day many times, and only a few texts can be a null day at all
    texts = cells.unique().to_frame("text").with_columns(plain=to_half_width(pl.col("text")).str.to_lowercase())
    suspects = texts.filter(pl.col("plain").str.contains(_SUSPECT))
    empty = [text for text, plain in suspects.rows() if _is_null_day(plain, may_end)]
    if not empty:
        return cells
    return cells.to_frame("cell").select(pl.when(~pl.col("cell").is_in(empty)).then("cell"))["cell"].alias(cells.name)


def _is_null_day(text: str, may_end: bool) -> bool:
    number = re.sub(r"\.0+$", "", text)
    if number in NULL_NUMBERS or (may_end and number in NO_END_NUMBERS) or re.fullmatch(r"0{1,2}:00(:00)?", text):
        return True
    day = _NO_TIME.sub("", text)
    if found := _YEAR_FIRST.fullmatch(day) or _COMPACT.fullmatch(day):
        year, month, number = found.groups()
    elif found := _YEAR_LAST.fullmatch(day):
        number, month, year = found.groups()
    else:
        return False
    days = NULL_DAYS + (NO_END_DAYS if may_end else ())
    one, other = (int(part) if part.isdigit() else _MONTH_NAMES.find(part) // 4 + 1 for part in (month, number))
    # where a day is written before or after its month does not matter here: no other day is meant by 12/31/9999
    return f"{year}-{one:02}-{other:02}" in days or f"{year}-{other:02}-{one:02}" in days
