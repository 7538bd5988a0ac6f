"""Text dates and times of day → dates; what cannot be read is a named failure, never a guess."""

from datetime import date

import polars as pl

from graphkit.tables.cells import of_distinct, to_half_width

EXCEL_EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's 1900 system, with its leap-day error of 1900 already counted."""
EXCEL_SERIALS = (20_000, 73_050)
"""Excel day numbers that are read as dates: 1954-10-03 to 2099-12-31; other five-digit numbers are failures."""
YEARS = (1800, 2199)
"""Years that are read as such; beside them only 9999-12-31, which registers write for "until further notice"."""
OPEN_END = date(9999, 12, 31)

EXPECTED_DATE = "a date such as 2024-01-05, 2024/1/5, 2024年1月5日, 20240105 or an Excel day number"
EXPECTED_TIME = "a date and time such as 2024-01-05 10:30:00"

_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
_ZONE = r" ?(?:Z|[+-]\d{2}:?\d{2})?"
_PARTED = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|\d{4}\.\d{1,2}\.\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日"
_WRITTEN = rf"^({_PARTED})(?:[T ]+{_CLOCK}{_ZONE})?$"
_COMPACT = r"^\d{8}$"
_SERIAL = r"^(\d{5})(?:\.\d+)?$"


def day_of(cell: pl.Expr) -> pl.Expr:
    """A trimmed text cell → the day it names, as it is written there (time zones are not shifted); else null.

    Read are ``2024-01-05``, ``2024/1/5``, ``2024.1.5``, ``2024年1月5日``, ``20240105``, ISO date-times and Excel day
    numbers of the 1900 system within ``EXCEL_SERIALS``. ``2024-13-01`` is null; so are day-first and month-first dates,
    which nobody can tell apart.

    >>> cells = pl.DataFrame({"d": ["2024/1/5", "20240105", "45296", "2024-13-01", "05/01/2024"]})
    >>> cells.select(day_of(pl.col("d")))["d"].to_list()
    [datetime.date(2024, 1, 5), datetime.date(2024, 1, 5), datetime.date(2024, 1, 5), None, None]
    """
    return of_distinct(cell, _read_day, pl.Date())


def _read_day(cell: pl.Expr) -> pl.Expr:
    cell = to_half_width(cell)
    parted = cell.str.extract(_WRITTEN, 1).str.replace_many(["/", ".", "年", "月", "日"], ["-", "-", "-", "-", ""])
    compact = pl.when(cell.str.contains(_COMPACT)).then(cell)
    written = pl.coalesce(parted.str.to_date("%Y-%m-%d", strict=False), compact.str.to_date("%Y%m%d", strict=False))
    sane = written.dt.year().is_between(*YEARS) | (written == OPEN_END)
    serial = cell.str.extract(_SERIAL, 1).cast(pl.Int32)
    from_serial = pl.when(serial.is_between(*EXCEL_SERIALS)).then(pl.lit(EXCEL_EPOCH) + pl.duration(days=serial))
    return pl.coalesce(pl.when(sane).then(written), from_serial.cast(pl.Date))


def moment_of(cell: pl.Expr) -> pl.Expr:
    """A trimmed text cell → the date and time it names, to the microsecond; a bare date is its midnight; else null.

    >>> cells = pl.DataFrame({"t": ["2024-01-05T10:30:00.5Z", "2024/1/5 9:05", "45296.5", "2024-01-05 25:00"]})
    >>> [str(moment) for moment in cells.select(moment_of(pl.col("t")))["t"]]
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
    return day_of(cell).cast(pl.Datetime("us")) + since_midnight
