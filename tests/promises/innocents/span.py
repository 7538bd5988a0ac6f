"""The days of a market: what its extracts cover, and when its cars are sold. A day is a number, as in ``1970-01-01``
plus so many days.
"""

from datetime import date

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.int64]

EPOCH = date(1970, 1, 1)


def day(year: int, month: int, of_month: int) -> int:
    return (date(year, month, of_month) - EPOCH).days


COVERED_FROM, COVERED_TO = day(2023, 1, 1), day(2026, 10, 31)
"""What the extracts hold. Whatever happens to a car of the window can be read in them."""

FIRST_SALE, LAST_SALE = day(2024, 10, 1), day(2026, 3, 31)
"""Eighteen months, so that a year end and the rule of 2026 lie inside."""

RULE_FROM = day(2026, 1, 1)
"""Used exports applied for from then on need the maker's letter within 180 days."""

CLIFF = (2025, 12)
"""The month after which the subsidy ends."""

MONTHS = tuple((year, month) for year in (2024, 2025, 2026) for month in range(1, 13))[9:27]


def month_days(month: tuple[int, int]) -> tuple[int, int]:
    """The first and the last day of a month.

    >>> month_days((2025, 12))[1] - month_days((2025, 12))[0]
    30
    """
    year, number = month
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return day(year, number, 1), day(*following, 1) - 1
