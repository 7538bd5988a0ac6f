"""What a detector or a look-alike leaves out, or names without its being there, is refused when it is built."""

import re
from dataclasses import dataclass, replace
from typing import Any

import pytest

from graphkit.algorithms.thresholds import Threshold, setting, thresholds
from graphkit.detectors import DETECTORS
from graphkit.look_alikes import declared_stock
from graphkit.model import Deduction, Floors, Null, Reference, ReferenceRate, Unused

BY_ID = {detector.id: detector for detector in DETECTORS}
RATED, DETERMINISTIC = BY_ID["pre_insured"], BY_ID["zero_mileage_export"]


@dataclass(frozen=True)
class _Bare:
    slack_days: int = 7


@dataclass(frozen=True)
class _Whole:
    slack_days: int = setting(7, "days", "clerks are slow")


@dataclass(frozen=True)
class _WithinAnother:
    bounds: _Whole = _Whole()
    most: int = setting(20, "cars", "more are a market")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": ""}, "detector pre_insured must state title"),
        ({"look_alikes": (), "version": ""}, "detector pre_insured must state look_alikes, version"),
        ({"references": ()}, "detector pre_insured must state references"),
        ({"needs": {}}, "detector pre_insured must state needs"),
        ({"id": "PreInsured"}, "detector PreInsured: the id is snake_case"),
        ({"severity": 0}, "detector pre_insured: severity and confidence lie above 0 and up to 1"),
        ({"confidence": 1.01}, "detector pre_insured: severity and confidence lie above 0 and up to 1"),
        (
            {"look_alikes": ("declared_stock",)},
            "detector pre_insured: look_alikes holds 'declared_stock', which is no LookAlike",
        ),
        ({"references": ("a book",)}, "detector pre_insured: references holds 'a book', which is no Reference"),
        (
            {"needs": {"polices": ("vin",)}},
            "detector pre_insured names a table that does not exist: polices; use one of parties, ",
        ),
        (
            {"needs": {"policies": ("vin", "start_on")}},
            "detector pre_insured names a column that policies does not have: start_on",
        ),
        ({"reads_absence_of": ("plates",)}, "detector pre_insured names a table that does not exist: plates"),
        ({"settings": _Bare()}, "the setting slack_days has no unit or no reason"),
        ({"reference_rate": None}, "a reference rate is stated where the null is a rate, and only there"),
        ({"act_together": ""}, "detector pre_insured: act_together says why, and only where the seller answers"),
        ({"act_together": "They deal."}, "detector pre_insured: act_together says why, and only where the seller"),
        ({"binds_seller": ""}, "detector pre_insured: binds_seller says why, and only where the seller answers"),
        ({"null": Null.DETERMINISTIC}, "a reference rate is stated where the null is a rate, and only there"),
    ],
)
def test_a_detector_that_is_not_whole_cannot_be_built(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        replace(RATED, **changed)


@pytest.mark.parametrize(
    ("name", "one"), [("act_together", "collusive_cluster"), ("binds_seller", "circular_payments")]
)
def test_what_counts_for_both_sides_of_a_sale_knows_seller_and_buyer(name: str, one: str) -> None:
    assert [other.id for other in DETECTORS if getattr(other, name)] == [one]
    for changed in ({"accountable": "buyer_company"}, {"needs": {"sales": ("buyer_id",)}}, {"needs": {"parties": ()}}):
        with pytest.raises(ValueError, match=f"detector {one}: {name} says why, and only where"):
            replace(BY_ID[one], **changed)


def test_a_whole_one_can() -> None:
    assert replace(RATED, title="Another").title == "Another"
    assert DETERMINISTIC.reference_rate is None
    assert replace(RATED, severity=1, confidence=1).severity == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": ""}, "look-alike declared_stock must state title, told_apart_by, needs and references"),
        ({"told_apart_by": ""}, "look-alike declared_stock must state title, told_apart_by, needs and references"),
        ({"needs": ()}, "look-alike declared_stock must state title, told_apart_by, needs and references"),
        ({"references": ()}, "look-alike declared_stock must state title, told_apart_by, needs and references"),
        ({"needs": ("stock",)}, "look-alike declared_stock names a table that does not exist: stock"),
    ],
)
def test_nor_can_a_look_alike(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        replace(declared_stock.LOOK_ALIKE, **changed)


@pytest.mark.parametrize("parts", [("", "2024", "page 1"), ("A book", "", "page 1"), ("A book", "2024", "")])
def test_a_reference_names_publication_date_and_number(parts: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match=r"^a reference must name publication, date \(a year first\) and number"):
        Reference(*parts)
    with pytest.raises(ValueError, match="a year first"):
        Reference("A book", "June 2024", "page 1")
    assert str(Reference("A book", "2024-06", "page 1")) == "A book, page 1 (2024-06)"
    assert str(Reference("A book", "2024", "page 1", "example.org/1")) == "A book, page 1 (2024), example.org/1"


@pytest.mark.parametrize(
    "changed", [{"min_tested": 0}, {"min_flagged": 0}, {"min_share": 0}, {"min_share": 1.1}, {"min_effect": 0}]
)
def test_floors_let_no_unit_through_without_a_car(changed: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^floors must be above nothing, and a share at most 1"):
        replace(RATED.floors, **changed)  # type: ignore[arg-type]


def test_floors_say_why() -> None:
    with pytest.raises(ValueError, match=r"^floors must say why$"):
        Floors(min_tested=1, min_flagged=1, min_share=1, min_effect=0.1, why="")


@pytest.mark.parametrize("rate", [(0, 0.1, "a", "b"), (0.1, 1, "a", "b"), (0.1, 0.1, "", "b"), (0.1, 0.1, "a", "")])
def test_a_reference_rate_is_a_share_with_a_reason_and_a_source(rate: tuple[float, float, str, str]) -> None:
    with pytest.raises(ValueError, match=r"^a reference rate needs mean and icc between 0 and 1, why and source"):
        ReferenceRate(*rate)


def test_a_deduction_is_a_column_of_the_restatement() -> None:
    for column in ("booked", "moved_in", "supportable_low", "stolen"):
        with pytest.raises(ValueError, match=f"^the restatement has no column {column}: add it to "):
            Deduction(column)
    deductions = {detector.id: detector.deduction for detector in DETECTORS if detector.deduction}
    stated = {name: (one.column, bool(one.moved_to), one.unused) for name, one in deductions.items()}
    assert stated == {
        "circular_payments": ("paid_in_circle", False, None),
        "circular_sales": ("returned", True, None),
        "collusive_cluster": ("traded_in_cluster", False, None),
        "insured_not_plated": ("never_plated", True, None),
        "pre_insured": ("pre_insured", True, None),
        "related_party_sales": ("related_party_absorbed", True, None),
        "shell_buyer": ("bought_by_shell", False, None),
        "zero_mileage_export": ("zero_mileage_exported", False, Unused(100, 30)),
    }


def test_thresholds_are_told_with_unit_and_reason_those_within_others_too() -> None:
    assert thresholds(_WithinAnother()) == (
        Threshold("slack_days", 7, "days", "clerks are slow"),
        Threshold("most", 20, "cars", "more are a market"),
    )
    assert thresholds(_Whole(slack_days=9)) == (Threshold("slack_days", 9, "days", "clerks are slow"),)
    assert [one.name for one in thresholds(BY_ID["collusive_cluster"].settings)] == [
        "fewest", "most", "inside_share", "draws", "kept_days",
    ]  # fmt: skip
