"""Numbers with a decimal comma (1.234,56), decided for a whole column and never for one cell."""

import polars as pl

_WHOLE = r"[1-9]\d{0,2}(?:[. \u00a0\u202f]\d{3})+"
_FORM = rf"^(\D*)({_WHOLE}|\d+)(?:,(\d+))?(\D*)$"
_CERTAIN = rf"^\D*(?:{_WHOLE},\d+|0,\d+|\d+,(?:\d{{1,2}}|\d{{4,}})|\d{{4,}},\d+)\D*$"
_AMBIGUOUS = r"^\D*[1-9]\d{0,2},\d{3}\D*$"
"""1,234 may be a thousand or one and a bit."""


def with_points(cells: pl.Series) -> pl.Series:
    """A column with decimal points and no thousands separators, where all its numbers are written with commas.

    One number that is not, or that may be read in both ways, leaves the column as it is.

    >>> with_points(pl.Series(["1.234,56", "-0,5 %", "12"])).to_list()
    ['1234.56', '-0.5 %', '12']
    >>> with_points(pl.Series(["1.234,56", "1,234.56"])).to_list()
    ['1.234,56', '1,234.56']
    """
    # to look for a comma is much faster than to look at the form of every number
    if not cells.str.contains(",", literal=True).any() or not cells.str.contains(_CERTAIN).any():
        return cells
    numbers = cells.filter(cells.str.contains(r"\d"))
    if not numbers.str.contains(_FORM).all() or numbers.str.contains(_AMBIGUOUS).any():
        return cells
    cell = pl.col("cell")
    fraction = cell.str.extract(_FORM, 3)
    pointed = pl.concat_str(
        cell.str.extract(_FORM, 1),
        cell.str.extract(_FORM, 2).str.replace_all(r"\D", ""),
        pl.when(fraction.is_not_null()).then(pl.lit(".") + fraction).otherwise(pl.lit("")),
        cell.str.extract(_FORM, 4),
    )
    return cells.to_frame("cell").select(pl.coalesce(pointed, cell).alias(cells.name)).to_series()
