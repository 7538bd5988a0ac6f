"""Honest companies that look like a shell buyer: young fleets, a young trader, a young exporter, an old works yard."""

from collections.abc import Sequence

import polars as pl

from graphkit.simulate.cars import ordinary
from graphkit.simulate.days import FIRST_SALE, LAST_SALE, day
from graphkit.simulate.names import CITIES
from graphkit.simulate.world import World

FLEETS, FLEET_CARS = 4, 15
SECOND_TIER, STOCK = 3, 12
"""Companies that buy stock of several dealers and plate nothing, and the cars of each."""

TRADED, EXPORTED, YARD = 40, 12, 10
ENTERED_BEFORE = (20, 200)
"""Days from the entry in the register to the first purchases."""

BUYS_WITHIN = 150
NOT_INSURED = ("insured_on", "insured", "policy_use")
NOT_PLATED = ("plated", "owner", "plate_city", "use", "km", "km_on")


def young_companies(world: World) -> pl.DataFrame:
    """The plan of all of their cars."""
    honest = world.honest_dealers
    return pl.concat(
        [
            *(_fleet(world, honest[place * 3]) for place in range(FLEETS)),
            *(_stock(world, honest[place::7]) for place in range(SECOND_TIER)),
            _traded(world, honest[4]),
            _exported(world, honest[15]),
            _yard(world, honest[22]),
        ]
    )


def _bought(world: World, cohort: str, dealers: Sequence[str], n: int, last: int) -> pl.DataFrame:
    # by a company that was entered some weeks before
    first = int(world.between(FIRST_SALE + 60, last - BUYS_WITHIN, 1).item())
    entered = first - int(world.between(*ENTERED_BEFORE, 1).item())
    company = world.register.young_company(world.city_of[dealers[0]], entered)
    sellers = [dealers[place % len(dealers)] for place in range(n)]
    return ordinary(world, cohort, sellers, world.between(first, first + BUYS_WITHIN, n), pl.Series([company] * n))


def _without(cars: pl.DataFrame, *names: str) -> pl.DataFrame:
    return cars.with_columns(pl.lit(None, dtype=cars.schema[name]).alias(name) for name in names)


def _fleet(world: World, dealer: str) -> pl.DataFrame:
    cars = _bought(world, "young_fleet", [dealer], FLEET_CARS, LAST_SALE)
    return cars.with_columns(
        plated=pl.col("insured_on") + world.between(5, 28, FLEET_CARS),
        use=pl.lit("rental"),
        policy_use=pl.lit("rental"),
    )


def _stock(world: World, dealers: Sequence[str]) -> pl.DataFrame:
    return _without(_bought(world, "young_stock", dealers, STOCK, day(2025, 12, 31)), *NOT_INSURED, *NOT_PLATED)


def _traded(world: World, dealer: str) -> pl.DataFrame:
    # sold on to persons, most of whom plate the car more than 90 days after the dealer's invoice
    n = TRADED
    cars = _bought(world, "young_trader", [dealer], n, LAST_SALE - 175)
    resold, person = pl.col("sold") + world.between(60, 170, n), world.register.people(n)
    return cars.with_columns(
        resold=resold,
        reseller=pl.col("buyer"),
        resold_to=person,
        listed=resold - world.between(3, 20, n),
        insured_on=resold + world.between(0, 3, n),
        insured=person,
        policy_use=pl.lit("private"),
        plated=resold + world.between(4, 20, n),
        owner=person,
        use=pl.lit("private"),
        km=pl.lit(None, dtype=pl.Int64),
        km_on=pl.lit(None, dtype=pl.Int64),
    )


def _exported(world: World, dealer: str) -> pl.DataFrame:
    # a company that trades with abroad buys new cars and declares them as what they are
    n = EXPORTED
    cars = _without(_bought(world, "young_exporter", [dealer], n, day(2025, 12, 31)), *NOT_INSURED, *NOT_PLATED)
    return cars.with_columns(
        applied=pl.col("sold") + world.between(4, 12, n),
        cleared=pl.col("sold") + world.between(20, 60, n),
        exporter=pl.col("buyer"),
        declared_as=pl.lit("new"),
        destination=world.draw(["AE", "MX", "GE"], n),
    )


def _yard(world: World, dealer: str) -> pl.DataFrame:
    # a company that stands in the register since long drives its cars inside its works, without plates
    company = world.register.company(CITIES[2])
    sold = world.between(FIRST_SALE + 60, day(2025, 12, 31), YARD)
    cars = ordinary(world, "works_yard", [dealer] * YARD, sold, pl.Series([company] * YARD))
    return _without(cars, *NOT_INSURED, *NOT_PLATED)
