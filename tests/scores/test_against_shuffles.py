from typing import Any

import polars as pl
import pytest
from scipy import stats

from graphkit.model import Null
from graphkit.scores.against_shuffles import against_shuffles
from graphkit.scores.collect import NOTHING_SHUFFLED, Shuffled

UNITS = ("dealer_month/D1/2024-05", "dealer_month/D2/2024-05")


def units_of(*flagged: int, tested: int = 100) -> pl.DataFrame:
    return pl.DataFrame(
        {"unit_id": UNITS[: len(flagged)], "flagged": flagged, "n": [tested] * len(flagged)},
        schema={"unit_id": pl.String, "flagged": pl.Int64, "n": pl.Int64},
    )


def drawn(*rows: tuple[int, int, int]) -> pl.DataFrame:
    """Rows of (place of the unit, draw, flagged)."""
    named = [(UNITS[place], draw, flagged) for place, draw, flagged in rows]
    return pl.DataFrame(named, schema=["unit_id", "draw", "flagged"], orient="row").cast(
        {"draw": pl.Int64, "flagged": pl.Int64, "unit_id": pl.String}
    )


def test_a_tail_beyond_the_draws_is_that_of_equal_poisson_counts() -> None:
    # eight events came singly in 99 draws: given 20 in all, 12 in one of 100 equal counts is binomial
    counts = drawn(*((0, draw, 1) for draw in range(8)))
    row = against_shuffles(units_of(12), counts, 99).row(0, named=True)
    assert row["p"] == pytest.approx(stats.binom.sf(11, 20, 1 / 100))
    assert (row["expected"], row["peers_n"], row["baseline"]) == (9 / 100, 99, "shuffles")
    assert row["effect"] == pytest.approx(12 / 0.09)
    assert row["effect_low"] < row["effect"] < row["effect_high"]


def test_where_draws_reach_the_count_they_say_how_likely_it_is() -> None:
    counts = drawn(*((0, draw, 5) for draw in range(9)))
    row = against_shuffles(units_of(5), counts, 99).row(0, named=True)
    assert row["p"] >= 10 / 100


def test_ten_draws_that_reach_the_count_say_it_alone_and_nine_say_no_less_than_the_tail() -> None:
    # all others come near it, so that the tail is far larger than their share
    def p(times: int) -> float:
        counts = drawn(*((0, draw, 5 if draw < times else 4) for draw in range(99)))
        return float(against_shuffles(units_of(5), counts, 99)["p"].item())

    assert p(10) == 11 / 100
    assert p(11) == 12 / 100
    assert p(9) > 0.3
    # where the tail is the smaller, the draws hold it up
    few = drawn(*((0, draw, 5) for draw in range(2)))
    assert against_shuffles(units_of(5), few, 99)["p"].item() == pytest.approx(3 / 100)


def test_the_shrunken_ratio_is_that_of_one_event_in_one_expected() -> None:
    counts = drawn(*((0, draw, 1) for draw in range(8)))
    row = against_shuffles(units_of(12), counts, 99).row(0, named=True)
    assert row["eb05"] == pytest.approx(stats.gamma.ppf(0.05, 1 + 12, scale=1 / (1 + 0.09)))


def test_what_comes_in_clumps_counts_for_less() -> None:
    singly, together = drawn(*((0, draw, 1) for draw in range(20))), drawn((0, 3, 10), (0, 7, 10))
    p = [against_shuffles(units_of(12), counts, 199)["p"].item() for counts in (singly, together)]
    assert p[0] < 1e-6 < p[1]
    # a unit that the draws never reach takes the clumps of the others
    alone = against_shuffles(units_of(12, 4), drawn((0, 3, 10), (0, 7, 10)), 199)["p"][1]
    assert alone > against_shuffles(units_of(12, 4), drawn((0, 3, 1), (0, 7, 1)), 199)["p"][1]
    # and one with clumps of its own keeps them among others whose events come singly
    smooth = drawn((0, 3, 10), (0, 7, 10), *((1, draw, 1) for draw in range(199)))
    assert against_shuffles(units_of(12, 4), smooth, 199)["p"][0] == p[1]


def test_nothing_flagged_is_p_one_and_nothing_drawn_expects_nothing() -> None:
    judged = against_shuffles(units_of(0, 0), drawn(), 0)
    assert judged["p"].to_list() == [1.0, 1.0]
    assert judged["expected"].to_list() == [None, None]
    assert against_shuffles(units_of(0, 3), drawn(), 99)["p"].to_list()[0] == 1.0
    # also where chance gives some in one draw of four
    some = drawn(*((0, draw, 1) for draw in range(25)))
    assert against_shuffles(units_of(0), some, 99)["p"].item() == 1.0


def test_findings_take_months_and_their_sum_by_draw(detector: Any, counted: Any, found: Any) -> None:
    rows = counted([("pre_insured", "D1", 100, 40, 0, 0), ("pre_insured", "D2", 100, 2, 0, 0)])
    counts = pl.DataFrame(
        [("pre_insured", UNITS[1], draw, 1 + draw % 3) for draw in range(199)],
        schema=NOTHING_SHUFFLED.counts.schema,
        orient="row",
    )
    findings = found(rows, detector(null=Null.SHUFFLE), shuffled=Shuffled(counts, {"pre_insured": 199}))
    by_party = {row["party_id"]: row for row in findings.filter(unit_kind="party").iter_rows(named=True)}
    assert by_party["D1"]["verdict"] == "flagged"
    assert by_party["D2"]["p"] > 0.5 and by_party["D2"]["verdict"] == "unremarkable"
    assert by_party["D2"]["expected"] == pytest.approx((counts["flagged"].sum() + 1) / 200)
    assert "40 of 100 cars (40.0 %), 0.005 expected by 199 shuffles" in by_party["D1"]["reason"]
    month = findings.filter(unit_id=UNITS[1]).row(0, named=True)
    assert month["expected"] == by_party["D2"]["expected"]
