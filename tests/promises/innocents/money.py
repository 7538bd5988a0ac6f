"""Honest money that comes back to whom it came from."""

from typing import Any

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import drive, insure_again, invoice_id, invoices, lives, plates, put, write
from tests.promises.innocents.market import Market
from tests.promises.innocents.places import Place
from tests.promises.innocents.span import Days

PRICE = "购车款"
HOUR = {"morning": 9, "day": 14, "evening": 19}
"""When a bank books a payment: prices by day, sweeps in the evening."""


def pay(
    market: Market,
    cars: pl.DataFrame,
    payer: Any,
    payee: Any,
    on: Any,
    purpose: str,
    *,
    part: Any = 1.0,
    hour: str = "day",
    names_sale: bool = False,
) -> None:
    """For each car a payment of its price, or of ``part`` of it."""
    rows = put(cars, payer_id=payer, payee_id=payee, paid_on=on, part=part)
    market.add(
        "payments",
        rows.select(
            "vin", "payer_id", "payee_id", "paid_on", amount=(pl.col("price") * pl.col("part")).round(2),
            hour=pl.lit(HOUR[hour]), purpose=pl.lit(purpose),
            sale_id=invoice_id() if names_sale else pl.lit(None, dtype=pl.String),
        ),
    )  # fmt: skip


def refunds(market: Market, place: Place, n: int) -> None:
    half = n // 2
    # a deposit as high as the price, given back when the price is paid
    cars = lives(market, place.dealers(market, half), place.days(market, half), market.registers.people(half))
    write(market, cars, "refunds")
    buyer, dealer, sold = pl.col("buyer_id"), pl.col("dealer_id"), cars["invoiced_on"].to_numpy()
    part = market.rng.uniform(0.92, 1.0, half)
    pay(market, cars, buyer, dealer, sold - market.between(15, 40, half), "订车保证金", part=part)
    pay(market, cars, dealer, buyer, sold, "退还保证金", part=part)
    pay(market, cars, buyer, dealer, sold + market.between(1, 4, half), PRICE, names_sale=True)
    _undone(market, place, n - half)


def _undone(market: Market, place: Place, n: int) -> None:
    """Sales that were undone: the price went back, and somebody else bought the car."""
    first, second = market.registers.people(n), market.registers.people(n)
    cars = lives(market, place.dealers(market, n), place.days(market, n), first)
    sold = cars["invoiced_on"].to_numpy()
    back_on = sold + market.between(3, 25, n)
    again_on = back_on + market.between(3, 35, n)
    write(market, put(cars, insured_on=None, plated_on=None), "refunds")
    invoices(market, cars, pl.col("buyer_id"), pl.col("dealer_id"), back_on, "return", pl.col("price"))
    invoices(market, cars, pl.col("dealer_id"), second, again_on, "retail", pl.col("price"))
    insure_again(market, cars, second, again_on)
    plates(market, put(cars, plate_owner_id=second, plated_on=again_on + market.between(1, 15, n)))
    pay(market, cars, pl.col("buyer_id"), pl.col("dealer_id"), sold + market.between(0, 2, n), PRICE, names_sale=True)
    pay(market, cars, pl.col("dealer_id"), pl.col("buyer_id"), back_on + market.between(1, 6, n), "退款")
    pay(market, cars, second, pl.col("dealer_id"), again_on + market.between(0, 3, n), PRICE)


def floor_plan(market: Market, place: Place, n: int) -> None:
    # the lender finances the stock and the customer's purchase; the dealer repays it out of the price
    lender = market.registers.company("F", market.cities[0], roles=str(market.rng.choice(["", "lessor"])) or None)
    market.registers.founder(lender)
    cars = lives(market, place.dealers(market, n), place.days(market, n))
    write(market, cars, "floor_plan")
    buyer, dealer, sold = pl.col("buyer_id"), pl.col("dealer_id"), cars["invoiced_on"].to_numpy()
    paid_on = sold + market.between(2, 6, n)
    pay(market, cars, lender, dealer, pl.col("wholesaled_on"), "库存融资", part=0.97)
    to_dealer = market.chance(0.5, n)
    direct, by_buyer = cars.filter(pl.Series(to_dealer)), cars.filter(pl.Series(~to_dealer))
    pay(market, direct, lender, dealer, paid_on[to_dealer], "购车贷款", names_sale=True)
    pay(market, by_buyer, lender, buyer, paid_on[~to_dealer] - 1, "购车贷款", part=0.98)
    pay(market, by_buyer, buyer, dealer, paid_on[~to_dealer], PRICE, names_sale=True)
    pay(market, cars, dealer, lender, paid_on + market.between(1, 5, n), "还款 库存融资", part=0.98)


def cash_pooling(market: Market, place: Place, n: int) -> None:
    # a group's head is its bank: it gives a rental company what it needs, and takes every evening what is left. Of that
    # company it has the largest part but no majority: money that stays under one control is on no circle
    sellers, groups = place.members(market, n)
    fleets = {group.head: market.registers.company("C", market.cities[0], span.day(2017, 1, 1)) for group in groups}
    for head, fleet in fleets.items():
        market.registers.own(head, fleet, 45)
        for person, percent in zip(market.registers.people(2), (30, 25), strict=True):
            market.registers.own(str(person), fleet, percent)
    buyers = np.array([fleets[group.head] for group in groups], dtype=object)
    cars = lives(market, sellers, place.days(market, n), buyers)
    # no two of a dealer on one day, so that what it has in the evening is one price
    step = (span.LAST_SALE - span.FIRST_SALE) // pl.len().over("dealer_id")
    sold = span.FIRST_SALE + step * pl.int_range(pl.len()).over("dealer_id")
    cars = put(cars, invoiced_on=sold).with_columns(handed_over_on=pl.col("invoiced_on"))
    cars = put(
        cars, wholesaled_on=pl.col("invoiced_on") - 30, built_on=pl.col("invoiced_on") - 50, policy_use="rental",
        plate_use="rental", insured_on=pl.col("invoiced_on") + 1, plated_on=pl.col("invoiced_on") + 6,
    )  # fmt: skip
    write(market, cars, "cash_pooling")
    head = [group.head for group in groups]
    pay(market, cars, head, pl.col("buyer_id"), pl.col("invoiced_on"), "资金调拨", part=1.0, hour="morning")
    pay(market, cars, pl.col("buyer_id"), pl.col("dealer_id"), pl.col("invoiced_on"), PRICE, names_sale=True)
    pay(market, cars, pl.col("dealer_id"), head, pl.col("invoiced_on"), "资金归集", part=0.99, hour="evening")
    since = cars["plated_on"].to_numpy()
    drive(market, cars, since, np.minimum(since + 200, span.COVERED_TO), (60, 200))


def paid_prices(market: Market, cars: pl.DataFrame, share: float) -> None:
    """What the buyers of some everyday cars paid."""
    paid = cars.filter(pl.Series(market.chance(share, cars.height)))
    after: Days = market.between(0, 5, paid.height)
    on = paid["invoiced_on"].to_numpy() + after
    pay(market, paid, pl.col("buyer_id"), pl.col("dealer_id"), on, PRICE, names_sale=True)
