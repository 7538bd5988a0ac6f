"""Honest exports: used cars that were used, fresh ones with the maker's letter, new ones declared as new."""

import polars as pl

from graphkit.simulate.cars import ordinary
from graphkit.simulate.days import COVERED_TO, FIRST_SALE, LAST_SALE, LETTER_RULE, day
from graphkit.simulate.export_ring import LIMIT_DAYS, unused_exports
from graphkit.simulate.world import RING_EXPORTER, World

USED, EARLY_USED, LOW_KM, WITH_LETTER, NEW, NEW_INSURED, SMALL_PRACTICE = 240, 24, 20, 60, 80, 24, 3
DESTINATIONS = ["KZ", "UZ", "AE", "MX", "NG", "GE", "BY"]


def honest_exports(world: World) -> pl.DataFrame:
    """The plan of all of them."""
    others = [exporter for exporter in world.exporters if exporter != RING_EXPORTER]
    by_letter = unused_exports(
        world, "letter", "E03", world.customers[60:64], LETTER_RULE + 10, day(2026, 4, 30), WITH_LETTER
    ).with_columns(letter=pl.lit(True))
    few = unused_exports(
        world, "few_unused", "E07", world.customers[64:66], day(2025, 3, 1), day(2025, 11, 1), SMALL_PRACTICE
    )
    return pl.concat(
        [
            _used(world, "used_export", others, USED, (200, 420), (4_000, 30_000)),
            _used(world, "early_used_export", others, EARLY_USED, (70, 160), (2_500, 9_000)),
            _used(world, "low_km_export", others, LOW_KM, (190, 240), (40, 95)),
            by_letter,
            few,
            _new(world, ["E05", "E06"], NEW, is_insured=False),
            _new(world, ["E05", "E06"], NEW_INSURED, is_insured=True),
        ]
    )


def _used(
    world: World, cohort: str, exporters: list[str], n: int, age: tuple[int, int], km: tuple[int, int]
) -> pl.DataFrame:
    # a person sells the car to an exporter months after the first plate
    sold = world.between(FIRST_SALE, COVERED_TO - age[1] - 60, n).clip(upper_bound=LAST_SALE)
    cars = ordinary(world, cohort, world.draw(world.honest_dealers, n), sold, world.register.people(n))
    plated = pl.col("insured_on") + world.between(5, 26, n)
    exporter = world.draw(exporters, n)
    applied = plated + world.between(*age, n)
    return cars.with_columns(
        plated=plated,
        resold=applied - 16,
        reseller=pl.col("buyer"),
        resold_to=exporter,
        listed=applied - 25,
        awaiting=applied - 4,
        deregistered=applied - 3,
        applied=applied,
        cleared=applied + world.between(3, 15, n),
        exporter=exporter,
        declared_as=pl.lit("used"),
        destination=world.draw(DESTINATIONS, n),
        # who exports within 180 days from 2026 on brings the letter, however far the car was driven
        letter=pl.when(applied >= LETTER_RULE).then(applied - plated <= LIMIT_DAYS),
        km=world.between(*km, n),
        km_on=applied - 5,
    )


def _new(world: World, exporters: list[str], n: int, *, is_insured: bool) -> pl.DataFrame:
    # a trader buys a new car, never plates it and declares it as what it is
    sold = world.between(FIRST_SALE, LAST_SALE - 5, n)
    exporter = world.draw(exporters, n)
    nothing = pl.lit(None)
    insurance = {} if is_insured else {"insured_on": nothing, "insured": nothing, "policy_use": nothing}
    return ordinary(world, "new_export", world.draw(world.honest_dealers, n), sold, exporter).with_columns(
        plated=nothing.cast(pl.Int64),
        owner=nothing.cast(pl.String),
        applied=sold + world.between(4, 12, n),
        cleared=sold + world.between(14, 28, n),
        exporter=exporter,
        declared_as=pl.lit("new"),
        destination=world.draw(DESTINATIONS, n),
        km=nothing.cast(pl.Int64),
        km_on=nothing.cast(pl.Int64),
        **{name: value.cast(pl.String if name != "insured_on" else pl.Int64) for name, value in insurance.items()},
    )
