"""Amounts that say their own unit in every cell of their column: 2000万元人民币, 500万美元, 1.5 млн руб."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import polars as pl

from graphkit.tables.cells import to_half_width
from graphkit.tables.reference import reference_csv

_FACTORS = {
    "千万": 10_000_000,
    "百万": 1_000_000,
    "百萬": 1_000_000,
    "万": 10_000,
    "萬": 10_000,
    "千": 1_000,
    "亿": 100_000_000,
    "億": 100_000_000,
    "million": 1_000_000,
    "mn": 1_000_000,
    "mio": 1_000_000,
    "млн": 1_000_000,
    "thousand": 1_000,
    "k": 1_000,
    "tsd": 1_000,
    "тыс": 1_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
    "mrd": 1_000_000_000,
    "млрд": 1_000_000_000,
}
_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,8})?"
_BARE = re.compile(_NUMBER)


def own_amounts(cells: pl.Series, factor: int | None = None) -> pl.DataFrame | None:
    """The plain numbers (``amount``) and the currencies (``currency``) of a column, where every number in it says its
    own unit; else nothing.

    ``factor`` is that of the header; where it says another one than a cell, nobody knows which is true. What is no
    amount stays as it is.

    >>> own_amounts(pl.Series(["2000.000000万元人民币", "500万美元", "见章程"])).rows()
    [('20000000.000000', 'CNY'), ('5000000', 'USD'), ('见章程', None)]
    >>> own_amounts(pl.Series(["2000万元", "300"])) is None
    True
    """
    # of most columns the numbers are bare, and to see that is much faster than to read them
    if not cells.str.contains(r"\d.*[^\d\s.,)]|[^\d\s.,()+-].*\d").any():
        return None
    texts = cells.drop_nulls().unique()
    plain = dict(
        zip(texts, texts.to_frame("t").select(to_half_width(pl.col("t")).str.to_lowercase())["t"], strict=True)
    )
    if any(_BARE.fullmatch(text) for text in plain.values()):
        return None
    found = {text: told for text, bare in plain.items() if (told := _read(bare))}
    if not found or (factor is not None and any(of != factor for _, of, _ in found.values())):
        return None
    amounts = {text: f"{number * of:f}" for text, (number, of, _) in found.items()}
    currencies = {text: money for text, (_, _, money) in found.items()}
    amount = pl.col("cell").replace_strict(amounts, default=pl.col("cell"), return_dtype=pl.String)
    currency = pl.col("cell").replace_strict(currencies, default=None, return_dtype=pl.String)
    return cells.to_frame("cell").select(amount=amount, currency=currency)


def _read(text: str) -> tuple[Decimal, int, str | None] | None:
    """The number, the factor and the currency of an amount that says a unit."""
    told = _pattern().fullmatch(text)
    if told is None:
        return None
    words = [word for word in (told["before"], told["after"]) if word]
    if not told["factor"] and not words:
        return None
    currencies = {_currencies()[word] for word in words}
    if len(currencies) > 1:
        return None
    number = Decimal(told["number"].replace(",", ""))
    return number, _FACTORS.get(told["factor"] or "", 1), currencies.pop() if currencies else None


@cache
def _currencies() -> Mapping[str, str]:
    words = reference_csv("words").filter(pl.col("table") == "*", pl.col("field") == "currency")
    return {word.replace("_", " "): value for word, value in words.select("word", "value").rows()}


@cache
def _pattern() -> re.Pattern[str]:
    def any_of(words: Mapping[str, object]) -> str:
        return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))

    currency = any_of(_currencies())
    return re.compile(
        rf"(?:\(?(?P<before>{currency})\)?)?\s*(?P<number>{_NUMBER})\s*"
        rf"(?:(?P<factor>{any_of(_FACTORS)})\.?)?\s*(?:\(?(?P<after>{currency})\)?)?"
    )
