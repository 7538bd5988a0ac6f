"""A scheme of a few months is not thinned by quiet years, and whoever looks at many windows pays for it."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from graphkit.algorithms.robust_baseline import fit_without_each
from graphkit.files import hash_text
from graphkit.model import Floors, Null
from graphkit.scores.collect import Shuffled

MONTHS = [f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in range(1, 13)]
WINDOWS = 36 + 35 + 34 + 33 + 32 + 31
"""All runs of one to six of thirty-six months."""

SCHEME = ("2024-04", "2024-05", "2024-06")


def market(counted: Any, flagged: np.ndarray[Any, Any], tested: int = 60, months: list[str] = MONTHS) -> Any:
    """Dealers (rows) with so many flagged of ``tested`` in each month (columns)."""
    parts = []
    for month, column in zip(months, flagged.T, strict=True):
        rows = [("pre_insured", f"D{at:02}", tested, int(k), 0, 0) for at, k in enumerate(column)]
        parts.append(counted(rows, month=month))
    parts[0].frame = pl.concat([part.frame for part in parts])
    return parts[0]


def thinned() -> np.ndarray[Any, Any]:
    """120 cars of D00 in three months and of D01 in all thirty-six, and twenty honest dealers."""
    draw = np.random.default_rng(1)
    flagged = draw.binomial(60, 0.01, (22, 36))
    flagged[:2] = 0
    flagged[0, [MONTHS.index(month) for month in SCHEME]] = 40
    flagged[1] = [3, 3, 4] * 12
    return flagged


def of_party(findings: pl.DataFrame, party: str) -> dict[str, Any]:
    return findings.filter(unit_kind="party", party_id=party).row(0, named=True)


def test_three_months_of_three_years_are_seen_and_the_same_cars_spread_over_all_are_not(
    counted: Any, detector: Any, found: Any
) -> None:
    findings = found(market(counted, thinned()), detector())
    brief, spread = of_party(findings, "D00"), of_party(findings, "D01")
    assert (brief["verdict"], brief["first_month"], brief["last_month"]) == ("flagged", "2024-04", "2024-06")
    assert (brief["observed"], brief["n"]) == (120, 180)
    assert "from 2024-04 to 2024-06, its most telling months, 120 of 180 cars (66.7 %)" in brief["reason"]
    assert brief["reason"].endswith("; in all months 120 of 2,160 cars.")
    assert (spread["verdict"], spread["observed"], spread["n"]) == ("unremarkable", 120, 2160)
    assert spread["first_month"] is spread["last_month"] is None


def test_p_is_that_of_the_window_times_the_windows_there_are(counted: Any, detector: Any, found: Any) -> None:
    flagged = thinned()
    flagged[0, [MONTHS.index(month) for month in SCHEME]] = 20
    brief = of_party(found(market(counted, flagged), detector()), "D00")
    inside = flagged[:, MONTHS.index("2024-04") : MONTHS.index("2024-06") + 1].sum(axis=1)
    plain = fit_without_each(inside, np.full(22, 180), np.arange(22))
    assert (brief["first_month"], brief["last_month"]) == ("2024-04", "2024-06")
    assert brief["p"] == pytest.approx(WINDOWS * plain.p[0], rel=1e-9)
    assert brief["expected"] == pytest.approx(180 * plain.mean[0])


def test_what_stands_over_all_months_speaks_of_all(counted: Any, detector: Any, found: Any) -> None:
    flagged = thinned()
    flagged[1] = 30
    steady = of_party(found(market(counted, flagged), detector()), "D01")
    assert (steady["verdict"], steady["observed"], steady["first_month"]) == ("flagged", 1080, None)


def test_a_window_that_moves_leaves_the_finding_its_id(counted: Any, detector: Any, found: Any) -> None:
    flagged, later = thinned(), thinned()
    later[0, MONTHS.index("2024-07")] = 55
    before, after = (of_party(found(market(counted, rows), detector()), "D00") for rows in (flagged, later))
    assert (before["last_month"], after["last_month"]) == ("2024-06", "2024-07")
    assert before["unit_id"] == after["unit_id"] == "party/D00"
    assert before["finding_id"] == after["finding_id"] == hash_text("pre_insured", "party/D00", "ias24")


def test_seven_months_are_no_window(counted: Any, detector: Any, found: Any) -> None:
    flagged = thinned()
    flagged[0] = 0
    flagged[0, 10:17] = 30
    # all seven would be 210 cars, and are as many as all months have
    row = of_party(found(market(counted, flagged), detector()), "D00")
    assert (row["first_month"], row["last_month"], row["observed"]) == ("2023-12", "2024-05", 180)
    assert row["reason"].endswith("; in all months 210 of 2,160 cars.")


def test_nothing_hangs_on_the_order_of_the_rows(counted: Any, detector: Any, found: Any) -> None:
    rows = market(counted, thinned())
    once = found(rows, detector())
    rows.frame = rows.frame.sample(fraction=1.0, shuffle=True, seed=3)
    assert found(rows, detector()).equals(once)


def test_honest_dealers_stand_out_in_a_window_no_more_often_than_they_may(
    counted: Any, detector: Any, found: Any
) -> None:
    none = Floors(min_tested=1, min_flagged=1, min_share=0.001, min_effect=1.001, why="test")
    seen = 0
    for seed in range(12):
        draw = np.random.default_rng(seed)
        rates = draw.beta(0.05 * 49, 0.95 * 49, 20)
        flagged = draw.binomial(40, np.repeat(rates[:, None], 6, axis=1))
        findings = found(market(counted, flagged, 40, MONTHS[:6]), detector(floors=none))
        seen += findings.filter(pl.col("first_month").is_not_null()).height > 0
    # one market in twenty may
    assert seen <= 2


def test_chance_that_is_dealt_out_is_asked_in_windows_too(counted: Any, detector: Any, found: Any) -> None:
    flagged = np.zeros((3, 24), dtype=np.int64)
    flagged[0, 4:6] = 20
    rows = market(counted, flagged, 30, MONTHS[:24])
    units = [f"dealer_month/D00/{month}" for month in MONTHS[:24]]
    drawn = [("pre_insured", unit, draw, 1) for draw in range(0, 90, 3) for unit in units]
    counts = pl.DataFrame(drawn, schema=["detector", "unit_id", "draw", "flagged"], orient="row")
    shuffle = detector(null=Null.SHUFFLE)
    row = of_party(found(rows, shuffle, shuffled=Shuffled(counts, {"pre_insured": 99})), "D00")
    assert (row["verdict"], row["first_month"], row["last_month"]) == ("flagged", "2023-05", "2023-06")
    # thirty draws gave one car in each of the two months
    assert (row["observed"], row["n"], row["expected"]) == (40, 60, pytest.approx(61 / 100))
