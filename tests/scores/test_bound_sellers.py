"""On which cars a buyer's finding speaks of their seller: those that the seller's own finding flags for that sale."""

from typing import Any

import polars as pl

from graphkit.scores.bound_sellers import shared_with_buyers

Cars = list[tuple[str, str, str | None, str]]


def shared(detector: Any, cars: Cars, verdict: str = "flagged") -> list[tuple[str, str, str, str, int]]:
    """Of (detector, who answers, counterparty, car): the cars for which seller and buyer answer; ``money`` binds."""
    columns = ("detector", "accountable_id", "counterparty_id", "subject_id")
    hits = pl.DataFrame(cars, schema=dict.fromkeys(columns, pl.String()), orient="row")
    binds = detector("money", needs={"sales": ("seller_id", "buyer_id")}, binds_seller="it went round")
    return shared_with_buyers([binds, detector("shell")], hits.with_columns(verdict=pl.lit(verdict))).rows()


PAID: Cars = [("money", "D", "S", "V1"), ("money", "D", "S", "V2"), ("money", "D", "T", "V3")]


def test_the_cars_that_both_findings_flag_count_by_buyer_and_rule(detector: Any) -> None:
    bought: Cars = [("shell", "S", "D", "V1"), ("shell", "S", "D", "V2"), ("shell", "T", "D", "V3")]
    other: Cars = [("kept", "S", "X", "V1/2"), ("kept", "S", "Y", "V1/3")]
    assert shared(detector, PAID + bought + other) == [
        ("money", "D", "kept", "S", 1), ("money", "D", "shell", "S", 2), ("money", "D", "shell", "T", 1),
    ]  # fmt: skip
    assert shared(detector, PAID + bought, verdict="indeterminate") == []


def test_a_car_that_another_sold_to_the_buyer_or_that_another_bought_says_nothing(detector: Any) -> None:
    assert (
        shared(detector, [*PAID, ("shell", "S", "E", "V9"), ("shell", "U", "D", "V1"), ("shell", "S", "D", "V3")]) == []
    )


def test_neither_is_the_buyer_bound_to_the_seller_nor_a_seller_whom_no_rule_binds(detector: Any) -> None:
    assert shared(detector, [("shell", "S", "D", "V1"), ("shell", "D", "S", "V1")]) == []
    assert shared(detector, [("shell", "S", "D", "V1"), ("money", "D", None, "V1")]) == []
    assert shared(detector, [("money", "D", "D", "V1")]) == []
