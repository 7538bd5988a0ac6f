from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from graphkit.model import FAMILIES
from graphkit.scores.gate import OfBuyer, Proof, gate_failed, may_change_by_one

CAR_BY_CAR = Proof(
    title="Insured before anyone bought it",
    family="booking",
    verdict="flagged",
    flagged=150,
    of_group=150,
    of_set=0,
    tested=300,
    decided=290,
    indeterminate=10,
    breaches=0,
    effect=12.0,
    q=1e-6,
    q_without_one=2e-6,
    eb05=8.0,
    is_documented=False,
    q_at_twice_the_rate=None,
    is_deterministic=False,
    min_tested=30,
    min_flagged=30,
    min_share=0.1,
    min_effect=2.0,
    untested="",
    missing=None,
    is_near_the_bound=False,
)


def altered(proof: Proof, **changes: Any) -> Proof:
    """The proof of a party without a group: its own cars are all there are, unless the changes say otherwise."""
    if "flagged" in changes:
        changes.setdefault("of_group", changes["flagged"])
    return replace(proof, **changes)


def test_one_family_proven_car_by_car_passes() -> None:
    assert gate_failed([CAR_BY_CAR]) is None
    plain = altered(CAR_BY_CAR, is_deterministic=True, q=None, eb05=None, effect=0.6, min_effect=0.2)
    assert gate_failed([plain]) is None


@pytest.mark.parametrize(
    "bound",
    [
        {"flagged": 100},
        {"indeterminate": 15},
        {"effect": 4.0},
        {"q": 0.05, "q_without_one": 0.05},
        {"is_deterministic": True, "q": 0.2, "q_without_one": 0.2},
    ],
)
def test_what_just_meets_a_bound_is_proven_car_by_car(bound: dict[str, object]) -> None:
    assert gate_failed([altered(CAR_BY_CAR, **bound)]) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flagged": 99}, "99 flagged cars, 100 are needed"),
        ({"indeterminate": 16}, "16 of 300 cars are undecidable"),
        ({"effect": 3.99}, "its effect is below 4"),
        ({"effect": None}, "its effect is below 4"),
        ({"untested": "gift_insurance;fleet"}, "look-alikes were not tested (gift_insurance, fleet)"),
        ({"q": None}, "its q is above 0.05"),
        ({"q": 0.0501}, "its q is above 0.05"),
        ({"q_without_one": 0.0501}, "its q is above 0.05 with one other unit left out"),
        ({"q_without_one": None}, "its q is above 0.05 with one other unit left out"),
    ],
)
def test_each_thing_short_of_proof_keeps_one_family_inside(change: dict[str, object], words: str) -> None:
    failed = gate_failed([altered(CAR_BY_CAR, **change)])
    assert failed is not None and words in failed


def test_two_families_beyond_their_peers_pass_and_two_of_one_family_do_not() -> None:
    small = altered(CAR_BY_CAR, flagged=40)
    assert gate_failed([small, altered(small, family="buyer")]) is None
    assert gate_failed([small, altered(small, title="another")]) is not None
    assert gate_failed([small, altered(small, family="buyer", eb05=1.9)]) is not None
    assert gate_failed([small, altered(small, family="buyer", verdict="unremarkable")]) is not None


def test_a_ring_of_cars_that_come_back_and_of_money_that_comes_back_passes() -> None:
    cars = altered(CAR_BY_CAR, title="cars", family="circular_cars", flagged=60, tested=400, indeterminate=0, q=1e-7)
    money = altered(cars, title="money", family="circular_money", flagged=59, tested=59, q=4e-69)
    assert gate_failed([cars, money]) is None
    assert gate_failed([cars]) is not None
    assert gate_failed([money]) is not None
    assert {"circular_cars", "circular_money"} <= set(FAMILIES)


@pytest.mark.parametrize(
    ("at", "beyond"),
    [
        ({"q": 0.05}, {"q": 0.0501}),
        ({"q_without_one": 0.05}, {"q_without_one": 0.0501}),
        ({"eb05": 2.0}, {"eb05": 1.999}),
        ({}, {"eb05": None}),
    ],
)
def test_each_of_two_families_stands_out_at_the_bound_and_not_beyond_it(
    at: dict[str, object], beyond: dict[str, object]
) -> None:
    one = altered(CAR_BY_CAR, flagged=40)
    assert gate_failed([one, altered(one, family="buyer", **at)]) is None
    failed = gate_failed([one, altered(one, family="buyer", **beyond)])
    assert failed is not None and failed.startswith("Only 1 of two families")


def test_a_broken_rule_passes_from_the_floor_up() -> None:
    small = altered(CAR_BY_CAR, flagged=40, is_deterministic=True, q=None, eb05=None)
    assert gate_failed([altered(small, breaches=30)]) is None
    assert gate_failed([altered(small, breaches=29)]) is not None


def test_without_a_standing_finding_the_reason_names_what_is_missing() -> None:
    open_finding = altered(CAR_BY_CAR, verdict="indeterminate", missing="plates after March")
    assert gate_failed([open_finding]) == "Deciding data are missing: plates after March."
    assert gate_failed([altered(CAR_BY_CAR, verdict="unremarkable")]) == (
        "No finding meets its effect floor beyond chance."
    )
    assert gate_failed([]) is not None


DOCUMENTED = altered(CAR_BY_CAR, is_documented=True, effect=6.0, q_at_twice_the_rate=0.001)
"""Fewer than ten peers: it just meets every bound of what only a reference rate stands behind."""


def test_at_the_reference_rate_a_finding_must_stand_at_twice_that_rate_and_three_times_the_floor() -> None:
    assert gate_failed([DOCUMENTED]) is None
    two = [altered(DOCUMENTED, flagged=100), altered(DOCUMENTED, flagged=100, family="buyer")]
    assert gate_failed(two) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effect": 5.99}, "its effect is below 6 at the reference rate"),
        ({"q_at_twice_the_rate": 0.00101}, "its q is above 0.001 at twice the reference rate"),
        ({"q_at_twice_the_rate": None}, "its q is above 0.001 at twice the reference rate"),
    ],
)
def test_what_only_a_reference_rate_stands_behind_is_not_exported_on_the_edge(
    change: dict[str, object], words: str
) -> None:
    failed = gate_failed([altered(DOCUMENTED, **change)])
    assert failed is not None and words in failed
    # nor does it count as the second family, whatever stands beside it
    small = altered(CAR_BY_CAR, flagged=40, family="buyer")
    assert gate_failed([small, altered(DOCUMENTED, **change)]) is not None
    assert gate_failed([small, DOCUMENTED]) is None


@pytest.mark.parametrize("change", [{"flagged": 99}, {"indeterminate": 16}])
def test_few_or_undecided_cars_at_the_reference_rate_are_no_second_family(change: dict[str, object]) -> None:
    small = altered(CAR_BY_CAR, flagged=40, family="buyer")
    assert gate_failed([small, altered(DOCUMENTED, **change)]) is not None


SHARED = altered(CAR_BY_CAR, flagged=30, of_group=100, tested=300, decided=300, indeterminate=0)
"""A member whose group has just enough cars and that itself just meets every floor."""


def test_the_hundred_cars_are_those_of_the_group_and_all_the_rest_is_the_members_own() -> None:
    assert gate_failed([SHARED]) is None
    documented = altered(DOCUMENTED, flagged=30, of_group=100, tested=300, decided=300, indeterminate=0)
    assert gate_failed([documented]) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"of_group": 99}, "30 flagged cars of its own and 99 of its control group, 100 are needed"),
        ({"flagged": 29, "of_group": 100}, "29 flagged cars of its own and 100 of its control group, and its own miss"),
        ({"decided": 29}, "and its own miss the floors of the detector"),
        ({"decided": 301}, "and its own miss the floors of the detector"),
        ({"effect": 3.99}, "its effect is below 4"),
        ({"indeterminate": 16}, "16 of 300 cars are undecidable"),
        ({"q": 0.0501}, "its q is above 0.05"),
    ],
)
def test_a_member_that_lacks_something_of_its_own_is_not_carried_by_its_group(
    change: dict[str, object], words: str
) -> None:
    failed = gate_failed([altered(SHARED, **change)])
    assert failed is not None and words in failed


OF_SET = altered(SHARED, of_group=30, of_set=100)
"""One of a trade set with just enough cars among them, in nobody's control group."""


def test_the_hundred_cars_may_be_those_of_the_trade_set() -> None:
    assert gate_failed([OF_SET]) is None
    documented = altered(DOCUMENTED, flagged=30, of_set=100, tested=300, decided=300, indeterminate=0)
    assert gate_failed([documented]) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"of_set": 99}, "30 flagged cars of its own and 99 of its trade set, 100 are needed"),
        ({"of_group": 98, "of_set": 97}, "30 flagged cars of its own and 98 of its control group, 100 are needed"),
        ({"of_set": 30}, "not proven car by car: 30 flagged cars, 100 are needed"),
        ({"flagged": 29}, "29 flagged cars of its own and 100 of its trade set, and its own miss the floors"),
        ({"decided": 29}, "and its own miss the floors of the detector"),
        ({"decided": 301}, "and its own miss the floors of the detector"),
        ({"q": 0.0501}, "its q is above 0.05"),
    ],
)
def test_one_of_a_set_that_lacks_something_of_its_own_is_not_carried_by_the_others(
    change: dict[str, object], words: str
) -> None:
    failed = gate_failed([altered(OF_SET, **change)])
    assert failed is not None and words in failed
    assert gate_failed([altered(OF_SET, verdict="unremarkable", of_set=900)]) is not None


def test_a_member_without_a_flagged_finding_of_its_own_stays_inside_whatever_its_group_did() -> None:
    assert gate_failed([altered(SHARED, verdict="unremarkable", of_group=900)]) is not None
    assert gate_failed([altered(SHARED, verdict="indeterminate", of_group=900)]) is not None


def test_a_party_with_a_hundred_cars_of_its_own_may_have_them_in_one_month() -> None:
    # its months together miss the floors, and the one that stands out made its finding flagged
    assert gate_failed([altered(CAR_BY_CAR, flagged=100, tested=2000, decided=2000)]) is None


NEAR = altered(CAR_BY_CAR, is_near_the_bound=True)
"""A finding that passes now, and may not with one unit more or less among its peers."""


def test_a_party_is_near_the_bound_where_what_stands_or_falls_by_one_unit_decides() -> None:
    assert may_change_by_one([NEAR])
    # what does not pass now may pass then
    for change in ({"verdict": "unremarkable"}, {"effect": 3.9}, {"q_without_one": 0.06}, {"eb05": 1.9}):
        assert may_change_by_one([altered(NEAR, **change)])
    small = altered(CAR_BY_CAR, flagged=40)
    assert may_change_by_one([small, altered(NEAR, flagged=40, family="buyer", eb05=1.9)])
    assert may_change_by_one([altered(NEAR, flagged=40, is_documented=True, family="buyer"), small])


@pytest.mark.parametrize("change", [{"flagged": 99}, {"indeterminate": 16}, {"untested": "fleet"}])
def test_a_party_that_lacks_what_no_peer_can_give_is_not_near_the_bound(change: dict[str, object]) -> None:
    assert not may_change_by_one([altered(NEAR, **change)])


MONEY = altered(CAR_BY_CAR, title="Money", family="circular_money", flagged=60, tested=110, min_flagged=5)
SHELL = altered(CAR_BY_CAR, title="Shell", family="buyer", flagged=60, tested=60, min_flagged=10)
"""A dealer whose own money came back as the price of sixty cars, and the young company that never used them."""


def binding(cars: int = 60, money: Mapping[str, Any] | None = None, **shell: Any) -> Proof:
    """The dealer's finding, with that of its buyer on so many of its cars."""
    return altered(MONEY, **(money or {}), of_buyers=(OfBuyer("S", cars, altered(SHELL, **shell)),))


def test_what_the_buyer_is_found_in_is_the_second_family_of_the_seller_whose_money_went_round() -> None:
    assert gate_failed([binding()]) is None
    assert gate_failed([MONEY]) is not None
    # the buyer does not get it
    assert gate_failed([SHELL]) is not None


@pytest.mark.parametrize(
    ("at", "below"),
    [
        ({"cars": 30}, {"cars": 29}),
        ({"cars": 31, "money": {"flagged": 61}}, {"cars": 30, "money": {"flagged": 61}}),
        # ten are the floor of the buyer's rule, and five that of the seller's
        ({"cars": 10, "money": {"flagged": 12}}, {"cars": 9, "money": {"flagged": 12}}),
        (
            {"cars": 5, "money": {"flagged": 6}, "min_flagged": 4},
            {"cars": 4, "money": {"flagged": 6}, "min_flagged": 4},
        ),
        ({"eb05": 2.0}, {"eb05": 1.999}),
        ({"q": 0.05}, {"q": 0.0501}),
        ({"q_without_one": 0.05}, {"q_without_one": 0.0501}),
        ({}, {"family": "circular_money"}),
        ({}, {"verdict": "unremarkable"}),
        ({}, {"verdict": "indeterminate"}),
        ({}, {"is_documented": True, "effect": 6.0, "q_at_twice_the_rate": 0.001}),
        ({"money": {"eb05": 2.0}}, {"money": {"eb05": 1.999}}),
        ({}, {"money": {"verdict": "unremarkable"}}),
    ],
)
def test_what_the_buyer_is_found_in_counts_at_each_bound_and_not_beyond_it(
    at: dict[str, Any], below: dict[str, Any]
) -> None:
    assert gate_failed([binding(**at)]) is None
    assert gate_failed([binding(**below)]) is not None


def test_a_finding_whose_rule_binds_lends_its_second_family_to_itself_alone() -> None:
    # the dealer's money does not stand out, and another finding of its own does
    other = altered(CAR_BY_CAR, flagged=40)
    assert other.family not in (MONEY.family, SHELL.family)
    assert gate_failed([binding(money={"eb05": 1.9}), other]) is not None


def test_a_seller_is_near_the_bound_where_the_finding_of_its_buyer_is() -> None:
    assert may_change_by_one([binding(is_near_the_bound=True)])
    assert may_change_by_one([binding(is_near_the_bound=True, verdict="unremarkable", q=0.06, eb05=1.0)])
    assert not may_change_by_one([binding()])
    assert not may_change_by_one([binding(cars=29, is_near_the_bound=True)])
    # what it has of its own is firm
    assert not may_change_by_one([binding(is_near_the_bound=True), altered(SHELL, title="another", flagged=40)])


def test_a_party_that_passes_by_what_is_firm_is_not_near_the_bound() -> None:
    assert not may_change_by_one([CAR_BY_CAR, altered(NEAR, family="buyer")])
    assert not may_change_by_one([altered(CAR_BY_CAR, verdict="unremarkable")])
    assert not may_change_by_one([])
