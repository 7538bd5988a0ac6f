"""Planted: two dealers under no common control whose cars go, by way of two trading companies, to the other dealer."""

from dataclasses import dataclass

import polars as pl

from graphkit.simulate.cars import ordinary, sale_days
from graphkit.simulate.days import FIRST_SALE, day
from graphkit.simulate.names import DEALER_CITIES
from graphkit.simulate.world import COLLUDING_DEALERS, World, open_dealer

SCHEME = "collusive_cluster"
CLUSTER = f"{SCHEME}/{COLLUDING_DEALERS[0]}"

EXCHANGED = 130
"""Cars that each of the two dealers books as sold and the other takes in."""

LAST_EXCHANGE = day(2025, 10, 31)
"""What does not happen in the half-year after it can be seen."""

HELD = (10, 60)
"""Days for which a trading company holds a car."""


@dataclass(frozen=True)
class Ring:
    """The two dealers and the two trading companies, each with an owner of its own."""

    dealers: tuple[str, str]
    traders: tuple[str, str]


def found(world: World) -> Ring:
    """Enter the dealers, the trading companies and their owners, and label them guilty."""
    register = world.register
    one, other = (_dealer(world, city, maker) for city, maker in zip(DEALER_CITIES[:2], world.makers[2:4], strict=True))
    first, second = (register.company(city) for city in DEALER_CITIES[:2])
    owners = [owner for party in (one, other, first, second) for owner in register.owners_of(party)]
    register.blame(SCHEME, CLUSTER, one, other, first, second, *owners)
    return Ring((one, other), (first, second))


def _dealer(world: World, city: str, maker: str) -> str:
    dealer = open_dealer(world, city)
    world.maker_of[dealer] = maker
    world.register.own(world.register.person(), dealer, 100)
    world.register.office(world.register.person(), dealer, "legal_representative")
    return dealer


def exchanged_cars(world: World, ring: Ring) -> pl.DataFrame:
    """The plan of the cars: sold to a trading company at retail, resold to the other dealer, and never plated."""
    one, other = ring.dealers
    return pl.concat([_exchanged(world, ring, one, other), _exchanged(world, ring, other, one)])


def _exchanged(world: World, ring: Ring, seller: str, taker: str) -> pl.DataFrame:
    n = EXCHANGED
    trader = world.draw(list(ring.traders), n)
    cars = ordinary(world, SCHEME, [seller] * n, sale_days(world, n, FIRST_SALE + 30, LAST_EXCHANGE), trader)
    absent = ("insured_on", "insured", "policy_use", "plated", "owner", "plate_city", "use", "km", "km_on")
    return cars.with_columns(
        *(pl.lit(None, dtype=cars.schema[name]).alias(name) for name in absent),
        resold=pl.col("sold") + world.between(*HELD, n),
        reseller=pl.col("buyer"),
        resold_to=pl.lit(taker),
    )
