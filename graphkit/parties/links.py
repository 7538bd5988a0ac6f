"""Holdings and agreements as dated links with a low and a high share: what is certain, and what could be."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.algorithms.intervals import sweep
from graphkit.model import Coverage
from graphkit.parties.days import FIRST, LAST, as_number, number_of
from graphkit.tables.inputs import TABLES

WHOLE = 1_000_000
"""All shares of a company, in parts per million."""

MAJORITY, AGREEMENT, DECLARED, CONCERT = "majority", "agreement", "declared", "concert"
_BASIS = {"contract": AGREEMENT, "declared": DECLARED, "concert": CONCERT}
_COLUMNS = ("from_id", "to_id", "basis", "first", "last", "low", "high", "is_certain", "table", "row_key")


def dated_links(
    tables: Mapping[str, pl.DataFrame], coverage: Coverage, identities: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """Every link that control may rest on, cut into pieces over which nothing about it changes.

    Returns from_id, to_id, basis (majority: a holding; agreement, declared, concert), first and last (day numbers, both
    included), low and high (ppm of the votes, else of the shares; null for agreements), is_certain, table, row_key.

    Rows that begin after ``as_of`` are not known yet. A link without ``valid_from`` is certain from its register's
    date, and only possible before it, or altogether where the register has none. A link at a stub or an undecided
    party is never certain. Unknown shares lie between their least and what the other holders certainly leave over.
    Joint control is no control.
    """
    open_ids = identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()
    holdings = _holdings(tables.get("ownership", TABLES["ownership"].empty()), coverage, as_of)
    agreements = _agreements(tables.get("control_agreements", TABLES["control_agreements"].empty()), coverage, as_of)
    both = pl.concat([holdings.select(_COLUMNS), agreements.select(_COLUMNS)], how="vertical_relaxed")
    known = ~pl.any_horizontal(pl.col("from_id", "to_id").is_in(open_ids.implode()))
    return both.filter(
        pl.all_horizontal(pl.col("from_id", "to_id").is_not_null()), pl.col("first") <= number_of(as_of)
    ).with_columns(is_certain=pl.col("is_certain") & known)


def _holdings(ownership: pl.DataFrame, coverage: Coverage, as_of: date) -> pl.DataFrame:
    stated = pl.coalesce("votes", "share")
    rows = _as_known(ownership, "ownership", coverage, as_of).select(
        pl.col("owner_id").alias("from_id"),
        pl.col("owned_id").alias("to_id"),
        "first", "sure_first", "last", "row_key",
        pl.lit(MAJORITY).alias("basis"),
        pl.lit("ownership").alias("table"),
        low=pl.coalesce(stated, "share_min", pl.lit(0)),
        high=pl.coalesce(stated, "share_max", pl.lit(WHOLE)),
        is_exact=stated.is_not_null(),
    )  # fmt: skip
    return _limited(_pieces(_superseded(_one_row_a_holding(rows))))


def _agreements(agreements: pl.DataFrame, coverage: Coverage, as_of: date) -> pl.DataFrame:
    rows = _as_known(agreements, "control_agreements", coverage, as_of).filter(pl.col("basis") != "joint")
    return _pieces(
        rows.select(
            pl.col("controller_id").alias("from_id"),
            pl.col("controlled_id").alias("to_id"),
            "first", "sure_first", "last", "row_key",
            pl.col("last").alias("sure_last"),
            pl.col("basis").replace_strict(_BASIS, return_dtype=pl.String),
            pl.lit("control_agreements").alias("table"),
            low=pl.lit(None, dtype=pl.Int64),
            high=pl.lit(None, dtype=pl.Int64),
        )
    )  # fmt: skip


def _as_known(rows: pl.DataFrame, table: str, coverage: Coverage, as_of: date) -> pl.DataFrame:
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
    """An open-ended holding that is stated again later may be a new total or a purchase: only the newest is certain."""
    next_first = pl.col("first").shift(-1).over("from_id", "to_id", order_by=["first", "row_key"])
    ends = pl.when(pl.col("sure_last") == LAST).then(pl.min_horizontal("sure_last", next_first - 1))
    return rows.with_columns(sure_last=pl.coalesce(ends, "sure_last"))


def _pieces(rows: pl.DataFrame) -> pl.DataFrame:
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


def _limited(pieces: pl.DataFrame) -> pl.DataFrame:
    """An unknown share is at most what the other holders certainly leave over, day by day."""
    exact = pieces.filter("is_exact")
    loose = pieces.filter(~pl.col("is_exact"))
    taken = pl.when("is_certain").then("low").otherwise(0)
    company = pieces.join(loose, on="to_id", how="semi").with_columns(taken=taken)
    days = sweep(company, ["to_id"], ["taken"]).rename({"first": "_first", "last": "_last"})
    rest = WHOLE - (pl.col("taken") - taken)
    cut = (
        loose.join(days, on="to_id")
        .with_columns(first=pl.max_horizontal("first", "_first"), last=pl.min_horizontal("last", "_last"))
        .filter(pl.col("first") <= pl.col("last"))
        .with_columns(high=pl.max_horizontal("low", pl.min_horizontal("high", rest)))
    )
    return pl.concat([exact, cut.select(exact.columns)], how="vertical_relaxed")
