"""What a text of one's own gave: its rows as a table, and the nodes and relationships among them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from graphkit.store.values import is_link, is_node, is_path, native, plain


@dataclass(frozen=True)
class Elements:
    """The nodes and relationships of an answer, each once, in order of first appearance.

    A node has ``element_id``, ``labels`` and ``properties``; a link ``element_id``, ``type``, ``start`` and ``end``
    (element ids, also of nodes that were not returned themselves) and ``properties``. Element ids mean nothing outside
    the answer.
    """

    nodes: list[dict[str, Any]]
    links: list[dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """The rows of a question, where ``is_cut`` says that there are more than its limit.

    ``frame`` holds what has structure (lists, maps, nodes, paths) as JSON text. The embedded engine names no columns
    where there are no rows.
    """

    frame: pl.DataFrame
    is_cut: bool
    elements: Elements


def answer(keys: Sequence[str], rows: Sequence[Sequence[Any]], limit: int) -> Answer:
    """The first ``limit`` of the fetched rows."""
    kept = rows[:limit]
    return Answer(table(keys, kept), len(rows) > limit, _elements(kept))


def table(keys: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows of the driver as a table, each column of the type that holds all its values."""
    return pl.DataFrame({key: [plain(row[at]) for row in rows] for at, key in enumerate(keys)}, strict=False)


def _elements(rows: Sequence[Sequence[Any]]) -> Elements:
    nodes: dict[str, dict[str, Any]] = {}
    links: dict[str, dict[str, Any]] = {}
    for part in (part for row in rows for value in row for part in _parts(value)):
        found = {"element_id": part.element_id, "properties": {key: _deep(value) for key, value in part.items()}}
        if is_node(part):
            nodes.setdefault(part.element_id, found | {"labels": sorted(part.labels)})
        else:
            ends = {"start": part.start_node.element_id, "end": part.end_node.element_id}
            links.setdefault(part.element_id, found | {"type": part.type} | ends)
    return Elements(list(nodes.values()), list(links.values()))


def _parts(value: Any) -> Iterator[Any]:
    """The nodes and relationships within a value."""
    if is_node(value) or is_link(value):
        yield value
    elif is_path(value):
        yield from (*value.nodes, *value.relationships)
    elif isinstance(value, Mapping):
        yield from (part for held in value.values() for part in _parts(held))
    elif isinstance(value, list):
        yield from (part for held in value for part in _parts(held))


def _deep(value: Any) -> Any:
    return [_deep(part) for part in value] if isinstance(value, list) else native(value)
