"""Every query of ``cypher/explore`` on a tiny market of its own: each row that it gives, worked out by hand."""

from pathlib import Path

import pytest

from graphkit.queries import bind, library
from graphkit.store.bolt import Graph
from graphkit.store.projection import projection
from tests.store.conftest import silent
from tests.store.tiny_texts import answer, read

FOLDER = Path(__file__).parent / "expected"

WRITTEN = {path.stem: path for path in sorted(FOLDER.rglob("*.toml"))}


EXPLORE = {name: query for name, query in library().items() if query.folder == "explore"}


@pytest.mark.parametrize("name", EXPLORE)
def test_a_query_has_expected_rows(name: str) -> None:
    path = FOLDER / EXPLORE[name].group.replace(" ", "_") / f"{name}.toml"
    assert WRITTEN.get(name) == path, f"write {path}: a tiny market and each row that {name} gives on it"


@pytest.mark.parametrize("name", WRITTEN)
def test_a_query_gives_exactly_the_expected_rows(name: str, engine: Graph) -> None:
    expected, query = read(WRITTEN[name]), library()[name]
    engine.transact(lambda run: run("MATCH (n) DETACH DELETE n", {}))
    engine.load(projection(expected.tables, expected.results), silent)
    for asked in expected.questions:
        found = engine.run(query.text, bind(query, asked.params), query.returns).to_dicts()
        wanted = [
            {key: pytest.approx(value, rel=1e-9) if isinstance(value, float) else value for key, value in row.items()}
            for row in answer(asked.rows, query.returns)
        ]
        assert found == wanted, asked.why
