"""What two parties deal with each other, against a plain count of every flow."""

import random
from datetime import date, timedelta

import polars as pl
import pytest

from graphkit.parties.dealings import dealings, of_weight

COLUMNS = ("source_id", "target_id", "kind", "on_date", "amount", "currency")
SCHEMA = dict(zip(COLUMNS, (pl.String, pl.String, pl.String, pl.Date, pl.Float64, pl.String), strict=True))


def flows(rows: list[tuple[object, ...]]) -> pl.LazyFrame:
    return pl.LazyFrame(rows, schema=SCHEMA, orient="row")


def test_units_and_shares_are_those_of_a_plain_count() -> None:
    rng = random.Random(5)
    kinds = ("wholesale", "retail", "payment")
    rows = [
        (*rng.sample("abcd", 2), rng.choice(kinds), date(2025, 1, 1) + timedelta(days=rng.randrange(90)),
         float(rng.randrange(1, 9)), rng.choice(("CNY", "EUR")))
        for _ in range(300)
    ]  # fmt: skip
    expected = {}
    for source, target in (("a", "b"), ("b", "a")):
        for kind in kinds:
            for currency in ("CNY", "EUR") if kind == "payment" else (None,):
                same = [row for row in rows if row[2] == kind and currency in (None, row[5])]
                sizes = [(row, row[4] if kind == "payment" else 1.0) for row in same]
                own = [(row, size) for row, size in sizes if row[:2] == (source, target)]
                size = sum(size for _, size in own)
                wholes = [[part for row, part in sizes if row[at] == end] for at, end in ((0, source), (1, target))]
                shares = [size / sum(whole) if len(whole) >= 10 else None for whole in wholes]
                days = [row[3] for row, _ in own]
                if own:
                    amount = size if kind == "payment" else None
                    expected[source, target, kind, currency] = (len(own), amount, *shares, min(days), max(days))
    found = {row[:4]: row[4:] for row in dealings("b", "a", flows(rows)).rows()}
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert found[key] == pytest.approx(row), key
    assert dealings("a", "b", flows(rows[::-1])).equals(dealings("b", "a", flows(rows)))


def test_a_tenth_is_a_great_deal_and_of_few_nothing_is_said() -> None:
    day = date(2025, 1, 1)

    def sold(to_b: int, of: int) -> int:
        rows = [("a", "b" if n < to_b else "c", "retail", day, None, None) for n in range(of)]
        return of_weight(dealings("a", "b", flows(rows))).height

    assert [sold(1, 10), sold(9, 91), sold(10, 100)] == [1, 0, 1]
    # of nine sales no share is given, and of ten there is one
    assert [sold(1, 9), sold(9, 9), sold(10, 10)] == [0, 0, 1]


def test_nobody_deals_with_itself_and_lost_amounts_are_no_share() -> None:
    day = date(2025, 1, 1)
    rows = [("a", "a", "retail", day, None, None)] * 20 + [("a", "b", "payment", day, None, "CNY")] * 20
    assert dealings("a", "b", flows(rows)).select("kind", "units", "share_of_source").rows() == [("payment", 20, None)]
    assert dealings("a", "c", flows(rows)).is_empty()
