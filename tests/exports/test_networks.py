from datetime import date

import networkx as nx

from graphkit.exports.networks import write_gexf, write_graphml


def network():
    graph = nx.MultiDiGraph()
    graph.add_node("party/D09", label="=海山\x00\uffff\ud800", city=None, units=3, score=1.5, flagged=True)
    graph.add_node("party/C01", label="", units=0, score=0.0, flagged=False)
    graph.add_node("party/B01", label="Buyer", first_on=date(2025, 12, 1))
    graph.add_edge("party/D09", "party/B01", key="e0", units=3, note=None, months=["2025-11", "2025-12"])
    return graph


def test_graphml_reads_back_without_the_nulls(tmp_path):
    write_graphml(network(), tmp_path / "a.graphml")
    back = nx.read_graphml(tmp_path / "a.graphml")
    assert dict(back.nodes["party/D09"]) == {"label": "=海山", "units": 3, "score": 1.5, "flagged": True}
    # nothing of something is no lack of a value
    assert dict(back.nodes["party/C01"]) == {"label": "", "units": 0, "score": 0.0, "flagged": False}
    assert back.nodes["party/B01"]["first_on"] == "2025-12-01"
    assert list(back.edges(data=True)) == [
        ("party/D09", "party/B01", {"units": 3, "months": "2025-11; 2025-12", "id": "e0"})
    ]


def test_gexf_reads_back_and_holds_no_clock(tmp_path):
    write_gexf(network(), tmp_path / "a.gexf")
    text = (tmp_path / "a.gexf").read_text(encoding="utf-8")
    assert "lastmodifieddate" not in text
    back = nx.read_gexf(tmp_path / "a.gexf")
    assert {name: back.nodes["party/D09"][name] for name in ("units", "score", "flagged")} == {
        "units": 3, "score": 1.5, "flagged": True,
    }  # fmt: skip
    ((source, target, facts),) = back.edges(data=True)
    assert (source, target, facts["units"], facts["months"]) == ("party/D09", "party/B01", 3, "2025-11; 2025-12")
