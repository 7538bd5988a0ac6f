"""The last day that the rows of a case speak of, where nothing says what the extracts cover."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.periods import days_of


def last_day(tables: Mapping[str, pl.DataFrame]) -> date | None:
    """The latest day of a dated row, or the end of the latest reported period; None for a case without either."""
    days = [tables[name][table.dated].max() for name, table in TABLES.items() if table.dated]
    dated = [day for day in days if isinstance(day, date)]
    dated += [days_of(period)[1] for period in tables["reported_counts"]["period"].unique().to_list()]
    return max(dated) if dated else None
