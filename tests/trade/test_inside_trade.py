"""What shuffled buyers would give, against every shuffle there is."""

import random
from datetime import date
from itertools import permutations
from statistics import mean

import polars as pl
import pytest

from graphkit.trade.inside_trade import inside_trade

DAYS = (date(2024, 11, 1), date(2024, 11, 30), date(2024, 12, 1))
SCHEMA = {"source_id": pl.String, "target_id": pl.String, "on_date": pl.Date, "kind": pl.String}

Sale = tuple[str, str, date]


def asked(sets: dict[str, str], sales: list[Sale]) -> dict[str, tuple[float, ...]]:
    members = [(cluster, party) for cluster, parties in sets.items() for party in parties]
    # payments are no sales, whoever pays
    paid = [("A", "B", DAYS[0], "payment"), ("X", "A", DAYS[2], "payment")]
    found = inside_trade(
        pl.DataFrame(members, schema=["cluster_id", "party_id"], orient="row"),
        pl.DataFrame([*((*sale, "retail") for sale in sales), *paid], schema=SCHEMA, orient="row"),
    )
    return {cluster: tuple(numbers) for cluster, *numbers in found.iter_rows()}


def counted(parties: str, sellers: list[str], buyers: tuple[str, ...]) -> tuple[int, int]:
    sides = [(seller in parties) + (buyer in parties) for seller, buyer in zip(sellers, buyers, strict=True)]
    return sides.count(2), sides.count(1)


def test_the_expected_share_is_that_of_all_shuffles_of_the_buyers_of_each_month() -> None:
    dice = random.Random(6)
    shares = set()
    for _ in range(25):
        # at most six sales a month: every shuffle is counted
        months = ((DAYS[:2], dice.randint(1, 6)), (DAYS[2:], dice.randint(0, 5)))
        sales = [
            (dice.choice("ABCDE"), dice.choice("ABCDE"), dice.choice(days))
            for days, count in months
            for _ in range(count)
        ]
        sets = {"K": "AB", "L": "BCD", "M": "X"}
        found = asked(sets, sales)
        assert "M" not in found
        for cluster in found:
            real, shuffled = [0, 0], [0.0, 0.0]
            for days, _ in months:
                sellers = [seller for seller, _, day in sales if day in days]
                buyers = tuple(buyer for _, buyer, day in sales if day in days)
                every = [counted(sets[cluster], sellers, mixed) for mixed in permutations(buyers)]
                for side in (0, 1):
                    real[side] += counted(sets[cluster], sellers, buyers)[side]
                    shuffled[side] += mean(numbers[side] for numbers in every)
            assert found[cluster][:3] == (*real, real[0] / sum(real))
            assert found[cluster][3] == pytest.approx(shuffled[0] / sum(shuffled), rel=1e-12)
            shares.add(found[cluster][2:])
    assert len(shares) > 20


def test_the_order_of_the_rows_does_not_matter() -> None:
    dice = random.Random(7)
    sales = [(dice.choice("ABCDE"), dice.choice("ABCDE"), date(2024, dice.randint(1, 12), 3)) for _ in range(300)]
    assert asked({"K": "AB", "L": "BCD"}, sales) == asked({"L": "DCB", "K": "BA"}, dice.sample(sales, len(sales)))
