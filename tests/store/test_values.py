"""Values of an answer made plain, whatever carries them: no part of a path, a map or a list is lost."""

import json
from datetime import date
from typing import Any

import pytest

from graphkit.store.values import is_link, is_node, is_path, native, plain


class Node(dict[str, Any]):
    def __init__(self, *labels: str, **properties: Any) -> None:
        super().__init__(properties)
        self.labels, self.element_id = labels, "e"


class Link(dict[str, Any]):
    def __init__(self, type_: str, **properties: Any) -> None:
        super().__init__(properties)
        self.type, self.start_node = type_, "e"


class Walk:
    def __init__(self, nodes: list[Node], relationships: list[Link]) -> None:
        self.nodes, self.relationships = nodes, relationships


class Day:
    def to_native(self) -> date:
        return date(2025, 1, 2)


class Span:
    def iso_format(self) -> str:
        return "P1D"


class Point(list[float]):
    srid = 4326


A, B, C = Node("Party", "Dealer", party_id="a", on=Day()), Node("Vehicle", vin="b"), Node(party_id="c")
SOLD, OWNS = Link("SOLD", on=Day(), n=1), Link("OWNS")
AS_TOLD = {"labels": ["Dealer", "Party"], "on": "2025-01-02", "party_id": "a"}


def test_each_kind_of_value_is_known_by_what_it_carries() -> None:
    walk = Walk([A, B], [SOLD])
    for value, kinds in ((A, (True, False, False)), (SOLD, (False, True, False)), (walk, (False, False, True))):
        assert (is_node(value), is_link(value), is_path(value)) == kinds
    assert not any(known({}) or known("x") for known in (is_node, is_link, is_path))


@pytest.mark.parametrize(
    ("value", "made"),
    [(Day(), date(2025, 1, 2)), (Span(), "P1D"), (Point([1.0, 2.0]), [1.0, 2.0]), (7, 7), (None, None), ("x", "x")],
)
def test_days_spans_and_points_are_pythons_own(value: Any, made: Any) -> None:
    assert native(value) == made


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (A, AS_TOLD),
        (SOLD, {"type": "SOLD", "n": 1, "on": "2025-01-02"}),
        # from the first node to the last, each step between its two
        (Walk([A, B, C], [SOLD, OWNS]), [
            AS_TOLD, {"type": "SOLD", "n": 1, "on": "2025-01-02"}, {"labels": ["Vehicle"], "vin": "b"},
            {"type": "OWNS"}, {"labels": [], "party_id": "c"},
        ]),
        (Walk([A], []), [AS_TOLD]),
        ([A, [Day(), 2], None], [AS_TOLD, ["2025-01-02", 2], None]),
        ({"a": {"b": Day()}, "多": [Span()]}, {"a": {"b": "2025-01-02"}, "多": ["P1D"]}),
        (Point([1.0, 2.0]), [1.0, 2.0]),
    ],
)  # fmt: skip
def test_what_has_structure_is_told_whole_as_text(value: Any, told: Any) -> None:
    text = plain(value)
    assert json.loads(text) == told
    assert "\\u" not in text


def test_what_fits_a_table_stays_as_it_is() -> None:
    assert [plain(value) for value in (1, 0.5, True, "x", None, Day())] == [1, 0.5, True, "x", None, date(2025, 1, 2)]
