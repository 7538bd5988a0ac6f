"""The embedded engine answers as a real Neo4j does: random queries whose rows from Neo4j are frozen beside them."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.store.random_queries.answers import difference, embedded, encode
from tests.store.random_queries.frozen import CLAUSES, COUNT, FILE, differences, frozen, spread, told
from tests.store.random_queries.generator import query

IN_SUITE = 1_000


@pytest.fixture(scope="module")
def queries() -> list[dict[str, Any]]:
    return list(frozen())


def test_the_embedded_engine_answers_as_neo4j_did(queries: list[dict[str, Any]], tmp_path: Path) -> None:
    asked = spread(queries, IN_SUITE)
    assert len(asked) == IN_SUITE
    with embedded(tmp_path) as session:
        assert not told(differences(session, iter(asked)))


def test_the_frozen_queries_are_the_generators(queries: list[dict[str, Any]]) -> None:
    for line in queries:
        made = query(line["number"])
        found = (made.text, encode(made.params)["map"], made.is_ordered)
        assert found == (line["text"], line["params"], line["is_ordered"]), f"query {made.number} is another one now"


def test_few_numbers_are_left_out(queries: list[dict[str, Any]]) -> None:
    numbers = [line["number"] for line in queries]
    assert numbers == sorted(set(numbers))
    assert len(numbers) > 0.85 * (numbers[-1] + 1)


def test_the_frozen_queries_are_many_and_say_something(queries: list[dict[str, Any]]) -> None:
    assert len(queries) == COUNT
    assert sum(bool(line["rows"]) for line in queries) >= 0.7 * COUNT
    assert sum(line["is_ordered"] for line in queries) >= 0.5 * COUNT
    assert len({line["text"] for line in queries}) > 0.97 * COUNT
    assert FILE.stat().st_size < 1_500_000


def test_every_kind_of_clause_is_asked_often(queries: list[dict[str, Any]]) -> None:
    answered: Counter[str] = Counter()
    for line in queries:
        # one that finds nothing shows little of how its clause works
        answered.update(name for name, shape in CLAUSES.items() if line["rows"] and re.search(shape, line["text"]))
    rare = {name: answered[name] for name in CLAUSES if answered[name] < 60}
    assert not rare
    kinds = Counter(type(value).__name__ for line in queries for value in line["params"].values())
    assert {"str", "int", "float", "bool", "dict", "list"} <= set(kinds), kinds


@pytest.mark.parametrize(
    ("is_ordered", "rows", "telling"),
    [
        (True, [["a", 1], ["b", 2]], ""),
        (False, [["b", 2], ["a", 1]], ""),
        (True, [["b", 2], ["a", 1]], 'in another order from row 1: ["b", 2] instead of ["a", 1]'),
        (False, [["a", 1], ["b", 2.0]], 'missing: ["b", 2]\nunasked: ["b", 2.0]'),
        (False, [["a", 1]], "1 rows instead of 2"),
        (False, [["a", 1], ["b", 2], ["b", 2]], 'unasked: ["b", 2]'),
        (False, ["Neo.ClientError: no"], "Neo.ClientError: no"),
    ],
)
def test_a_difference_is_told(is_ordered: bool, rows: list[Any], telling: str) -> None:
    expected = {"columns": ["x", "n"], "rows": [["a", 1], ["b", 2]], "is_ordered": is_ordered}
    found = difference(expected, [] if isinstance(rows[0], str) else ["x", "n"], rows)
    assert telling in found
    assert bool(telling) == bool(found)
