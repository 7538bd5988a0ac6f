"""A network as GraphML or GEXF, for the programs that draw and measure graphs."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx

from graphkit.files import replacing

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CLOCK = re.compile(rb' lastmodifieddate="[^"]*"')


def write_graphml(graph: Any, path: Path) -> None:
    """Write a networkx graph to ``path`` as GraphML; an attribute without a value is left out."""
    with replacing(path) as beside:
        nx.write_graphml(writable(graph), beside)


def write_gexf(graph: Any, path: Path) -> None:
    """Write a networkx graph to ``path`` as GEXF 1.2; an attribute without a value is left out."""
    with replacing(path) as beside:
        nx.write_gexf(writable(graph), beside)
        # the format's writer stamps today's date, which would make equal content differ in bytes
        beside.write_bytes(_CLOCK.sub(b"", beside.read_bytes()))


def writable(graph: Any) -> Any:
    """A copy whose attributes both formats can hold: no nulls, days as text, no characters that XML forbids.

    >>> graph = nx.MultiDiGraph()
    >>> graph.add_node("D09", city=None, first_on=date(2025, 12, 1), name="a\\x00b")
    >>> writable(graph).nodes["D09"]
    {'first_on': '2025-12-01', 'name': 'ab'}
    """
    copy = graph.__class__()
    copy.add_nodes_from((_text(node), _attributes(data)) for node, data in graph.nodes(data=True))
    if graph.is_multigraph():
        edges = graph.edges(keys=True, data=True)
        copy.add_edges_from((_text(a), _text(b), _text(key), _attributes(data)) for a, b, key, data in edges)
    else:
        copy.add_edges_from((_text(a), _text(b), _attributes(data)) for a, b, data in graph.edges(data=True))
    return copy


def _attributes(data: dict[str, Any]) -> dict[str, Any]:
    return {str(name): _value(value) for name, value in data.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return _text("; ".join(str(part) for part in value))
    return _text(value)


def _text(value: Any) -> str:
    return _NOT_XML.sub("", str(value))
