"""Who is whose peer, and from how many peers on they say what is usual."""

from typing import Any

import polars as pl

from graphkit.algorithms.count_tests import betabinomial_tail
from graphkit.model import ReferenceRate
from graphkit.scores.baselines import with_baselines

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


RATE = ReferenceRate(0.03, 0.02, why="test", source="test")


def ranges(flagged: list[int], *, cities: str = "", by_city: bool = False, month: str | None = None) -> dict[str, Any]:
    """What is measured of the first of these party-level units of 200 cars each; ``cities`` has a letter for each."""
    rows = pl.DataFrame(
        {
            "unit_id": [f"party/D{at:02}" for at in range(len(flagged))],
            "flagged": flagged,
            "city": list(cities) or ["S"] * len(flagged),
        }
    ).with_columns(
        n=pl.lit(200), peer_kind=pl.lit("dealer_month"), month=pl.lit(month, pl.String()), group_id="unit_id"
    )
    return with_baselines(rows, RATE, by_city=by_city).filter(unit_id="party/D00").row(0, named=True)


def test_what_one_more_or_less_makes_of_a_party_with_many_peers_is_what_its_peers_make_of_it() -> None:
    row = ranges([28, *HONEST])
    assert row["p_least"] < row["p"] < row["p_without_one"] <= row["p_most"]
    assert row["mean_least"] < row["mean"] < row["mean_most"] < 0.03
    dated = ranges([28, *HONEST], month="2024-05")
    assert dated["p_least"] == dated["p"] == dated["p_without_one"] == dated["p_most"]


def test_of_ten_peers_one_fewer_leaves_the_reference_rate_and_of_nine_one_more_leaves_it_behind() -> None:
    documented = betabinomial_tail(20, 200, 0.03, 0.02)[0]
    ten = ranges([20, *[1] * 10])
    assert ten["baseline"] == "peers" and ten["p"] < 0.01
    assert ten["p_without_one"] == ten["p_most"] == documented > 0.01
    assert ten["mean_most"] == 0.03
    nine = ranges([20, *[1] * 9])
    assert nine["baseline"] == "reference"
    assert nine["p"] == nine["p_without_one"] == nine["p_most"] == documented
    assert nine["p_least"] < 0.01 and nine["mean_least"] < 0.02 < nine["mean_most"] == 0.03
    eight = ranges([20, *[1] * 8])
    assert eight["p_least"] == eight["p_most"] == documented and eight["mean_least"] == eight["mean_most"] == 0.03


def test_of_ten_peers_of_a_city_one_fewer_leaves_those_of_the_country() -> None:
    # elsewhere far more is usual
    ten = ranges([20, *[1] * 10, *[30] * 15], cities="S" * 11 + "F" * 15, by_city=True)
    anywhere = ranges([20, *[1] * 10, *[30] * 15])
    assert (ten["baseline"], ten["peers_n"], ten["peers_anywhere"]) == ("city", 10, 25)
    assert ten["p"] < 0.01 < anywhere["p"] <= ten["p_without_one"] <= ten["p_most"]
    assert ten["mean_most"] >= anywhere["mean"]
    nine = ranges([20, *[1] * 9, *[30] * 15], cities="S" * 10 + "F" * 15, by_city=True)
    assert nine["baseline"] == "peers" and nine["p"] > 0.1
    assert nine["p_least"] < 0.01 and nine["mean_least"] < 0.02
    # with eight left of its own city one more does not make a city of it
    eight = ranges([20, *[1] * 8, *[30] * 15], cities="S" * 9 + "F" * 15, by_city=True)
    assert eight["p_least"] > 0.1
