"""The honest market: how many cars each dealer sells a month, to whom, and the detours some cars take."""

import numpy as np
import polars as pl

from graphkit.simulate.cars import ordinary
from graphkit.simulate.days import DECEMBER, MONTHS, month_bounds
from graphkit.simulate.world import CLIFF_DEALER, DECEMBER_DEALER, PRE_INSURING_DEALERS, World

SEASON = np.array([0.95, 0.6, 0.95, 0.95, 1.0, 1.05, 0.95, 1.0, 1.1, 1.1, 1.15, 1.3])
SUBSIDY_CLIFF, STEEP_CLIFF = 1.5, 3.0
"""Before a subsidy ends everybody sells more, and one dealer with a large stock far more."""

USUAL_RATE, PRE_INSURING_RATE, DECEMBER_DEALER_RATE = 15.0, 32.0, 118.0
"""Cars a month; the December dealer's normal months stay well below 195."""

PASSED_ON_SHARE, SOLD_ON_SHARE = 0.014, 0.003
"""Shares of honest dealers' cars that went from dealer to dealer, at wholesale and at retail."""


def everyday_cars(world: World, dealers: list[str]) -> pl.DataFrame:
    """The plan of every everyday sale of ``dealers``, except the December dealer's December."""
    counts = _volumes(world, dealers)
    sellers = np.repeat(np.array(dealers), counts.sum(axis=1))
    months = np.concatenate([np.repeat(np.arange(len(MONTHS)), row) for row in counts])
    bounds = np.array([month_bounds(place) for place in range(len(MONTHS))])
    first, last = bounds[months, 0], bounds[months, 1]
    # more cars are handed over in the last days of a month
    within = np.floor((last - first + 1) * world.rng.random(len(months)) ** 0.8).astype(np.int64)
    cars = ordinary(world, "everyday", pl.Series(sellers), pl.Series(first + within))
    return _detours(world, _within_the_month(cars))


def _volumes(world: World, dealers: list[str]) -> np.ndarray:
    rng = world.rng
    usual = USUAL_RATE * np.exp(rng.normal(0.0, 0.25, len(dealers)))
    known = {DECEMBER_DEALER: DECEMBER_DEALER_RATE} | dict.fromkeys(PRE_INSURING_DEALERS, PRE_INSURING_RATE)
    rates = np.array([known.get(dealer, rate) for dealer, rate in zip(dealers, usual, strict=True)])
    season = np.array([SEASON[month - 1] for _, month in MONTHS])
    mean = world.scale * np.outer(rates, season)
    cliff = np.array([STEEP_CLIFF if dealer == CLIFF_DEALER else SUBSIDY_CLIFF for dealer in dealers])
    mean[:, DECEMBER] *= cliff
    mean[np.array(dealers) == DECEMBER_DEALER, DECEMBER] = 0.0
    return rng.poisson(mean)


def _within_the_month(cars: pl.DataFrame) -> pl.DataFrame:
    # the December dealer insures in the month of the invoice, so that its December counts alike by sale and by policy
    invoiced = pl.from_epoch("sold", time_unit="d")
    first, last = (
        bound.cast(pl.Int64)
        for bound in (invoiced.dt.month_start().dt.epoch("d"), invoiced.dt.month_end().dt.epoch("d"))
    )
    kept = pl.col("insured_on").clip(first, last)
    return cars.with_columns(
        pl.when(pl.col("dealer") == DECEMBER_DEALER).then(kept).otherwise("insured_on").alias("insured_on")
    )


def _detours(world: World, cars: pl.DataFrame) -> pl.DataFrame:
    n = cars.height
    fellows = {dealer: _fellow(world, dealer) for dealer in world.honest_dealers}
    fellow = pl.col("dealer").replace_strict(fellows, default=None, return_dtype=pl.String)
    draw = pl.Series(world.rng.random(n))
    is_honest = cars["dealer"].is_in(world.honest_dealers)
    is_passed = is_honest & (draw < PASSED_ON_SHARE)
    is_sold_on = is_honest & (draw > 1 - SOLD_ON_SHARE)
    return cars.with_columns(
        pl.when(is_passed).then(fellow).alias("origin"),
        pl.when(is_passed).then(pl.col("sold") - 5).alias("resupplied"),
        pl.when(is_sold_on).then(fellow).alias("via"),
        pl.when(is_sold_on).then(pl.col("sold") - 6).alias("via_on"),
    )


def _fellow(world: World, dealer: str) -> str:
    # the next honest dealer of the same maker; two of one group never have the same maker
    same = [other for other in world.honest_dealers if world.maker_of[other] == world.maker_of[dealer]]
    return same[(same.index(dealer) + 1) % len(same)]
