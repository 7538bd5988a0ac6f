"""Companies that are held by more than 100 %: an error in the data, reported and never scaled away."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.algorithms.intervals import merge, sweep
from graphkit.algorithms.validity import with_dates
from graphkit.parties.holdings import WHOLE, dated_holdings
from graphkit.tables.coverage import Coverage


def overheld(tables: Mapping[str, pl.DataFrame], coverage: Coverage, as_of: date) -> pl.DataFrame:
    """The days on which the certain holdings in a company add up to more than 100 %, with the rows that do.

    Returns company_id, valid_from, valid_to (inclusive, null where open), held (parts per million of the votes, else of
    the shares), row_keys (of ``ownership``, sorted); one row for every period over which nothing changes, in order.
    ``tables`` are resolved, as for ``control_over_time``; of an unknown share its least part counts.
    """
    certain = dated_holdings(tables, coverage, as_of).filter("is_certain")
    days = _over(certain)
    rows = days.join(certain.rename({"to_id": "company_id"}), on="company_id", suffix="_row")
    lasting = (pl.col("first_row") <= pl.col("first")) & (pl.col("last_row") >= pl.col("last"))
    named = (
        rows.filter(lasting, pl.col("low_row") > 0)
        .group_by("company_id", "first", "last", pl.col("low").alias("held"))
        .agg(pl.col("row_key").unique().sort().alias("row_keys"))
    )
    dated = with_dates(named.sort("company_id", "first"))
    return dated.select("company_id", "valid_from", "valid_to", "held", "row_keys")


def doubted(pieces: pl.DataFrame) -> pl.DataFrame:
    """Pieces of holdings (to_id, first, last, low, is_certain, …), none certain while its company is overheld."""
    days = merge(_over(pieces.filter("is_certain")), ["company_id"])
    is_over = pl.col("to_id").is_in(days["company_id"].unique().implode())
    cuts = pl.concat([days.select("company_id", cut="first"), days.select("company_id", cut=pl.col("last") + 1)])
    touched = pieces.filter(is_over)
    keyed = touched.with_row_index("piece")
    begins = keyed.join(cuts, left_on="to_id", right_on="company_id").filter(
        pl.col("first") < pl.col("cut"), pl.col("cut") <= pl.col("last")
    )
    starts = pl.concat([keyed.select("piece", start="first"), begins.select("piece", start="cut")]).unique()
    parts = starts.sort("piece", "start").with_columns(until=pl.col("start").shift(-1).over("piece") - 1)
    cut = keyed.join(parts, on="piece").with_columns(first="start", last=pl.coalesce("until", "last"))
    over = cut.join(days, left_on="to_id", right_on="company_id", suffix="_over").filter(
        pl.col("first") >= pl.col("first_over"), pl.col("last") <= pl.col("last_over")
    )
    # which of the holdings is wrong nobody knows, so none of them proves anything
    is_doubted = pl.struct("piece", "first").is_in(over.select(pl.struct("piece", "first"))["piece"].implode())
    return pl.concat(
        [
            pieces.filter(~is_over),
            cut.with_columns(is_certain=pl.col("is_certain") & ~is_doubted).select(pieces.columns),
        ]
    )


def _over(certain: pl.DataFrame) -> pl.DataFrame:
    sums = sweep(certain.rename({"to_id": "company_id"}), ["company_id"], ["low"])
    return sums.filter(pl.col("low") > WHOLE)
