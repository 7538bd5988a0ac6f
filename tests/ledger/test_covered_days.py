"""What coverage says of a time, against a reading day by day."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import narwhals as nw
import polars as pl
import pytest

from graphkit.tables.coverage import Coverage, Span
from tests.ledger.dense_lives import FIRST
from tests.ledger.plain_ledger import covered_days, is_whole


@pytest.mark.parametrize("seed", range(50))
def test_a_table_covers_a_time_if_it_covers_each_of_its_days(seed: int) -> None:
    dice = Random(seed)
    spans = [
        Span(
            dice.choice(("sales", "sales", "sales", "policies")),
            FIRST + timedelta(first) if dice.random() < 0.9 else None,
            FIRST + timedelta(first + dice.randrange(8)) if dice.random() < 0.9 else None,
            dice.choice(("CN", "CN", "CN", "CN", "甲市")),
            complete=dice.random() < 0.8,
        )
        for first in (dice.randrange(20) for _ in range(dice.randrange(12)))
    ]
    coverage, known = Coverage(tuple(spans)), covered_days(spans, "sales")
    days = [None, *(FIRST + timedelta(day) for day in range(-1, 28))]
    times = [(first, last) for first in days for last in days]
    frame = nw.from_native(pl.DataFrame(times, schema={"first": pl.Date, "last": pl.Date}, orient="row"))
    found = frame.with_columns(known=coverage.covers("sales", nw.col("first"), nw.col("last")))["known"].to_list()
    assert found == [is_whole(known, first, last) for first, last in times]
    spells = coverage.complete_spans("sales")
    assert {day for day in days if day and any(first <= day <= last for first, last in spells)} == known
    # in order, and with a day between them
    assert all(last + timedelta(1) < first for (_, last), (first, _) in pairwise(spells))


def test_what_was_known_on_a_day_ends_with_it() -> None:
    day = date(2024, 5, 1)
    spans = (
        Span("sales", date(2024, 1, 1), date(2024, 5, 2), complete=True),
        Span("policies", day, day),
        Span("claims", date(2024, 5, 2), date(2024, 6, 1)),
        Span("ownership", as_of=date(2024, 3, 1), assume_since=date(2020, 1, 1)),
        Span("ownership", as_of=date(2019, 3, 1)),
        Span("positions", as_of=date(2024, 8, 1)),
    )
    known = Coverage(spans).known_on(day)
    assert known.spans == (Span("sales", date(2024, 1, 1), day, complete=True), *spans[1:2], *spans[3:])
    assert known.register_date("ownership") == date(2019, 3, 1)
    assert known.register_date("sales") is None
    assert (Coverage(spans).last_day(), known.last_day()) == (date(2024, 8, 1), date(2024, 8, 1))
    assert Coverage(spans[:3]).last_day() == date(2024, 6, 1)
    assert Coverage().last_day() is None
