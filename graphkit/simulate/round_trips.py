"""Planted: a dealer whose cars go to a trading company and come back. Beside it the honest ones that come back too."""

import polars as pl

from graphkit.simulate.cars import ordinary, sale_days
from graphkit.simulate.days import FIRST_SALE
from graphkit.simulate.world import CIRCLE_DEALER, World

SCHEME = "circular_sales"
CLUSTER = f"{SCHEME}/{CIRCLE_DEALER}"

CIRCLED, BACK_TO_SISTER = 240, 0.4
"""Cars that go round, and the share of them that come back to the dealer's sister company."""

AWAY = (10, 40)
"""Days from the first invoice until the car is back."""

RETURNED, SWAPPED, TRADED_IN, LEASED_BACK, LENT = 60, 40, 50, 12, 15
"""Honest cars that come back: given back, swapped, traded in, leased back; and lent between dealers, which nobody can
tell from a round trip.
"""


def round_trips(world: World) -> pl.DataFrame:
    """The plan of all of them, guilty ones first."""
    return pl.concat(
        [_circled(world), _returned(world), _swapped(world), _traded_in(world), _leased_back(world), _lent(world)]
    )


def away(world: World, cars: pl.DataFrame, to: pl.Series | pl.Expr, out_as: str, back_as: str) -> pl.DataFrame:
    """The cars with a detour: before its sale each goes ``to`` another, with invoices of these kinds, and back."""
    n = cars.height
    back_on = pl.col("sold") - world.between(8, 30, n)
    out_on = back_on - world.between(*AWAY, n)
    return cars.with_columns(
        out_on=out_on,
        out_to=to,
        out_as=pl.lit(out_as),
        back_on=back_on,
        back_as=pl.lit(back_as),
        wholesaled=pl.min_horizontal("wholesaled", out_on - 5),
        built=pl.min_horizontal("built", out_on - 20),
    )


def _circled(world: World) -> pl.DataFrame:
    register, city = world.register, world.city_of[CIRCLE_DEALER]
    owner = register.person()
    register.own(owner, CIRCLE_DEALER, 100)
    sister = register.company(city, owner=owner, percent=100)
    trader = register.company(city)
    trader_owner = str(register.ownership[-1]["owner_id"])
    register.blame(SCHEME, CLUSTER, owner, CIRCLE_DEALER, sister, trader, trader_owner)
    n = world.of_scheme(CIRCLED)
    sold = sale_days(world, n, FIRST_SALE + 120)
    cars = ordinary(world, SCHEME, [CIRCLE_DEALER] * n, sold, register.people(n))
    cars = away(world, cars, pl.lit(trader), "retail", "resale")
    to_sister = world.chance(BACK_TO_SISTER, n)
    return cars.with_columns(back_to=pl.when(to_sister).then(pl.lit(sister)))


def _honest(world: World, cohort: str, n: int) -> pl.DataFrame:
    sold = sale_days(world, n, FIRST_SALE + 120)
    return ordinary(world, cohort, world.draw(world.honest_dealers, n), sold, world.register.people(n))


def _returned(world: World) -> pl.DataFrame:
    # a customer gives the car back after some weeks, and it goes to another
    return away(world, _honest(world, "returned", RETURNED), world.register.people(RETURNED), "retail", "return")


def _swapped(world: World) -> pl.DataFrame:
    return away(world, _honest(world, "swapped", SWAPPED), _other_dealer(world), "swap", "swap")


def _lent(world: World) -> pl.DataFrame:
    return away(world, _honest(world, "lent", LENT), _other_dealer(world), "wholesale", "wholesale")


def _other_dealer(world: World) -> pl.Expr:
    honest = world.honest_dealers
    return pl.col("dealer").replace_strict(dict(zip(honest, honest[1:] + honest[:1], strict=True)))


def _leased_back(world: World) -> pl.DataFrame:
    lessor = world.register.company(world.city_of[world.honest_dealers[0]], roles="lessor")
    cars = _honest(world, "leased_back", LEASED_BACK)
    return away(world, cars, pl.lit(lessor), "retail", "leaseback")


def _traded_in(world: World) -> pl.DataFrame:
    # a customer drives the car in its own name and sells it back; half of the dealers write it down as a resale
    n = TRADED_IN
    sold = sale_days(world, n, FIRST_SALE)
    cars = ordinary(world, "traded_in", world.draw(world.honest_dealers, n), sold, world.register.people(n))
    cars = cars.with_columns(plated=pl.col("insured_on") + world.between(5, 26, n), owner=pl.col("buyer"))
    back_on = sold + world.between(90, 175, n)
    return cars.with_columns(
        back_on=back_on,
        back_as=pl.when(world.chance(0.5, n)).then(pl.lit("trade_in")).otherwise(pl.lit("resale")),
        km=world.between(2_000, 9_000, n),
        km_on=back_on,
    )
