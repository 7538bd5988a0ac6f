"""Payments as they are and as chance would deal them, against a plain reading of both."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from graphkit.trade import money_rounds
from graphkit.trade.circles import Bounds, Steps, circles
from graphkit.trade.money_rounds import Rounds, circles_of, dealt, rounds_of
from tests.trade.test_circles import PAYMENTS, listed, memberships, plain_circles, plain_payments

Row = dict[str, Any]
PARTIES = ("C", "A", "E", "B", "D")
GROUPS = memberships(("E", "H", None, None), ("B", "H", 3, None), ("A", "G", None, 9), ("X", "H", None, None))
WINDOW, MOST, TOLERANCE = 40, 4, 0.1


def random_payments(seed: int, count: int = 40) -> list[Row]:
    """Payments of few parties over a quarter, in an order that is nobody's."""
    dice = Random(seed)
    rows = []
    for number in range(count):
        on = date(2025, 1, 25) + timedelta(dice.randrange(50))
        payer, payee = (dice.choice((*PARTIES, *PARTIES, None)) for _ in range(2))
        rows.append(dict.fromkeys(PAYMENTS) | {
            "row_key": f"T{number:02}", "payer_id": payer, "payee_id": payee, "paid_on": on,
            "amount": dice.choice((100.0, 104.0, 150.0)), "currency": dice.choice(("CNY", "CNY", "USD", None)),
        })  # fmt: skip
    return dice.sample(rows, count)


def rounds(rows: list[Row]) -> Rounds:
    return rounds_of(pl.DataFrame(rows, schema=PAYMENTS), GROUPS)


def between_two(rows: list[Row]) -> list[Row]:
    known = [row for row in rows if row["payer_id"] and row["payee_id"] and row["payer_id"] != row["payee_id"]]
    return sorted(known, key=lambda row: row["row_key"])


def find(steps: Steps, groups: pl.DataFrame) -> pl.DataFrame:
    return circles(steps, groups, Bounds(WINDOW, MOST, TOLERANCE))


@pytest.mark.parametrize("seed", range(20))
def test_payments_between_two_are_numbered_and_their_parties_have_places(seed: int) -> None:
    given = random_payments(seed)
    made, rows = rounds(given), between_two(given)
    parties = sorted({row[end] for row in rows for end in ("payer_id", "payee_id")})
    assert made.parties.to_list() == parties
    places = [(n, parties.index(row["payer_id"]), parties.index(row["payee_id"])) for n, row in enumerate(rows)]
    assert made.rows.select("number", "payer", "payee").rows() == places
    assert made.payees.tolist() == [payee for *_, payee in places]
    assert made.rows.select(list(PAYMENTS)).to_dicts() == rows
    held = [row for row in GROUPS.to_dicts() if row["party_id"] in parties]
    found = made.groups.sort("party_id")
    days = ("valid_from", "valid_to")
    named = sorted((parties.index(row["party_id"]), *(row[day] for day in days), row["group_id"]) for row in held)
    assert found.select("party_id", *days).rows() == [row[:3] for row in named]
    # one number a group
    both = set(zip(found["group_id"], [row[3] for row in named], strict=True))
    assert len(both) == len({row["group_id"] for row in held}) == found["group_id"].n_unique()


@pytest.mark.parametrize("seed", range(12))
def test_every_draw_has_the_circles_of_a_plain_reading(seed: int) -> None:
    given = random_payments(seed)
    made, rows = rounds(given), between_two(given)
    payees = pl.concat([pl.Series(made.payees), *(pl.Series(draw) for draw in next(dealt(made, 3)))])
    found = circles_of(made, payees.to_numpy().reshape(4, -1), find)
    parties = made.parties.to_list()
    seen: list[int] = []
    for draw in range(4):
        to = payees[draw * len(rows) : (draw + 1) * len(rows)]
        # a currency that is not given is one of its own
        so_dealt = [row | {"payee_id": parties[place], "currency": row["currency"] or ""}
                    for row, place in zip(rows, to, strict=True)]  # fmt: skip
        expected = tuple(
            plain_circles(plain_payments(so_dealt), GROUPS, WINDOW, MOST, TOLERANCE, ordered=ordered)
            for ordered in (True, False)
        )
        one = found.filter(pl.col("draw") == draw)
        keys = pl.Series("row_key", [rows[number]["row_key"] for number in one["number"]], pl.String)
        assert listed(one.with_columns(keys)) == expected
        ends = [(parties[a], parties[b]) for a, b in one.select("from_place", "to_place").rows()]
        assert ends == [(so_dealt[number]["payer_id"], so_dealt[number]["payee_id"]) for number in one["number"]]
        seen += [len(circle) for kind in expected for circle in kind]
    assert len(seen) > 3


def test_money_that_comes_back_to_another_of_the_group_went_round_though_one_only_pays_and_one_is_only_paid() -> None:
    ends = (("E", "C"), ("C", "B"))
    paid = [
        dict.fromkeys(PAYMENTS) | {"row_key": f"T{n}", "payer_id": payer, "payee_id": payee, "amount": 100.0,
                                   "paid_on": date(2025, 1, 25 + n)}
        for n, (payer, payee) in enumerate(ends)
    ]  # fmt: skip
    made = rounds(paid)
    assert circles_of(made, made.payees[None, :], find)["number"].to_list() == [0, 1]


@pytest.mark.parametrize("seed", range(8))
def test_everybody_pays_and_is_paid_as_often_in_each_month_and_currency(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = random_payments(seed, 60)
    made, rows = rounds(given), between_two(given)
    # two draws at once, so that there are several batches
    monkeypatch.setattr(money_rounds, "_ROWS_AT_ONCE", 2 * len(rows) + 1)
    batches = list(dealt(made, 7))
    assert [len(batch) for batch in batches] == [2, 2, 2, 1]
    draws = [tuple(draw) for batch in batches for draw in batch.tolist()]

    def received(payees: Any) -> Counter[Any]:
        strata = ((row["paid_on"].year, row["paid_on"].month, row["currency"]) for row in rows)
        return Counter(zip(strata, payees, strict=True))

    assert [received(draw) for draw in draws] == [received(made.payees.tolist())] * 7
    # no draw is that of another, nor what is true
    assert len({*draws, tuple(made.payees.tolist())}) == 8
    again = [draw for batch in dealt(rounds(given[::-1]), 7) for draw in batch.tolist()]
    assert again == [list(draw) for draw in draws]
