"""What a finding weighs: each number of the weights as it stands, and on either side of it."""

from typing import Any

import polars as pl
import pytest

from graphkit.model import Floors
from graphkit.scores.weights import contributions_of

MISSED = {"n": 300, "observed": 5, "effect": 1.0, "verdict": "unremarkable"}
"""A finding below the floors of the detector, which asks for ten flagged cars."""


@pytest.fixture
def weighed(detector: Any) -> Any:
    """The contributions of findings of one party, in the order given."""

    def run(*rows: dict[str, Any]) -> list[dict[str, Any]]:
        floors = Floors(min_tested=30, min_flagged=10, min_share=0.1, min_effect=2.0, why="test")
        ids = sorted({row.get("detector", "pre_insured") for row in rows})
        findings, counts = [], []
        for at, row in enumerate(rows):
            whole = {
                "finding_id": f"F{at}", "detector": "pre_insured", "family": "booking", "unit_kind": "party",
                "party_id": "D1", "verdict": "flagged", "observed": 40, "n": 300, "effect": 9.0, "p": 1e-9,
                "reason": "Many.", "explained": 0, "indeterminate": 0, "breaches": 0,
            } | row  # fmt: skip
            counts.append({name: whole[name] for name in ("detector", "party_id", "explained", "breaches")})
            findings.append({name: whole[name] for name in whole if name not in ("explained", "breaches")})
        detectors = [detector(name, floors=floors) for name in ids]
        frame = pl.DataFrame(findings, schema_overrides={"p": pl.Float64, "effect": pl.Float64})
        found = contributions_of(frame, pl.DataFrame(counts), detectors).sort("finding_id")
        return found.to_dicts()

    return run


def weight(found: list[dict[str, Any]]) -> float:
    return float(found[0]["weight"])


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        # 100 to 1 is the most, from about p = 0.00048 down
        (1e-300, 2.0),
        (1e-9, 2.0),
        (0.0004, 2.0),
        (0.0006, 1.917),
        (0.001, 1.726),
        (0.05, 0.390),
        # the least that p < 1/e = 0.3679 says, and from there on nothing
        (0.36, 0.0001),
        (0.37, 0.0),
        (0.7, 0.0),
        (1.0, 0.0),
    ],
)
def test_a_p_weighs_100_to_1_at_most_and_nothing_from_one_by_e_up(weighed: Any, p: float, expected: float) -> None:
    assert weight(weighed({"p": p})) == pytest.approx(expected, abs=0.0005 if expected > 0.01 else 1e-6)


def test_weights_are_told_with_six_decimals_and_with_their_cap(weighed: Any) -> None:
    row = weighed({"p": 0.05})[0]
    assert (row["weight"], row["cap"]) == (0.390233, 2.0)
    assert "weight 0.390233" in row["sentence"]


@pytest.mark.parametrize(("breaches", "expected"), [(0, 1.0), (9, 1.0), (10, 2.0), (1000, 2.0)])
def test_a_plain_fact_is_ten_to_one_and_a_broken_rule_100_to_1(weighed: Any, breaches: int, expected: float) -> None:
    assert weight(weighed({"p": None, "breaches": breaches})) == expected


@pytest.mark.parametrize(
    ("observed", "explained", "expected"),
    [
        # half of the hits, and as many hits as the floor asks
        (5, 5, -0.30103),
        (0, 10, -0.30103),
        (6, 5, 0.0),
        (4, 5, 0.0),
        (0, 9, 0.0),
    ],
)
def test_hits_that_are_mostly_explained_halve_the_odds(
    weighed: Any, observed: int, explained: int, expected: float
) -> None:
    found = weighed(MISSED | {"p": 0.9, "observed": observed, "explained": explained})
    assert weight(found) == expected
    assert found[0]["counted"] is (expected < 0)


def test_what_misses_the_floors_or_cannot_be_decided_weighs_nothing(weighed: Any) -> None:
    assert weight(weighed(MISSED)) == 0.0
    assert weight(weighed({"verdict": "indeterminate", "breaches": 40, "explained": 40})) == 0.0
    # at the floors: 30 tested, 10 flagged, a tenth, twice as many
    assert weight(weighed({"verdict": "unremarkable", "n": 30, "observed": 10, "effect": 2.0})) == 2.0
    assert weight(weighed({"verdict": "unremarkable", "n": 29, "observed": 10, "effect": 2.0})) == 0.0


def test_of_a_family_the_heaviest_counts_and_the_lowest_that_speaks_against(weighed: Any) -> None:
    against = MISSED | {"p": 0.9, "observed": 0, "explained": 20}
    other, third = {"detector": "insured_not_plated"}, {"detector": "shell_buyer"}
    found = weighed({"p": 0.01}, {"p": 1e-9} | other, against | third)
    assert [row["counted"] for row in found] == [False, True, True]
    assert [row["weight"] > 0 for row in found] == [True, True, False]
    # nothing is counted for or against where nothing weighs
    assert [row["counted"] for row in weighed(MISSED, MISSED | other)] == [False, False]
    # two families count each for itself
    found = weighed({"p": 0.01}, {"p": 1e-9, "family": "buyer"} | other)
    assert [row["counted"] for row in found] == [True, True]


def test_months_add_nothing_to_their_party(weighed: Any) -> None:
    assert weighed({"unit_kind": "dealer_month"}) == []
