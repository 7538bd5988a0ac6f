"""What a query returned as a picture's data: its nodes, its relationships, and all that is known of either."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from typing import Any

from graphkit.errors import QueryError
from graphkit.views.answer_keys import KEYS, as_text, ids_of, key_of
from graphkit.views.network import MAX_NODES, Network

MAX_LINKS = 4_000
"""The most relationships that are drawn; every pair of nodes has one before any has a second."""
MAX_TEXT = 1_000
"""The longest text of one property, in characters."""

_ROLES = ("Person", "Government", "Manufacturer", "Dealer", "Insurer", "Exporter", "Vendor")
_EVENTS = {
    "Vehicle": "vehicle",
    "Sale": "sale",
    "Policy": "policy",
    "Identifier": "identifier",
    "ReportedCount": "reported_count",
    "Cluster": "cluster",
    "Finding": "finding",
    "Run": "run",
}
_TIES = ("OWNS", "CONTROLS", "CONTROLS_BY_AGREEMENT", "RELATED_TO", "HOLDS_POSITION", "FAMILY_OF")
_BUYING = ("BOUGHT_BY", "TRADED")
_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "sale": ("kind", "invoiced_on"),
    "policy": ("kind", "starts_on"),
    "identifier": ("value",),
    "reported_count": ("series", "period"),
    "finding": ("detector", "month"),
}
_FIRST = ("name", *KEYS.values())
_REASONS = ("reason_1", "reason_2", "reason_3", "reason")

Node = Mapping[str, Any]
Link = Mapping[str, Any]


def answer_network(
    nodes: Sequence[Node], links: Sequence[Link], *, title: str, case_name: str, text: str, heading: str = "The query"
) -> Network:
    """The picture's data of the nodes and relationships in a query's rows; ``text``, under ``heading``, is the query.

    A node has ``element_id``, ``labels`` and ``properties``; a link ``element_id``, ``type``, ``start`` and ``end``
    (element ids) and ``properties``. An end that the query did not return is drawn as such. Equal answers give equal
    networks whatever their element ids and order. At most 1,500 nodes, those with most links, and 4,000 links;
    ``meta["notes"]`` says what is left out. Raises ``QueryError`` where there is nothing to draw.
    """
    all_links = list({link["element_id"]: link for link in links}.values())
    found: dict[str, Node] = {node["element_id"]: node for node in nodes}
    for link in all_links:
        for end in (link["start"], link["end"]):
            found.setdefault(end, {"labels": [], "properties": {}})
    if not found:
        raise QueryError(
            "the query returned no nodes, relationships or paths to draw: return a path, such as MATCH p = (…) RETURN p"
        )
    ids = ids_of(found, all_links)
    kinds = _kinds(found, all_links)
    kept = _most_linked(ids, all_links)
    edges = _edges(ids, [link for link in all_links if link["start"] in kept and link["end"] in kept])
    ordered = sorted(kept, key=ids.__getitem__)
    return Network(
        nodes=tuple(_node(ids[element], kinds[element], found[element]) for element in ordered),
        edges=tuple({"id": f"e{number}", **edge} for number, edge in enumerate(edges[:MAX_LINKS])),
        panels={ids[element]: _panel(found[element]) for element in ordered},
        timeline=(),
        meta={
            "case_name": case_name,
            "title": title,
            "query": text,
            "heading": heading,
            "notes": _notes(len(kept), len(found), min(len(edges), MAX_LINKS), len(all_links), Counter(kinds.values())),
            # the page names a saved picture by it
            "cluster_id": "answer",
        },
    )


def _kinds(found: Mapping[str, Node], links: Sequence[Link]) -> dict[str, str]:
    # a company without a role is what its links say of it, as in the picture of a cluster
    tied = {link[end] for link in links if link["type"] in _TIES for end in ("start", "end")}
    buying = {link["end"] for link in links if link["type"] in _BUYING}
    return {element: _kind(node, element in tied, element in buying) for element, node in found.items()}


def _kind(node: Node, is_tied: bool, is_buying: bool) -> str:
    labels = node["labels"]
    for label, kind in _EVENTS.items():
        if label in labels:
            return kind
    for role in _ROLES:
        if role in labels:
            return role.lower()
    if "Party" in labels:
        return "affiliate" if is_tied else "buyer" if is_buying else "party"
    return "other" if labels or node["properties"] else "unreturned"


def _most_linked(ids: Mapping[str, str], links: Sequence[Link]) -> set[str]:
    counts = Counter(link[end] for link in links for end in ("start", "end"))
    rank = {element: (-counts[element], name) for element, name in ids.items()}
    # of equals those beside a node with many links come first, so that what is kept stays linked
    best = dict(rank)
    for link in links:
        for one, other in ((link["start"], link["end"]), (link["end"], link["start"])):
            best[one] = min(best[one], rank[other])
    return set(sorted(ids, key=lambda element: (rank[element][0], best[element], rank[element]))[:MAX_NODES])


def _edges(ids: Mapping[str, str], links: Sequence[Link]) -> list[dict[str, Any]]:
    drawn = [
        {
            "source": ids[link["start"]],
            "target": ids[link["end"]],
            "family": "link",
            "kind": link["type"],
            "properties": _properties(link["properties"]),
        }
        for link in links
    ]
    drawn.sort(key=lambda edge: (edge["source"], edge["target"], edge["kind"], as_text(edge["properties"])))
    seen: Counter[tuple[str, str]] = Counter()
    turns = []
    for edge in drawn:
        turns.append(seen[edge["source"], edge["target"]])
        seen[edge["source"], edge["target"]] += 1
    return [edge for _, edge in sorted(zip(turns, drawn, strict=True), key=lambda pair: pair[0])]


def _node(name: str, kind: str, node: Node) -> dict[str, Any]:
    properties, key = node["properties"], key_of(node)
    score = properties.get("score")
    return {
        "id": name,
        "kind": kind,
        "ref": key[1] if key else "",
        "label": _label(kind, node)[:200],
        "flagged": properties.get("flagged") is True,
        "score": float(f"{score:.6g}") if isinstance(score, int | float) and isfinite(score) else None,
    }


def _label(kind: str, node: Node) -> str:
    if kind == "unreturned":
        return "not returned"
    properties, key = node["properties"], key_of(node)
    if properties.get("name") not in (None, ""):
        return _text(properties["name"])
    said = [_text(properties[part]) for part in _NAMED_BY.get(kind, ()) if properties.get(part) is not None]
    if said:
        return " ".join(said).replace("_", " ") if kind != "identifier" else said[0]
    return f"{kind} {key[1]}" if key and kind == "cluster" else key[1] if key else ":".join(sorted(node["labels"]))


def _panel(node: Node) -> dict[str, Any]:
    properties = node["properties"]
    labels: Collection[str] = node["labels"]
    return {
        # `Party` says what it is, the others in which role
        "labels": sorted(labels, key=lambda label: (label not in KEYS, label)),
        "band": _text(properties["band"]) if properties.get("band") else "",
        "flagged": properties.get("flagged") is True,
        "reasons": [_text(properties[reason]) for reason in _REASONS if properties.get(reason)],
        "properties": _properties(properties),
    }


def _properties(properties: Mapping[str, Any]) -> list[list[str]]:
    known = {name: value for name, value in properties.items() if value not in (None, "", [])}
    ordered = sorted(known, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [[name, _text(known[name])] for name in ordered]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # amounts have a separator of thousands, small rates their digits
        return f"{value:,.2f}".removesuffix(".00") if abs(value) >= 1000 else f"{value:.6g}"
    whole = ", ".join(_text(part) for part in value) if isinstance(value, list | tuple) else str(value)
    return whole if len(whole) <= MAX_TEXT else whole[: MAX_TEXT - 1] + "…"


def _notes(nodes: int, all_nodes: int, links: int, all_links: int, kinds: Mapping[str, int]) -> list[str]:
    notes = []
    if nodes < all_nodes:
        notes.append(f"{all_nodes - nodes:,} of {all_nodes:,} nodes are not drawn: the {nodes:,} with most links are.")
    if links < all_links:
        notes.append(f"{all_links - links:,} of {all_links:,} relationships are not drawn.")
    unknown = kinds.get("unreturned", 0)
    if unknown:
        notes.append(f"Of {unknown:,} {'node' if unknown == 1 else 'nodes'} the query returned only relationships.")
    return notes
