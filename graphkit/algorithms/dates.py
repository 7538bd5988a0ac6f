"""Date arithmetic on narwhals expressions that gives the same answer on every engine."""

import narwhals as nw

MINUTES_A_DAY = 1440


def days_between(start: nw.Expr, end: nw.Expr) -> nw.Expr:
    """Whole days from ``start`` to ``end`` as an Int64: negative where ``end`` comes first, null where one is null.

    Both are dates. A plain subtraction gives a duration on one engine and a number on another,
    so both are cast to datetimes first.

    >>> import datetime as dt, polars as pl
    >>> frame = nw.from_native(pl.LazyFrame({"a": [dt.date(2024, 2, 28)], "b": [dt.date(2024, 3, 1)]}))
    >>> frame.select(days=days_between(nw.col("a"), nw.col("b"))).collect().to_native()["days"].to_list()
    [2]
    """
    elapsed = end.cast(nw.Datetime("us")) - start.cast(nw.Datetime("us"))
    return (elapsed.dt.total_minutes() // MINUTES_A_DAY).cast(nw.Int64)


def month_of(day: nw.Expr) -> nw.Expr:
    """The month of a date as text, ``YYYY-MM``; null where the date is null.

    >>> import datetime as dt, polars as pl
    >>> frame = nw.from_native(pl.LazyFrame({"a": [dt.date(2024, 2, 28)]}))
    >>> frame.select(month=month_of(nw.col("a"))).collect().to_native()["month"].to_list()
    ['2024-02']
    """
    return day.dt.to_string("%Y-%m")


def plus_days(day: nw.Expr, days: int) -> nw.Expr:
    """The date ``days`` later (earlier where negative), a Date also where an engine's offset gives a datetime.

    >>> import datetime as dt, polars as pl
    >>> frame = nw.from_native(pl.LazyFrame({"a": [dt.date(2024, 2, 28)]}))
    >>> frame.select(later=plus_days(nw.col("a"), 2)).collect().to_native()["later"].to_list()
    [datetime.date(2024, 3, 1)]
    """
    return day.dt.offset_by(f"{days}d").cast(nw.Date)
