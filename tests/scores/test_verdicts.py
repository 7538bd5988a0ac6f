"""When a unit is flagged: each bound of a verdict with the number that stands in it, and one beyond."""

from typing import Any

import polars as pl
import pytest

from graphkit.scores.verdicts import verdict

FLAGGED: dict[str, Any] = {
    "flagged": 20,
    "explained": 0,
    "indeterminate": 0,
    "n": 100,
    "mean": 0.05,
    "effect": 4.0,
    "q": 0.01,
    "deterministic": False,
    "min_tested": 30,
    "min_flagged": 10,
    "min_share": 0.1,
    "min_effect": 2.0,
}


def judged(**changes: Any) -> str:
    row = FLAGGED | changes
    types = {name: type(value) for name, value in FLAGGED.items()}
    return str(pl.DataFrame([row], schema=types).select(verdict(pl.col("indeterminate"))).item())


@pytest.mark.parametrize(
    ("at", "beyond"),
    [
        ({"q": 0.05}, {"q": 0.0501}),
        ({"min_tested": 100}, {"min_tested": 101}),
        ({"min_flagged": 20}, {"min_flagged": 21}),
        ({"min_share": 0.2}, {"min_share": 0.201}),
        ({"min_effect": 4.0}, {"min_effect": 4.01}),
    ],
)
def test_what_meets_a_bound_is_flagged_and_what_just_misses_it_is_not(at: dict[str, Any], beyond: Any) -> None:
    assert judged(**at) == "flagged"
    assert judged(**beyond) == "unremarkable"


def test_without_a_q_only_a_deterministic_unit_is_flagged() -> None:
    assert judged(q=None) == "unremarkable"
    assert judged(q=None, mean=None, effect=0.2, min_effect=0.2, deterministic=True) == "flagged"
    assert judged(q=None, mean=None, effect=0.2, min_effect=0.21, deterministic=True) == "unremarkable"


def test_half_of_the_cars_undecidable_leaves_a_verdict_and_one_more_does_not() -> None:
    assert judged(indeterminate=100) == "flagged"
    assert judged(indeterminate=101) == "indeterminate"


def test_what_undecidable_cars_could_lift_over_the_floors_is_open() -> None:
    # 9 of 100 miss the floor of ten cars; with one more it is met
    short = {"flagged": 9, "effect": 1.8}
    assert judged(**short, min_share=0.05, min_effect=1.7) == "unremarkable"
    assert judged(**short, min_share=0.05, min_effect=1.7, indeterminate=1) == "indeterminate"
    # 10 of 101 are a share of 0.099
    assert judged(**short, min_share=0.1, min_effect=1.7, indeterminate=1) == "unremarkable"
    # and 1.98 times the mean
    assert judged(**short, min_share=0.05, min_effect=1.98, indeterminate=1) == "indeterminate"
    assert judged(**short, min_share=0.05, min_effect=1.99, indeterminate=1) == "unremarkable"


def test_what_meets_the_floors_within_chance_is_not_open() -> None:
    assert judged(q=0.2, indeterminate=5) == "unremarkable"


def test_explained_is_where_every_hit_is() -> None:
    none = {"flagged": 0, "effect": 0.0, "q": 1.0}
    assert judged(**none, explained=5) == "explained"
    assert judged(**none) == "unremarkable"
    assert judged(**none, explained=5, indeterminate=1) == "unremarkable"
    assert judged(flagged=1, effect=0.2, q=1.0, explained=5) == "unremarkable"
