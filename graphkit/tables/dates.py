"""Text dates and times of day → dates; what cannot be read is a named failure, never a guess."""

from datetime import date

import polars as pl

from graphkit.tables.cells import of_distinct, to_half_width

DAY_NUMBERS = (date(1954, 10, 3), date(2099, 12, 31))
"""Days that are read from a day number of a workbook; other numbers of five digits are failures."""
YEARS = (1800, 2199)
"""Years that are read as such; beside them only 9999-12-31, which registers write for "until further notice"."""
OPEN_END = date(9999, 12, 31)

EXPECTED_DATE = "a date such as 2024-01-05, 2024/1/5, 2024年1月5日 or 20240105"
EXPECTED_TIME = "a date and time such as 2024-01-05 10:30:00"

_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
_ZONE = r" ?(?:Z|[+-]\d{2}:?\d{2})?"
_PARTED = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}\.\d{1,2}\.\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日"
_WRITTEN = rf"^({_PARTED})(?:[T ]+{_CLOCK}{_ZONE})?$"
_COMPACT = r"^\d{8}$"
SERIAL = r"^(\d{5})(?:\.\d+)?$"
"""A day number of a workbook; outside of one nobody can tell from which day it counts."""


def day_of(cell: pl.Expr, epoch: date | None = None) -> pl.Expr:
    """A trimmed text cell → the day it names, as it is written there (time zones are not shifted); else null.

    Read are ``2024-01-05``, ``2024/1/5``, ``2024.1.5``, ``2024年1月5日``, ``20240105``, ISO date-times and, where the
    ``epoch`` is given from which they count, day numbers. ``2024-13-01`` is null; so are day-first and month-first
    dates, which nobody can tell apart.

    >>> cells = pl.DataFrame({"d": ["2024/1/5", "20240105", "45296", "2024-13-01", "05/01/2024"]})
    >>> cells.select(day_of(pl.col("d")))["d"].to_list()
    [datetime.date(2024, 1, 5), datetime.date(2024, 1, 5), None, None, None]
    >>> cells.select(day_of(pl.col("d"), date(1899, 12, 30)))["d"].to_list()[2]
    datetime.date(2024, 1, 5)
    """
    return of_distinct(cell, lambda text: _read_day(text, epoch), pl.Date())


def _read_day(cell: pl.Expr, epoch: date | None) -> pl.Expr:
    cell = to_half_width(cell)
    parted = cell.str.extract(_WRITTEN, 1).str.replace_many(["/", ".", "年", "月", "日"], ["-", "-", "-", "-", ""])
    compact = pl.when(cell.str.contains(_COMPACT)).then(cell)
    written = pl.coalesce(parted.str.to_date("%Y-%m-%d", strict=False), compact.str.to_date("%Y%m%d", strict=False))
    sane = written.dt.year().is_between(*YEARS) | (written == OPEN_END)
    day = pl.when(sane).then(written)
    if epoch is None:
        return day
    serial = cell.str.extract(SERIAL, 1).cast(pl.Int32)
    counted = (pl.lit(epoch) + pl.duration(days=serial)).cast(pl.Date)
    return pl.coalesce(day, pl.when(counted.is_between(*DAY_NUMBERS)).then(counted))


def moment_of(cell: pl.Expr, epoch: date | None = None) -> pl.Expr:
    """A trimmed text cell → the date and time it names, to the microsecond; a bare date is its midnight; else null.

    >>> cells = pl.DataFrame({"t": ["2024-01-05T10:30:00.5Z", "2024/1/5 9:05", "45296.5", "2024-01-05 25:00"]})
    >>> [str(moment) for moment in cells.select(moment_of(pl.col("t"), date(1899, 12, 30)))["t"]]
    ['2024-01-05 10:30:00.500000', '2024-01-05 09:05:00', '2024-01-05 12:00:00', 'None']
    """
    cell = to_half_width(cell)
    clock = cell.str.extract(rf"[T ]({_CLOCK}){_ZONE}$", 1)
    parts = [clock.str.extract(pattern, 1).cast(pl.Int64) for pattern in (r"^(\d+):", r":(\d\d)", r":\d\d:(\d\d)")]
    micros = clock.str.extract(r"\.(\d+)$", 1).str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    of_day = cell.str.extract(r"^\d{5}(\.\d+)$", 1).cast(pl.Float64)
    hours, minutes, seconds = (part.fill_null(0) for part in parts)
    since_midnight = pl.duration(
        hours=hours, minutes=minutes, seconds=seconds + (of_day.fill_null(0.0) * 86_400).round().cast(pl.Int64)
    ) + pl.duration(microseconds=micros.fill_null(0))
    return day_of(cell, epoch).cast(pl.Datetime("us")) + since_midnight
