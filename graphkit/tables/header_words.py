"""The names that columns are known by, in their bare spelling: what tells a header from a title or a row."""

import re
import unicodedata
from functools import cache

from graphkit.tables.inputs import TABLES
from graphkit.tables.reference import reference_csv


def bare(text: str) -> str:
    """A header in its bare spelling: one case and width, without spaces, signs, or a remark in brackets.

    >>> bare("结算价（万元）"), bare("Chassis No.")
    ('结算价', 'chassisno')
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    without_remark = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", plain)
    return re.sub(r"[\W_]+", "", without_remark)


@cache
def sheet_words(place: str) -> tuple[str, ...]:
    """The words of sheets: names of columns that no table has (``column``), how a row of totals begins (``total``), the
    units of its counts (``unit``), how a note begins (``note``)."""
    words = reference_csv("sheet_words")
    return tuple(words.filter(words["place"] == place)["word"])


@cache
def known_headers() -> frozenset[str]:
    """Every name of a column that graphkit knows, of its own and of other tables, in its bare spelling."""
    told = reference_csv("headers")["header"]
    own = (name for table in TABLES.values() for name in (*table.columns, *table.companions))
    return frozenset(bare(text) for text in (*told, *own, *sheet_words("column")))
