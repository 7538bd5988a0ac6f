"""Planted: an exporter whose own companies plate new cars and export them as used within 180 days, unused."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from graphkit.simulate.cars import ordinary
from graphkit.simulate.days import LETTER_RULE, day
from graphkit.simulate.world import RING_EXPORTER, World

SCHEME = "zero_mileage_export"
CLUSTER = f"{SCHEME}/{RING_EXPORTER}"
PRACTICE, GRANDFATHERED, BREACHES, WITH_LETTER = 180, 16, 54, 10
"""Unused cars: of 2025; awaiting export before 2026; from 2026 without, and with, the maker's letter."""

DRIVEN_EACH, DRIVEN_KM = 6, 3_000
"""From 2026 on, one car in so many had run so far before it left."""

SUPPLIERS = ("D03", "D17", "D18", "D29", "D30")
"""Dealers that sold to the ring's companies in good faith."""

HOLDERS = 4
LIMIT_DAYS, LIMIT_KM = 180, 100


@dataclass(frozen=True)
class Ring:
    """The exporter, who owns it, and the companies in whose name the cars are plated."""

    owner: str
    exporter: str
    holders: tuple[str, ...]


def found(world: World) -> Ring:
    """Enter the exporter's owner and companies, and label them guilty."""
    register = world.register
    owner = register.person()
    register.own(owner, RING_EXPORTER, 70)
    holders = tuple(register.company("示例丁市", owner=RING_EXPORTER, percent=60) for _ in range(HOLDERS))
    register.blame(SCHEME, CLUSTER, owner, RING_EXPORTER, *holders)
    return Ring(owner, RING_EXPORTER, holders)


def exported_cars(world: World, ring: Ring) -> pl.DataFrame:
    """The plan of the ring's cars, with three each at the very edges of the rule."""
    practice, grandfathered, with_letter = map(world.of_scheme, (PRACTICE, GRANDFATHERED, WITH_LETTER))
    from_2026 = world.of_scheme(BREACHES) + with_letter
    of_2025 = unused_exports(
        world, "ring", ring.exporter, list(ring.holders), day(2025, 2, 10), day(2025, 12, 5), practice
    )
    awaited = unused_exports(
        world, "ring", ring.exporter, list(ring.holders), LETTER_RULE + 4, LETTER_RULE + 35, grandfathered
    ).with_columns(awaiting=pl.lit(LETTER_RULE) - world.between(2, 20, grandfathered))
    breaches = unused_exports(
        world, "ring", ring.exporter, list(ring.holders), LETTER_RULE + 10, day(2026, 4, 30), from_2026
    ).with_columns(letter=world.exactly(with_letter, from_2026))
    # the rule asks for the letter whatever the car has run
    breaches = breaches.with_columns(
        km=pl.when(pl.int_range(pl.len()) % DRIVEN_EACH == 0).then(DRIVEN_KM).otherwise("km")
    )
    return pl.concat([_with_edges(of_2025), awaited.with_columns(letter=pl.lit(False)), breaches])


def unused_exports(
    world: World, cohort: str, exporter: str, holders: list[str], first: int, last: int, n: int
) -> pl.DataFrame:
    """``n`` cars plated to ``holders``, unused, applied for export from ``first`` to ``last`` 40–150 days later."""
    applied, age = world.between(first, last, n), world.between(40, 150, n)
    plated = applied - age
    bought = plated - world.between(4, 8, n)
    dealers = world.draw(list(SUPPLIERS), n)
    awaiting = pl.Series(np.maximum(applied - world.between(1, 8, n), np.where(applied >= LETTER_RULE, LETTER_RULE, 0)))
    return ordinary(world, cohort, dealers, bought, world.draw(holders, n)).with_columns(
        insured_on=plated - 3,
        plated=plated,
        plate_city=pl.lit("示例丁市"),
        use=pl.lit("private"),
        policy_use=pl.lit("private"),
        awaiting=awaiting,
        deregistered=applied + 1,
        applied=applied,
        cleared=applied + world.between(3, 15, n),
        exporter=pl.lit(exporter),
        declared_as=pl.lit("used"),
        destination=world.draw(["KZ", "KG", "UZ", "AE", "JO"], n),
        km=world.between(5, 80, n),
        km_on=applied - 1,
    )


def _with_edges(cars: pl.DataFrame) -> pl.DataFrame:
    # 180 days and 100 km still meet the rule, 181 days and 101 km do not
    place = pl.int_range(pl.len())
    age = pl.when(place < 3).then(LIMIT_DAYS).when(place < 6).then(LIMIT_DAYS + 1)
    shift = pl.when(place < 6).then(pl.col("applied") - age - pl.col("plated")).otherwise(0)
    km = pl.when(place.is_between(6, 8)).then(LIMIT_KM).when(place.is_between(9, 11)).then(LIMIT_KM + 1)
    earlier = ("plated", "insured_on", "sold", "handed", "wholesaled", "built")
    return cars.with_columns((pl.col(name) + shift).alias(name) for name in earlier).with_columns(
        km=pl.coalesce(km, "km")
    )
