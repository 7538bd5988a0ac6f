"""No person's and no stub's id or name is in any cell of any file that leaves, whatever the column or the format."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import networkx as nx
import polars as pl
import pytest

from graphkit.exports.folder import FORMATS, write_folder
from graphkit.exports.publishable import CODES, EXPORTED
from graphkit.tables.outputs import SHAPES
from tests.exports.cells import cells_of, names_in

PERSONS = (
    {"party_id": "P-0117", "canonical_id": "P-0117", "name": "示例人甲", "kind": "person"},
    # merged into the first: both ids are one person's
    {"party_id": "P-0118", "canonical_id": "P-0117", "name": "示例人甲（旧）", "kind": "person"},
    {"party_id": "X-0119", "canonical_id": "X-0119", "name": "Sample Somebody", "kind": "unknown", "is_stub": True},
    {"party_id": "X-0120", "canonical_id": "X-0120", "name": "A.b*c (d)", "kind": None, "is_stub": True},
)
ORGANISATIONS = (
    {"party_id": "D09", "canonical_id": "D09", "name": "示例人甲汽车有限公司", "kind": "company"},
    {"party_id": "P-0117A", "canonical_id": "P-0117A", "name": "Sample Somebody & Sons", "kind": "company"},
    {"party_id": "G1", "canonical_id": "G1", "name": "示例局", "kind": "government"},
)
KEPT = "12 of 30 cars of D09 (示例人甲汽车有限公司), P-0117A and Sample Somebody & Sons"
NAMED = [text for one in PERSONS for text in (one["party_id"], one["name"])]
OF_PARTIES = ("party_id", "accountable_id", "counterparty_id", "anchor_id", "maker_id", "dealer_id", "reporter_id")
BY_PERSON = {"hits", "findings", "scores", "contributions", "cluster_members", "units", "tiers"}
"""Tables with a party that a row is about: a person's own row does not leave."""


def rows_of(name: str) -> Iterator[dict[str, Any]]:
    """A row without persons, and for each person a row of an organisation that names it in every text it may."""
    schema = SHAPES[name].schema
    plain = {column: _fitting(column, dtype) for column, dtype in schema.items()}
    yield plain
    texts = [column for column, dtype in schema.items() if dtype == pl.String and column not in CODES]
    for one in PERSONS:
        said = f"insured for {one['party_id']}, says {one['name']}: {KEPT}"
        mentions = ("counterparty_id", "anchor_id", "maker_id", "dealer_id", "reporter_id")
        parties = {column: one["party_id"] for column in texts if column in mentions}
        yield plain | {column: said for column in texts if column not in (*OF_PARTIES, "subject_id")} | parties
        if name in BY_PERSON:
            about = "accountable_id" if name == "hits" else "party_id"
            own = {about: one["party_id"], "unit_id": f"dealer_month/{one['party_id']}/2025-12"}
            own |= {"hit_id": f"by {one['party_id']}"}
            yield plain | {column: value for column, value in own.items() if column in schema}


def _fitting(column: str, dtype: Any) -> Any:
    if dtype == pl.String:
        known = {"unit_id": "dealer_month/D09/2025-12", "hit_id": "h1", "subject_id": "VIN1", "gate_failed": None}
        return known.get(column, "D09" if column in OF_PARTIES else "flagged" if column in CODES else KEPT)
    return {pl.Int64: 12, pl.Float64: 0.05, pl.Boolean: True}.get(dtype.base_type(), date(2025, 12, 7))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The cells of every file that the run is written as."""
    schema = dict(SHAPES["identities"].schema)
    empty = dict.fromkeys(schema)
    frames = {name: shape.empty() for name, shape in SHAPES.items()}
    frames["identities"] = pl.DataFrame([empty | one for one in (*PERSONS, *ORGANISATIONS)], schema=schema)
    for name in EXPORTED:
        frames[name] = pl.DataFrame(list(rows_of(name)), schema=dict(SHAPES[name].schema))
    paths = write_folder(frames, _network(), tmp_path_factory.mktemp("out"), FORMATS)
    return {path.name: cells_of(path) for path in paths}


def _network() -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for one in (*PERSONS, *ORGANISATIONS):
        graph.add_node(f"party/{one['party_id']}", kind="party", ref=one["party_id"], label=one["name"])
    graph.add_node("vehicle/1", kind="vehicle", ref="1", label=f"car of {PERSONS[0]['name']}")
    graph.add_edge("party/D09", "vehicle/1", kind="flagged", detail=f"sold to {PERSONS[2]['party_id']}")
    graph.add_edge("party/P-0117", "party/D09", kind="owns", detail="owner")
    return graph


def test_these_formats_leave_and_each_is_read_back(files: dict[str, list[str]]) -> None:
    assert FORMATS == ("csv", "parquet", "xlsx", "graphml", "gexf")
    tables = (
        "findings", "tallies", "hits", "evidence", "exposure", "units", "scores", "contributions", "clusters",
        "cluster_members",
        "restatement", "restated_vehicles", "reported", "tiers", "aggregates", "flagged_parties",
    )  # fmt: skip
    expected = {f"{name}.{suffix}" for name in tables for suffix in ("csv", "parquet")}
    assert set(files) == expected | {"graphkit.xlsx", "clusters.graphml", "clusters.gexf"}


def test_nobody_is_named_in_any_cell(files: dict[str, list[str]]) -> None:
    known = [text for one in ORGANISATIONS for text in (one["party_id"], one["name"])]
    for name, cells in files.items():
        assert not names_in(cells, NAMED, known), name


def test_what_is_said_of_organisations_stays(files: dict[str, list[str]]) -> None:
    said = f"insured for a person, says a person: {KEPT}"
    for name in ("hits", "findings", "scores", "contributions", "clusters", "aggregates"):
        for suffix in ("csv", "parquet"):
            cells = files[f"{name}.{suffix}"]
            assert KEPT in cells, name
            assert said in cells, name
    labels = files["clusters.graphml"]
    assert "示例人甲汽车有限公司" in labels
    assert "car of a person" in labels
    assert "sold to a person" in labels
    assert files["clusters.gexf"].count("Sample Somebody & Sons") == files["clusters.gexf"].count("示例局") > 0


def test_a_text_column_is_looked_through_or_named_as_a_code() -> None:
    looked_through = (
        {column for name in EXPORTED for column, dtype in SHAPES[name].schema.items() if dtype == pl.String}
        - CODES
        - set(OF_PARTIES)
    )
    assert looked_through == {
        "assumptions", "city", "denial", "exculpatory", "gate_failed", "missing", "name", "reason", "reason_1",
        "reason_2", "reason_3", "row_key", "sentence", "source", "subject_id",
    }  # fmt: skip
