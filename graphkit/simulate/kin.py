"""Honest sales between parties that are tied, or only seem to be: group fleets, state siblings, kin."""

import polars as pl

from graphkit.simulate.cars import ordinary
from graphkit.simulate.days import FIRST_SALE, LAST_SALE, as_date, day
from graphkit.simulate.names import CITIES
from graphkit.simulate.world import FLEET_GROUP, World

GROUP_FLEET = 230
"""Cars that a group's own rental company takes into use and keeps: more than a fifth of its dealer's sales."""

SMALL = {"D15": 8, "D01": 3, "D02": 5, "D13": 2, "D19": 4, "D27": 6, "D31": 3, "D36": 1}
"""A few sales a dealer to a company of its owner: they meet the rule, and stay below the floors."""

STATE, ASSOCIATES, ACQUIRED, SIBLINGS, DIRECTORS, DEPENDENT = 45, 30, 25, 20, 25, 60
INFLUENCED, UNDATED, UNCLEAR = 6, 6, 5
ACQUISITION = day(2025, 9, 1)
ASSOCIATE = "D29"

PARKED_UNTIL = day(2025, 12, 1)
"""The last sale of a car whose odometer is read half a year later, within what the registers cover."""


def tied_sales(world: World) -> pl.DataFrame:
    """Enter the ties and plan the sales of all of them."""
    return pl.concat(
        [
            _group_fleet(world),
            *(_small(world, dealer, n) for dealer, n in SMALL.items()),
            _state_siblings(world),
            _associates(world),
            _acquired_later(world),
            _siblings(world),
            _shared_director(world),
            _dependent(world),
            _influenced(world),
            _undated(world),
            _unclear_share(world),
        ]
    )


def _parked(cars: pl.DataFrame) -> pl.DataFrame:
    # plated to the buyer, and read half a year later: nobody drove it
    return cars.with_columns(km=pl.int_range(pl.len()) % 50 + 12, km_on=pl.col("sold") + 190)


def _sales(
    world: World, cohort: str, dealer: str, buyer: str, n: int, first: int = FIRST_SALE, last: int = LAST_SALE
) -> pl.DataFrame:
    buyers = pl.Series([buyer] * n)
    cars = ordinary(world, cohort, [dealer] * n, world.between(first, last, n), buyers)
    return cars.with_columns(use=pl.lit("private"), policy_use=pl.lit("private"))


def _group_fleet(world: World) -> pl.DataFrame:
    register = world.register
    holding = register.company(CITIES[0])
    for dealer in FLEET_GROUP:
        register.own(holding, dealer, 80)
    rental = register.company(CITIES[0], owner=holding, percent=90, roles="lessor")
    cars = _sales(world, "group_fleet", FLEET_GROUP[0], rental, GROUP_FLEET)
    return cars.with_columns(
        use=pl.lit("rental"),
        policy_use=pl.lit("rental"),
        plated=pl.col("insured_on") + world.between(5, 28, GROUP_FLEET),
        km=world.between(9_000, 40_000, GROUP_FLEET),
        km_on=pl.col("sold") + world.between(120, 240, GROUP_FLEET),
    )


def _small(world: World, dealer: str, n: int) -> pl.DataFrame:
    owner = world.register.person()
    world.register.own(owner, dealer, 100)
    buyer = world.register.company(world.city_of[dealer], owner=owner)
    return _parked(_sales(world, "small_related", dealer, buyer, n, last=PARKED_UNTIL))


def _state_siblings(world: World) -> pl.DataFrame:
    # one provincial owner, two commercial groups below it
    register = world.register
    state = register.add("G", "示例省国有资产监督管理委员会", CITIES[1], kind="government")
    groups = [register.company(CITIES[1], owner=state) for _ in range(2)]
    register.own(groups[0], "D28", 100)
    buyer = register.company(CITIES[1], owner=groups[1])
    return _sales(world, "state_sibling", "D28", buyer, STATE)


def _associates(world: World) -> pl.DataFrame:
    # one parent holds 30 % of both: two associates are not related to one another
    register = world.register
    parent = register.company(CITIES[2])
    register.own(register.person(), ASSOCIATE, 70)
    register.own(parent, ASSOCIATE, 30)
    buyer = register.company(CITIES[2], percent=70)
    register.own(parent, buyer, 30)
    return _sales(world, "associates", ASSOCIATE, buyer, ASSOCIATES)


def _acquired_later(world: World) -> pl.DataFrame:
    register = world.register
    owner = register.person()
    register.own(owner, "D30", 100)
    buyer = register.add("C", "Sample Acquired Trading Co., Ltd.", CITIES[2])
    register.own(register.person(), buyer, 100, until=ACQUISITION - 1)
    register.own(owner, buyer, 60, ACQUISITION)
    return _sales(world, "acquired_later", "D30", buyer, ACQUIRED, day(2025, 2, 1), ACQUISITION - 40)


def _siblings(world: World) -> pl.DataFrame:
    # a sibling's company is an indicator (tier B) in this regime, and no related party
    register = world.register
    owner, sibling = register.person(), register.person()
    register.own(owner, "D14", 100)
    register.kinship.append({"person_id": owner, "relative_id": sibling, "relation": "sibling"})
    return _sales(world, "sibling", "D14", register.company(CITIES[1], owner=sibling), SIBLINGS)


def _shared_director(world: World) -> pl.DataFrame:
    register = world.register
    director = register.person()
    buyer = register.company(CITIES[2])
    for company in ("D32", buyer):
        register.office(director, company, "director")
    return _sales(world, "shared_director", "D32", buyer, DIRECTORS)


def _dependent(world: World) -> pl.DataFrame:
    # a customer that buys everything from one dealer depends on it, and is not related
    return _sales(world, "dependent", "D23", world.register.company(CITIES[1]), DEPENDENT)


def _influenced(world: World) -> pl.DataFrame:
    # 30 % is significant influence: related, few, below the floors
    register = world.register
    register.own(register.person(), "D18", 100)
    buyer = register.company(CITIES[1], percent=70)
    register.own("D18", buyer, 30)
    return _parked(_sales(world, "influenced", "D18", buyer, INFLUENCED, last=PARKED_UNTIL))


def _undated(world: World) -> pl.DataFrame:
    # the register will lose the date of this holding (see ``defects``)
    register = world.register
    owner = register.person()
    register.own(owner, "D16", 100)
    buyer = register.add("C", "Sample Undated Supply Co., Ltd.", CITIES[1])
    register.own(owner, buyer, 60)
    return _parked(_sales(world, "undated", "D16", buyer, UNDATED, last=PARKED_UNTIL))


def _unclear_share(world: World) -> pl.DataFrame:
    # the register will know this holding only as a range (see ``defects``)
    register = world.register
    owner = register.person()
    register.own(owner, "D17", 100)
    buyer = register.add("C", "Sample Opaque Supply Co., Ltd.", CITIES[1])
    register.own(owner, buyer, 55)
    return _parked(_sales(world, "unclear_share", "D17", buyer, UNCLEAR, last=PARKED_UNTIL))


def agreement_rows() -> list[dict[str, object]]:
    """Control without a majority: two customers act in concert, and trade with nobody they control."""
    return [
        {
            "controller_id": "C101",
            "controlled_id": "C102",
            "basis": "concert",
            "valid_from": as_date(day(2021, 7, 1)),
            "valid_to": None,
        }
    ]
