"""Validity as whole days: missing ends become numbers that can be compared, and come back as nulls."""

from datetime import date

import polars as pl

FIRST = -10_000_000
"""The day number of 'since always'."""

LAST = 10_000_000
"""The day number of 'until further notice'."""


def as_number(column: str, otherwise: int) -> pl.Expr:
    """A date column as days since 1970-01-01; null becomes ``otherwise``."""
    return pl.col(column).cast(pl.Date).cast(pl.Int32).cast(pl.Int64).fill_null(otherwise)


def number_of(day: date) -> int:
    """A date as days since 1970-01-01.

    >>> number_of(date(1970, 1, 3))
    2
    """
    return (day - date(1970, 1, 1)).days


def with_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """``valid_from`` and ``valid_to`` (inclusive, null = open) as ``first`` and ``last`` day numbers."""
    return rows.with_columns(first=as_number("valid_from", FIRST), last=as_number("valid_to", LAST)).drop(
        "valid_from", "valid_to"
    )


def with_dates(rows: pl.DataFrame) -> pl.DataFrame:
    """``first`` and ``last`` day numbers as ``valid_from`` and ``valid_to``, null where open."""
    return rows.with_columns(
        valid_from=pl.when(pl.col("first") > FIRST).then("first").cast(pl.Int32).cast(pl.Date),
        valid_to=pl.when(pl.col("last") < LAST).then("last").cast(pl.Int32).cast(pl.Date),
    ).drop("first", "last")
