"""Whether the dates of a file stand day first or month first, decided from all of them together."""

import re
from collections.abc import Iterable

UNDECIDED = "undecided"
"""The order of dates that nobody can tell apart: the file's user has to say."""

_WRITTEN = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:\D.*)?")


def date_order(cells: Iterable[str]) -> str | None:
    """``dmy``, ``mdy``, ``UNDECIDED``, or nothing where no date stands with its year last.

    Of dates with points the day comes first everywhere; of others one day above 12 decides.

    >>> date_order(["04/05/2024", "25/03/2024"]), date_order(["04/05/2024"]), date_order(["2024-05-04"])
    ('dmy', 'undecided', None)
    """
    found = {match.groups() for cell in cells if (match := _WRITTEN.fullmatch(cell.strip()))}
    if not found:
        return None
    dates = [(int(first), sign, int(second), year) for first, sign, second, year in found]
    if all(len(year) == 2 for *_, year in dates) and not _year_is_last(dates):
        return UNDECIDED
    orders = {"dmy" for first, sign, second, _ in dates if first > 12 or (sign == "." and second <= 12)}
    orders |= {"mdy" for first, _, second, _ in dates if second > 12}
    return orders.pop() if len(orders) == 1 else UNDECIDED


def _year_is_last(dates: list[tuple[int, str, int, str]]) -> bool:
    """Of two-digit parts the day is the one with the most different numbers."""
    return len({first for first, *_ in dates}) > len({year for *_, year in dates})
