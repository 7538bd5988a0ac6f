"""Cars that come back to whom they came from, for honest reasons."""

import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import (
    drive,
    insure_again,
    invoices,
    listed,
    lives,
    plates,
    policies,
    put,
    transfers,
    write,
)
from tests.promises.innocents.market import Market, Texts
from tests.promises.innocents.places import Place
from tests.promises.innocents.span import Days


def rental_buy_back(market: Market, place: Place, n: int) -> None:
    renters = [
        market.registers.company("C", str(city), span.day(2016, 9, 1)) for city in market.rng.choice(market.cities, 3)
    ]
    for renter in renters:
        market.registers.founder(renter)
    cars = lives(market, place.dealers(market, n), place.days(market, n), market.pick(renters, n))
    cars = put(
        cars,
        policy_use="rental",
        plate_use="rental",
        plated_on=pl.col("invoiced_on") + pl.Series(market.between(2, 12, n)),
    )
    write(market, cars, "rental_buy_back")
    back_on = cars["invoiced_on"].to_numpy() + market.between(110, 178, n)
    invoices(
        market,
        cars,
        pl.col("buyer_id"),
        pl.col("dealer_id"),
        back_on,
        market.pick(("resale", "resale", "retail"), n),
        pl.col("price") * 0.8,
    )
    _sold_again(market, cars, back_on + market.between(5, 60, n))


def customer_returns(market: Market, place: Place, n: int) -> None:
    # given back before they were plated; some had been insured, and the policy was cancelled; then another person buys
    first, second = market.registers.people(n), market.registers.people(n)
    cars = lives(market, place.dealers(market, n), place.days(market, n), first)
    back_on = cars["invoiced_on"].to_numpy() + market.between(1, 28, n)
    again_on = back_on + market.between(3, 35, n)
    is_insured = pl.Series(market.chance(0.5, n))
    market.label("customer_returns", cars["vin"])
    write(market, put(cars, insured_on=None, plated_on=None))
    insured = cars.filter(is_insured)
    policies(market, put(insured, insured_on=pl.col("invoiced_on")), back_on[is_insured.to_numpy()])
    invoices(
        market,
        cars,
        pl.col("buyer_id"),
        pl.col("dealer_id"),
        back_on,
        market.pick(("return", "resale", "trade_in"), n),
        pl.col("price"),
    )
    invoices(market, cars, pl.col("dealer_id"), second, again_on, "retail", pl.col("price"))
    insure_again(market, cars, second, again_on)
    plates(market, put(cars, plate_owner_id=second, plated_on=again_on + market.between(1, 15, n)))


def trade_in(market: Market, place: Place, n: int) -> None:
    cars = lives(market, place.dealers(market, n), place.days(market, n), market.registers.people(n))
    write(market, cars, "trade_in")
    back_on = cars["invoiced_on"].to_numpy() + market.between(60, 178, n)
    drive(market, cars, cars["plated_on"].to_numpy(), back_on)
    price = pl.col("price") * pl.Series(market.rng.uniform(0.6, 0.88, n))
    invoices(
        market, cars, pl.col("buyer_id"), pl.col("dealer_id"), back_on, market.pick(("trade_in", "resale"), n), price
    )
    _sold_again(market, cars, back_on + market.between(5, 60, n))


def dealer_swap(market: Market, place: Place, n: int) -> None:
    # as many again are exchanged and stay with the other dealer, who sells them: those are everyday cars
    cars, others, away_on = _swapped(market, place, n)
    write(market, cars, "dealer_swap")
    back_on = away_on + market.between(3, 30, n)
    invoices(market, cars, others, pl.col("dealer_id"), back_on, "swap", pl.col("list_price") * 0.85)
    cars, others, _ = _swapped(market, place, n)
    write(market, cars, seller_id=others)


def _swapped(market: Market, place: Place, n: int) -> tuple[pl.DataFrame, Texts, Days]:
    dealers, sold = place.dealers(market, n), place.days(market, n)
    wholesaled_on, away_on = sold - market.between(60, 90, n), sold - market.between(35, 55, n)
    cars = put(lives(market, dealers, sold), wholesaled_on=wholesaled_on, built_on=wholesaled_on - 20)
    others = _other_dealers(market, dealers)
    invoices(market, cars, pl.col("dealer_id"), others, away_on, "swap", pl.col("list_price") * 0.85)
    return cars, others, away_on


def leaseback(market: Market, place: Place, n: int) -> None:
    lessor = market.registers.company("L", market.cities[0], roles="lessor")
    market.registers.founder(lessor)
    sold = place.days(market, n)
    held, to_lease = market.between(100, 170, n), market.between(1, 5, n)
    insured_on = sold - held - to_lease - 4
    wholesaled_on = insured_on - market.between(2, 30, n)
    cars = put(
        lives(market, place.dealers(market, n), sold), insured_id=pl.col("dealer_id"), policy_use="demo",
        insured_on=insured_on, plate_owner_id=pl.col("dealer_id"), plate_use="demo",
        plated_on=insured_on + market.between(0, 4, n), wholesaled_on=wholesaled_on, built_on=wholesaled_on - 20,
    )  # fmt: skip
    write(market, cars, "leaseback")
    leased_on = insured_on + to_lease
    back_on = leased_on + held
    invoices(market, cars, pl.col("dealer_id"), lessor, leased_on, "leaseback", pl.col("list_price") * 0.85)
    invoices(
        market,
        cars,
        lessor,
        pl.col("dealer_id"),
        back_on,
        market.pick(("leaseback", "resale"), n),
        pl.col("list_price") * 0.7,
    )
    drive(market, cars, insured_on + 4, back_on, (12, 50))
    in_register = cars.filter(pl.Series(market.chance(0.5, n)))
    listed(market, in_register, "demo", pl.col("insured_on"), pl.col("invoiced_on"))
    transfers(market, cars, pl.col("buyer_id"), pl.col("invoiced_on") + 5)
    insure_again(market, cars, pl.col("buyer_id"), pl.col("invoiced_on"))


def _sold_again(market: Market, cars: pl.DataFrame, on: Days) -> None:
    """The dealer sells the used car to a person, who insures it and has it plated."""
    people = market.registers.people(cars.height)
    invoices(market, cars, pl.col("dealer_id"), people, on, "resale", pl.col("price") * 0.85)
    insure_again(market, cars, people, on)
    transfers(market, cars, people, on + 6)


def _other_dealers(market: Market, dealers: Texts) -> Texts:
    """For each of these another dealer, of another group."""
    group_of = {dealer: group.head for group in market.groups for dealer in group.dealers}
    others = market.pick(market.dealers["dealer_id"].to_list(), len(dealers))
    for place, dealer in enumerate(dealers):
        while group_of.get(others[place], others[place]) == group_of.get(str(dealer), str(dealer)):
            others[place] = str(market.rng.choice(market.dealers["dealer_id"].to_numpy()))
    return others
