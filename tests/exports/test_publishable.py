from dataclasses import replace

import networkx as nx
import polars as pl
import pytest

from graphkit.detectors import DETECTORS
from graphkit.errors import GraphkitError
from graphkit.exports import folder
from graphkit.exports import publishable as publishable_module
from graphkit.exports.folder import write_folder
from graphkit.exports.publishable import publishable, publishable_graph
from graphkit.tables.outputs import SHAPES


def frame(name, *rows):
    shape = SHAPES[name]
    return shape.canonical(pl.DataFrame([dict.fromkeys(shape.schema) | row for row in rows], schema=dict(shape.schema)))


@pytest.fixture
def frames():
    empty = {name: shape.empty() for name, shape in SHAPES.items()}
    return empty | {
        "identities": frame(
            "identities",
            {"party_id": "P1", "canonical_id": "P1", "name": "林一", "kind": "person"},
            {"party_id": "P12", "canonical_id": "P12", "name": "林一汽车", "kind": "company"},
            *(
                {"party_id": party, "canonical_id": party, "name": "=Harbour Motors", "kind": "company"}
                for party in ("D09", "D10", "D11", "D12")
            ),
        ),
        "scores": frame(
            "scores",
            {"party_id": "D09", "score": 3.0, "flagged": True, "gate_failed": None},
            {"party_id": "P12", "score": 2.0, "flagged": True, "gate_failed": "one family only"},
            {"party_id": "P1", "score": 9.0, "flagged": True, "gate_failed": None},
            # nobody asked the gate about it
            {"party_id": "D10", "score": 0.5, "flagged": False, "gate_failed": None},
            {"party_id": "D11", "score": 0.5, "flagged": None, "gate_failed": ""},
            {"party_id": "D12", "score": 0.5, "flagged": True, "gate_failed": ""},
        ),
        "hits": frame(
            "hits",
            {
                "hit_id": "pre_insured/X",
                "detector": "pre_insured",
                "subject_id": "X",
                "unit_id": "dealer_month/D09/2025-12",
                "accountable_id": "D09",
                "counterparty_id": "P1",
                "reason": "insured for P1, first bought by P12 (林一汽车), see 林一",
            },
        ),
    }


def test_only_parties_that_pass_the_gate_leave_as_flagged(frames):
    out = publishable(frames)
    assert out["flagged_parties"]["party_id"].to_list() == ["D09", "D12"]
    assert dict(out["scores"].select("party_id", "flagged").iter_rows()) == {
        "D09": True, "P12": False, "D10": False, "D11": False, "D12": True,
    }  # fmt: skip


def test_no_person_leaves_by_id_or_by_name(frames):
    hit = publishable(frames)["hits"].row(0, named=True)
    assert hit["counterparty_id"] is None
    assert hit["reason"] == "insured for a person, first bought by P12 (林一汽车), see a person"
    # nor by a name that a company bears too
    namesake = frame("identities", {"party_id": "P13", "canonical_id": "P13", "name": "林一", "kind": "company"})
    for both in ([frames["identities"], namesake], [namesake, frames["identities"]]):
        assert publishable(frames | {"identities": pl.concat(both)})["hits"]["reason"].item() == hit["reason"]


def test_no_count_and_no_evidence_about_a_person_leaves(frames):
    unit = "exporter_month/P1/2025-12"
    frames["units"] = frame("units", {"unit_id": unit, "unit_kind": "exporter_month", "party_id": "P1"})
    frames["exposure"] = frame("exposure", {"detector": "zero_mileage_export", "unit_id": unit, "tested": 1})
    own = {"hit_id": "zero_mileage_export/Y", "detector": "zero_mileage_export", "subject_id": "Y", "unit_id": unit}
    frames["hits"] = pl.concat([frames["hits"], frame("hits", own | {"accountable_id": "P1"})])
    frames["evidence"] = frame(
        "evidence", *({"hit_id": hit, "ordinal": 1, "table": "exports"} for hit in frames["hits"]["hit_id"])
    )
    # the head of a control group may be a person; the cluster keeps its own id
    frames["clusters"] = frame("clusters", {"cluster_id": "k1", "anchor_id": "P1"}, {"cluster_id": "k2"})
    out = publishable(frames)
    assert out["units"].is_empty()
    assert out["exposure"].is_empty()
    assert out["evidence"]["hit_id"].to_list() == ["pre_insured/X"]
    assert out["clusters"].select("cluster_id", "anchor_id").rows() == [("k1", None), ("k2", None)]


def test_no_person_is_a_node_of_an_exported_graph(frames):
    graph = nx.MultiDiGraph()
    graph.add_node("party/P1", kind="person", ref="P1")
    graph.add_node("party/D09", kind="party", ref="D09")
    graph.add_edge("party/P1", "party/D09")
    assert list(publishable_graph(graph, frames).nodes) == ["party/D09"]


def test_the_words_of_a_whole_graph_are_looked_through_at_once(frames, monkeypatch):
    """Node by node the demo's network took over ten minutes; the words of a case are tens of thousands."""
    looked = []
    told = publishable_module._told

    def counted(texts, columns, words):
        looked.append(texts.height)
        return told(texts, columns, words)

    monkeypatch.setattr(publishable_module, "_told", counted)
    graph = nx.MultiDiGraph()
    for number in range(40):
        graph.add_node(f"party/D{number}", ref="D09", label=f"number {number}")
    graph.add_edge("party/D0", "party/D1", label="both", share="a code")
    copy = publishable_graph(graph, frames)
    assert looked == [41]
    assert [copy.nodes[f"party/D{number}"]["label"] for number in range(40)] == [f"number {n}" for n in range(40)]
    assert next(iter(copy.edges(data="label")))[2] == "both"


def test_nothing_of_an_experimental_detector_leaves_in_any_format(frames, tmp_path, monkeypatch):
    trial = [replace(one, status="experimental") if one.id == "pre_insured" else one for one in DETECTORS]
    monkeypatch.setattr(folder, "DETECTORS", trial)
    own = {"hit_id": "shell_buyer/Y", "detector": "shell_buyer", "subject_id": "Y", "accountable_id": "D09"}
    frames["hits"] = pl.concat([frames["hits"], frame("hits", own)])
    both = [{"detector": name, "unit_id": f"{name}/D09", "tested": 1} for name in ("pre_insured", "shell_buyer")]
    frames["exposure"] = frame("exposure", *both)
    frames["units"] = frame("units", *({"unit_id": one["unit_id"], "party_id": "D09"} for one in both))
    frames["findings"] = frame(
        "findings", *({"finding_id": one["detector"], "party_id": "D09", "detector": one["detector"]} for one in both)
    )
    frames["evidence"] = frame("evidence", *({"hit_id": hit, "ordinal": 1} for hit in frames["hits"]["hit_id"]))
    write_folder(frames, nx.MultiDiGraph(), tmp_path, ("csv", "parquet"))
    kept = {"findings": "finding_id", "hits": "hit_id", "exposure": "unit_id", "units": "unit_id", "evidence": "hit_id"}
    for name, key in kept.items():
        for left in (pl.read_csv(tmp_path / f"{name}.csv"), pl.read_parquet(tmp_path / f"{name}.parquet")):
            assert left[key].str.extract("^([a-z_]+)").to_list() == ["shell_buyer"], name


def test_every_format_is_written_and_csv_is_neutral(frames, tmp_path):
    frames["clusters"] = frame("clusters", {"cluster_id": "k1", "reason": "=HYPERLINK(1)"})
    paths = write_folder(frames, nx.MultiDiGraph(), tmp_path, ("csv", "parquet", "xlsx", "graphml", "gexf"))
    assert {path.suffix for path in paths} == {".csv", ".parquet", ".xlsx", ".graphml", ".gexf"}
    assert all(path.exists() for path in paths)
    assert pl.read_csv(tmp_path / "clusters.csv")["reason"].to_list() == ["'=HYPERLINK(1)"]
    # programs read what is there
    assert pl.read_parquet(tmp_path / "clusters.parquet")["reason"].to_list() == ["=HYPERLINK(1)"]


def test_a_cluster_leaves_with_how_much_it_sells_to_itself(frames, tmp_path):
    trade = {"inside": 3, "outside": 5, "inside_share": 0.375, "expected_inside_share": 0.25}
    frames["clusters"] = frame("clusters", {"cluster_id": "k1", **trade})
    write_folder(frames, nx.MultiDiGraph(), tmp_path, ("csv",))
    assert pl.read_csv(tmp_path / "clusters.csv").select(list(trade)).rows(named=True) == [trade]


def test_an_unknown_format_is_refused_before_anything_is_written(frames, tmp_path):
    with pytest.raises(GraphkitError, match="choose from csv"):
        write_folder(frames, nx.MultiDiGraph(), tmp_path, ("csv", "docx"))
    assert not list(tmp_path.iterdir())
