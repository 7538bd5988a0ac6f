"""Whose cars count together: those of the members of a group, on the days on which they were members."""

from datetime import date

import polars as pl
import pytest

from graphkit.scores.group_cars import cars_of_groups
from graphkit.tables.outputs import SHAPES

DAY = date(2025, 3, 10)


def counted(
    cars: list[tuple[str, str, str, date]],
    members: list[tuple[str, str, date | None, date | None]],
    unknown: tuple[str, ...] = (),
    verdict: str = "flagged",
) -> dict[tuple[str, str], int]:
    """Of (detector, party, car, day) and (party, group, from, to): the cars of the group, by detector and party."""
    hits = pl.DataFrame(
        cars, schema={"detector": pl.String, "accountable_id": pl.String, "subject_id": pl.String, "on_date": pl.Date},
        orient="row",
    ).with_columns(verdict=pl.lit(verdict), counterparty_id=pl.lit(None, pl.String()))  # fmt: skip
    groups = pl.DataFrame(
        members, schema={"party_id": pl.String, "group_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
        orient="row",
    )  # fmt: skip
    parties = sorted({party for _, party, _, _ in cars})
    identities = pl.DataFrame(
        {"canonical_id": parties, "is_stub": False, "is_undecided": [party in unknown for party in parties]}
    )
    found = cars_of_groups(hits, SHAPES["groups"].canonical(groups), identities)
    return {(detector, party): cars for detector, party, cars in found.rows()}


def always(*members: str) -> list[tuple[str, str, None, None]]:
    return [(member, "G", None, None) for member in members]


def test_the_cars_of_all_members_count_for_each_and_a_car_once() -> None:
    cars = [("d", "A", "V1", DAY), ("d", "B", "V2", DAY), ("d", "B", "V1", DAY), ("d", "C", "V3", DAY)]
    assert counted(cars, always("A", "B")) == {("d", "A"): 2, ("d", "B"): 2}


def test_a_car_that_one_member_sold_and_others_passed_on_counts_once() -> None:
    cars = [("d", "A", "V1", DAY), ("d", "B", "V1/2", DAY), ("d", "B", "V1/3", DAY), ("d", "B", "V2/2", DAY)]
    assert counted(cars, always("A", "B")) == {("d", "A"): 2, ("d", "B"): 2}


def test_each_detector_counts_its_own_and_only_what_it_flagged() -> None:
    cars = [("d", "A", "V1", DAY), ("d", "B", "V2", DAY), ("e", "B", "V3", DAY)]
    assert counted(cars, always("A", "B")) == {("d", "A"): 2, ("d", "B"): 2, ("e", "B"): 1}
    assert counted(cars, always("A", "B"), verdict="indeterminate") == {}


@pytest.mark.parametrize(("on", "number"), [(9, 1), (10, 2), (20, 2), (21, 1)])
def test_a_car_counts_where_its_party_was_a_member_on_its_day(on: int, number: int) -> None:
    cars = [("d", "A", "V1", DAY), ("d", "B", "V2", date(2025, 3, on))]
    members = [*always("A"), ("B", "G", DAY, date(2025, 3, 20))]
    assert counted(cars, members)["d", "A"] == number


def test_a_party_counts_with_the_group_of_its_last_flagged_car() -> None:
    cars = [("d", "A", "V1", DAY), ("d", "A", "V2", date(2025, 5, 1)), ("d", "B", "V3", DAY), ("d", "C", "V4", DAY)]
    cars += [("d", "C", "V5", DAY)]
    members = [
        ("A", "G", None, date(2025, 4, 1)),
        ("A", "H", date(2025, 4, 2), None),
        *always("B"),
        ("C", "H", None, None),
    ]
    assert counted(cars, members) == {("d", "A"): 3, ("d", "B"): 2, ("d", "C"): 3}


def test_nobody_is_charged_with_the_cars_of_a_party_of_whom_nobody_knows_who_it_is() -> None:
    cars = [("d", "A", "V1", DAY), ("d", "B", "V2", DAY)]
    assert counted(cars, always("A", "B"), unknown=("B",)) == {("d", "A"): 1}
