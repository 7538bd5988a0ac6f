"""Whose cars count together as those of a set: of companies whom flagged cars join, and of no others."""

from typing import Any

import polars as pl

from graphkit.scores.set_cars import cars_of_sets

Cars = list[tuple[str, str, str | None, str]]
WHY = "each sold to another"


def counted(
    detector: Any, cars: Cars, unknown: tuple[str, ...] = (), verdict: str = "flagged"
) -> dict[tuple[str, str], int]:
    """Of (detector, seller, buyer, car): the cars of the set, by detector and party; ``alone`` has no sets."""
    columns = ("detector", "accountable_id", "counterparty_id", "subject_id")
    hits = pl.DataFrame(cars, schema=dict.fromkeys(columns, pl.String()), orient="row").with_columns(
        verdict=pl.lit(verdict), on_date=pl.lit(None, pl.Date())
    )
    parties = sorted({party for _, *sides, _ in cars for party in sides if party})
    identities = pl.DataFrame(
        {"canonical_id": parties, "is_stub": False, "is_undecided": [party in unknown for party in parties]}
    )
    sold = {"sales": ("seller_id", "buyer_id")}
    detectors = [detector(name, needs=sold, act_together=WHY) for name in ("d", "e")]
    found = cars_of_sets([*detectors, detector("alone")], hits, identities)
    return {(name, party): cars for name, party, cars in found.rows()}


RING: Cars = [("d", "A", "T", "V1"), ("d", "B", "T", "V2"), ("d", "B", "U", "V3")]
"""Two vendors that sell to one trader: one set, though neither sells to the other."""


def test_the_cars_of_companies_that_deal_by_way_of_others_count_for_each_that_has_one(detector: Any) -> None:
    assert counted(detector, RING) == {("d", "A"): 3, ("d", "B"): 3}
    assert counted(detector, [*RING, ("d", "T", "A", "V4")]) == {("d", "A"): 4, ("d", "B"): 4, ("d", "T"): 4}


def test_another_set_has_its_own_cars(detector: Any) -> None:
    cars = [*RING, ("d", "X", "Y", "V4"), ("d", "Y", "X", "V5")]
    assert counted(detector, cars) == {("d", "A"): 3, ("d", "B"): 3, ("d", "X"): 2, ("d", "Y"): 2}


def test_a_car_that_two_of_a_set_sold_counts_once(detector: Any) -> None:
    assert counted(detector, [*RING, ("d", "A", "U", "V3/2")])["d", "A"] == 3


def test_each_detector_counts_its_own_and_only_what_it_flagged(detector: Any) -> None:
    cars: Cars = [*RING, ("e", "A", "T", "V4"), ("alone", "A", "T", "V5"), ("alone", "B", "T", "V6")]
    assert counted(detector, cars) == {("d", "A"): 3, ("d", "B"): 3, ("e", "A"): 1}
    assert counted(detector, RING, verdict="indeterminate") == {}
    assert counted(detector, []) == {}


def test_whom_nobody_knows_joins_nobody_and_adds_nothing(detector: Any) -> None:
    assert counted(detector, RING, unknown=("T",)) == {("d", "B"): 1}
    assert counted(detector, RING, unknown=("B",)) == {("d", "A"): 1}
    assert counted(detector, [("d", "A", None, "V1"), ("d", "B", None, "V2")]) == {}
