"""The periods of which somebody reports."""

import calendar
from datetime import date


def days_of(period: str) -> tuple[date, date]:
    """The first and the last day of a year, a month, or months from and to.

    >>> days_of("2024")
    (datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))
    >>> days_of("2023-11/2024-02")
    (datetime.date(2023, 11, 1), datetime.date(2024, 2, 29))
    """
    begins, _, ends = period.partition("/")
    year, _, month = begins.partition("-")
    last_year, _, last_month = (ends or begins).partition("-")
    days = calendar.monthrange(int(last_year), int(last_month or 12))[1]
    return date(int(year), int(month or 1), 1), date(int(last_year), int(last_month or 12), days)
