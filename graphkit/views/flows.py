"""The counted flows of a cluster: how many of its cars went from whom to whom, with the cars behind each number."""

from typing import Any

import polars as pl

from graphkit.views.cars import Cars
from graphkit.views.frames import Frames, month_number, text_day

_ENDS = ("source", "target", "kind")


def movements_of(cars: Cars, parties: list[str], frames: Frames) -> pl.DataFrame:
    """Every movement of the cluster's cars between drawn parties, one row a car and event.

    Columns: source, target (node ids), kind (a sale's kind, insured, to exporter, exported, payment), vin, on_date,
    amount, currency. A destination of an export is a node of its own, ``destination/<name>``. Where an exporter
    declared a car it never bought from a drawn party, the buyer whose car it was hands it over (``to exporter``).
    """
    inside = cars.vins.implode()
    flows = frames.result("flows")
    nothing = (pl.lit(None, pl.Float64()).alias("amount"), pl.lit(None, pl.String()).alias("currency"))
    trades = flows.filter(pl.col("vin").is_in(inside) | pl.col("vin").is_null()).select(
        _party("source_id", "source"), _party("target_id", "target"), "kind", "vin", "on_date", "amount", "currency"
    )
    policies = (
        frames.table("policies")
        .filter(pl.col("vin").is_in(inside))
        .select(
            _party("insured_id", "source"),
            _party("insurer_id", "target"),
            pl.lit("insured").alias("kind"),
            "vin",
            pl.col("starts_on").alias("on_date"),
            *nothing,
        )
    )
    exports = frames.table("exports").filter(pl.col("vin").is_in(inside))
    abroad = exports.select(
        _party("exporter_id", "source"),
        pl.format("destination/{}", "destination").alias("target"),
        pl.lit("exported").alias("kind"),
        "vin",
        pl.col("cleared_on").alias("on_date"),
        pl.col("value").alias("amount"),
        nothing[1],
    )
    drawn = [f"party/{party}" for party in parties]
    both = pl.col("source").is_in(drawn) & (
        pl.col("target").is_in(drawn) | pl.col("target").str.starts_with("destination/")
    )
    moved = pl.concat([trades, policies, abroad, _handed_over(exports, flows, parties, frames, nothing)]).filter(both)
    return moved.filter(pl.col("source") != pl.col("target")).sort(pl.all())


def _party(column: str, name: str) -> pl.Expr:
    return pl.format("party/{}", pl.col(column)).alias(name)


def _handed_over(
    exports: pl.DataFrame, flows: pl.DataFrame, parties: list[str], frames: Frames, nothing: tuple[pl.Expr, pl.Expr]
) -> pl.DataFrame:
    bought = flows.select("vin", pl.col("target_id").alias("exporter_id")).drop_nulls().unique()
    left = exports.join(bought, on=["vin", "exporter_id"], how="anti").join(
        frames.result("ledger").select("vin", "end_buyer_id", "first_owner_id"), on="vin", how="inner"
    )
    holder = pl.coalesce(
        *(pl.when(pl.col(who).is_in(parties)).then(pl.col(who)) for who in ("end_buyer_id", "first_owner_id"))
    )
    return left.with_columns(holder.alias("holder_id")).select(
        _party("holder_id", "source"),
        _party("exporter_id", "target"),
        pl.lit("to exporter").alias("kind"),
        "vin",
        pl.col("cleared_on").alias("on_date"),
        *nothing,
    )


def counted(movements: pl.DataFrame, cars: Cars, limit: int, rows: int) -> tuple[list[dict[str, Any]], int]:
    """The flows with most cars, at most ``limit``, and how many flows are left out.

    Each: source, target, kind, units (cars, or payments), flagged (of them), first_on, last_on, amounts by currency,
    months (month number, units) and the first ``rows`` cars: VIN, day, amount, flagged; flagged ones first.
    """
    flagged = cars.hits["subject_id"].unique().implode()
    marked = movements.with_columns(pl.col("vin").is_in(flagged).fill_null(False).alias("flagged"))
    flows = marked.group_by(_ENDS).agg(
        pl.len().alias("units"),
        pl.col("vin").filter(pl.col("flagged")).n_unique().alias("flagged"),
        text_day("on_date").min().alias("first_on"),
        text_day("on_date").max().alias("last_on"),
    )
    order = ["units", *_ENDS]
    kept = flows.sort(order, descending=[True, False, False, False]).head(limit)
    inside = marked.join(kept.select(_ENDS), on=list(_ENDS), how="semi")
    sums = (
        inside.drop_nulls("amount")
        .with_columns(pl.col("currency").fill_null(""))
        .group_by(*_ENDS, "currency")
        # whole cents, so that the sum does not depend on the order of the rows
        .agg((pl.col("amount") * 100).round().cast(pl.Int64).sum() / 100)
        .sort(*_ENDS, "currency")
        .group_by(_ENDS, maintain_order=True)
        .agg(pl.struct("currency", "amount").alias("amounts"))
    )
    months = (
        inside.with_columns(month_number("on_date").alias("month"))
        .drop_nulls("month")
        .group_by(*_ENDS, "month")
        .len()
        .sort(*_ENDS, "month")
        .group_by(_ENDS, maintain_order=True)
        .agg(pl.concat_list("month", pl.col("len").cast(pl.Int64)).alias("months"))
    )
    listed = (
        inside.sort(*_ENDS, "flagged", "on_date", "vin", "amount", descending=[False] * 3 + [True] + [False] * 3)
        .group_by(_ENDS, maintain_order=True)
        .head(rows)
        .group_by(_ENDS, maintain_order=True)
        .agg(pl.struct("vin", text_day("on_date"), "amount", "flagged").alias("rows"))
    )
    whole = kept
    for part in (sums, months, listed):
        whole = whole.join(part, on=list(_ENDS), how="left")
    return whole.sort(_ENDS).to_dicts(), flows.height - kept.height
