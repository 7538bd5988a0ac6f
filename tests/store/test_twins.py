"""On the tiny markets of a detector its twin counts the cars that the detector flags."""

from pathlib import Path

import pytest

from graphkit.algorithms.frames import polars_of
from graphkit.queries import bind, known_of, library
from graphkit.store.bolt import Graph
from graphkit.store.projection import projection
from graphkit.tables.outputs import SHAPES
from tests.detectors.markets import FOLDERS, found, market_of, tables_of
from tests.store.conftest import silent

MADE = ("ledger", "flows", "identities", "control", "groups", "relations", "shadows")
TOLD = [
    folder
    for folder in FOLDERS
    if folder.name == "edges" or "\nworked = " in (folder / "case.toml").read_text(encoding="utf-8")
]
"""Of each detector the case of its worked car, and the one with a car on each side of every bound."""


@pytest.mark.parametrize("folder", TOLD, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_the_twin_of_a_detector_counts_the_flagged_cars_of_its_case(folder: Path, engine: Graph) -> None:
    market, query = market_of(folder), library()[folder.parent.name]
    made = {name: polars_of(getattr(market, name)) for name in MADE}
    engine.transact(lambda run: run("MATCH (n) DETACH DELETE n", {}))
    engine.load(projection(tables_of(market), {name: shape.empty() for name, shape in SHAPES.items()} | made), silent)
    known = known_of(market.coverage, market.as_of, market.regime)
    counted = engine.run(query.text, bind(query, {}, known), query.returns)
    flagged = found(folder).hits.filter(verdict="flagged").group_by("unit_id", "accountable_id").len("flagged")
    expected = flagged.sort("unit_id").select("unit_id", "accountable_id", "flagged").rows()
    assert expected, f"{folder}: no car is flagged"
    assert counted.select("unit_id", "party_id", "flagged").rows() == expected, (
        f"cypher/detect/{query.name}.cypher does not count what {folder.parent.name} flags in {folder}"
    )
