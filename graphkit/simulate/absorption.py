"""Planted: one December in which a dealer sells 2,508 of 2,737 cars to companies of its own controller."""

from dataclasses import dataclass

import polars as pl

from graphkit.simulate.cars import ordinary
from graphkit.simulate.days import DECEMBER, LAST_SALE, day, month_bounds
from graphkit.simulate.world import DECEMBER_DEALER, World

SCHEME = "related_party_sales"
CLUSTER = f"{SCHEME}/{DECEMBER_DEALER}"
SOLD, TO_RELATED, PLATED = 2737, 2508, 271
"""The December in cars: sold, to companies under the same control, plated within 30 days of the policy."""

RELATED_PLATED = 56
RESOLD = 400
BUYERS = 8
SHARED_PHONE = "000-08888888"
"""The buyers give one telephone: an indicator for whoever reads the register, and no proof of anything."""

SINCE = day(2022, 3, 15)
WINDOW = 30


@dataclass(frozen=True)
class Chain:
    """Who controls whom: a person, a holding, a sub-holding, and under it the dealer's buyers."""

    controller: str
    holding: str
    sub_holding: str
    buyers: tuple[str, ...]


def found(world: World) -> Chain:
    """Enter the chain of 51 % and 60 % stakes, dated before the sales, and label it guilty."""
    register, city = world.register, world.city_of[DECEMBER_DEALER]
    controller = register.person()
    holding = register.company(city, owner=controller, percent=51)
    register.own(register.person(), holding, 49)
    sub_holding = register.company(city, owner=holding, percent=51)
    register.own(register.person(), sub_holding, 49)
    register.own(holding, DECEMBER_DEALER, 60, SINCE)
    register.own(register.person(), DECEMBER_DEALER, 40, SINCE)
    buyers = []
    for _ in range(BUYERS):
        buyer = register.company(city, owner=sub_holding, percent=60, phone=SHARED_PHONE)
        register.own(register.person(), buyer, 40)
        register.office(register.person(), buyer, "legal_representative", SINCE)
        buyers.append(buyer)
    register.blame(SCHEME, CLUSTER, controller, holding, sub_holding, DECEMBER_DEALER, *buyers)
    return Chain(controller, holding, sub_holding, tuple(buyers))


def december_cars(world: World, chain: Chain) -> pl.DataFrame:
    """The plan of the month: cars that companies of the group absorb, and the few that reach customers."""
    first, last = month_bounds(DECEMBER)
    absorbed = _absorbed(world, chain, last)
    n = SOLD - TO_RELATED
    genuine = ordinary(world, "december", [DECEMBER_DEALER] * n, world.between(first, last, n))
    insured_on = pl.col("insured_on").clip(first, last)
    in_time = world.exactly(PLATED - RELATED_PLATED, n)
    lag = pl.when(in_time).then(world.between(5, 26, n)).otherwise(world.between(WINDOW + 1, 75, n))
    genuine = genuine.with_columns(insured_on=insured_on, plated=insured_on + lag)
    return pl.concat([absorbed, genuine])


def _absorbed(world: World, chain: Chain, last: int) -> pl.DataFrame:
    n = world.of_scheme(TO_RELATED)
    plated, resold_later = world.of_scheme(RELATED_PLATED), world.of_scheme(RESOLD)
    buyer = world.draw(list(chain.buyers), n)
    cars = ordinary(world, "absorbed", [DECEMBER_DEALER] * n, world.between(last - 13, last, n), buyer)
    # an exact permutation splits the cars: plated at once, resold later, kept unplated
    turn = pl.Series(world.rng.permutation(n))
    is_plated, is_resold = turn < plated, (turn >= plated) & (turn < plated + resold_later)
    insured_on = pl.min_horizontal(pl.col("sold") + world.between(0, 2, n), pl.lit(last))
    resold = pl.when(is_resold).then(world.between(last + 40, LAST_SALE - 1, n))
    person = world.register.people(n)
    return cars.with_columns(
        insured_on=insured_on,
        handed=pl.when(is_plated).then("handed"),
        use=pl.lit("private"),
        policy_use=pl.lit("private"),
        plated=pl.when(is_plated).then(insured_on + world.between(5, 26, n)).when(is_resold).then(resold + 4),
        owner=pl.when(is_resold).then(person).otherwise("buyer"),
        resold=resold,
        reseller=pl.when(is_resold).then("buyer"),
        resold_to=pl.when(is_resold).then(person),
        listed=pl.when(is_resold).then(resold - 9),
        # those that are plated stand still: their odometers are read after a hundred days
        km=pl.when(is_plated).then(pl.int_range(pl.len()) % 60 + 12),
        km_on=pl.when(is_plated).then(insured_on + 130),
    )
