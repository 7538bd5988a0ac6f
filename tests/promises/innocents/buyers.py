"""Buyers in bulk who belong to nobody in the trade, or whom no rule ties to their dealer."""

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import drive, lives, put, write
from tests.promises.innocents.market import Market
from tests.promises.innocents.places import Place

FLEETS = (("rental", None), ("ride_hailing", None), ("leasing", "lessor"))


def fleet_of_others(market: Market, place: Place, n: int) -> None:
    fleets = [FLEETS[int(number)] for number in market.rng.integers(0, 3, 5)]
    companies = [_own_company(market, roles=roles) for _, roles in fleets]
    of_car = market.rng.integers(0, len(fleets), n)
    # in bulk: each takes many on one day
    orders = place.days(market, 12)
    sold = orders[market.rng.integers(0, 12, n)]
    cars = lives(market, place.dealers(market, n), sold, np.array(companies, dtype=object)[of_car])
    use = [fleets[int(number)][0] for number in of_car]
    cars = put(
        cars, policy_use=use, plate_use=use, insured_on=pl.col("invoiced_on") - pl.Series(market.between(10, 25, n)),
        plated_on=pl.col("invoiced_on") + pl.Series(market.between(2, 28, n)),
    )  # fmt: skip
    cars = put(cars, wholesaled_on=pl.min_horizontal("wholesaled_on", pl.col("insured_on") - 5))
    cars = put(cars, built_on=pl.col("wholesaled_on") - 20)
    write(market, cars, "fleet_of_others")
    since = cars["plated_on"].to_numpy()
    drive(market, cars, since, np.minimum(since + market.between(100, 400, n), span.COVERED_TO), (60, 200))


def young_customers(market: Market, place: Place, n: int) -> None:
    sellers, days, buyers = [], [], []
    while len(sellers) < n:
        entered = int(place.days(market, 1, last=span.LAST_SALE - 120)[0]) - int(market.rng.integers(20, 60))
        buyer = market.registers.company("C", str(market.rng.choice(market.cities)), entered)
        market.registers.founder(buyer, entered)
        cars = int(market.rng.integers(5, 41))
        sellers += [str(place.dealers(market, 1)[0])] * cars
        days += list(market.rng.integers(entered + 30, entered + 150, cars).clip(span.FIRST_SALE, span.LAST_SALE))
        buyers += [buyer] * cars
    cars = lives(market, np.array(sellers, dtype=object), np.array(days), np.array(buyers, dtype=object))
    cars = put(cars, policy_use="commercial", plate_use="commercial")
    write(market, cars, "young_customers")
    since = cars["plated_on"].to_numpy()
    drive(market, cars, since, np.minimum(since + 150, span.COVERED_TO))


def government(market: Market, place: Place, n: int) -> None:
    offices = [market.registers.body(str(city)) for city in market.rng.choice(market.cities, 8)]
    quarters = [(span.FIRST_SALE, span.day(2024, 12, 31)), (span.day(2025, 10, 1), span.day(2025, 12, 31))]
    quarter = quarters[int(market.rng.integers(2))]
    cars = lives(market, place.dealers(market, n), market.sale_days(n, *quarter), market.pick(offices, n))
    write(market, put(cars, policy_use="government", plate_use="government"), "government")


def state_siblings(market: Market, place: Place, n: int) -> None:
    # the state owns the dealers' parent and the buyers' parents, and nothing else ties them
    sellers = market.pick(market.state_group.dealers[: 1 if place.kind == "dealer" else None], n)
    parents = [market.registers.company("H", str(city)) for city in market.rng.choice(market.cities, 2)]
    buyers = []
    for parent in parents:
        market.registers.own(market.state, parent, 100)
        for _ in range(3):
            buyers.append(market.registers.company("C", str(market.rng.choice(market.cities)), span.day(2016, 2, 1)))
            market.registers.own(parent, buyers[-1], float(market.rng.integers(60, 101)))
    write(market, lives(market, sellers, place.days(market, n), market.pick(buyers, n)), "state_siblings")


def shared_people(market: Market, place: Place, n: int) -> None:
    sellers = place.dealers(market, n)
    tied = {str(seller): _tied(market, str(seller)) for seller in np.unique(sellers.astype(str))}
    buyers = np.array([str(market.rng.choice(tied[str(seller)])) for seller in sellers], dtype=object)
    write(market, lives(market, sellers, place.days(market, n), buyers), "shared_people")


def _tied(market: Market, dealer: str) -> list[str]:
    """Four buyers: with a director in common, an agent's telephone, an address of many firms, and only a customer."""
    registers = market.registers
    directed, represented, housed, dependent = (_own_company(market) for _ in range(4))
    director = registers.person()
    registers.office(director, dealer, "director")
    registers.office(director, directed, "director")
    registers.change(represented, phone=registers.facts(dealer)["phone"])
    address = f"{registers.facts(dealer)['city']}样例园区{dealer}号"
    for firm in (dealer, housed, *(_own_company(market) for _ in range(11))):
        registers.change(firm, address=address)
    return [directed, represented, housed, dependent]


def _own_company(market: Market, **facts: object) -> str:
    company = market.registers.company("C", str(market.rng.choice(market.cities)), span.day(2018, 6, 1), **facts)
    market.registers.founder(company)
    return company
