"""Chains that stay in the group in which they begin: in time, in order, as long as they get."""

import polars as pl
import pytest

from graphkit.algorithms.chains_within import chains_within, led_into

Step = tuple[str, str, int]


def market(steps: tuple[Step, ...], since: dict[str, int], marked: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        {"row": n, "scope": "V", "from_id": one, "to_id": other, "day": day, "place": 0, "is_marked": n == marked}
        for n, (one, other, day) in enumerate(steps)
    ]
    days = dict.fromkeys("ABCD", 0) | since
    members = [{"party_id": party, "group_id": "G", "first": day, "last": 99} for party, day in days.items()]
    return pl.DataFrame(rows), pl.DataFrame(members)


def chains(*steps: Step, since: dict[str, int] | None = None, max_length: int = 6, marked: int = 0) -> list[list[int]]:
    """The rows of each chain of steps (from, to, day) of one car; A, B, C and D are of one group, from day 0 on."""
    rows, groups = market(steps, since or {}, marked)
    found = chains_within(rows, groups, window=30, max_length=max_length)
    return [rows["row"].to_list() for _, rows in found.sort("chain", "step").group_by("chain", maintain_order=True)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("A", "B", 1), ("B", "C", 2), ("C", "D", 3)], [[0, 1, 2]]),
        ([("A", "B", 1), ("B", "X", 2)], []),
        ([("A", "B", 1), ("B", "A", 2)], []),
        ([("A", "B", 1), ("B", "C", 31)], [[0, 1]]),
        ([("A", "B", 1), ("B", "C", 32)], []),
        ([("A", "B", 2), ("B", "C", 1)], []),
        ([("A", "B", 1), ("B", "C", 1)], []),
        ([("A", "B", 1), ("B", "C", 2), ("B", "D", 3)], [[0, 1], [0, 2]]),
        ([("A", "B", 1), ("B", "C", 20), ("C", "D", 31)], [[0, 1, 2]]),
        ([("A", "B", 1), ("B", "C", 20), ("C", "D", 32)], [[0, 1]]),
        ([("A", "B", 1), ("B", "C", 3), ("C", "D", 2)], [[0, 1]]),
        ([("A", "B", 1), ("B", "C", 2), ("C", "D", 3), ("D", "C", 4)], [[0, 1, 2]]),
    ],
    ids=[
        "whole",
        "leaves",
        "returns",
        "last day",
        "a day late",
        "before",
        "order not known",
        "two ways",
        "third on the last day",
        "third a day late",
        "third before",
        "fourth returns",
    ],
)
def test_a_chain_follows_in_time_inside_the_group(steps: list[Step], expected: list[list[int]]) -> None:
    assert chains(*steps) == expected


def test_membership_is_that_of_the_day_of_the_first_step() -> None:
    steps: list[Step] = [("A", "B", 5), ("B", "C", 9)]
    assert chains(*steps, since={"C": 5}) == [[0, 1]]
    assert chains(*steps, since={"C": 6}) == []
    longer: list[Step] = [*steps, ("C", "D", 12)]
    assert chains(*longer, since={"D": 5}) == [[0, 1, 2]]
    assert chains(*longer, since={"D": 6}) == [[0, 1]]


def test_a_chain_has_a_marked_step_and_begins_at_any_of_its_steps() -> None:
    steps: list[Step] = [("A", "B", 1), ("B", "C", 2), ("C", "D", 3)]
    assert chains(*steps, marked=2) == [[0, 1, 2], [1, 2]]
    assert chains(*steps, marked=9) == []


def test_a_chain_has_no_more_steps_than_asked() -> None:
    assert chains(("A", "B", 1), ("B", "C", 2), ("C", "D", 3), max_length=2) == [[0, 1]]


def led(*steps: Step, since: dict[str, int] | None = None, max_length: int = 6) -> list[list[int]]:
    """What leads into the circle of all steps but the first one, as rows."""
    rows, groups = market(steps, since or {})
    places = range(1, len(steps))
    circle = pl.DataFrame({"chain": [0 for _ in places], "step": list(places), "row": list(places)})
    circle = circle.with_columns(pl.col("row").cast(rows.schema["row"]))
    found = led_into(circle, rows, groups, window=30, max_length=max_length)
    return [rows["row"].to_list() for _, rows in found.sort("chain", "step").group_by("chain", maintain_order=True)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("A", "B", 1), ("B", "X", 2), ("X", "C", 31)], [[0, 1, 2]]),
        ([("A", "B", 1), ("B", "X", 2), ("X", "C", 32)], []),
        ([("A", "B", 2), ("B", "X", 2), ("X", "C", 9)], []),
        ([("Y", "B", 1), ("B", "X", 2), ("X", "C", 9)], []),
        ([("A", "B", 1), ("B", "X", 2), ("X", "Y", 9)], []),
        ([("A", "B", 1), ("B", "X", 2), ("X", "A", 9)], []),
    ],
    ids=["leads in", "a day late", "not before", "from outside", "ends outside", "returns"],
)
def test_a_step_inside_the_group_leads_into_a_circle(steps: list[Step], expected: list[list[int]]) -> None:
    assert led(*steps) == expected


def test_the_group_is_that_of_the_day_of_the_step_that_leads_in() -> None:
    steps: list[Step] = [("A", "B", 5), ("B", "X", 6), ("X", "C", 9)]
    assert led(*steps, since={"C": 5}) == [[0, 1, 2]]
    assert led(*steps, since={"C": 6}) == []
    assert led(*steps, max_length=2) == []
