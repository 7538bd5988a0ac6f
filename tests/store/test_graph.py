"""The tiny market in the embedded engine: what is in the graph, and exact answers."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.detectors import DETECTORS
from graphkit.errors import QueryError, StoreError
from graphkit.queries import Column, bind, known_of, library
from graphkit.store.bolt import Graph


def ask(graph: Graph, name: str, **given: str) -> list[dict[str, Any]]:
    query = library()[name]
    return graph.run(query.text, bind(query, given), query.returns).to_dicts()


def test_the_graph_holds_what_the_tables_hold(graph: Graph) -> None:
    assert graph.counts() == {
        # nodes, also by role; the eleven firms with one e-mail are a hub and share nothing
        "Party": 27, "Manufacturer": 1, "Dealer": 1, "Exporter": 1, "Insurer": 1, "Person": 9, "Government": 1,
        "Vehicle": 26, "Sale": 39, "Policy": 10, "Identifier": 2, "ReportedCount": 2, "Cluster": 1, "Finding": 1,
        # relationships; a payment to nobody is none, a finding concerns its party and its flagged car
        "BUILT": 26, "SOLD": 39, "BOUGHT_BY": 39, "OF": 39, "ISSUED": 10, "INSURES": 10, "COVERS": 10, "PLATED_TO": 6,
        "EXPORTED": 2, "HELD_AS": 1, "OWNS": 4, "PAID": 4, "HAS": 6, "REPORTED": 1, "ABOUT": 2, "CONTROLS": 3,
        "IN_GROUP_OF": 3, "RELATED_TO": 2, "TRADED": 30, "HAS_MEMBER": 3, "CONCERNS": 2,
    }  # fmt: skip


def test_text_comes_back_as_it_went_in(graph: Graph, tiny: Any) -> None:
    given = tiny.tables["parties"].filter(pl.col("party_id") == "D01")["name"][0]
    assert {"'", '"', "\\", "\n", "🚗", "示"} <= set(given)
    rows = graph.run("MATCH (d:Dealer) RETURN d.name AS name, labels(d) AS labels, keys(d) AS keys")
    assert rows["name"].to_list() == [given]
    assert sorted(json.loads(rows["labels"][0])) == ["Dealer", "Exporter", "Party"]


def test_a_relation_says_what_proves_it(graph: Graph) -> None:
    rows = graph.run("MATCH (:Party {party_id: 'C01'})-[r:RELATED_TO]-() RETURN r.proof AS proof, r.proof_rows AS rows")
    assert json.loads(rows["proof"][0]) == [
        "P9 -> C01 51.0 % (ownership/P9|C01|2025-03-01)",
        "P9 -> D01 50.5 to 60.0 % (ownership/P9|D01|2024-06-01)",
    ]
    cited = "MATCH ()-[o:OWNS]->(b) WHERE 'ownership/' + o.row_key IN $rows RETURN b.party_id AS id ORDER BY id"
    assert graph.run(cited, {"rows": json.loads(rows["rows"][0])})["id"].to_list() == ["C01", "D01"]


def test_what_is_not_known_is_no_property(graph: Graph) -> None:
    keys = json.loads(
        graph.run("MATCH (v:Vehicle {vin: $vin}) RETURN keys(v) AS k", {"vin": "LSAMP000000000005"})["k"][0]
    )
    assert "first_insured_on" in keys
    assert not {"end_sale_on", "brand", "km_last", "shadowed_in"} & set(keys)


def test_dates_come_back_as_dates_and_empty_answers_keep_their_columns(graph: Graph) -> None:
    columns = (Column("on_date", "date", False), Column("n", "int", True))
    text = "MATCH (v:Vehicle {vin: $vin}) RETURN v.built_on AS on_date, v.km_last AS n ORDER BY on_date"
    found = graph.run(text, {"vin": "LSAMP000000000005"}, columns)
    assert found.rows() == [(date(2025, 1, 10), None)]
    none = graph.run(text, {"vin": "NOBODY"}, columns)
    assert none.schema == found.schema == pl.Schema({"on_date": pl.Date, "n": pl.Int64})


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (:Party {party_id: 'X'})",
        "MATCH (p:Party) SET p.name = 'X'",
        "MATCH (p:Party) DETACH DELETE p",
        "CREATE INDEX more IF NOT EXISTS FOR (n:Party) ON (n.name)",
        "DROP CONSTRAINT party_key",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    ],
)
def test_nothing_can_be_written_and_no_file_read(graph: Graph, text: str) -> None:
    before = graph.counts()
    with pytest.raises(QueryError, match="refused"):
        graph.run(text)
    assert graph.counts() == before


def test_a_limit_cuts_rows_in_the_client_only(graph: Graph) -> None:
    assert graph.run("MATCH (v:Vehicle) RETURN v.vin AS vin ORDER BY vin", limit=3).height == 3
    assert graph.run("MATCH (v:Vehicle) RETURN count(v) AS n", limit=3)["n"].to_list() == [26]


def test_a_loaded_graph_is_not_loaded_again(graph: Graph) -> None:
    with pytest.raises(StoreError, match="already holds"):
        graph.load([], lambda what, done, total: None)


@pytest.mark.parametrize("detector_id", [detector.id for detector in DETECTORS])
def test_the_twin_of_a_detector_counts_the_same_cars(graph: Graph, tiny: Any, detector_id: str) -> None:
    detector = next(detector for detector in DETECTORS if detector.id == detector_id)
    hits = detector.detect(tiny.market, detector.settings).hits.collect().to_native()
    flagged = hits.filter(pl.col("verdict") == "flagged").group_by("unit_id", "accountable_id").len("flagged")
    expected = flagged.sort("unit_id").select("unit_id", "accountable_id", "flagged").rows()
    query = library()[detector_id]
    known = known_of(tiny.market.coverage, tiny.market.as_of, tiny.market.regime)
    found = graph.run(query.text, bind(query, {}, known), query.returns)
    assert found.select("unit_id", "party_id", "flagged").rows() == expected
    assert found["month"].to_list() == [unit.rsplit("/", 1)[1] for unit, _, _ in expected]


@pytest.mark.parametrize("name", ["insured_not_plated", "pre_insured"])
def test_without_complete_registers_a_twin_flags_nothing(graph: Graph, name: str) -> None:
    assert ask(graph, name, as_of="2026-06-30") == []


def test_who_absorbed_a_dealers_cars(graph: Graph) -> None:
    first = ask(graph, "dealer_buyers", dealer_id="D01", top="2")
    assert first == [
        {"buyer_id": "C01", "name": "示例公司C01", "kind": "company", "units": 2, "plated_in_30_days": 1,
         "never_plated": 1, "exported": 0, "tier": "A"},
        {"buyer_id": "C02", "name": "示例公司C02", "kind": "company", "units": 1, "plated_in_30_days": 1,
         "never_plated": 0, "exported": 0, "tier": "A"},
    ]  # fmt: skip


def test_the_control_path_holds_on_the_day_only(graph: Graph) -> None:
    path = ask(graph, "control_path", from_id="C01", to_id="D01", on="2025-12-05")
    assert [(step["owner_id"], step["link"], step["owned_id"], step["share_percent"]) for step in path] == [
        ("P9", "OWNS", "C01", 51.0),
        ("P9", "OWNS", "D01", 60.0),
    ]
    assert ask(graph, "control_path", from_id="C01", to_id="D01", on="2025-02-10") == []
    assert ask(graph, "control_path", from_id="C02", to_id="D01", on="2026-01-01") != []
    assert ask(graph, "control_path", from_id="C02", to_id="D01", on="2026-01-02") == []


def test_a_cars_life_is_told_in_order(graph: Graph) -> None:
    life = ask(graph, "vehicle_life", vin="LSAMP000000000001")
    assert [(row["on_date"], row["event"]) for row in life] == [
        (date(2025, 1, 10), "built"),
        (date(2025, 2, 1), "wholesale invoice"),
        (date(2025, 3, 1), "retail invoice"),
        (date(2025, 3, 2), "compulsory policy"),
        (date(2025, 3, 3), "handed over"),
        (date(2025, 3, 10), "plated"),
    ]


def test_shared_identifiers_leave_out_hubs(graph: Graph) -> None:
    rows = ask(graph, "shared_identifiers")
    assert [(row["kind"], row["value"], row["party_ids"]) for row in rows] == [
        ("address", "甲路1号", ["C01", "C02", "C03"]),
        ("phone", "+860000000001", ["C01", "C02", "C03"]),
    ]


def test_members_and_findings_of_a_cluster(graph: Graph) -> None:
    members = ask(graph, "cluster_members", party_id="C01")
    assert [(row["standing"], row["member_id"], row["score"]) for row in members] == [
        ("context", "M01", None),
        ("core", "D01", 1.5),
        ("counterparty", "C01", None),
    ]
    around = ask(graph, "party_findings", party_id="C02")
    assert [(row["about_id"], row["tie"], row["finding_id"]) for row in around] == [("D01", "related to it", "f1")]


def test_early_policies_by_insurer(graph: Graph) -> None:
    rows = ask(graph, "insured_early_by_insurer")
    assert rows == [
        {"insurer_id": "I01", "name": "示例保险", "cars": 3, "dealers": 1,
         "mean_days": pytest.approx((73 + 73 + 103) / 3), "longest_days": 103},
    ]  # fmt: skip


def test_dealings_add_up(graph: Graph) -> None:
    rows = ask(graph, "party_dealings", party_id="D01", **{"from": "2025-12-01", "to": "2025-12-31"})
    assert [(row["side"], row["other_id"], row["units"], row["amount"]) for row in rows] == [
        ("sold", "C01", 1, 100.0),
        ("sold", "C02", 1, 100.0),
    ]


@pytest.mark.parametrize("name", sorted(library()))
def test_every_query_runs_and_its_empty_case_is_empty(graph: Graph, name: str) -> None:
    query = library()[name]
    assert graph.run(query.text, bind(query, query.empty), query.returns).is_empty()
    rows = graph.run(query.text, bind(query, query.demo), query.returns)
    assert rows.columns == [column.name for column in query.returns]


def test_whole_nodes_and_paths_come_back_as_text(graph: Graph) -> None:
    text = "MATCH p = (o:Party)-[r:OWNS]->(c:Party {party_id: 'C01'}) RETURN o, r, p, [1, 2] AS numbers"
    row = graph.run(text).row(0, named=True)
    assert json.loads(row["o"])["party_id"] == "P9"
    assert json.loads(row["r"]) == {
        "type": "OWNS", "share": 510_000, "valid_from": "2025-03-01", "row_key": "P9|C01|2025-03-01",
    }  # fmt: skip
    assert [part.get("party_id", part.get("type")) for part in json.loads(row["p"])] == ["P9", "OWNS", "C01"]
    assert row["numbers"] == "[1, 2]"


def test_a_text_that_is_no_query_is_refused_in_one_sentence(graph: Graph) -> None:
    with pytest.raises(QueryError) as refused:
        graph.run("MATCH (n RETURN n")
    assert "\n" not in str(refused.value)
