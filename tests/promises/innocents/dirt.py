"""Rows of honest cars that are not quite what happened."""

import numpy as np
import polars as pl

from tests.promises.innocents.lives import lives, put, write
from tests.promises.innocents.market import Market
from tests.promises.innocents.places import Place
from tests.promises.innocents.vins import mistyped


def dirty_rows(market: Market, place: Place, n: int) -> None:
    cars = lives(market, place.dealers(market, n), place.days(market, n))
    kind = market.rng.integers(0, 4, n)
    # the clerk of one of them writes the day before, or the day after
    off = np.where(kind == 0, market.rng.choice([-1, 1], n), 0)
    of_policy = market.chance(0.5, n)
    cars = put(
        cars, insured_on=pl.col("insured_on") + pl.Series(off * of_policy),
        plated_on=pl.col("plated_on") + pl.Series(off * ~of_policy),
    )  # fmt: skip
    write(market, cars, "dirty_rows")
    market.twice += cars.filter(pl.Series(kind == 1))["vin"].to_list()
    _endorsed(market, cars.filter(pl.Series(kind == 2)))
    for vin in cars.filter(pl.Series(kind == 3))["vin"]:
        table = "registrations" if market.rng.random() < 0.7 else "sales"
        market.mistyped[table][vin] = mistyped(market.rng, vin)


def _endorsed(market: Market, cars: pl.DataFrame) -> None:
    """After the invoice the plate's number, or the right spelling of the insured, is entered into the policy."""
    of_name = pl.Series(market.chance(0.5, cars.height))
    changed_on = pl.max_horizontal("invoiced_on", "plated_on") + pl.Series(market.between(1, 20, cars.height))
    rows = cars.select(
        "vin", changed_on=changed_on,
        field=pl.when(of_name).then(pl.lit("insured_name")).otherwise(pl.lit("plate_number")),
        old=pl.when(of_name).then(pl.lit("示例误")),
        new=pl.when(of_name).then("insured_id").otherwise(pl.lit("示A00001")),
    )  # fmt: skip
    market.add("endorsements", rows)
