"""The unit of a column's numbers, decided for the whole column from its header and all its cells together."""

import re
from collections.abc import Mapping, Sequence
from statistics import median

import dataframely as dy

from graphkit.tables.headers import plain, remark

UNDECIDED = "undecided"
"""The unit of a share column whose numbers may be fractions or percents: its user has to say."""

_PERCENT = re.compile(r"%|percent|pct|per cent|prozent|процент|百分比|百分点")
_TEN_THOUSAND = re.compile(r"万|萬|(?<![\d,])10[ ,]?000\b|\b10 ?k\b")
_MILLION = re.compile(r"百万|百萬|\bmillions?\b|\bmn\b|\bmio\b|млн|(?:\b(?:usd|eur|cny|rmb|gbp)|[$€£]) ?m\b")
_THOUSAND = re.compile(
    r"千(?!米)|\bk\b|\bk(?=eur|usd|cny|rmb)|(?<![\d ,])'?000s?\b|(?<= )'?000s?\b|(?<![\d,])1[ ,]?000\b"
    r"|\bthousands?\b|\btsd\b|\bteur\b|\bt€|тыс"
)
_OTHER = re.compile(r"亿|億|billion|млрд|\bmrd\b")
_MILE = re.compile(r"\bmiles?\b|\bmi\b|英里|мил[яьи]")
_OF_MONEY = re.compile(r"[元圆]|\b(?:cny|rmb|usd|eur|gbp|rub|t€)|[€$£¥￥]|руб|人民币|euros?\b|dollars?\b")
_OF_COUNTS = re.compile(r"[辆台]|\bunits\b|\bcars\b|\bvehicles\b|шт|stück")
_SPLIT = re.compile(r"[、/,，;；]|\s(?:and|und|и)\s")
MOST_FOR_A_CAR = 50_000_000
"""Money above which no car costs as much, whatever the currency: a unit that makes a price of it is not that of its
column."""
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?")


def may_have_unit(column: dy.Column | None) -> bool:
    """Whether the numbers of a column may stand in another unit than the contract's: shares, money, kilometres."""
    return column is not None and isinstance(column, dy.Float64 | dy.Int64)


def is_money(name: str) -> bool:
    """Whether a column of this name holds money."""
    return name in ("price", "amount", "value", "list_price", "capital")


def unit_of(column: dy.Column | None, header: str, cells: Sequence[str]) -> str | None:
    """``percent``, a factor word, ``mile``, ``UNDECIDED``, or nothing where the numbers are as they stand.

    >>> from graphkit.tables.inputs import TABLES
    >>> unit_of(TABLES["sales"].columns["price"], "结算价(万元)", ["11.68"])
    'ten_thousand'
    >>> share = TABLES["ownership"].columns["share"]
    >>> unit_of(share, "持股比例", ["13", "0.5"]), unit_of(share, "持股比例", ["1", "0.5"])
    ('percent', 'undecided')
    """
    if column is None:
        return None
    if is_share(column):
        return _unit_of_share(header, cells)
    if isinstance(column, dy.Float64 | dy.Int64):
        return _factor(header)
    return None


def is_share(column: dy.Column | None) -> bool:
    """Whether a column holds shares, whose unit only its cells may tell."""
    return column is not None and (column.metadata or {}).get("unit") == "ppm"


def _unit_of_share(header: str, cells: Sequence[str]) -> str | None:
    bare = [plain(cell) for cell in cells if "%" not in plain(cell)]
    numbers = [float(number) for cell in bare for number in _NUMBER.findall(cell.replace(",", "."))]
    if any(number > 1 for number in numbers):
        return "percent"
    if _PERCENT.search(plain(header)):
        # beside cells of a workbook that are shown as percents, a bare 0.4 may be a fraction that lost its format
        return UNDECIDED if len(bare) < len(cells) and any(numbers) else "percent"
    # a column of graphkit's own name holds fractions, as its description says
    of_its_own = header in ("share", "share_min", "share_max", "share_high", "votes", "rate")
    return UNDECIDED if any(numbers) and not of_its_own else None


def _factor(header: str) -> str | None:
    said = remark(header) or ("miles" if _MILE.search(plain(header)) else "")
    # of 百万 the 万 is no ten thousand: the longer word is looked for first
    words = (("million", _MILLION), ("ten_thousand", _TEN_THOUSAND), ("thousand", _THOUSAND))
    factors = [word for word, pattern in words if pattern.search(said)][:1]
    units = factors + ["mile"] * bool(_MILE.search(said)) + [UNDECIDED] * bool(_OTHER.search(said))
    if len(units) > 1:
        return UNDECIDED
    return units[0] if units else None


def unit_outside(column: dy.Column | None, header: str, told: Sequence[str], *, is_money: bool) -> str | None:
    """The unit of a column whose header says none, from what the lines above the table say of the whole of it.

    ``UNDECIDED`` where these say several, or one that is not known. A header with a unit of its own keeps it.

    >>> from graphkit.tables.inputs import TABLES
    >>> price = TABLES["sales"].columns["price"]
    >>> [unit_outside(price, header, ["万元"], is_money=True) for header in ("结算价", "结算价(元)")]
    ['ten_thousand', None]
    """
    own = plain(remark(header))
    if not isinstance(column, dy.Float64 | dy.Int64) or is_share(column) or _OF_MONEY.search(own) or _factor(header):
        return None
    of_what = _OF_MONEY if is_money else _OF_COUNTS
    said = [part for text in told for part in _SPLIT.split(plain(text)) if of_what.search(part) or part in ("万", "千")]
    units = {_factor(f"({part})") for part in said}
    if len(units) > 1:
        return UNDECIDED
    return units.pop() if units else None


def is_too_much(unit: str | None, cells: Sequence[str], factors: Mapping[str, int]) -> bool:
    """Whether a unit makes of the usual cell of a column of prices more than any car costs."""
    bare = (re.sub(r"[,，\s¥￥$€]", "", cell) for cell in cells)
    numbers = [float(number) for number in bare if re.fullmatch(r"\d+(?:\.\d+)?", number)]
    return bool(numbers) and median(numbers) * factors.get(unit or "", 1) > MOST_FOR_A_CAR
