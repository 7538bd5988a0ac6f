"""Results against labels, on frames small enough to count by hand."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.errors import InputError
from graphkit.evaluation import Evaluation, evaluate, read_labels
from graphkit.simulate import simulate, write

PARTIES = pl.DataFrame(
    [
        ("D1", "company", True, "s", "s/D1"),
        ("C1", "company", True, "s", "s/D1"),
        ("D2", "company", True, "s", "s/D2"),
        ("D3", "company", False, None, None),
        ("P1", "person", False, None, None),
    ],
    schema=["party_id", "kind", "guilty", "scheme", "cluster"],
    orient="row",
)
VEHICLES = pl.DataFrame(
    [("V1", "d", True, True), ("V2", "d", True, True), ("V3", "d", True, False), ("V4", "e", True, True)],
    schema=["vin", "detector", "meets_rule", "decidable"],
    orient="row",
)
HITS = pl.DataFrame(
    [
        ("d", "V1", "flagged"),
        ("d", "V9", "flagged"),
        ("d", "V3", "indeterminate"),
        ("d", "V8", "explained"),
        ("f", "V1", "indeterminate"),
    ],
    schema=["detector", "subject_id", "verdict"],
    orient="row",
)


def _evaluated(flagged: list[str], members: list[tuple[str, str, str]]) -> Evaluation:
    everyone = PARTIES["party_id"].to_list()
    scores = pl.DataFrame({"party_id": everyone, "flagged": [party in flagged for party in everyone]})
    schema = {"cluster_id": pl.String, "party_id": pl.String, "standing": pl.String}
    rows = pl.DataFrame(members, schema=schema, orient="row")
    clusters = rows.select("cluster_id").unique()
    return evaluate(HITS, scores, clusters, rows, {"vehicles": VEHICLES, "parties": PARTIES})


def test_hits_are_judged_by_the_rule_and_recall_by_what_the_data_decide() -> None:
    rows = {row["detector"]: row for row in _evaluated([], []).detectors.iter_rows(named=True)}
    assert rows["d"] == {
        "detector": "d", "truths": 3, "decidable": 2, "flagged": 2, "right": 1, "wrong": 1, "missed": 1,
        "indeterminate": 1, "precision": 0.5, "recall": 0.5,
    }  # fmt: skip
    assert (rows["e"]["missed"], rows["e"]["precision"], rows["e"]["recall"]) == (1, None, 0.0)
    assert (rows["f"]["indeterminate"], rows["f"]["precision"], rows["f"]["recall"]) == (1, None, None)


def test_a_car_that_the_data_do_not_decide_is_no_part_of_recall_though_it_was_flagged() -> None:
    hits = pl.DataFrame([("d", "V3", "flagged"), ("d", "V1", "flagged")], schema=HITS.schema, orient="row")
    members = pl.DataFrame(schema={"cluster_id": pl.String, "party_id": pl.String, "standing": pl.String})
    scores = pl.DataFrame({"party_id": ["D1"], "flagged": [False]})
    labels = {"vehicles": VEHICLES, "parties": PARTIES}
    found = evaluate(hits, scores, members.select("cluster_id"), members, labels).detectors.filter(detector="d")
    assert found.select("right", "decidable", "missed", "precision", "recall").rows() == [(2, 2, 1, 1.0, 0.5)]


def test_who_passed_a_car_on_neither_adds_a_car_nor_takes_one_away() -> None:
    steps = [("d", "V1/2", "flagged"), ("d", "V3/2", "indeterminate"), ("d", "V9/2", "flagged")]
    passed_on = pl.DataFrame(steps, schema=HITS.schema, orient="row")
    labels = {"vehicles": VEHICLES, "parties": PARTIES}
    scores = pl.DataFrame({"party_id": ["D1"], "flagged": [False]})
    members = pl.DataFrame(schema={"cluster_id": pl.String, "party_id": pl.String, "standing": pl.String})
    found = evaluate(pl.concat([HITS, passed_on]), scores, members.select("cluster_id"), members, labels)
    assert found.detectors.equals(_evaluated([], []).detectors)


def test_a_group_is_exported_by_any_of_its_parties() -> None:
    evaluation = _evaluated(["C1"], [])
    assert evaluation.groups.select("cluster", "flagged_parties", "exported").rows() == [
        ("s/D1", 1, True),
        ("s/D2", 0, False),
    ]
    assert evaluation.exported_share == 0.5
    assert evaluation.innocents.height == 0


def test_innocents_and_consumers_that_are_flagged_are_named() -> None:
    evaluation = _evaluated(["D3", "P1"], [])
    assert evaluation.innocents.rows() == [("D3", "company", False), ("P1", "person", True)]
    assert evaluation.consumers_flagged == 1


def test_a_flagged_party_that_the_labels_do_not_know_is_an_innocent() -> None:
    scores = pl.DataFrame({"party_id": ["X9", "D1", "X9", "X8"], "flagged": [True, True, True, None]})
    members = pl.DataFrame({"cluster_id": ["K1", "K2"], "party_id": ["D2", "D1"], "standing": ["core", "core"]})
    # K2 is no cluster of the run
    clusters = pl.DataFrame({"cluster_id": ["K1"]})
    evaluation = evaluate(HITS, scores, clusters, members, {"vehicles": VEHICLES, "parties": PARTIES})
    assert evaluation.innocents.rows() == [("X9", None, False)]
    assert evaluation.consumers_flagged == 0
    assert evaluation.groups.select("cluster", "flagged_parties", "found").rows() == [
        ("s/D1", 1, False), ("s/D2", 0, True),
    ]  # fmt: skip


def test_a_planted_group_is_found_only_by_a_clusters_core() -> None:
    evaluation = _evaluated([], [("K1", "C1", "core"), ("K2", "D2", "context")])
    assert evaluation.groups.select("cluster", "found", "found_in").rows() == [
        ("s/D1", True, "K1"),
        ("s/D2", False, None),
    ]
    assert evaluation.found_share == 0.5
    assert evaluation.melted.height == 0


def test_a_cluster_that_mixes_two_planted_groups_is_named() -> None:
    evaluation = _evaluated([], [("K1", "D1", "core"), ("K1", "D2", "core"), ("K1", "D3", "core")])
    assert evaluation.melted.rows() == [("K1", "s/D1;s/D2")]
    # two parties of one planted group belong together
    assert _evaluated([], [("K1", "D1", "core"), ("K1", "C1", "core")]).melted.is_empty()


def test_nothing_planted_and_nothing_found_is_no_failure() -> None:
    labels = {"vehicles": VEHICLES.clear(), "parties": PARTIES.filter(~pl.col("guilty"))}
    scores = pl.DataFrame(schema={"party_id": pl.String, "flagged": pl.Boolean})
    members = pl.DataFrame(schema={"cluster_id": pl.String, "party_id": pl.String, "standing": pl.String})
    evaluation = evaluate(HITS.clear(), scores, members.select("cluster_id"), members, labels)
    assert (evaluation.detectors.height, evaluation.exported_share, evaluation.found_share) == (0, 1.0, 1.0)


def test_rows_in_another_order_give_the_same_evaluation() -> None:
    members = [("K1", "D1", "core"), ("K2", "D2", "core"), ("K3", "C1", "core")]
    one, other = _evaluated(["D1"], members), _evaluated(["D1"], members[::-1])
    assert one.groups.equals(other.groups)
    assert one.groups.row(0, named=True)["found_in"] == "K1;K3"


def test_labels_are_read_as_they_were_written(tmp_path: Path) -> None:
    market = simulate(seed=2, scale=0.03)
    write(market, tmp_path)
    labels = read_labels(tmp_path / "labels")
    assert labels["vehicles"].equals(market.labels["vehicles"])
    assert labels["parties"].equals(market.labels["parties"])


def test_a_folder_without_labels_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no readable label file"):
        read_labels(tmp_path)
    (tmp_path / "vehicles.csv").write_text("vin,detector\nV1,d\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks meets_rule, decidable"):
        read_labels(tmp_path)
