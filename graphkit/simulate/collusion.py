"""Planted: two vendors under no common control whose cars go, by way of two trading companies, to the other vendor."""

from dataclasses import dataclass

import polars as pl

from graphkit.simulate.cars import ordinary, sale_days
from graphkit.simulate.days import FIRST_SALE, day
from graphkit.simulate.names import DEALER_CITIES
from graphkit.simulate.world import World

SCHEME = "collusive_cluster"

EXCHANGED = 130
"""Cars that each of the two vendors books as sold and the other takes in."""

LAST_EXCHANGE = day(2025, 10, 31)
"""What does not happen in the half-year after it can be seen."""

HELD = (10, 60)
"""Days for which a trading company holds a car."""


@dataclass(frozen=True)
class Ring:
    """The two vendors and the two trading companies, each with an owner of its own."""

    vendors: tuple[str, str]
    traders: tuple[str, str]


def found(world: World) -> Ring:
    """Enter the vendors, the trading companies and their owners, and label them guilty."""
    register = world.register
    one, other = (_vendor(world, city, maker) for city, maker in zip(DEALER_CITIES[:2], world.makers[2:4], strict=True))
    first, second = (register.company(city) for city in DEALER_CITIES[:2])
    owners = [owner for party in (one, other, first, second) for owner in register.owners_of(party)]
    register.blame(SCHEME, f"{SCHEME}/{one}", one, other, first, second, *owners)
    return Ring((one, other), (first, second))


def _vendor(world: World, city: str, maker: str) -> str:
    # it sells the cars of a maker without being one of its dealers
    vendor = world.register.company(city, roles="vendor")
    world.city_of[vendor] = city
    world.maker_of[vendor] = maker
    return vendor


def exchanged_cars(world: World, ring: Ring) -> pl.DataFrame:
    """The plan of the cars: sold to a trading company at retail, resold to the other vendor, and never plated."""
    one, other = ring.vendors
    return pl.concat([_exchanged(world, ring, one, other), _exchanged(world, ring, other, one)])


def _exchanged(world: World, ring: Ring, seller: str, taker: str) -> pl.DataFrame:
    n = world.of_scheme(EXCHANGED)
    trader = world.draw(list(ring.traders), n)
    cars = ordinary(world, SCHEME, [seller] * n, sale_days(world, n, FIRST_SALE + 30, LAST_EXCHANGE), trader)
    absent = ("insured_on", "insured", "policy_use", "plated", "owner", "plate_city", "use", "km", "km_on")
    return cars.with_columns(
        *(pl.lit(None, dtype=cars.schema[name]).alias(name) for name in absent),
        resold=pl.col("sold") + world.between(*HELD, n),
        reseller=pl.col("buyer"),
        resold_to=pl.lit(taker),
    )
