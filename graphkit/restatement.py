"""Reported sales restated: what is left of the cars booked as sold when those that were no sale are taken out."""

from collections.abc import Sequence

import polars as pl

from graphkit.model import Detector
from graphkit.tables.outputs import DEDUCTIONS, SHAPES


def restate(
    detectors: Sequence[Detector], ledger: pl.DataFrame, hits: pl.DataFrame, findings: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``SHAPES["restatement"]`` per maker, dealer, city and booked month, and the car behind every subtracted one.

    A car is *reported* once, in the month in which it was booked: when it was first insured or invoiced to an end user,
    whichever came first; the city is that of the policy, else of the plate. Cars first seen in mid-life were booked
    before and are left out. A stable detector that states a :class:`graphkit.model.Deduction` takes its flagged cars
    out, each car once and in the order of ``DEDUCTIONS``: the order of its life. ``supportable_high`` is reported less
    the deductions, ``supportable_low`` also less the cars that only missing data keep from being decided.
    A breach whose car was used stays, since the sale was one. ``finding_id`` names the finding of the unit that the hit
    belongs to.
    """
    booked = _booked(ledger)
    judged = _judged(detectors, booked, _without_used(detectors, ledger, hits))
    taken = judged.filter(pl.col("verdict") == "flagged").unique("vin", keep="first", maintain_order=True)
    open_cars = (
        judged.filter(pl.col("verdict") == "indeterminate").join(taken, on="vin", how="anti").select("vin").unique()
    )
    marked = (
        booked.join(taken.select("vin", "deduction"), on="vin", how="left")
        .join(open_cars.with_columns(is_open=pl.lit(True)), on="vin", how="left")
        .with_columns(
            pl.col("is_open").fill_null(False), *((pl.col("deduction") == name).alias(name) for name in DEDUCTIONS)
        )
    )
    counted = marked.group_by("maker_id", "dealer_id", "city", "month").agg(
        pl.len().cast(pl.Int64()).alias("reported"), pl.col(*DEDUCTIONS, "is_open").sum().cast(pl.Int64())
    )
    high = pl.col("reported") - pl.sum_horizontal(DEDUCTIONS)
    restatement = counted.with_columns(supportable_high=high, supportable_low=high - pl.col("is_open"))
    units = findings.select("detector", "unit_id", "finding_id")
    vehicles = taken.join(units, on=["detector", "unit_id"], how="left")
    return SHAPES["restatement"].canonical(restatement), SHAPES["restated_vehicles"].canonical(vehicles)


def _booked(ledger: pl.DataFrame) -> pl.DataFrame:
    """The cars booked as sold: vin, maker_id, dealer_id, city, month, and whether an end user had it by its end."""
    booked_on = pl.min_horizontal("first_insured_on", "end_sale_on")
    received_on = pl.min_horizontal("end_sale_on", "handed_over_on")
    return ledger.filter(booked_on.is_not_null() & ~pl.col("is_mid_life").fill_null(False)).select(
        "vin",
        "dealer_id",
        maker_id=pl.col("manufacturer_id"),
        city=pl.coalesce("first_policy_city", "plate_city"),
        month=booked_on.dt.to_string("%Y-%m"),
        was_received=(received_on <= booked_on.dt.month_end()).fill_null(False),
    )


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
    """The hits that could take out a booked car, in order of precedence: vin, deduction, detector, unit_id, verdict."""
    order = pl.DataFrame(
        [
            (item.id, item.deduction.column, DEDUCTIONS.index(item.deduction.column), item.deduction.until_received)
            for item in detectors
            if item.deduction and item.status == "stable"
        ],
        schema={"detector": pl.String, "deduction": pl.String, "precedence": pl.Int64, "until_received": pl.Boolean},
        orient="row",
    )
    cars = hits.filter(pl.col("subject_kind") == "vehicle").select("detector", "unit_id", "verdict", vin="subject_id")
    return (
        cars.join(order, on="detector", how="inner")
        .join(booked.select("vin", "was_received"), on="vin", how="inner")
        .filter(~pl.col("until_received") | ~pl.col("was_received"))
        .sort("vin", "precedence", "unit_id", "verdict")
    )
