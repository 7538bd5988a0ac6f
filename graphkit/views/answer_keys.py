"""Ids for what a query returned that rest on the case's own keys: element ids mean nothing outside one result."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphkit.files import hash_text

KEYS: Mapping[str, str] = {
    "Party": "party_id",
    "Vehicle": "vin",
    "Sale": "sale_id",
    "Policy": "policy_id",
    "Identifier": "identifier_id",
    "ReportedCount": "reported_count_id",
    "Cluster": "cluster_id",
    "Finding": "finding_id",
    "Run": "run_id",
}
"""The labels of the graph and the property that is the key of each."""

_ROUNDS = 8


def key_of(node: Mapping[str, Any]) -> tuple[str, str] | None:
    """A node's label and business key, or nothing where it has none."""
    for label, key in KEYS.items():
        if label in node["labels"] and node["properties"].get(key) not in (None, ""):
            return label, str(node["properties"][key])
    return None


def ids_of(nodes: Mapping[str, Mapping[str, Any]], links: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """An id for each element id: label and key (``party/D09``), else a hash of what is known of the node.

    Nodes that look alike are told apart by what they are linked to, so that equal answers have equal ids in whatever
    order their rows come.
    """
    names = {element: _name(node) for element, node in nodes.items()}
    if not _shared(names):
        return names
    # what a link says, seen from either end; equal element ids in two answers are chance, so none is read
    around: dict[str, list[tuple[str, str]]] = {element: [] for element in nodes}
    for link in links:
        said = as_text((link["type"], link["properties"]))
        around[link["start"]].append((f">{said}", link["end"]))
        around[link["end"]].append((f"<{said}", link["start"]))
    for _ in range(_ROUNDS):
        told = len(set(names.values()))
        shared = _shared(names)
        seen = {one: sorted(f"{said} {names[other]}" for said, other in around[one]) for one in shared}
        names |= {one: f"{_stem(names[one])}/{hash_text(names[one], *seen[one], length=12)}" for one in shared}
        if len(set(names.values())) == told:
            break
    return names | _numbered(names, around)


def as_text(value: object) -> str:
    """A value as JSON text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _name(node: Mapping[str, Any]) -> str:
    key = key_of(node)
    if key:
        return f"{_word(key[0])}/{key[1]}"
    if not node["labels"] and not node["properties"]:
        return "unreturned"
    labels = sorted(node["labels"])
    known = hash_text(*labels, as_text(node["properties"]), length=12)
    return f"{_word(labels[0]) if labels else 'node'}/{known}"


def _word(label: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", label).lower()


def _stem(name: str) -> str:
    return name.split("/", 1)[0]


def _shared(names: Mapping[str, str]) -> list[str]:
    counts = Counter(names.values())
    return [element for element, name in names.items() if counts[name] > 1]


def _numbered(names: Mapping[str, str], around: Mapping[str, list[tuple[str, str]]]) -> dict[str, str]:
    # what still looks alike is numbered walk by walk, so that linked ones have numbers that belong together
    alike = set(_shared(names))
    numbered: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for first in sorted(alike, key=names.__getitem__):
        waiting = [first]
        while waiting:
            one = waiting.pop()
            if one in numbered:
                continue
            counts[names[one]] += 1
            numbered[one] = f"{names[one]}-{counts[names[one]]}"
            waiting += _next(around[one], names, alike)
    return numbered


def _next(links: Iterable[tuple[str, str]], names: Mapping[str, str], alike: set[str]) -> list[str]:
    near = [(said, names[other], other) for said, other in links if other in alike]
    return [other for *_, other in sorted(near, key=lambda link: link[:2], reverse=True)]
