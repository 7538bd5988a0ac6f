"""What a sheet holds in place of a value: an error, or a number of which it kept 15 digits."""

import re

import polars as pl

ERROR = (
    r"^(?:#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|"
    r"GETTING_DATA|EXTERNAL!|NV|BEZUG!|WERT!|ZAHL!|Н/Д|ССЫЛКА!|ЗНАЧ!|ДЕЛ/0!|ИМЯ\?|ЧИСЛО!|#{2,})|Err:\d{3})$"
)
"""The errors of Excel and LibreOffice as text, also in German and Russian, and a number too wide for its column."""
ROUNDED = r"^-?\d(?:[.,]\d+)?[Ee]\+\d{2,3}$"
"""A number as a sheet shows it that has more digits than it shows: ``2.4322E+19``."""
_ROUNDED = re.compile(ROUNDED)


def is_error(cell: pl.Expr) -> pl.Expr:
    """Whether a trimmed text cell is an error of a sheet; null where it is empty.

    >>> cells = pl.DataFrame({"a": ["#N/A", "#DIV/0!", "N/A", "#12", None]})
    >>> cells.select(is_error(pl.col("a")))["a"].to_list()
    [True, True, False, False, None]
    """
    return cell.str.contains(ERROR)


def is_rounded(cell: pl.Expr) -> pl.Expr:
    """Whether a trimmed text cell is a number that a sheet has rounded, which is none where an id or a name is asked.

    >>> cells = pl.DataFrame({"a": ["2.4322E+19", "1.23457e+11", "12E3", "1E5", None]})
    >>> cells.select(is_rounded(pl.col("a")))["a"].to_list()
    [True, True, False, False, None]
    """
    return cell.str.contains(ROUNDED)


def was_rounded(cell: str) -> bool:
    """Whether one text is a number that a sheet has rounded."""
    return bool(_ROUNDED.match(cell))


def without_faults(cell: pl.Expr) -> pl.Expr:
    """The trimmed text cells of a column, those null that hold an error or a number that was rounded.

    >>> cells = pl.DataFrame({"a": ["#N/A", "2.4322E+19", "12"]})
    >>> cells.select(without_faults(pl.col("a")))["a"].to_list()
    [None, None, '12']
    """
    return cell.map_batches(_without_faults, return_dtype=pl.String(), is_elementwise=True)


def _without_faults(cells: pl.Series) -> pl.Series:
    # hardly a column has such a cell, and to look for their signs is far faster than to match each
    begins = cells.str.starts_with("#").any() or cells.str.starts_with("Err:").any()
    if not begins and not cells.str.contains_any(["E+", "e+"]).any():
        return cells
    cell = pl.col("cell")
    sound = cells.to_frame("cell").select(pl.when(~is_error(cell) & ~is_rounded(cell)).then(cell))
    return sound.to_series().alias(cells.name)
