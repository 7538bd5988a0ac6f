"""The days that a title or note states of its extract: from when to when it was asked for, and when it was drawn."""

import re
from collections.abc import Iterable
from datetime import date

_YEAR_FIRST = r"(?:19|20)\d\d(?:\s?[-/.年]\s?)\d{1,2}(?:\s?[-/.月]\s?)\d{1,2}日?|(?:19|20)\d{6}"
_YEAR_LAST = r"\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d"
_DAY = rf"(?<!\d)(?:{_YEAR_FIRST}|{_YEAR_LAST})(?!\d)(?:[ T]\d{{1,2}}:\d\d(?::\d\d)?)?"
_TO = r"\s*(?:至|到|—+|–|-+|~|～|to|until|bis|по|до)\s*"
_PERIOD = re.compile(rf"({_DAY}){_TO}({_DAY})", re.I)
_DRAWN = re.compile(
    rf"(?:(?:截至|截止|截止日期|导出时间|导出日期|查询日期|查询时间|数据日期|as of|as at|exported on|drawn on"
    rf"|stand(?: vom)?|exportiert am|по состоянию на|выгружено)\s*[:：]?\s*({_DAY})"
    rf"|[于在]\s*({_DAY})\s*(?:导出|查询|下载|生成))",
    re.I,
)


def period_in(text: str) -> tuple[date, date] | None:
    """The first and last day of the one period that a text states; none where it states none, or several.

    >>> period_in("查询区间：2024-01-01 至 2024-12-31")
    (datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))
    >>> period_in("Period: 01/02/2024 - 31/03/2024")[0], period_in("01/02/2024 - 03/04/2024")
    (datetime.date(2024, 2, 1), None)
    """
    periods = {days for told in _PERIOD.finditer(text) if (days := _days(told[1], told[2]))}
    return periods.pop() if len(periods) == 1 else None


def before_period(text: str) -> str:
    """What stands before the period of a text: the name of the day that was asked for, if it says so."""
    told = _PERIOD.search(text)
    return text[: told.start()].strip(" :：(（[") if told else ""


def drawn_on(text: str) -> date | None:
    """The day on which a text says that its extract was drawn, or as of which it stands; none where not one.

    >>> drawn_on("以下数据于2025-01-10导出"), drawn_on("As of 31.12.2024"), drawn_on("制表日期：2025年1月8日")
    (datetime.date(2025, 1, 10), datetime.date(2024, 12, 31), None)
    """
    days = {day for told in _DRAWN.finditer(text) for day in _read([told[1] or told[2]])}
    return days.pop() if len(days) == 1 else None


def _days(first: str, last: str) -> tuple[date, date] | None:
    days = list(_read([first, last]))
    return (days[0], days[1]) if len(days) == 2 and days[0] <= days[1] else None


def _read(texts: Iterable[str]) -> list[date]:
    """The days of texts in one order; none where their order is open or one of them is no day."""
    numbers = [_numbers(text) for text in texts]
    orders = [(0, 1, 2)] if all(parts[0] > 31 for parts in numbers) else [(2, 1, 0), (2, 0, 1)]
    found = []
    for order in orders:
        try:
            found.append([date(*(parts[place] for place in order)) for parts in numbers])
        except ValueError:
            continue
    # with full stops the day is first, wherever dates are written so
    by_dots = len(found) == 2 and all("." in text for text in texts)
    return found[0] if found and (len(found) == 1 or found[0] == found[1] or by_dots) else []


def _numbers(text: str) -> list[int]:
    day = re.split(r"[ T]\d{1,2}:", text)[0]
    parts = [int(part) for part in re.findall(r"\d+", day)]
    return [parts[0] // 10_000, parts[0] // 100 % 100, parts[0] % 100] if len(parts) == 1 else parts
