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


def test_ten_dealers_of_a_city_are_compared_within_it_where_the_detector_says_so(
    detector: Any, counted: Any, found: Any
) -> None:
    slow, fast = [60, 55, 66, 50, 58, 62, 57, 64, 53, 59, 61], HONEST
    rows = counted([*rows_of(slow, prefix="S"), *rows_of(fast, prefix="F"), *rows_of(HONEST[:2], prefix="N")])
    seats = {"S": "示例甲市", "F": "示例乙市"}
    identities = rows.identities().with_columns(
        city=pl.col("party_id").str.head(1).replace_strict(seats, default=None, return_dtype=pl.String)
    )
    by_city = detector(peers_of_a_city="plates depend on a city's quota")
    findings = found(rows, by_city, identities=identities)
    for kind in ("dealer_month", "party"):
        assert baseline_of(findings, "S00", kind) == ("city", 10)
        assert baseline_of(findings, "F00", kind) == ("city", 11)
        assert baseline_of(findings, "N00", kind) == ("peers", 24)
    assert findings.filter(pl.col("party_id").str.starts_with("S"), verdict="flagged").is_empty()
    said = dict(findings.filter(unit_kind="party").select("party_id", "reason").rows())
    assert "expected from 10 peers of the same city:" in said["S00"]
    assert "expected from 24 peers nationwide:" in said["N00"]
    # of nine others in the city it is compared with everybody
    fewer = counted([*rows_of(slow[:10], prefix="S"), *rows_of(fast, prefix="F")])
    assert baseline_of(found(fewer, by_city, identities=identities), "S00") == ("peers", 21)
    assert baseline_of(found(rows, detector(), identities=identities), "S00") == ("peers", 24)
