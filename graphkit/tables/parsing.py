"""Text cells → values by the contract of their column; what cannot be read keeps a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import dataframely as dy
import polars as pl

from graphkit.tables import dates, vins
from graphkit.tables.cells import of_distinct, to_half_width
from graphkit.tables.inputs import ROLES, Table
from graphkit.tables.reference import reference_csv
from graphkit.tables.share_ranges import bounds
from graphkit.tables.sheet_faults import is_error, is_rounded, without_faults

UNITS = ("fraction", "percent")
"""Units that a mapping may state for a share whose numbers stand without ``%``."""
PPM = 1_000_000
TEXT = "text"
"""What is expected of a cell that is kept as it stands."""

_NUMBER = r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})?(?:\.\d+)?$"
_WHOLE = r"^\+?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.0+)?$"
_SHARE = r"^\+?\d{0,9}(?:\.\d+)? ?%?$"
_TRUE = ("yes", "y", "true", "t", "1", "是", "有", "真")
_FALSE = ("no", "n", "false", "f", "0", "否", "无", "假")


@dataclass(frozen=True)
class Parsed:
    """How one column is read: its value, whether a filled cell could not be read, and then the reason.

    ``reason`` names the column, the cell and what was expected; it is meant for the rows where ``failed`` is true.
    ``fills`` are values for other columns where the file does not give them: the ends of a range.
    """

    value: pl.Expr
    failed: pl.Expr
    reason: pl.Expr
    fills: Mapping[str, pl.Expr] = field(default_factory=dict)


def parse(table: Table, name: str, unit: str | None = None, epoch: date | None = None) -> Parsed:
    """How a column of a table is read from its trimmed text cells (a String column of the field's name).

    ``unit`` is the mapping's unit for a share: with ``percent`` a bare ``15`` is 15 %. ``epoch`` is the day from which
    the day numbers of a date column count. An error of a sheet is never a value, a number that it rounded never text.

    >>> from graphkit.tables.inputs import TABLES
    >>> parsed = parse(TABLES["sales"], "kind")
    >>> pl.DataFrame({"kind": ["零售", "gift"]}).select(value=parsed.value, why=parsed.reason).rows()[1][1]
    "kind: 'gift' is not one of wholesale, retail, resale, return, swap, trade_in, leaseback"
    """
    cell = pl.col(name)
    column = table.columns.get(name)
    value, expected = _value(cell, table, name, column, unit, epoch)
    if expected == TEXT:
        value = without_faults(value)
    is_unread = cell.is_not_null() & value.is_null()
    fills: dict[str, pl.Expr] = {}
    if "range" in _meta(column):
        fills = dict(zip(_meta(column)["range"], bounds(cell, value, unit), strict=True))
        is_unread &= pl.all_horizontal(end.is_null() for end in fills.values())
    return Parsed(
        value=value.alias(name),
        failed=is_unread.alias(name),
        reason=_reason(cell, name, column, expected).alias(name),
        fills=fills,
    )


def _reason(cell: pl.Expr, name: str, column: dy.Column | None, expected: str) -> pl.Expr:
    is_day = pl.lit(isinstance(column, dy.Date | dy.Datetime))
    return (
        pl.when(is_error(cell))
        .then(pl.format("{}: the sheet holds the error {}", pl.lit(name), cell))
        .when(is_rounded(cell) & ~is_day)
        .then(pl.format("{}: of '{}' the sheet holds 15 digits: export the column as text", pl.lit(name), cell))
        .when(cell.str.contains(dates.SERIAL) & is_day)
        .then(pl.format("{}: '{}' may be a day number of a workbook: export the column as dates", pl.lit(name), cell))
        .otherwise(pl.format("{}: '{}' is not {}", pl.lit(name), cell, pl.lit(expected)))
    )


def _meta(column: dy.Column | None) -> Mapping[str, Any]:
    return (column.metadata if column is not None else None) or {}


def _value(
    cell: pl.Expr, table: Table, field: str, column: dy.Column | None, unit: str | None, epoch: date | None
) -> tuple[pl.Expr, str]:
    meta = _meta(column)
    if meta.get("vin"):
        vin = vins.normalised(cell)
        return pl.when(vins.is_well_formed(vin)).then(vin), "a VIN of 17 letters and digits without I, O and Q"
    if meta.get("unit") == "ppm":
        bare = "a bare number is read as percent" if unit == "percent" else "a bare number above 1 needs its unit"
        return share_ppm(cell, unit), f"a share from 0 to 100 % such as 15% or 0.15 ({bare} in the mapping)"
    if "one_of" in meta:
        return word(cell, table.name, field, tuple(meta["one_of"])), f"one of {', '.join(meta['one_of'])}"
    if (table.name, field) == ("parties", "roles"):
        return roles(cell), f"a list, with semicolons between, of {', '.join(ROLES)}"
    if field == "currency":
        return currency(cell), TEXT
    if isinstance(column, dy.Date):
        return dates.day_of(cell, epoch), dates.EXPECTED_DATE
    if isinstance(column, dy.Datetime):
        return dates.moment_of(cell, epoch), dates.EXPECTED_TIME
    if isinstance(column, dy.Bool):
        return flag(cell), "yes or no"
    if isinstance(column, dy.Int64):
        return whole(cell), "a whole number, not below zero"
    if isinstance(column, dy.Float64):
        return amount(cell), "a number such as 1234.5 or 1,234.50"
    return cell, TEXT


def share_ppm(cell: pl.Expr, unit: str | None = None) -> pl.Expr:
    """A share → integer parts per million, by decimal arithmetic; above 100 % or not a share gives null.

    >>> cells = pl.DataFrame({"s": ["50%", "0.5", "33.333333％", "15", "100.0001%"]})
    >>> cells.select(share_ppm(pl.col("s")))["s"].to_list()
    [500000, 500000, 333333, None, None]
    >>> cells.select(share_ppm(pl.col("s"), "percent"))["s"].to_list()
    [500000, 5000, 333333, 150000, None]
    """
    cell = to_half_width(cell)
    formed = pl.when(cell.str.contains(_SHARE) & cell.str.contains(r"\d")).then(cell)
    number = formed.str.strip_chars("% ").cast(pl.Decimal(38, 18), strict=False)
    is_percent = pl.lit(True) if unit == "percent" else formed.str.ends_with("%")
    most = pl.when(is_percent).then(100).otherwise(1)
    inside = pl.when((number >= 0) & (number <= most)).then(number)
    return (inside * pl.when(is_percent).then(PPM // 100).otherwise(PPM)).round(0).cast(pl.Int64)


def amount(cell: pl.Expr) -> pl.Expr:
    """A number with or without thousands separators and a sign for yuan → a float; else null.

    >>> pl.DataFrame({"a": ["¥1,234.50", "-7", "1,2", "12.5元"]}).select(amount(pl.col("a")))["a"].to_list()
    [1234.5, -7.0, None, 12.5]
    """
    bare = to_half_width(cell).str.replace(r"^[¥￥] ?", "").str.replace(r" ?元$", "")
    formed = pl.when(bare.str.contains(_NUMBER) & bare.str.contains(r"\d")).then(bare)
    return formed.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)


def whole(cell: pl.Expr) -> pl.Expr:
    """A whole number not below zero, with or without thousands separators → an integer; else null.

    >>> pl.DataFrame({"n": ["1,200", "20.0", "-1", "1.5"]}).select(whole(pl.col("n")))["n"].to_list()
    [1200, 20, None, None]
    """
    bare = to_half_width(cell)
    formed = pl.when(bare.str.contains(_WHOLE)).then(bare)
    return formed.str.replace_all(",", "", literal=True).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def flag(cell: pl.Expr) -> pl.Expr:
    """yes/no, true/false, 1/0, 是/否 → a truth value; else null."""
    meanings = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)
    return _spelling(cell).replace_strict(meanings, default=None, return_dtype=pl.Boolean())


def word(cell: pl.Expr, table: str, field: str, allowed: tuple[str, ...]) -> pl.Expr:
    """A word of a closed list, in any case, with spaces or hyphens, or in Chinese → its one spelling; else null.

    >>> cells = pl.DataFrame({"k": ["Trade-in", "交强险"]})
    >>> cells.select(word(pl.col("k"), "policies", "kind", ("compulsory",))).rows()
    [(None,), ('compulsory',)]
    """
    known = {word: value for word, value in _words(table, field).items() if value in allowed}
    meanings = known | {value: value for value in allowed}
    text = pl.String()
    return of_distinct(
        cell, lambda word: _spelling(word).replace_strict(meanings, default=None, return_dtype=text), text
    )


def currency(cell: pl.Expr) -> pl.Expr:
    """The three letters of ISO 4217 where the word is known, three letters as capitals; else the text as it stands.

    >>> pl.DataFrame({"c": ["人民币", "usd", "￥", "Taler"]}).select(currency(pl.col("c")))["c"].to_list()
    ['CNY', 'USD', 'CNY', 'Taler']
    """

    def letters(word: pl.Expr) -> pl.Expr:
        known = _spelling(word).replace_strict(_words("*", "currency"), default=None, return_dtype=pl.String())
        bare = to_half_width(word)
        code = pl.when(bare.str.contains("^[A-Za-z]{3}$")).then(bare.str.to_uppercase())
        return pl.coalesce(known, code, word)

    return of_distinct(cell, letters, pl.String())


def roles(cell: pl.Expr) -> pl.Expr:
    """A list of party roles → the known ones, sorted, with ``;`` between; a word that is no role makes it null.

    >>> pl.DataFrame({"r": ["Exporter；经销商", "dealer;x"]}).select(roles(pl.col("r"))).rows()
    [('dealer;exporter',), (None,)]
    """
    parts = to_half_width(cell).str.replace_all(r"[,、|/]", ";").str.split(";")
    filled = parts.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
    known = filled.list.eval(word(pl.element(), "parties", "roles", ROLES))
    complete = (known.list.drop_nulls().list.len() == filled.list.len()) & (filled.list.len() > 0)
    return pl.when(complete).then(known.list.unique().list.sort().list.join(";"))


def _spelling(cell: pl.Expr) -> pl.Expr:
    return to_half_width(cell).str.to_lowercase().str.replace_all(r"[\s\-]+", "_")


@cache
def _vocabulary() -> Mapping[tuple[str, str], Mapping[str, str]]:
    meanings: dict[tuple[str, str], dict[str, str]] = {}
    for table, column, spelling, value in reference_csv("words").select("table", "field", "word", "value").rows():
        meanings.setdefault((table, column), {})[spelling] = value
    return meanings


def _words(table: str, field: str) -> Mapping[str, str]:
    return {**_vocabulary().get(("*", field), {}), **_vocabulary().get((table, field), {})}
