"""Planted: a vendor whose cars go to a trading company and come back, bought each time with the vendor's own money."""

import polars as pl

from graphkit.simulate.cars import ordinary, sale_days
from graphkit.simulate.days import FIRST_SALE
from graphkit.simulate.names import DEALER_CITIES
from graphkit.simulate.paid_circles import Circle
from graphkit.simulate.round_trips import away
from graphkit.simulate.world import World

SCHEME = "circular_sales"

CIRCLED = 60
"""Cars that go round, each with its money: too few for either alone to be proven car by car."""


def found(world: World) -> tuple[str, Circle]:
    """Enter the vendor, its owner and sister, the middleman and the trading company, and label them guilty."""
    register, city = world.register, DEALER_CITIES[2]
    # it sells the cars of a maker without being one of its dealers
    vendor = register.company(city, roles="vendor")
    world.city_of[vendor], world.maker_of[vendor] = city, world.makers[0]
    (owner,) = register.owners_of(vendor)
    sister = register.company(city, owner=owner, percent=100)
    middleman, trader = register.company(city), register.company(city)
    owners = (owner, *register.owners_of(middleman), *register.owners_of(trader))
    register.blame(SCHEME, f"{SCHEME}/{vendor}", vendor, sister, middleman, trader, *owners)
    return vendor, Circle(sister, middleman, trader)


def circled_cars(world: World, vendor: str, circle: Circle) -> pl.DataFrame:
    """The plan of the cars: sold to the trading company, back with the vendor within weeks, then sold to a customer."""
    n = world.of_scheme(CIRCLED)
    sold = sale_days(world, n, FIRST_SALE + 120)
    cars = ordinary(world, "paid_round_trip", [vendor] * n, sold, world.register.people(n))
    return away(world, cars, pl.lit(circle.trader), "retail", "resale")
