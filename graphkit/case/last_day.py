"""The last day that the rows of a case speak of, where nothing says what the extracts cover."""

import calendar
from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.tables.inputs import TABLES


def last_day(tables: Mapping[str, pl.DataFrame]) -> date | None:
    """The latest day of a dated row, or the end of the latest reported period; None for a case without either."""
    days = [tables[name][table.dated].max() for name, table in TABLES.items() if table.dated]
    dated = [day for day in days if isinstance(day, date)]
    dated += [_end(period) for period in tables["reported_counts"]["period"].unique().to_list()]
    return max(dated) if dated else None


def _end(period: str) -> date:
    """The last day of a period.

    >>> _end("2024"), _end("2023-01/2024-02")
    (datetime.date(2024, 12, 31), datetime.date(2024, 2, 29))
    """
    year, _, month = period.rpartition("/")[2].partition("-")
    number = int(month or 12)
    return date(int(year), number, calendar.monthrange(int(year), number)[1])
