"""A plan is one row a car: its whole intended life, from which ``events`` writes the rows of every register."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from graphkit.simulate.days import LAST_SALE
from graphkit.simulate.names import CITIES, QUOTA_CITY
from graphkit.simulate.world import World

PLAN: dict[str, Any] = {
    "cohort": pl.String,
    "maker": pl.String, "dealer": pl.String, "built": pl.Int64, "wholesaled": pl.Int64,
    # a first dealer that passed the car on, or a second one that bought it at retail and sold it on
    "origin": pl.String, "resupplied": pl.Int64, "via": pl.String, "via_on": pl.Int64,
    # a party that took the car and from whom it came back, to the dealer or another; without one, from its buyer
    "out_on": pl.Int64, "out_to": pl.String, "out_as": pl.String,
    "back_on": pl.Int64, "back_as": pl.String, "back_to": pl.String,
    "sold": pl.Int64, "buyer": pl.String, "handed": pl.Int64,
    "insured_on": pl.Int64, "insured": pl.String, "policy_use": pl.String, "cancelled": pl.Int64,
    # the buyer takes the policy over, or a new one of its own
    "endorsed": pl.Int64, "reinsured": pl.Int64,
    "plated": pl.Int64, "event": pl.String, "first_registered": pl.Int64,
    "owner": pl.String, "plate_city": pl.String, "use": pl.String,
    "deregistered": pl.Int64,
    "resold": pl.Int64, "reseller": pl.String, "resold_to": pl.String, "listed": pl.Int64,
    "awaiting": pl.Int64, "applied": pl.Int64, "cleared": pl.Int64, "exporter": pl.String, "declared_as": pl.String,
    "destination": pl.String, "letter": pl.Boolean,
    "km": pl.Int64, "km_on": pl.Int64,
    "status": pl.String, "holder": pl.String, "held_from": pl.Int64, "held_to": pl.Int64,
}  # fmt: skip
"""Days are numbers (``days.day``); what does not happen to a car is null."""

COMPANY_SHARE = 0.08
LATE_SHARE, LATE_IN_QUOTA_CITY, NEVER_SHARE = 0.012, 0.09, 0.002
"""Shares of honest cars that are plated after the window, or never."""


def plan(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with every column of a plan; those it lacks are null."""
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in PLAN.items() if name not in frame.columns]
    return frame.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in PLAN.items())


def ordinary(
    world: World, cohort: str, dealers: Sequence[str] | pl.Series, sold: pl.Series, buyer: pl.Series | None = None
) -> pl.DataFrame:
    """Honest cars: built, wholesaled, sold, insured by the buyer, plated within the month unless quotas hold them up.

    ``dealers`` and ``sold`` have one entry a car. Without ``buyer`` most are fresh persons and some are companies.
    """
    n = len(sold)
    if buyer is None:
        is_company = world.chance(COMPANY_SHARE, n)
        buyer = pl.select(
            pl.when(is_company).then(world.draw(world.customers, n)).otherwise(world.register.people(n))
        ).to_series()
    dealer = pl.Series(dealers, dtype=pl.String)
    frame = pl.DataFrame({"dealer": dealer, "sold": sold.cast(pl.Int64), "buyer": buyer}).with_columns(
        pl.lit(cohort).alias("cohort"),
        pl.col("dealer").replace_strict(world.maker_of, return_dtype=pl.String).alias("maker"),
        pl.col("dealer").replace_strict(world.city_of, return_dtype=pl.String).alias("city"),
        (pl.col("sold") - world.between(10, 75, n)).alias("wholesaled"),
        pl.when(world.chance(0.92, n)).then(pl.col("sold") + world.between(0, 7, n)).alias("handed"),
        (pl.col("sold") + world.between(-4, 4, n)).alias("insured_on"),
        pl.col("buyer").alias("insured"),
        pl.col("buyer").alias("owner"),
        pl.when(pl.col("buyer").str.starts_with("P") | world.chance(0.6, n))
        .then(pl.lit("private"))
        .otherwise(pl.lit("commercial"))
        .alias("use"),
    )
    late = np.where(frame["city"].to_numpy() == QUOTA_CITY, LATE_IN_QUOTA_CITY, LATE_SHARE)
    lag = (
        pl.when(pl.Series(world.rng.random(n) < late)).then(world.between(31, 75, n)).otherwise(world.between(5, 26, n))
    )
    frame = frame.with_columns(
        (pl.col("wholesaled") - world.between(5, 40, n)).alias("built"),
        pl.col("use").alias("policy_use"),
        pl.when(world.chance(1 - NEVER_SHARE, n)).then(pl.col("insured_on") + lag).alias("plated"),
        pl.when(world.chance(0.88, n)).then("city").otherwise(world.draw(list(CITIES), n)).alias("plate_city"),
    )
    return plan(serviced(world, frame, 0.15))


def serviced(world: World, frame: pl.DataFrame, share: float) -> pl.DataFrame:
    """Some of the cars come to a service some months later: an odometer reading."""
    n = frame.height
    is_seen = world.chance(share, n)
    return frame.with_columns(
        pl.when(is_seen).then(pl.col("sold") + world.between(150, 260, n)).alias("km_on"),
        pl.when(is_seen).then(world.between(3_000, 14_000, n)).alias("km"),
    )


def sale_days(world: World, n: int, first: int, last: int = LAST_SALE) -> pl.Series:
    """``n`` retail days spread evenly from ``first`` to ``last``."""
    return world.between(first, last, n)
