"""Honest exports: with the maker's letter, of cars that were used, and of new cars declared as new."""

from typing import Any

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import invoices, lives, put, transfers, write
from tests.promises.innocents.market import Market
from tests.promises.innocents.places import Place
from tests.promises.innocents.span import Days

DESTINATIONS = ("KZ", "AE", "RU", "JO", "UZ")


def letter_of_2026(market: Market, place: Place, n: int) -> None:
    first, last = span.day(2025, 10, 1), span.day(2026, 2, 28)
    cars = lives(market, place.dealers(market, n), market.sale_days(n, first, last), market.registers.people(n))
    plated = cars["plated_on"].to_numpy()
    applied_on = np.maximum(plated + market.between(10, 180, n), span.RULE_FROM + market.between(0, 20, n))
    awaited_on = np.maximum(applied_on - market.between(0, 3, n), span.RULE_FROM)
    _export(market, cars, "letter_of_2026", applied_on, awaited_on, (5, 6_000), letter=True)


def awaited_with_letter(market: Market, place: Place, n: int) -> None:
    first, last = span.day(2025, 3, 1), span.day(2025, 11, 30)
    cars = lives(market, place.dealers(market, n), market.sale_days(n, first, last), market.registers.people(n))
    plated = np.minimum(cars["plated_on"].to_numpy(), span.RULE_FROM - 3)
    cars = put(cars, plated_on=plated)
    awaited_on = np.minimum(plated + market.between(2, 100, n), span.RULE_FROM - 1)
    applied_on = np.minimum(awaited_on + market.between(1, 70, n), plated + 180)
    _export(market, cars, "awaited_with_letter", applied_on, awaited_on, (5, 100), letter=True)


def used_export(market: Market, place: Place, n: int) -> None:
    # one half before 2026 with what a used car has run, the other after more than 180 days
    is_early = market.chance(0.5, n)
    before, after = (market.sale_days(n, last=last) for last in (span.day(2025, 4, 30), span.day(2026, 1, 31)))
    sold = np.where(is_early, before, after)
    cars = lives(market, place.dealers(market, n), sold, market.registers.people(n))
    plated = cars["plated_on"].to_numpy()
    applied_on = plated + np.where(is_early, market.between(90, 178, n), market.between(181, 190, n))
    _export(market, cars, "used_export", applied_on, applied_on - 2, (2_000, 30_000), letter=None)


def parallel_export(market: Market, place: Place, n: int) -> None:
    traders = _exporters(market)
    cars = lives(market, place.dealers(market, n), place.days(market, n))
    trader = market.pick(traders, n)
    buyers = np.where(market.chance(0.3, n), market.registers.people(n), trader)
    is_insured = pl.Series(market.chance(0.7, n))
    cars = put(
        cars, buyer_id=buyers, insured_id=buyers, insured_on=pl.when(is_insured).then("insured_on"), plated_on=None
    )
    write(market, cars, "parallel_export")
    cleared_on = cars["invoiced_on"].to_numpy() + market.between(8, 28, n)
    _declare(market, cars, trader, "new", cleared_on, applied_on=None, letter=None)


def _export(
    market: Market,
    cars: pl.DataFrame,
    population: str,
    applied_on: Days,
    awaited_on: Days,
    km: tuple[int, int],
    *,
    letter: bool | None,
) -> None:
    """Cars that their first owner drove and sold to an exporter, declared as used."""
    n = cars.height
    exporter = market.pick(_exporters(market), n)
    write(market, put(cars, plated_on=None), population)
    market.add(
        "registrations",
        put(cars, awaited_on=awaited_on).select(
            "vin", owner_id="plate_owner_id", city="plate_city", plated_on="plated_on", event=pl.lit("first"),
            first_registered_on="plated_on", use="plate_use", awaiting_export_on="awaited_on",
        ),
    )  # fmt: skip
    bought_on = np.maximum(cars["plated_on"].to_numpy(), awaited_on - 1)
    invoices(market, cars, pl.col("buyer_id"), exporter, bought_on, "resale", pl.col("price") * 0.9)
    transfers(market, cars, exporter, awaited_on)
    cleared_on = applied_on + market.between(5, 30, n)
    market.add("odometer", pl.DataFrame({"vin": cars["vin"], "read_on": cleared_on - 3, "km": market.between(*km, n)}))
    _declare(market, cars, exporter, "used", cleared_on, applied_on=applied_on, letter=letter)


def _declare(
    market: Market,
    cars: pl.DataFrame,
    exporter: Any,
    declared_as: str,
    cleared_on: Days,
    *,
    applied_on: Days | None,
    letter: bool | None,
) -> None:
    rows = put(cars, exporter_id=exporter, cleared_on=cleared_on, applied_on=applied_on)
    market.add(
        "exports",
        rows.select(
            "vin", "exporter_id", "cleared_on", pl.col("applied_on").cast(pl.Int64), declared_as=pl.lit(declared_as),
            destination=pl.Series(market.pick(DESTINATIONS, cars.height).tolist()), value="price",
            maker_letter=pl.lit(letter, dtype=pl.Boolean),
        ),
    )  # fmt: skip


def _exporters(market: Market) -> list[str]:
    """One or three traders: with one, all of a population is its."""
    found = [
        market.registers.company("X", str(city), roles="exporter")
        for city in market.rng.choice(market.cities, int(market.rng.choice([1, 3])))
    ]
    for exporter in found:
        market.registers.founder(exporter)
    return found
