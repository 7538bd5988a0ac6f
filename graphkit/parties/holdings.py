"""Holdings as dated pieces: from when to when a row could hold, and from when to when it surely does."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.algorithms.validity import FIRST, LAST, as_number, number_of
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES

WHOLE = 1_000_000
"""All shares of a company, in parts per million."""

MAJORITY = "majority"
"""The basis of control that holdings give."""


def dated_holdings(tables: Mapping[str, pl.DataFrame], coverage: Coverage, as_of: date) -> pl.DataFrame:
    """Every holding known on ``as_of``, cut into pieces that are certain in time or not.

    Returns from_id, to_id, basis, first, last (day numbers, both included), low and high (ppm of the votes, else of the
    shares; not yet limited by what others hold), is_exact, is_certain, table, row_key.
    """
    ownership = tables.get("ownership", TABLES["ownership"].empty())
    stated = pl.coalesce("votes", "share")
    rows = as_known(ownership, "ownership", coverage, as_of).select(
        pl.col("owner_id").alias("from_id"),
        pl.col("owned_id").alias("to_id"),
        "first", "sure_first", "last", "row_key",
        pl.lit(MAJORITY).alias("basis"),
        pl.lit("ownership").alias("table"),
        low=pl.coalesce(stated, "share_min", pl.lit(0)),
        high=pl.coalesce(stated, "share_max", pl.lit(WHOLE)),
        is_exact=stated.is_not_null(),
    )  # fmt: skip
    known = rows.filter(
        pl.all_horizontal(pl.col("from_id", "to_id").is_not_null()), pl.col("first") <= number_of(as_of)
    )
    return pieces(_superseded(_one_row_a_holding(known)))


def as_known(rows: pl.DataFrame, table: str, coverage: Coverage, as_of: date) -> pl.DataFrame:
    """The rows known on ``as_of``, with the days from which they may (first) and surely do (sure_first) hold."""
    register = coverage.register_date(table)
    since = LAST + 1 if register is None else number_of(register)
    today = number_of(as_of)
    ends = as_number("valid_to", LAST)
    return rows.filter((pl.col("valid_from") <= as_of).fill_null(True)).with_columns(
        first=as_number("valid_from", FIRST),
        sure_first=as_number("valid_from", since),
        # an end that lies after as_of was not known then
        last=pl.when(ends > today).then(LAST).otherwise(ends),
    )


def pieces(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut each row into the days when it could hold, surely holds, and could still hold."""
    sure_first = pl.col("sure_first").clip(upper_bound=pl.col("sure_last") + 1)
    spans = {
        "before": (pl.col("first"), sure_first - 1, False),
        "sure": (pl.col("sure_first"), pl.col("sure_last"), True),
        "after": (pl.max_horizontal(pl.col("sure_last") + 1, "first"), pl.col("last"), False),
    }
    cut = [
        rows.with_columns(first=first, last=last, is_certain=pl.lit(certain)) for first, last, certain in spans.values()
    ]
    return pl.concat(cut).filter(pl.col("first") <= pl.col("last")).drop("sure_first", "sure_last")


def _one_row_a_holding(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with one key after parties were joined report one holding twice, so they never add up to certainty."""
    span = ["last", "low", "high", "is_exact"]
    return (
        rows.sort("row_key")
        .group_by("from_id", "to_id", "first", "sure_first", "basis", "table", maintain_order=True)
        .agg(
            pl.col("row_key").first(),
            pl.struct(span).n_unique().alias("_versions"),
            pl.col("is_exact").all(),
            pl.col("low").min(),
            pl.col("high").max(),
            pl.col("high").sum().clip(upper_bound=WHOLE).alias("_together"),
            pl.col("last").min().alias("sure_last"),
            pl.col("last").max(),
        )
        .with_columns(high=pl.when(pl.col("_versions") > 1).then("_together").otherwise("high"))
    )


def _superseded(rows: pl.DataFrame) -> pl.DataFrame:
    """A holding without end that is stated again may be a new total or a purchase: only the newest is certain."""
    next_first = pl.col("first").shift(-1).over("from_id", "to_id", order_by=["first", "row_key"])
    ends = pl.when(pl.col("sure_last") == LAST).then(pl.min_horizontal("sure_last", next_first - 1))
    return rows.with_columns(sure_last=pl.coalesce(ends, "sure_last"))
