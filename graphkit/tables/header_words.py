"""The words of sheets: what tells a header from a title or a row, totals and notes from data."""

from functools import cache

from graphkit.tables.headers import key, meanings
from graphkit.tables.inputs import TABLES
from graphkit.tables.reference import reference_csv


@cache
def sheet_words(place: str) -> tuple[str, ...]:
    """The words of sheets: names of columns that no table has (``column``), how a row of totals begins (``total``), the
    units of its counts (``unit``), how a note begins (``note``)."""
    words = reference_csv("sheet_words")
    return tuple(words.filter(words["place"] == place)["word"])


@cache
def known_headers() -> frozenset[str]:
    """Every name of a column that graphkit knows, of its own and of other tables, in its bare spelling."""
    own = (name for table in TABLES.values() for name in meanings(table))
    return frozenset((*own, *(key(word) for word in sheet_words("column"))))


def known_in(texts: list[str]) -> int:
    """How many different names of columns that graphkit knows are among some headers."""
    return len({key(text) for text in texts} & known_headers())
