"""What the stated purpose of a payment says: the words of data/reference/payment_purposes.csv."""

from functools import cache

import polars as pl

from graphkit.tables.reference import reference_csv


@cache
def _words(look_alike: str | None) -> list[str]:
    rows = reference_csv("payment_purposes").filter(pl.col("look_alike").eq_missing(pl.lit(look_alike)))
    return rows["word"].to_list()


def names(purpose: pl.Expr, look_alike: str) -> pl.Expr:
    """Whether the purpose has a word of a look-alike; never null.

    >>> given = pl.DataFrame({"purpose": ["Loan 7", "退款", "consulting fee", None]})
    >>> given.select(names(pl.col("purpose"), "floor_plan")).to_series().to_list()
    [True, False, False, False]
    """
    return purpose.str.to_lowercase().str.contains_any(_words(look_alike)).fill_null(False)


def says_nothing(purpose: pl.Expr) -> pl.Expr:
    """Whether the purpose is not given, or says no more than that money was paid; never null.

    >>> given = pl.DataFrame({"purpose": ["Other transfer 12", " ", "payment of the consultant", None]})
    >>> given.select(says_nothing(pl.col("purpose"))).to_series().to_list()
    [True, True, False, True]
    """
    rest = purpose.str.to_lowercase().str.replace_many(_words(None), [""]).str.replace_all(r"[^\p{L}]", "")
    return (rest == "").fill_null(True)
