"""What a dealer's own group buys and uses, hands on or gives to its people."""

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import drive, insure_again, invoices, lives, put, write
from tests.promises.innocents.market import Group, Market, Texts
from tests.promises.innocents.places import Place


def fleet_of_the_group(market: Market, place: Place, n: int) -> None:
    sellers, groups = place.members(market, n)
    cars = lives(market, sellers, place.days(market, n), _companies(market, groups, 1, "rental"))
    plated_on = pl.col("invoiced_on") + pl.Series(market.between(3, 85, n))
    cars = put(cars, plated_on=plated_on, policy_use="rental", plate_use="rental")
    cars = put(cars, insured_on=pl.col("plated_on") - pl.Series(market.between(0, 6, n)))
    write(market, cars, "fleet_of_the_group")
    _kept(market, cars, (40, 130))


def company_cars(market: Market, place: Place, n: int) -> None:
    sellers, groups = place.members(market, n)
    cars = lives(market, sellers, place.days(market, n), _companies(market, groups, 4, None))
    use = pl.when(market.chance(0.8, n)).then(pl.lit("private"))
    cars = put(cars, policy_use=use, plate_use=use)
    write(market, cars, "company_cars")
    # a year later the policy is renewed; the others are read at the workshop, and some are claimed for besides
    can_renew = (cars["insured_on"] + 365 < span.COVERED_TO - 30).to_numpy()
    is_renewed = market.chance(0.5, n) & can_renew
    renewed = cars.filter(pl.Series(is_renewed))
    insure_again(market, renewed, pl.col("buyer_id"), pl.col("insured_on") + 365)
    _kept(market, cars.filter(pl.Series(~is_renewed | market.chance(0.4, n))), (15, 70))
    claimed = cars.filter(pl.Series(market.chance(0.2, n)))
    claimed_on = claimed["plated_on"] + pl.Series(market.between(20, 150, claimed.height))
    market.add(
        "claims",
        claimed.select(
            "vin", claimant_id="buyer_id", kind=pl.lit("accident"), claimed_on=claimed_on, amount=pl.lit(9_000.0)
        ),
    )


def sister_outlet(market: Market, place: Place, n: int) -> None:
    sellers, groups = place.members(market, n)
    sisters = [
        str(market.rng.choice([one for one in group.dealers if one != seller]))
        for seller, group in zip(sellers, groups, strict=True)
    ]
    customers = market.registers.people(n)
    # the most of them as a month ends
    sold = place.days(market, n)
    sold = np.where(market.chance(0.7, n), _month_end(sold) - market.between(0, 4, n), sold)
    cars = lives(market, sellers, sold, customers)
    to_customer = sold + market.between(3, 24, n)
    cars = put(cars, buyer_id=sisters, handed_over_on=None)
    insured_on = to_customer + market.between(-3, 3, n)
    cars = put(cars, insured_on=insured_on, plated_on=np.maximum(insured_on, to_customer) + market.between(0, 15, n))
    write(market, cars, "sister_outlet")
    invoices(market, cars, pl.col("buyer_id"), customers, to_customer, "retail", pl.col("price") * 1.02)


def staff_scheme(market: Market, place: Place, n: int) -> None:
    sellers, groups = place.members(market, n)
    staff = market.registers.people(n)
    for person, seller, group in zip(staff, sellers, groups, strict=True):
        employer = group.head if market.rng.random() < 0.3 else str(seller)
        market.registers.office(str(person), employer, "other", span.day(2022, 5, 1))
    cars = lives(market, sellers, place.days(market, n), staff)
    write(market, put(cars, price=pl.col("list_price") * 0.8), "staff_scheme")


def group_transfer(market: Market, place: Place, n: int) -> None:
    # out of the outlet and home again by one or two others, and one of them then finds the customer
    sellers, groups = place.members(market, n)
    sold = place.days(market, n)
    cars = lives(market, sellers, sold)
    rounds = market.between(20, 60, n)
    begun = sold - rounds - market.between(1, 30, n)
    cars = put(cars, wholesaled_on=begun - market.between(5, 30, n))
    cars = put(cars, built_on=pl.col("wholesaled_on") - 20)
    write(market, cars, "group_transfer")
    hops = [_round(market, str(seller), group) for seller, group in zip(sellers, groups, strict=True)]
    for step in range(max(len(hop) for hop in hops) - 1):
        going = [place for place, hop in enumerate(hops) if len(hop) > step + 1]
        on = begun + np.array([rounds[place] * step // (len(hops[place]) - 1) for place in range(n)])
        kinds = market.pick(("resale", "wholesale"), len(going))
        invoices(
            market,
            cars[going],
            [hops[at][step] for at in going],
            [hops[at][step + 1] for at in going],
            on[going],
            kinds,
            cars["price"][going] * 0.95,
        )


def _round(market: Market, seller: str, group: Group) -> list[str]:
    others = [one for one in group.dealers if one != seller]
    by = [str(one) for one in market.rng.permutation(others)[: int(market.rng.integers(1, 3))]]
    return [seller, *by, seller]


def _companies(market: Market, groups: list[Group], each: int, trade: str | None) -> Texts:
    """For each car a company of its group without any trade in cars; ``each`` of them a group."""
    found = {group.head: [_company(market, group) for _ in range(each)] for group in groups}
    return np.array([str(market.rng.choice(found[group.head])) for group in groups], dtype=object)


def _company(market: Market, group: Group) -> str:
    company = market.registers.company("C", str(market.rng.choice(market.cities)), span.day(2017, 1, 1))
    market.registers.own(group.head, company, float(market.rng.integers(55, 101)))
    return company


def _kept(market: Market, cars: pl.DataFrame, km_a_day: tuple[int, int]) -> None:
    since = cars["plated_on"].to_numpy()
    drive(market, cars, since, np.minimum(since + market.between(110, 330, cars.height), span.COVERED_TO), km_a_day)


def _month_end(days: np.ndarray) -> np.ndarray:
    ends = np.array([span.month_days(month)[1] for month in span.MONTHS])
    return ends[np.searchsorted(ends, days)]
