"""The frames that a view reads: a run's results and the resolved tables, empty where a case has none."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES


@dataclass(frozen=True)
class Frames:
    """A run's results and the resolved tables, each found by name."""

    results: Mapping[str, pl.DataFrame]
    tables: Mapping[str, pl.DataFrame]

    def result(self, name: str) -> pl.DataFrame:
        """A table of ``tables.outputs.SHAPES``; without rows where the run has none."""
        return self.results[name] if name in self.results else SHAPES[name].empty()

    def table(self, name: str) -> pl.DataFrame:
        """An input table with resolved parties; without rows where the case has none."""
        return self.tables[name] if name in self.tables else TABLES[name].empty()


def month_number(day: str) -> pl.Expr:
    """The month of a day column as one whole number, year * 12 + month - 1, so that months can be counted through.

    >>> from datetime import date
    >>> pl.DataFrame({"d": [date(2025, 1, 31)]}).select(month_number("d")).item()
    24300
    """
    return pl.col(day).dt.year().cast(pl.Int64) * 12 + pl.col(day).dt.month().cast(pl.Int64) - 1


def text_day(day: str) -> pl.Expr:
    """A day column as YYYY-MM-DD text, which is what the page shows."""
    return pl.col(day).dt.strftime("%Y-%m-%d")
