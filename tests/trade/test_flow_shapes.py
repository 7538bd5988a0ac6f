"""The shapes of flows against a plain reading of their definition, on small random tables."""

import random
from datetime import date, timedelta
from itertools import islice
from typing import Any

import polars as pl
import pytest

from graphkit.store.batches import Links
from graphkit.store.results import result_links
from graphkit.tables.outputs import SHAPES
from graphkit.trade.flow_shapes import with_shapes

START = date(2024, 12, 20)
SCHEMA = {"source_id": pl.String, "target_id": pl.String, "kind": pl.String, "on_date": pl.Date}
NUMBERS = ("fan_out", "fan_in", "scatter_gather")

Rows = list[tuple[str, str, str, date]]


def flow(source: str, target: str, day: int, kind: str = "payment") -> tuple[str, str, str, date]:
    return source, target, kind, START + timedelta(days=day)


def shapes(rows: Rows) -> list[tuple[int, ...]]:
    return with_shapes(pl.DataFrame(rows, schema=SCHEMA, orient="row")).select(NUMBERS).rows()


def scatter_gather(rows: Rows) -> list[int]:
    return [numbers[2] for numbers in shapes(rows)]


# the plain reading


def plain(rows: Rows, hub_above: int = 100) -> list[tuple[int, ...]]:
    return [_plain(row, [other for other in rows if _class(other) == _class(row)], hub_above) for row in rows]


def _class(row: Any) -> bool:
    return bool(row[2] == "payment")


def _plain(row: Any, rows: Rows, hub_above: int) -> tuple[int, ...]:
    source, target, _, day = row
    if source == target:
        return 0, 0, 0
    rows = [other for other in rows if other[0] != other[1]]
    month = [other for other in rows if (other[3].year, other[3].month) == (day.year, day.month)]

    def is_hub(party: str) -> bool:
        return max(len({b for a, b, *_ in rows if a == party}), len({a for a, b, *_ in rows if b == party})) > hub_above

    def is_in_time(first: date, second: date) -> bool:
        return timedelta(0) <= second - first <= timedelta(days=30)

    def middles(origin: str, end: str) -> int:
        ways = {
            middle
            for one, middle, _, begun in rows
            for other, gatherer, _, ended in rows
            if (one, other, gatherer) == (origin, middle, end) and is_in_time(begun, ended) and not is_hub(middle)
        }
        return len(ways)

    ends = {b for a, b, _, later in rows if a == target and b != source and is_in_time(day, later)}
    origins = {a for a, b, _, before in rows if b == source and a != target and is_in_time(before, day)}
    found = [middles(source, end) for end in ends if not is_hub(target)]
    found += [middles(origin, target) for origin in origins if not is_hub(source)]
    return (
        len({b for a, b, *_ in month if a == source}),
        len({a for a, b, *_ in month if b == target}),
        max([0, *found]),
    )


def drawn(dice: random.Random, prefix: str) -> Rows:
    parties = "ABCDEF"[: dice.randint(2, 6)]
    days, kinds = dice.choice([3, 33, 64, 120]), ["payment", "payment", "payment", "retail"]
    rows = [
        flow(dice.choice(parties), dice.choice(parties), dice.randrange(days), dice.choice(kinds))
        for _ in range(dice.randint(0, 16))
    ]
    # what chance seldom gives: from one party over several to another, in and around the window
    for middle in dice.sample("BCDE", dice.randint(0, 4)):
        begun = dice.randrange(days)
        rows += [flow("A", middle, begun), flow(middle, "F", begun + dice.choice([0, 15, 30, 31]))]
    # parallel rows: the same two parties, some on the same day
    rows += [dice.choice(rows) for _ in range(2 if rows else 0)]
    dice.shuffle(rows)
    return [(prefix + source, prefix + target, kind, day) for source, target, kind, day in rows]


@pytest.mark.parametrize("hub_above", [100, 3])
def test_the_numbers_are_what_a_plain_reading_counts(hub_above: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphkit.trade.flow_shapes.HUB_ABOVE", hub_above)
    dice = random.Random(hub_above)
    # small markets that know nothing of one another, asked for all at once
    markets = [drawn(dice, f"{number}/") for number in range(200)]
    given = iter(shapes([row for rows in markets for row in rows]))
    greatest = 0
    for rows in markets:
        expected = plain(rows, hub_above)
        assert list(islice(given, len(rows))) == expected, rows
        greatest = max([greatest, *(numbers[2] for numbers in expected)])
    assert greatest > 2


def test_no_flows_have_no_shapes() -> None:
    assert shapes([]) == []


@pytest.mark.parametrize(("begun", "ended", "is_way"), [
    (0, 0, True), (0, 30, True), (0, 31, False), (1, 0, False), (30, 31, True), (17, 47, True), (17, 48, False),
])  # fmt: skip
def test_a_way_takes_thirty_days_at_most_and_never_goes_back(begun: int, ended: int, is_way: bool) -> None:
    # wherever the periods of the calculation begin
    ways = [
        (flow(f"A{shift}", f"M{shift}", shift + begun), flow(f"M{shift}", f"C{shift}", shift + ended))
        for shift in range(31)
    ]
    assert scatter_gather([row for way in ways for row in way]) == [int(is_way)] * 62


def test_only_the_flows_that_went_on_in_time_are_of_the_way() -> None:
    rows = [flow("A", "M", 0), flow("A", "M", 40), flow("M", "C", 50), flow("M", "C", 90)]
    assert scatter_gather(rows) == [0, 1, 1, 0]


def test_cars_and_money_are_counted_apart_and_all_kinds_of_sale_together() -> None:
    rows = [flow("A", "M", 0, "wholesale"), flow("A", "N", 0), flow("M", "C", 1, "resale"), flow("N", "C", 1, "swap")]
    assert shapes(rows) == [(1, 1, 1), (1, 1, 0), (1, 2, 1), (1, 2, 0)]


def test_a_fan_ends_with_the_month() -> None:
    rows = [flow("A", "B", 11), flow("A", "C", 11), flow("A", "D", 12)]
    assert [(day.isoformat(), numbers[0]) for (*_, day), numbers in zip(rows, shapes(rows), strict=True)] == [
        ("2024-12-31", 2), ("2024-12-31", 2), ("2025-01-01", 1),
    ]  # fmt: skip


def test_what_returns_to_its_origin_and_what_stays_with_a_party_is_of_no_way() -> None:
    assert scatter_gather([flow("A", "M", 0), flow("M", "A", 1)]) == [0, 0]
    rows = [flow("A", "M", 0), flow("M", "M", 0), flow("M", "C", 1)]
    assert shapes(rows) == [(1, 1, 1), (0, 0, 0), (1, 1, 1)]


@pytest.mark.parametrize("side", ["in", "out"])
def test_nothing_is_counted_through_a_hub(side: str) -> None:
    way = [flow("A", "M", 0), flow("M", "C", 1)]
    others = [flow(f"X{at}", "M", 300) if side == "in" else flow("M", f"X{at}", 300) for at in range(100)]
    # A or C is one of its partners on that side: a hundred are a middle, a hundred and one a hub
    assert scatter_gather([*way, *others[:99]])[:2] == [1, 1]
    assert scatter_gather([*way, *others])[:2] == [0, 0]


def test_the_order_of_the_rows_does_not_matter() -> None:
    dice = random.Random(3)
    rows = [row for number in range(8) for row in drawn(dice, f"{number}/")]
    mixed = dice.sample(rows, len(rows))
    numbers = dict(zip(rows, shapes(rows), strict=True))
    assert shapes(mixed) == [numbers[row] for row in mixed]


def test_trade_in_the_graph_has_the_largest_shapes_of_its_flows() -> None:
    rows = [flow("A", "M", 0), flow("A", "N", 0), flow("A", "M", 300), flow("M", "C", 1), flow("N", "C", 5)]
    flows = with_shapes(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    assert flows["scatter_gather"].to_list() == [2, 2, 0, 2, 2]
    flows = pl.concat([SHAPES["flows"].empty(), flows], how="diagonal")
    batches = [batch for batch in result_links({"flows": flows}) if isinstance(batch, Links) and batch.type == "TRADED"]
    assert batches[0].frame.select("source_id", "target_id", "units", *NUMBERS).rows() == [
        ("A", "M", 2, 2, 1, 2), ("A", "N", 1, 2, 1, 2), ("M", "C", 1, 1, 2, 2), ("N", "C", 1, 1, 2, 2),
    ]  # fmt: skip
