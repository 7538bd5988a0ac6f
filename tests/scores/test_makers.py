"""A maker is not flagged for what one dealer did with its cars."""

from typing import Any

import polars as pl
import pytest

from graphkit.tables.outputs import SHAPES


def hits_of(held: dict[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Flagged hits of so many cars by holder, and that M1 built them."""
    rows = [
        {
            "hit_id": f"{holder}-{number}",
            "detector": "pre_insured",
            "subject_kind": "vehicle",
            "subject_id": f"{holder}-{number}",
            "unit_id": f"dealer_month/{holder}/2024-05",
            "accountable_id": holder,
            "verdict": "flagged",
        }
        for holder, cars in held.items()
        for number in range(cars)
    ]
    hits = SHAPES["hits"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["hits"].schema)))
    return hits, hits.select(vin="subject_id", maker_id=pl.lit("M1"))


@pytest.mark.parametrize(
    ("held", "groups", "verdict"),
    [
        ({"D1": 220}, [], "indeterminate"),
        ({"D1": 211, "D2": 9}, [], "indeterminate"),
        ({"D1": 210, "D2": 10}, [], "flagged"),
        ({"D1": 110, "D2": 110}, [("D1", "G1"), ("D2", "G1")], "indeterminate"),
        ({"M1": 220}, [], "flagged"),
        ({"D1": 220}, [("D1", "M1"), ("M1", "M1")], "flagged"),
        ({"D1": 200, "D2": 20}, [("D1", "M1"), ("M1", "M1")], "flagged"),
        ({"D1": 20, "D2": 200}, [("D1", "M1"), ("M1", "M1")], "flagged"),
        ({"D1": 5, "D2": 215}, [("D1", "M1"), ("M1", "M1")], "indeterminate"),
    ],
)
def test_a_maker_is_flagged_where_ten_cars_were_held_by_others_than_the_one_dealer_with_the_most(
    held: dict[str, int], groups: list[tuple[str, str]], verdict: str, detector: Any, counted: Any, found: Any
) -> None:
    makers = counted(
        [("pre_insured", "M1", 400, 220, 0, 0), ("pre_insured", "M2", 400, 9, 0, 0)], kind="maker_city_month"
    )
    hits, built = hits_of(held)
    row = found(makers, detector(), hits=hits, built=built, groups=groups).filter(unit_id="party/M1").to_dicts()[0]
    assert row["verdict"] == verdict
    assert ("whether the maker had a part in it" in (row["missing"] or "")) == (verdict == "indeterminate")


def test_a_dealer_answers_for_its_cars_whoever_else_held_some(detector: Any, counted: Any, found: Any) -> None:
    dealers = counted([("pre_insured", "D1", 400, 220, 0, 0), ("pre_insured", "D2", 400, 9, 0, 0)])
    hits, built = hits_of({"D1": 220})
    assert found(dealers, detector(), hits=hits, built=built).filter(unit_id="party/D1")["verdict"].item() == "flagged"
