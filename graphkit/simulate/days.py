"""The calendar of the simulated market: whole days counted from 1970-01-01, so that plans are integer arithmetic."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int64]

EPOCH = date(1970, 1, 1)


def day(year: int, month: int, of_month: int) -> int:
    """The number of a calendar day.

    >>> day(1970, 1, 2)
    1
    """
    return (date(year, month, of_month) - EPOCH).days


def as_date(number: int) -> date:
    """The calendar day of a number."""
    return EPOCH + timedelta(days=number)


COVERED_FROM = day(2023, 1, 1)
COVERED_TO = day(2026, 6, 30)
"""Every register is complete nationwide from the first of these days to the last."""

FIRST_SALE = day(2024, 1, 1)
LAST_SALE = day(2026, 3, 31)
"""Retail sales lie between these days; the windows that detectors read after a sale close before coverage ends."""

LETTER_RULE = day(2026, 1, 1)
"""From this day an export within 180 days of the first registration needs the maker's letter."""

MONTHS = tuple((year, month) for year in (2024, 2025, 2026) for month in range(1, 13) if (year, month) <= (2026, 3))
"""The retail months, in order."""

DECEMBER = MONTHS.index((2025, 12))
"""The place of the month in which cars are absorbed, and in which a subsidy ends."""


def month_bounds(place: int) -> tuple[int, int]:
    """The first and last day of the retail month at ``place``."""
    year, month = MONTHS[place]
    following = day(year + month // 12, month % 12 + 1, 1)
    return day(year, month, 1), following - 1
