"""In which order findings, scores and clusters are given, and what stands beside them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl

from graphkit.case.folder import Folder
from graphkit.case.results import ResultsOfCase
from graphkit.tables.outputs import SHAPES


def shaped(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict(SHAPES[name].schema)
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def case(tmp_path: Path, **frames: pl.DataFrame) -> ResultsOfCase:
    every = {name: shape.empty() for name, shape in SHAPES.items()} | frames
    opened = ResultsOfCase(Folder(tmp_path))
    run = SimpleNamespace(frame=every.__getitem__, about={"payments_passed_over": 7})
    cast(Any, opened)._run = lambda: run
    return opened


def test_findings_come_flagged_first_then_of_whole_parties_then_by_chance_and_number(tmp_path: Path) -> None:
    rows = [
        ("f1", "explained", "party", 0.0, 99), ("f2", "indeterminate", "party", 0.0, 99),
        ("f3", "flagged", "dealer_month", 0.0, 99), ("f4", "flagged", "party", 0.2, 5),
        ("f5", "flagged", "party", 0.1, 5), ("f6", "flagged", "party", 0.1, 6), ("f7", "flagged", "party", None, 100),
        ("f0", "flagged", "party", 0.1, 6),
    ]  # fmt: skip
    names = ("finding_id", "verdict", "unit_kind", "q", "observed")
    findings = [dict(zip(names, row, strict=True)) | {"party_id": "D1", "unit_id": "party/D1"} for row in rows]
    findings[0] |= {"party_id": "gone", "unit_id": "party/gone"}
    sold = {"unit_id": "party/D1", "unit_kind": "party", "party_id": "D1", "sold": 30}
    told = case(
        tmp_path,
        findings=shaped("findings", *findings),
        identities=shaped("identities", {"party_id": "D1", "canonical_id": "D1", "name": "示例"}),
        tiers=shaped("tiers", sold | {"related_a": 5, "related_ab": 6, "related_abc": 7}),
    ).findings()
    assert told["finding_id"].tolist() == ["f0", "f6", "f5", "f4", "f7", "f3", "f2", "f1"]
    beside = told[["party_name", "sold", "related_a", "related_ab", "related_abc"]]
    assert beside.iloc[0].tolist() == ["示例", 30, 5, 6, 7]
    assert beside.iloc[-1].isna().all(), "a finding stays without a name or sales beside it"


def test_scores_come_highest_first_and_clusters_with_most_units(tmp_path: Path) -> None:
    scores = [("D2", 1.0), ("D1", 1.0), ("D3", 2.0)]
    opened = case(tmp_path, scores=shaped("scores", *({"party_id": who, "score": score} for who, score in scores)))
    assert opened.scores()["party_id"].tolist() == ["D3", "D1", "D2"]
    assert opened.payments_passed_over() == 7


def test_a_cluster_tells_the_sales_of_its_core_by_tier(tmp_path: Path) -> None:
    members = [("k1", "D1", "core"), ("k1", "D2", "core"), ("k1", "D3", "counterparty"), ("k2", "D3", "core")]
    sales = [("D1", "party", 10, 1, 2, 3), ("D2", "party", 20, 2, 2, 2), ("D3", "party", 40, 4, 4, 4),
             ("D1", "dealer_month", 10, 1, 2, 3)]  # fmt: skip
    names = ("party_id", "unit_kind", "sold", "related_a", "related_ab", "related_abc")
    told = case(
        tmp_path,
        clusters=shaped(
            "clusters", *({"cluster_id": f"k{at}", "units": units} for at, units in ((2, 5), (3, 9), (1, 5)))
        ),
        cluster_members=shaped(
            "cluster_members",
            *({"cluster_id": k, "party_id": who, "standing": standing} for k, who, standing in members),
        ),
        tiers=shaped("tiers", *(dict(zip(names, row, strict=True)) for row in sales)),
    ).clusters()
    assert told["cluster_id"].tolist() == ["k3", "k1", "k2"]
    by_tier = told[["sold", "related_a", "related_ab", "related_abc"]]
    assert by_tier.iloc[1].tolist() == [30, 3, 4, 5]
    assert by_tier.iloc[2].tolist() == [40, 4, 4, 4]
    assert by_tier.iloc[0].isna().all()
