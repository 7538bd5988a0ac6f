"""Who is whose peer, and from how many peers on they say what is usual."""

from typing import Any

import polars as pl

HONEST = [4, 3, 6, 2, 5, 4, 3, 5, 6, 4, 2, 5]


def rows_of(flagged: list[int], prefix: str = "D", tested: int = 200) -> list[tuple[Any, ...]]:
    return [("pre_insured", f"{prefix}{at:02}", tested, k, 0, 0) for at, k in enumerate(flagged)]


def baseline_of(findings: pl.DataFrame, party: str, kind: str = "dealer_month") -> tuple[str, int]:
    row = findings.filter(unit_kind=kind, party_id=party).row(0, named=True)
    return row["baseline"], row["peers_n"]


def test_ten_peers_are_enough_and_nine_are_not(detector: Any, counted: Any, found: Any) -> None:
    for kind in ("dealer_month", "party"):
        ten = found(counted(rows_of([110, *HONEST[:10]])), detector())
        assert baseline_of(ten, "D00", kind) == ("peers", 10)
        nine = found(counted(rows_of([110, *HONEST[:9]])), detector())
        assert baseline_of(nine, "D00", kind) == ("reference", 9)
    row = nine.filter(unit_kind="party", party_id="D00").row(0, named=True)
    assert row["expected"] == 200 * 0.03


def test_who_has_nothing_decidable_is_no_peer(detector: Any, counted: Any, found: Any) -> None:
    undecidable = [("pre_insured", "E1", 50, 0, 0, 50)]
    findings = found(counted([*rows_of([110, *HONEST[:9]]), *undecidable]), detector())
    assert baseline_of(findings, "D00") == ("reference", 9)


def test_peers_are_of_the_same_month_and_of_the_same_kind(detector: Any, counted: Any, found: Any) -> None:
    rows = counted(rows_of([110, *HONEST[:10]]))
    later = counted(rows_of(HONEST[:7], prefix="L"), month="2024-06")
    makers = counted(rows_of(HONEST[:6], prefix="M"), kind="maker_city_month")
    rows.frame = pl.concat([rows.frame, later.frame, makers.frame])
    findings = found(rows, detector())
    assert baseline_of(findings, "D00") == ("peers", 10)
    assert baseline_of(findings, "L00") == ("reference", 6)
    assert baseline_of(findings, "M00", "maker_city_month") == ("reference", 5)
    # parties are compared over all months, and still within their kind
    assert baseline_of(findings, "L00", "party") == ("peers", 17)
    assert baseline_of(findings, "M00", "party") == ("reference", 5)
