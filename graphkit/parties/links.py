"""Holdings and agreements as dated links with a low and a high share: what is certain, and what could be."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.algorithms.intervals import sweep
from graphkit.algorithms.validity import number_of
from graphkit.parties.holdings import MAJORITY, WHOLE, as_known, dated_holdings, pieces
from graphkit.parties.misplaced import persons
from graphkit.parties.overheld import doubted
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES

__all__ = ["AGREEMENT", "CONCERT", "DECLARED", "MAJORITY", "WHOLE", "dated_links"]

AGREEMENT, DECLARED, CONCERT = "agreement", "declared", "concert"
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
    party is always uncertain, and so is a holding while its company is held by more than 100 %. Unknown shares lie
    between their least and what the other holders certainly leave over. Joint control is no control, and nobody holds
    a person.
    """
    open_ids = identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()
    known = ~pl.any_horizontal(pl.col("from_id", "to_id").is_in(open_ids.implode()))
    is_certain = pl.col("is_certain") & known
    in_companies = dated_holdings(tables, coverage, as_of).filter(~pl.col("to_id").is_in(persons(identities).implode()))
    holdings = _limited(doubted(in_companies).with_columns(is_certain))
    agreements = _agreements(tables.get("control_agreements", TABLES["control_agreements"].empty()), coverage, as_of)
    stated = agreements.filter(
        pl.all_horizontal(pl.col("from_id", "to_id").is_not_null()), pl.col("first") <= number_of(as_of)
    )
    return pl.concat(
        [holdings.select(_COLUMNS), stated.with_columns(is_certain).select(_COLUMNS)], how="vertical_relaxed"
    )


def _agreements(agreements: pl.DataFrame, coverage: Coverage, as_of: date) -> pl.DataFrame:
    rows = as_known(agreements, "control_agreements", coverage, as_of).filter(pl.col("basis") != "joint")
    return pieces(
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
