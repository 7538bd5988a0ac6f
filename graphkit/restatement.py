"""Booked sales restated: what is left when cars that were never sold are taken out and others stand in their month."""

from collections.abc import Sequence

import polars as pl

from graphkit.model import Detector
from graphkit.tables.outputs import DEDUCTIONS, SHAPES

ROW = ("maker_id", "dealer_id", "city", "month")


def restate(
    detectors: Sequence[Detector], ledger: pl.DataFrame, hits: pl.DataFrame, findings: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``SHAPES["restatement"]`` per maker, dealer, city and month, and the cars behind its numbers.

    A car is *booked* once, in the month in which it was first insured or invoiced to an end user, whichever came first;
    the city is that of the policy, else of the plate. Cars first seen in mid-life were booked before and are left out.
    A stable detector that states a :class:`graphkit.model.Deduction` takes its flagged cars out, each car once and in
    the order of ``DEDUCTIONS``: the order of its life. A breach whose car was used stays, since the sale was one.

    Where only the date of a sale was wrong the car is moved, not lost: one that an end user had by the end of its month
    stays; one that an end user got later is taken out of its month and *moved in* to the month in which the last doubt
    about it ended (``received_on`` of its flagged hits, each of them). Over all months the deductions less what moved
    are therefore the cars that were never sold. Moves to months after the last booked one have no row: they are
    ``moved_beyond`` at the row that they left.

    ``supportable_high`` is booked + moved in - deductions, ``supportable_low`` also less the cars that only missing
    data keep from being decided. The second table, ``SHAPES["restated_vehicles"]``, has each car once for each month
    and ``direction``: ``out``, ``in``, or ``open`` (undecided); ``finding_id`` names the finding of the hit's unit.
    """
    booked = _booked(ledger)
    judged = _judged(detectors, booked, _without_used(detectors, ledger, hits))
    is_inside = pl.col("month") <= pl.lit(booked["month"].max(), pl.String)
    flagged = judged.filter(pl.col("verdict") == "flagged")
    out = flagged.unique("vin", keep="first", maintain_order=True)
    moved = out.drop("month").join(_received(flagged), on="vin", how="inner")
    undecided = judged.filter(pl.col("verdict") == "indeterminate").unique("vin", keep="first", maintain_order=True)
    still = undecided.join(out, on="vin", how="anti")
    still_moved = undecided.drop("month").join(moved.select("vin", "month"), on="vin", how="inner")
    undecided = pl.concat([still, still_moved.select(still.columns)]).filter(is_inside)
    inside = moved.filter(is_inside)
    beyond = out.join(moved, on="vin", how="semi").join(inside, on="vin", how="anti")
    counted = _counted(booked, out, inside, undecided, beyond)
    vehicles = pl.concat(
        part.select("vin", *ROW, "deduction", "detector", "unit_id", direction=pl.lit(direction))
        for part, direction in ((out, "out"), (moved, "in"), (undecided, "open"))
    ).join(findings.select("detector", "unit_id", "finding_id"), on=["detector", "unit_id"], how="left")
    return SHAPES["restatement"].canonical(counted), SHAPES["restated_vehicles"].canonical(vehicles)


def _booked(ledger: pl.DataFrame) -> pl.DataFrame:
    """The cars booked as sold: vin, maker_id, dealer_id, city, month."""
    booked_on = pl.min_horizontal("first_insured_on", "end_sale_on")
    return ledger.filter(booked_on.is_not_null() & ~pl.col("is_mid_life").fill_null(False)).select(
        "vin",
        "dealer_id",
        maker_id=pl.col("manufacturer_id"),
        city=pl.coalesce("first_policy_city", "plate_city"),
        month=_month(booked_on),
    )


def _month(day: pl.Expr) -> pl.Expr:
    return day.dt.to_string("%Y-%m")


def _received(flagged: pl.DataFrame) -> pl.DataFrame:
    """The cars of which every flagged hit tells when an end user got them, with the month of the last."""
    cars = flagged.group_by("vin").agg(pl.col("received_on").max(), is_known=pl.col("received_on").is_not_null().all())
    return cars.filter("is_known").select("vin", month=_month(pl.col("received_on")))


def _counted(
    booked: pl.DataFrame, out: pl.DataFrame, inside: pl.DataFrame, undecided: pl.DataFrame, beyond: pl.DataFrame
) -> pl.DataFrame:
    one = pl.lit(1, pl.Int64)
    marks = pl.concat(
        [
            booked.select(*ROW, booked=one),
            out.select(*ROW, *((pl.col("deduction") == name).cast(pl.Int64).alias(name) for name in DEDUCTIONS)),
            inside.select(*ROW, moved_in=one),
            undecided.select(*ROW, undecided=one),
            beyond.select(*ROW, moved_beyond=one),
        ],
        how="diagonal",
    )
    counts = marks.group_by(ROW).agg(pl.exclude(ROW).sum())
    high = pl.col("booked") + pl.col("moved_in") - pl.sum_horizontal(DEDUCTIONS)
    return counts.with_columns(supportable_high=high, supportable_low=high - pl.col("undecided"))


def _without_used(detectors: Sequence[Detector], ledger: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """The hits less the breaches of cars that were used; one of which that is not known is undecided."""
    asked = pl.DataFrame(
        [
            (item.id, item.deduction.unused.max_km, item.deduction.unused.reading_days)
            for item in detectors
            if item.deduction and item.deduction.unused
        ],
        schema={"detector": pl.String, "max_km": pl.Int64, "reading_days": pl.Int64},
        orient="row",
    )
    read = ledger.select("km_last", "km_on", "exported_on", subject_id="vin")
    is_breach = ((pl.col("grade") == "breach") & pl.col("max_km").is_not_null()).fill_null(False)
    is_used = (pl.col("km_last") > pl.col("max_km")).fill_null(False)
    is_read = ((pl.col("exported_on") - pl.col("km_on")).dt.total_days() <= pl.col("reading_days")).fill_null(False)
    return (
        hits.join(asked, on="detector", how="left")
        .join(read, on="subject_id", how="left")
        .filter(~(is_breach & is_used))
        .with_columns(
            verdict=pl.when(is_breach & ~is_read).then(pl.lit("indeterminate")).otherwise("verdict"),
        )
        .select(hits.columns)
    )


def _judged(detectors: Sequence[Detector], booked: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """The hits that could take out a booked car, in order of precedence, with the row in which the car was booked."""
    order = pl.DataFrame(
        [
            (item.id, item.deduction.column, DEDUCTIONS.index(item.deduction.column))
            for item in detectors
            if item.deduction and item.status == "stable"
        ],
        schema={"detector": pl.String, "deduction": pl.String, "precedence": pl.Int64},
        orient="row",
    )
    cars = hits.filter(pl.col("subject_kind") == "vehicle").select(
        "detector", "unit_id", "verdict", "received_on", vin="subject_id"
    )
    is_received = (_month(pl.col("received_on")) <= pl.col("month")).fill_null(False)
    return (
        cars.join(order, on="detector", how="inner")
        .join(booked, on="vin", how="inner")
        .filter(~is_received)
        .sort("vin", "precedence", "unit_id", "verdict")
    )
