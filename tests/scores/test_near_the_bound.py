"""A finding is near the bound where one unit more or less could take it over a bound of the gate, and not beyond."""

from typing import Any

import polars as pl
import pytest

from graphkit.scores.near_the_bound import with_one_unit_off

FIRM: dict[str, Any] = {
    "detector": "pre_insured",
    "unit_id": "party/D00",
    "deterministic": False,
    "baseline": "peers",
    "peers_anywhere": 30,
    "flagged": 120,
    "n": 400,
    "undecided": 0,
    "min_tested": 30,
    "min_flagged": 10,
    "min_share": 0.1,
    "min_effect": 2.0,
    "mean": 0.03,
    "mean_most": 0.04,
    "mean_least": 0.02,
    "effect": 10.0,
    "eb05": 8.0,
    "p": 1e-6,
    "p_without_one": 2e-6,
    "p_most": 3e-6,
    "p_least": 5e-7,
    "p_at_twice_the_rate": 1e-5,
}
CLEAR = FIRM | {"flagged": 0, "effect": 0.0, "eb05": 0.1} | {name: 1.0 for name in FIRM if name.startswith("p_")}
CLEAR |= {"peers_anywhere": 30, "p": 1.0}
OTHERS = [CLEAR | {"unit_id": f"party/D{at:02}"} for at in range(1, 10)]


def told(*, window: dict[str, Any] = CLEAR, **changes: Any) -> dict[str, Any]:
    """The finding with these changes, judged beside its window and nine others, each with two tests of nothing."""
    types = {name: type(value) for name, value in FIRM.items()}
    rows = pl.DataFrame([FIRM | changes, window, *OTHERS, *OTHERS], schema=types)
    return with_one_unit_off(rows).row(0, named=True)


def is_near(**changes: Any) -> bool:
    return bool(told(**changes)["near_the_bound"])


def test_q_without_one_is_that_of_nine_parties_at_its_largest_p() -> None:
    assert told()["q_without_one"] == pytest.approx(18 * 2e-6)
    # its own window stays whoever else is left out: of two that are as small this is the second
    assert told(window=FIRM)["q_without_one"] == pytest.approx(18 * 2e-6 / 2)
    assert told(window=FIRM | {"p_without_one": 2.1e-6})["q_without_one"] == pytest.approx(18 * 2.1e-6 / 2)
    assert told(p_without_one=None)["q_without_one"] is None


@pytest.mark.parametrize(
    ("just_firm", "near"),
    [
        # twenty tests, of which the four of two parties may be gone and smaller: q is twenty times p
        ({"p_most": 0.0025}, {"p_most": 0.002501}),
        # a third more is expected at worst: 5.334 and 2.667 become 4 and 2
        ({"effect": 5.334}, {"effect": 5.332}),
        ({"eb05": 2.667}, {"eb05": 2.666}),
    ],
)
def test_what_may_fall_below_a_bound_is_near_it(just_firm: dict[str, Any], near: dict[str, Any]) -> None:
    assert not is_near(**just_firm)
    assert is_near(**near)


@pytest.mark.parametrize(
    ("out_of_reach", "near"),
    [
        # twenty tests, of which the two of one party are smaller: q is twenty thirds of p
        ({"p_least": 0.00751, "p_most": 0.5}, {"p_least": 0.00749, "p_most": 0.5}),
        # a third less is expected at best: 2.67 and 1.334 become 4 and 2
        ({"effect": 2.66, "eb05": 1.33}, {"effect": 2.67, "eb05": 1.33}),
        ({"effect": 2.66, "eb05": 1.33}, {"effect": 2.66, "eb05": 1.34}),
    ],
)
def test_what_may_rise_to_a_bound_is_near_it(out_of_reach: dict[str, Any], near: dict[str, Any]) -> None:
    assert not is_near(**out_of_reach)
    assert is_near(**near)


def test_who_has_just_enough_peers_is_firm_only_where_it_stands_at_the_reference_rate() -> None:
    ten = {"peers_anywhere": 10, "effect": 8.01, "p_at_twice_the_rate": 0.00005}
    assert not is_near(**ten)
    assert is_near(**ten | {"effect": 7.99})
    assert is_near(**ten | {"p_at_twice_the_rate": 0.0000501})
    # of two families a finding at the reference rate needs a hundred cars
    assert is_near(**ten | {"flagged": 99}) and not is_near(**ten | {"flagged": 100})
    assert not is_near(**ten | {"peers_anywhere": 11, "effect": 7.99, "flagged": 99})


def test_one_peer_more_may_free_a_finding_from_the_reference_rate() -> None:
    nine = {"baseline": "reference", "peers_anywhere": 9, "effect": 5.4, "p_at_twice_the_rate": 0.01}
    assert is_near(**nine)
    assert not is_near(**nine | {"peers_anywhere": 8})


def test_what_can_never_stand_and_what_has_no_q_are_not_near_a_bound() -> None:
    near = {"effect": 5.332}
    assert is_near(**near)
    assert not is_near(**near, undecided=401)
    assert not is_near(**near, min_flagged=121)
    assert not is_near(**near, deterministic=True)
    # where a plain share is told there is no mean and no p
    names = ("mean", "mean_most", "mean_least", "eb05", *(name for name in FIRM if name == "p" or name[:2] == "p_"))
    assert not is_near(**dict.fromkeys(names), deterministic=True, peers_anywhere=None)


def test_what_chance_deals_out_by_shuffles_has_one_mean_and_one_p() -> None:
    alone = {"baseline": "shuffles", "peers_anywhere": None, "p_at_twice_the_rate": None}
    alone |= {"mean_most": 0.03, "mean_least": 0.03} | dict.fromkeys(("p_without_one", "p_most", "p_least"), 1e-6)
    assert not is_near(**alone, effect=4.0) and not is_near(**alone, effect=3.99)
    assert not is_near(**alone | {"mean": 0.0, "mean_most": 0.0, "mean_least": 0.0, "effect": None, "eb05": None})


@pytest.mark.parametrize(("p_most", "near"), [(0.005, False), (0.00501, True)])
def test_two_firmer_findings_may_both_be_gone(p_most: float, near: bool) -> None:
    # the third of ten tests is then the first of them
    types = {name: type(value) for name, value in FIRM.items()}
    rows = pl.DataFrame([FIRM | {"p_most": p_most}, FIRM, FIRM, *[CLEAR] * 7], schema=types)
    assert with_one_unit_off(rows)["near_the_bound"].to_list() == [near, *[False] * 9]
