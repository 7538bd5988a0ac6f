"""Dates that stand in a workbook as bare numbers of days: read only where all bare numbers of the column are such."""

import polars as pl

from graphkit.tables.dates import SERIAL, day_of
from graphkit.tables.raw_table import RawTable

_NUMBER = r"^\d+(?:\.\d+)?$"


def is_of_day_numbers(cells: pl.Series, raw: RawTable) -> bool:
    """Whether a column holds day numbers, and no bare number that is neither such nor a date like 20240105.

    Text that is no number does not count. Outside of a workbook nobody knows from which day such numbers count.
    """
    if raw.epoch is None:
        return False
    numbers = cells.str.strip_chars().to_frame("number").filter(pl.col("number").str.contains(_NUMBER))
    is_day = day_of(pl.col("number"), raw.epoch).is_not_null()
    return bool(numbers.select(pl.col("number").str.contains(SERIAL).any() & is_day.all()).item())
