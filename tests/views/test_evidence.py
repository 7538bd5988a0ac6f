"""The lines behind hits, and how many cars of a flow are listed, on rows that can be read by eye."""

from typing import Any

import polars as pl
import pytest

from graphkit.tables.outputs import SHAPES
from graphkit.views.edges import flow_edges
from graphkit.views.evidence import source_lines
from graphkit.views.frames import Frames


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = SHAPES[name].schema
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=dict(schema))


def test_the_lines_of_a_hit_come_in_the_order_in_which_they_prove_it_and_no_other_hit_has_lines() -> None:
    rows = [
        ("h1", 2, "sales", "s", 5), ("h1", 0, "sales", "s", 9), ("h1", 1, "exports", "e", 7),
        ("h9", 0, "sales", "s", 4),
        # one file may hold rows of two tables, and one that is gone goes by the name of its table
        ("h2", 0, "policies", "s", 3), ("h2", 1, "exports", "gone", 8),
    ]  # fmt: skip
    names = ("hit_id", "ordinal", "table", "source_id", "line")
    evidence = shaped("evidence", [dict(zip(names, row, strict=True)) for row in rows])
    files = [("s", "sales", "b.csv"), ("s", "sales", "copy.csv"), ("s", "policies", "c.csv"), ("e", "exports", "a.csv")]
    sources = shaped("sources", [dict(zip(("source_id", "table", "name"), row, strict=True)) for row in files])
    hits = shaped("hits", [{"hit_id": "h1"}, {"hit_id": "h2"}])
    lines, known = source_lines(hits, Frames({"evidence": evidence, "sources": sources}, {}))
    assert known == ["a.csv", "b.csv", "c.csv", "exports"]
    assert lines == {"h1": [[1, 9], [0, 7], [1, 5]], "h2": [[2, 3], [3, 8]]}


@pytest.mark.parametrize(("flows", "listed"), [(1, 100), (60, 100), (61, 98), (2_500, 2), (6_000, 2)])
def test_the_more_flows_there_are_the_fewer_cars_of_each_are_listed_and_all_count(flows: int, listed: int) -> None:
    row = {"vin": "V", "on_date": "2025-01-01", "amount": 1.0, "flagged": True}
    ends = {"source": "a", "target": "b", "kind": "retail", "flagged": 150, "first_on": None, "last_on": None}
    one = ends | {"units": 150, "amounts": None, "months": None, "rows": [row] * 150}
    edge = flow_edges([one] * flows)[-1]
    assert (len(edge["rows"]), edge["units"], edge["flagged"]) == (listed, 150, 150)
    assert edge["rows"][0] == ["V", "2025-01-01", 1.0, 1]
