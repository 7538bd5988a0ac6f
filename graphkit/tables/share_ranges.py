"""A range in one cell of shares (``25-50%``, ``>50%``, ``5%以下``) as its least and its most."""

import re
from decimal import Decimal

import polars as pl

from graphkit.tables.cells import to_half_width

PPM = 1_000_000

_OF_WHAT = r"^ownership of (?:shares|voting rights)\W+"
"""How the register of the United Kingdom begins."""
_NUMBER = r"\d{1,3}(?:\.\d+)?"
_TO = r"(?:-|–|—|~|〜|至|到|to|bis|до)"
_AND = r"(?:,|;|and|but|且|但|并|及|und|и)?"
# 以上 and 以下 include the number itself (Civil Code of China, article 1259), 超过 and 不满 do not
_ABOVE = r"(?:>|more than|over|above|greater than|exceeding|超过|大于|高于|多于|mehr als|über|более|свыше)"
_FROM = r"(?:>=|=>|≥|at least|not less than|no less than|from|不低于|不少于|大于等于|至少|mindestens|не менее)"
_BELOW = r"(?:<|less than|below|under|不足|不满|低于|小于|少于|weniger als|unter|менее)"
_UP_TO = r"(?:<=|=<|≤|at most|up to|not more than|no more than|不超过|不高于|至多|最多|höchstens|не более)"
_OR_MORE = r"(?:\(含\)以上|\(含\)及以上|及以上|以上\(含\)|以上|or more|and more|or above|and above|and over|\+)"
_OR_LESS = r"(?:\(含\)以下|\(含\)及以下|及以下|以下\(含\)|以下|以内|or less|and less|or below|and below)"


def _end(name: str) -> str:
    return rf"(?P<{name}>{_NUMBER}) ?%?"


_LEAST = rf"(?:(?:(?P<from>{_FROM})|(?P<above>{_ABOVE})) ?{_end('low')}|{_end('low_or_more')} ?{_OR_MORE})"
_MOST = rf"(?:(?:(?P<up_to>{_UP_TO})|(?P<below>{_BELOW})) ?{_end('high')}|{_end('high_or_less')} ?{_OR_LESS})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?:between )?{_end('low')} ?(?:{_TO}|and) ?{_end('high')}(?:之间)?",
        rf"{_LEAST}(?: ?{_AND} ?{_MOST})?",
        _MOST,
    )
)


def bounds(cell: pl.Expr, value: pl.Expr, unit: str | None) -> tuple[pl.Expr, pl.Expr]:
    """The least and the most share that a cell allows, in parts per million; null where it is no range.

    ``value`` is the cell as one share: what is one is no range. An end that is not included is the next part per
    million: more than 50 % is at least 50.0001 %, so that it is a majority, and 50 % or more may be none. As with one
    share, a bare number above 1 needs the ``unit`` of the mapping.

    >>> cells = pl.DataFrame({"s": ["25-50%", ">50%", "50%以上", "less than 5 %", "30%", "20-25"]})
    >>> low, high = bounds(pl.col("s"), pl.lit(None), None)
    >>> cells.select(low=low, high=high).rows()
    [(250000, 500000), (500001, None), (500000, None), (None, 49999), (None, None), (None, None)]
    """
    ends = pl.Struct({"low": pl.Int64(), "high": pl.Int64()})
    asked = pl.when(value.is_null()).then(to_half_width(cell))
    found = asked.map_batches(lambda cells: _read(cells, unit, ends), return_dtype=ends)
    return found.struct.field("low"), found.struct.field("high")


def _read(cells: pl.Series, unit: str | None, ends: pl.Struct) -> pl.Series:
    texts = cells.drop_nulls().unique()
    if texts.is_empty():
        return pl.repeat(None, cells.len(), dtype=ends, eager=True)
    low, high = zip(*(_range(text, unit) for text in texts), strict=True)
    types = {"text": pl.String(), "low": pl.Int64(), "high": pl.Int64()}
    read = pl.DataFrame({"text": texts, "low": low, "high": high}, schema=types)
    found = cells.to_frame("text").join(read, on="text", how="left", maintain_order="left")
    return found.select("low", "high").to_struct(cells.name)


def _range(text: str, unit: str | None) -> tuple[int | None, int | None]:
    plain = re.sub(_OF_WHAT, "", text.lower())
    plain = re.sub(r" ?(?:per ?cent|pct|prozent|процентов)\b", "%", re.sub(r"\s+", " ", plain))
    told = next((match.groupdict() for form in _FORMS if (match := form.fullmatch(plain))), {})
    is_percent = unit == "percent" or "%" in plain
    low = _ppm(told.get("low") or told.get("low_or_more"), is_percent)
    high = _ppm(told.get("high") or told.get("high_or_less"), is_percent)
    if low is not None and told.get("above"):
        low += 1
    if high is not None and told.get("below"):
        high -= 1
    least, most = (0 if low is None else low), (PPM if high is None else high)
    return (low, high) if 0 <= least <= most <= PPM else (None, None)


def _ppm(number: str | None, is_percent: bool) -> int | None:
    """A number as parts per million; one that needs its unit and has none is above them all."""
    return None if number is None else int((Decimal(number) * (PPM // 100 if is_percent else PPM)).to_integral_value())
