"""The rows of a file → those that one of its tables is made of: which part they are of, and what became of them.

A row that was void from the start (已作废, a failed payment) is no data and is listed. One that was undone later (a
red-letter invoice, a policy that was cancelled, a payment that was reversed), or whose status nobody knows, is kept
apart with its reason: its car is undecided, and neither counted nor taken for one that was never sold.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache

import polars as pl

from graphkit.tables.cells import to_half_width
from graphkit.tables.raw_table import RawTable
from graphkit.tables.reference import reference_csv

VOID = "void"
"""The kind of a line that was void from the start."""
FILLED, NEGATIVE, POSITIVE = "filled", "negative", "positive"
"""What a cell must hold for its row to be of a part: something other than zero, or a number of that sign."""

_STATES = ("undone", "void", "valid")
_NOT = re.compile(r"^(?:未|非|不|not |nicht |не )\s*")
"""Before a word: a row that was not undone is valid, and of one that is not valid nobody knows what became of it."""
_CODES = {"0": "valid", "2": "void", "3": "undone"}
"""Codes of the tax-control device under 发票状态代码."""
_ASKS_FOR_BAD = re.compile(r"作废|冲|红字|撤销|退|storno|void|cancel|revers", re.I)
"""Headers under which a yes is bad news."""
_ASKS = re.compile(r"是否|标志|flag|valid|有效", re.I)
"""Headers that are answered by yes or no."""
_YES = ("是", "y", "yes", "true", "1", "ja", "да")
_NO = ("否", "n", "no", "false", "0", "nein", "нет")


def of_part(raw: RawTable, where: Mapping[str, str]) -> pl.Series:
    """Whether each row of a file is of the part that ``where`` describes: header → what its cell must hold.

    >>> rows = pl.DataFrame({"c0": ["1,200.00", "", "0.00"], "line": [2, 3, 4]})
    >>> raw = RawTable(["借方"], rows, pl.DataFrame(), "csv", "utf-8", ",")
    >>> of_part(raw, {"借方": "filled"}).to_list()
    [True, False, False]
    """
    mask = pl.Series([True]).new_from_index(0, raw.rows.height)
    for header, wanted in where.items():
        cell = raw.rows.select(pl.col(_place(raw, header)).str.strip_chars().fill_null("")).to_series()
        number = _number(cell)
        if wanted == FILLED:
            mask &= (cell != "") & (number.is_null() | (number != 0)) & ~cell.is_in(["-", "--", "/"])
        elif wanted in (NEGATIVE, POSITIVE):
            mask &= ((number < 0) if wanted == NEGATIVE else (number > 0)).fill_null(value=False)
        else:
            mask &= cell == wanted
    return mask


def states(raw: RawTable, status: Sequence[str]) -> pl.DataFrame:
    """What became of each row by the columns of a status: ``state`` (valid, void or why it is kept apart) and ``line``.

    A row is void where one column says so; kept apart where one says that it was undone, or says what nobody knows.
    """
    frame = raw.rows.select("line")
    found = [_states_of(raw, header) for header in status]
    void = pl.any_horizontal(pl.lit(value=False), *(column == VOID for column in found))
    other = pl.coalesce(pl.lit(None, dtype=pl.String), *(pl.when(column != "valid").then(column) for column in found))
    return frame.select("line", state=pl.when(void).then(pl.lit(VOID)).otherwise(other.fill_null("valid")))


def _states_of(raw: RawTable, header: str) -> pl.Series:
    cells = raw.rows.select(to_half_width(pl.col(_place(raw, header)).str.strip_chars().fill_null(""))).to_series()
    known = {cell: _state(header, cell) for cell in cells.unique()}
    return cells.replace_strict(known, return_dtype=pl.String)


def _state(header: str, cell: str) -> str:
    word = cell.lower()
    is_bad = bool(_ASKS_FOR_BAD.search(header))
    if not word:
        return "valid"
    if "代码" in header:
        state = _CODES.get(word, "")
    elif word in (*_YES, *_NO):
        bad = "void" if "作废" in header or "void" in header.lower() else "undone"
        state = "valid" if (word in _YES) != is_bad else bad
        # a number under a header that asks no question is a code that nobody explained
        state = state if not word.isdigit() or is_bad or _ASKS.search(header) else ""
    else:
        bare = _NOT.sub("", word)
        state = next((one for one in _STATES if re.search(_words(one), bare)), "")
        if bare != word:
            state = "valid" if state in ("undone", "void") else ""
    if state == "undone":
        return f"{header}: '{cell}' says that the row was undone later, and from which day is not read"
    return state or f"{header}: '{cell}' is no known status; leave the column out of status, or ask what it means"


@cache
def _words(state: str) -> str:
    """The words of a state; a word of letters begins where no other letter stands: inactive is not active."""
    words = reference_csv("row_states")
    return "|".join(rf"(?<![a-zà-ÿа-я]){re.escape(word)}" for word in words.filter(words["state"] == state)["word"])


def _place(raw: RawTable, header: str) -> str:
    return f"c{raw.header.index(header)}"


def _number(cells: pl.Series) -> pl.Series:
    bare = cells.to_frame("c").select(
        to_half_width(pl.col("c"))
        .str.replace_all(r"[,\s¥￥元]", "")
        .str.replace(r"^\((.*)\)$", "-${1}")
        .str.replace(r"^[−–]", "-")
        .str.replace(r"^(.*\d)-$", "-${1}")
    )
    return bare.to_series().cast(pl.Float64, strict=False)
