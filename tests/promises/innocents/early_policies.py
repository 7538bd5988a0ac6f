"""Honest cars that were insured long before their buyer's invoice."""

import numpy as np
import polars as pl

from tests.promises.innocents.lives import drive, insure_again, listed, lives, plates, policies, put, transfers, write
from tests.promises.innocents.market import Market
from tests.promises.innocents.places import Place
from tests.promises.innocents.span import Days


def gift_insurance(market: Market, place: Place, n: int) -> None:
    cars = lives(market, place.dealers(market, n), place.days(market, n), market.registers.people(n))
    early, plated = market.between(25, 45, n), market.between(0, 30, n)
    cars = put(
        cars, insured_on=pl.col("invoiced_on") - pl.Series(early), plated_on=pl.col("invoiced_on") + pl.Series(plated)
    )
    cars = put(cars, wholesaled_on=pl.min_horizontal("wholesaled_on", pl.col("insured_on") - 5))
    write(market, put(cars, built_on=pl.col("wholesaled_on") - 20), "gift_insurance")


def declared_display(market: Market, place: Place, n: int) -> None:
    held = market.between(60, 200, n)
    cars = _held_by_dealer(market, place, n, held, "private")
    stood = put(cars, plated_on=pl.col("invoiced_on") + pl.Series(market.between(1, 20, n)))
    write(market, stood, "declared_display")
    until = pl.when(market.chance(0.8, n)).then("invoiced_on")
    listed(market, stood, "display", pl.col("insured_on") - 2, until)
    insure_again(market, stood, pl.col("buyer_id"), pl.col("invoiced_on"))


def demo_in_use(market: Market, place: Place, n: int) -> None:
    _demo_cars(market, place, n, "demo", "demo_in_use")


def demo_by_kilometres(market: Market, place: Place, n: int) -> None:
    _demo_cars(market, place, n, None, "demo_by_kilometres")


def _demo_cars(market: Market, place: Place, n: int, use: str | None, population: str) -> None:
    held = market.between(105, 300, n)
    cars = _plated_for_dealer(_held_by_dealer(market, place, n, held, use), market.between(0, 10, n), use)
    write(market, cars, population)
    since, until = cars["plated_on"].to_numpy(), cars["invoiced_on"].to_numpy()
    drive(market, cars, since, until - 1, (12, 50))
    _sold_used(market, cars)


def pre_registered_openly(market: Market, place: Place, n: int) -> None:
    # registered for a day and taken off again, or for three months; either is sold as a registered car
    is_day = market.chance(0.5, n)
    held = np.where(is_day, market.between(10, 60, n), market.between(91, 110, n))
    cars = _held_by_dealer(market, place, n, held, "private")
    cars = _plated_for_dealer(cars, np.zeros(n, dtype=np.int64), "private")
    market.label("pre_registered_openly", cars["vin"])
    write(market, put(cars, plated_on=pl.when(~pl.Series(is_day)).then("plated_on")))
    day_cars = cars.filter(pl.Series(is_day))
    plates(market, day_cars, pl.col("plated_on") + 1)
    listed(market, cars, "fleet", pl.col("insured_on"), pl.col("invoiced_on"))
    _sold_used(market, cars)


def cancelled_order(market: Market, place: Place, n: int) -> None:
    cars = lives(market, place.dealers(market, n), place.days(market, n), market.registers.people(n))
    before = put(
        cars,
        insured_id=market.registers.people(n),
        insured_on=pl.col("invoiced_on") - pl.Series(market.between(10, 60, n)),
    )
    before = put(before, wholesaled_on=pl.min_horizontal("wholesaled_on", pl.col("insured_on") - 5))
    before = put(before, built_on=pl.col("wholesaled_on") - 20)
    market.label("cancelled_order", before["vin"])
    write(market, put(before, insured_on=None))
    policies(market, before, before["insured_on"].to_numpy() + market.between(2, 8, n))
    insure_again(market, before, pl.col("buyer_id"), cars["insured_on"])


def _held_by_dealer(market: Market, place: Place, n: int, held: Days, use: str | None) -> pl.DataFrame:
    """Cars that their dealer insured for itself so many days before it sold them."""
    sold = place.days(market, n)
    cars = lives(market, place.dealers(market, n), sold)
    insured_on = sold - held
    wholesaled_on = insured_on - market.between(2, 30, n)
    return put(
        cars, insured_id=pl.col("dealer_id"), insured_on=insured_on, wholesaled_on=wholesaled_on,
        built_on=wholesaled_on - 20, policy_use=use,
    )  # fmt: skip


def _plated_for_dealer(cars: pl.DataFrame, after: Days, use: str | None) -> pl.DataFrame:
    return put(
        cars, plate_owner_id=pl.col("dealer_id"), plate_use=use, plated_on=pl.col("insured_on") + pl.Series(after)
    )  # fmt: skip


def _sold_used(market: Market, cars: pl.DataFrame) -> None:
    """The buyer insures the car and has it plated in its own name."""
    later = market.between(1, 15, cars.height)
    transfers(market, cars, pl.col("buyer_id"), pl.col("invoiced_on") + pl.Series(later))
    insure_again(market, cars, pl.col("buyer_id"), pl.col("invoiced_on"))
