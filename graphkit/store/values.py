"""Values as the driver gives them, made plain: known by what they carry, so that only one file needs the driver."""

import json
from typing import Any


def is_node(value: Any) -> bool:
    """Whether it is a node: it has labels."""
    return hasattr(value, "labels") and hasattr(value, "element_id")


def is_link(value: Any) -> bool:
    """Whether it is a relationship: it has a type and two ends."""
    return hasattr(value, "start_node") and hasattr(value, "type")


def is_path(value: Any) -> bool:
    """Whether it is a path: it has nodes and relationships."""
    return hasattr(value, "relationships") and hasattr(value, "nodes")


def native(value: Any) -> Any:
    """Dates and times as Python's own, durations as ISO text, points as lists of numbers; all else as it is."""
    if hasattr(value, "to_native"):
        return value.to_native()
    if hasattr(value, "iso_format"):
        return value.iso_format()
    return list(value) if hasattr(value, "srid") else value


def plain(value: Any) -> Any:
    """A value that fits a table: what has structure as JSON text."""
    value = native(value)
    if isinstance(value, dict | list) or is_node(value) or is_link(value) or is_path(value):
        return json.dumps(_structure(value), ensure_ascii=False, default=str)
    return value


def _structure(value: Any) -> Any:
    if is_node(value):
        return {"labels": sorted(value.labels), **{key: _structure(part) for key, part in sorted(value.items())}}
    if is_link(value):
        return {"type": value.type, **{key: _structure(part) for key, part in sorted(value.items())}}
    if is_path(value):
        links = [_structure(link) for link in value.relationships]
        nodes = [_structure(node) for node in value.nodes]
        return [part for pair in zip(nodes, links, strict=False) for part in pair] + nodes[-1:]
    if isinstance(value, dict):
        return {str(key): _structure(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_structure(part) for part in value]
    return native(value)
