"""Reported sales restated: what is left of the cars booked as sold when those that were no sale are taken out."""

import polars as pl

from graphkit.tables.outputs import SHAPES

DEDUCTIONS = (
    ("pre_insured", "pre_insured"),
    ("related_party_absorbed", "related_party_sales"),
    ("returned", "circular_sales"),
    ("zero_mileage_exported", "zero_mileage_export"),
)
"""Deduction and detector, in the order in which a car that meets several is taken out once: the order of its life."""


def restate(ledger: pl.DataFrame, hits: pl.DataFrame, findings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``SHAPES["restatement"]`` per maker, dealer, city and booked month, and the car behind every subtracted one.

    A car is *reported* once, in the month in which it was booked: when it was first insured or invoiced to an end user,
    whichever came first; the city is that of the policy, else of the plate. Cars first seen in mid-life were booked
    before and are left out. ``pre_insured`` takes out flagged cars that no end user had been invoiced for or handed by
    the end of that month, the other deductions (``returned``: cars that came back) their detector's flagged cars, each
    car once and in the order of ``DEDUCTIONS``. ``supportable_high`` is reported less the deductions,
    ``supportable_low`` also less the cars that
    only missing data keep from being decided. ``finding_id`` names the finding of the unit that the hit belongs to.
    """
    booked = _booked(ledger)
    judged = _judged(booked, hits)
    taken = judged.filter(pl.col("verdict") == "flagged").unique("vin", keep="first", maintain_order=True)
    open_cars = (
        judged.filter(pl.col("verdict") == "indeterminate").join(taken, on="vin", how="anti").select("vin").unique()
    )
    names = [name for name, _ in DEDUCTIONS]
    marked = (
        booked.join(taken.select("vin", "deduction"), on="vin", how="left")
        .join(open_cars.with_columns(is_open=pl.lit(True)), on="vin", how="left")
        .with_columns(
            pl.col("is_open").fill_null(False), *((pl.col("deduction") == name).alias(name) for name in names)
        )
    )
    counted = marked.group_by("maker_id", "dealer_id", "city", "month").agg(
        pl.len().cast(pl.Int64()).alias("reported"), pl.col(*names, "is_open").sum().cast(pl.Int64())
    )
    high = pl.col("reported") - pl.sum_horizontal(names)
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


def _judged(booked: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """The hits that could take out a booked car, in order of precedence: vin, deduction, detector, unit_id, verdict."""
    order = pl.DataFrame(
        [(detector, name, at) for at, (name, detector) in enumerate(DEDUCTIONS)],
        schema=["detector", "deduction", "precedence"],
        orient="row",
    )
    cars = hits.filter(pl.col("subject_kind") == "vehicle").select("detector", "unit_id", "verdict", vin="subject_id")
    return (
        cars.join(order, on="detector", how="inner")
        .join(booked.select("vin", "was_received"), on="vin", how="inner")
        .filter((pl.col("deduction") != "pre_insured") | ~pl.col("was_received"))
        .sort("vin", "precedence", "unit_id", "verdict")
    )
