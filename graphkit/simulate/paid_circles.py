"""Planted: a dealer that gives a shell company, through a middleman, the money with which it buys the dealer's cars."""

from dataclasses import dataclass

import polars as pl

from graphkit.simulate.cars import ordinary, sale_days
from graphkit.simulate.days import day
from graphkit.simulate.money import NAMED_SHARE, PRICE, parts, transfers
from graphkit.simulate.names import DEALER_CITIES
from graphkit.simulate.world import MONEY_DEALER, World, open_dealer

SCHEME = "circular_payments"
CLUSTER = f"{SCHEME}/{MONEY_DEALER}"

CIRCLED, FROM_SISTER = 120, 0.4
"""Cars that are paid for with the dealer's money, and the share of them for which its sister company gives it."""

FIRST_ROUND, LAST_ROUND = day(2025, 3, 1), day(2025, 10, 31)
"""The sales lie between these days; what does not happen in the half-year after them can be seen."""

AGE = 60
"""Days before the first sale on which the buyer is entered in the register."""

OFF_PRICE = 0.04
"""How far the amounts that are handed on lie from the price."""


@dataclass(frozen=True)
class Circle:
    """The parties whom the money passes: from the dealer or its sister to the middleman, to the trader, and back."""

    sister: str
    middleman: str
    trader: str


def found(world: World) -> Circle:
    """Enter the dealer, its owner and sister, the middleman and the trading company, and label them guilty."""
    register, city = world.register, DEALER_CITIES[1]
    dealer = open_dealer(world, city)
    world.maker_of[dealer] = world.makers[-1]
    owner = register.person()
    register.own(owner, dealer, 100)
    register.office(register.person(), dealer, "legal_representative")
    sister = register.company(city, owner=owner, percent=100)
    middleman = register.company(city)
    trader = register.young_company(city, FIRST_ROUND - AGE)
    owners = (*register.owners_of(middleman), *register.owners_of(trader))
    register.blame(SCHEME, CLUSTER, owner, dealer, sister, middleman, trader, *owners)
    return Circle(sister, middleman, trader)


def circled_cars(world: World, circle: Circle) -> pl.DataFrame:
    """The plan of the cars: sold to the trading company, which neither insures nor plates nor sells them."""
    n = world.of_scheme(CIRCLED)
    sold = sale_days(world, n, FIRST_ROUND, LAST_ROUND)
    cars = ordinary(world, SCHEME, [MONEY_DEALER] * n, sold, pl.Series([circle.trader] * n))
    absent = ("insured_on", "insured", "policy_use", "plated", "owner", "plate_city", "use", "km", "km_on")
    return cars.with_columns(pl.lit(None, dtype=cars.schema[name]).alias(name) for name in absent)


def payments(world: World, circle: Circle, sales: pl.DataFrame) -> pl.DataFrame:
    """The three payments of each car, days apart: dealer or sister to middleman, to trading company, to dealer."""
    sold = sales.filter(pl.col("buyer_id") == circle.trader)
    n = sold.height
    paid, lent, handed_on = world.between(0, 20, n), world.between(2, 9, n), world.between(2, 9, n)
    payer = pl.when(world.exactly(round(FROM_SISTER * n), n)).then(pl.lit(circle.sister)).otherwise("seller_id")
    named = world.exactly(round(NAMED_SHARE * n), n)
    low, high = 1 - OFF_PRICE, 1 + OFF_PRICE
    middleman, trader = pl.lit(circle.middleman), pl.lit(circle.trader)
    given, passed = parts(world, low, high, n), parts(world, low, high, n)
    return pl.concat(
        [
            transfers(sold, payer, middleman, purpose="市场推广费", after=paid - lent - handed_on, part=given),
            transfers(sold, middleman, trader, purpose="咨询费", after=paid - lent, part=passed),
            transfers(sold, trader, "seller_id", purpose=PRICE, after=paid, names_sale=named),
        ]
    )
