"""A small market as a property graph, the same for every seed: what the random queries ask about.

It has what trips an engine: nodes of several labels, parallel relationships, self-loops, cycles, properties that are
absent on some nodes, text beyond ASCII, numbers that are whole on one node and fractions on the next. Every fraction is
a multiple of a quarter, so a sum is the same number in whatever order an engine adds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import neo4j

from graphkit.queries import schema

SEED = 5
KEYS = {
    "Party": "party_id",
    "Vehicle": "vin",
    "Sale": "sale_id",
    "Policy": "policy_id",
    "Identifier": "identifier_id",
}
ROLES = ("Dealer", "Exporter", "Insurer", "Manufacturer", "Person")

_CITIES = ("示例甲市", "示例乙市", "示例丙市", "Ålesund", "Port O'Hara")
_NAMES = (
    "示例汽车销售",
    "示例贸易",
    "Sample Motors",
    "sample motors",
    'Hub "A"',
    "back\\slash",
    "🚗 cars",
    "阿公司",
    "",
)
# no character from U+E000 on beside the car: Neo4j itself sorts those two one way or the other
_FIRST = date(2024, 1, 15)


@dataclass(frozen=True)
class Node:
    """A node: its labels, the first of which has the key, and the properties that it has."""

    labels: tuple[str, ...]
    properties: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What it is called by."""
        return str(self.properties[KEYS[self.labels[0]]])


@dataclass(frozen=True)
class Link:
    """A relationship between two nodes; ``link_id`` is unlike any other's."""

    type: str
    start: Node
    end: Node
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Market:
    """The whole graph."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    def values(self, owner: str, name: str) -> list[Any]:
        """The values that a property takes on the nodes of a label, or on the relationships of a type, in order."""
        owners = [node.properties for node in self.nodes if owner in node.labels]
        owners += [link.properties for link in self.links if link.type == owner]
        found = {repr(row[name]): row[name] for row in owners if name in row}
        return [found[text] for text in sorted(found)]


@cache
def market() -> Market:
    """The graph of the random queries."""
    rng = Random(SEED)
    nodes: dict[str, list[Node]] = {
        "Party": [_party(rng, at) for at in range(40)],
        "Vehicle": [_vehicle(rng, at) for at in range(60)],
        "Sale": [_sale(rng, at) for at in range(90)],
        "Policy": [_policy(rng, at) for at in range(45)],
        "Identifier": [_identifier(rng, at) for at in range(12)],
    }
    links = [Link(kind, a, b, {"link_id": at, **more}) for at, (kind, a, b, more) in enumerate(_links(rng, nodes))]
    return Market(tuple(node for group in nodes.values() for node in group), tuple(links))


def fill(session: neo4j.Session) -> None:
    """Write the graph into an empty database, with the constraints and indexes that every store has."""
    for statement in schema():
        session.run(statement).consume()
    groups: dict[str, list[Any]] = defaultdict(list)
    for node in market().nodes:
        groups[f"UNWIND $rows AS row CREATE (n:{':'.join(node.labels)}) SET n = row.more"].append(
            {"more": node.properties}
        )
    for link in market().links:
        a, b = link.start.labels[0], link.end.labels[0]
        groups[
            f"UNWIND $rows AS row MATCH (a:{a} {{{KEYS[a]}: row.a}}) MATCH (b:{b} {{{KEYS[b]}: row.b}}) "
            f"CREATE (a)-[r:{link.type}]->(b) SET r = row.more"
        ].append({"a": link.start.key, "b": link.end.key, "more": link.properties})
    for statement, rows in groups.items():
        session.run(statement, rows=rows).consume()
    nodes = session.run("MATCH (n) RETURN count(n)").single(strict=True)[0]
    links = session.run("MATCH ()-[r]->() RETURN count(r)").single(strict=True)[0]
    if (nodes, links) != (len(market().nodes), len(market().links)):
        raise RuntimeError(f"the database holds {nodes} nodes and {links} relationships: it was not empty")


def _party(rng: Random, at: int) -> Node:
    roles = rng.choices([(), ("Dealer",), ("Exporter", "Dealer"), ("Person",), ("Insurer",)], [2, 4, 2, 3, 1])[0]
    if at < 2:
        roles = ("Manufacturer",)
    return Node(("Party", *roles), _present(rng, 0.2, {
        "name": rng.choice(_NAMES) + (str(at) if rng.random() < 0.5 else ""),
        "city": rng.choice(_CITIES),
        "capital": rng.randrange(0, 4000) / 4,
        # whole on some, a fraction on others; never 2 and 2.0, of which a group shows either
        "grade": rng.choice([1, 2, 3, 2.25, 0.75, -1]),
        "staff": rng.randrange(0, 60),
        "founded_on": _day(rng),
        "is_stub": rng.random() < 0.3,
        "aliases": rng.sample(("甲", "乙", "x", "Y", "zz", ""), rng.randrange(0, 4)),
    }, party_id=f"P{at:02d}"))  # fmt: skip


def _vehicle(rng: Random, at: int) -> Node:
    return Node(("Vehicle", *(("Electric",) if rng.random() < 0.4 else ())), _present(rng, 0.15, {
        "brand": rng.choice(("示例", "Sample", "sample", "Other")),
        "list_price": rng.randrange(200, 900) / 4,
        "power": rng.randrange(60, 400),
        "built_on": _day(rng),
        "is_used": rng.random() < 0.4,
        "marks": [rng.randrange(-3, 9) for _ in range(rng.randrange(0, 5))],
    }, vin=f"LSAMP{at:012d}"))  # fmt: skip


def _sale(rng: Random, at: int) -> Node:
    return Node(("Sale",), _present(rng, 0.12, {
        "kind": rng.choice(("wholesale", "retail", "fleet")),
        "price": rng.randrange(150, 1000) / 4,
        "units": rng.randrange(1, 6),
        "invoiced_on": _day(rng),
        "is_cash": rng.random() < 0.5,
    }, sale_id=f"S{at:03d}"))  # fmt: skip


def _policy(rng: Random, at: int) -> Node:
    starts = _day(rng)
    return Node(("Policy",), _present(rng, 0.12, {
        "kind": rng.choice(("compulsory", "commercial")),
        "premium": rng.randrange(10, 400) / 4,
        "starts_on": starts,
        "ends_on": starts + timedelta(days=rng.choice((30, 180, 364, 365))),
    }, policy_id=f"Q{at:03d}"))  # fmt: skip


def _identifier(rng: Random, at: int) -> Node:
    kind = rng.choice(("phone", "address", "e-mail"))
    return Node(("Identifier",), {"identifier_id": f"{kind}:{at}", "kind": kind, "value": str(rng.randrange(100))})


def _links(rng: Random, nodes: Mapping[str, list[Node]]) -> Iterable[tuple[str, Node, Node, dict[str, Any]]]:
    parties, vehicles = nodes["Party"], nodes["Vehicle"]
    # a few parties do most of what there is to do
    busy = parties[:12]

    def someone() -> Node:
        return rng.choice(busy if rng.random() < 0.6 else parties)

    for sale in nodes["Sale"]:
        yield "SOLD", someone(), sale, _present(rng, 0.3, {"clerk": rng.choice("abc")})
        if rng.random() < 0.95:
            yield "BOUGHT_BY", sale, someone(), {}
        yield "OF", sale, rng.choice(vehicles[:45]), {}
    for policy in nodes["Policy"]:
        yield "ISSUED", rng.choice(parties[20:26]), policy, {}
        yield "INSURES", policy, someone(), {}
        yield "COVERS", policy, rng.choice(vehicles), {}
    for vehicle in vehicles[:50]:
        for _ in range(rng.choice((0, 1, 1, 2))):
            plated = _present(rng, 0.2, {"plated_on": _day(rng), "city": rng.choice(_CITIES)})
            yield "PLATED_TO", vehicle, someone(), plated
    yield from _twisted(rng, "OWNS", parties, 55, lambda: _present(rng, 0.2, {
        "share": rng.choice((5, 10, 25.5, 50, 51.0, 100)), "valid_from": _day(rng)}))  # fmt: skip
    yield from _twisted(rng, "PAID", busy + parties[20:35], 90, lambda: _present(rng, 0.15, {
        "amount": rng.randrange(1, 400) / 4, "paid_on": _day(rng), "is_loan": rng.random() < 0.3}))  # fmt: skip
    yield from _twisted(rng, "RELATED_TO", parties, 30, lambda: _present(rng, 0.2, {
        "tier": rng.choice("ABC"), "valid_from": _day(rng)}))  # fmt: skip
    for party in parties:
        for identifier in rng.sample(nodes["Identifier"], rng.choice((0, 0, 1, 2))):
            yield "HAS", party, identifier, {}


def _twisted(
    rng: Random, kind: str, parties: list[Node], count: int, properties: Any
) -> Iterable[tuple[str, Node, Node, dict[str, Any]]]:
    """Relationships among parties; some twice, some back again, some from a party to itself."""
    for at in range(count):
        start, end = rng.choice(parties), rng.choice(parties)
        yield kind, start, end, properties()
        if at % 6 == 0:
            yield kind, start, end, properties()
        if at % 7 == 0:
            yield kind, end, start, properties()
        if at % 9 == 0:
            yield kind, start, start, properties()


def _present(rng: Random, absent: float, properties: Mapping[str, Any], **key: Any) -> dict[str, Any]:
    return key | {name: value for name, value in properties.items() if rng.random() >= absent}


def _day(rng: Random) -> date:
    return _FIRST + timedelta(days=rng.choice((0, 14, 15, 16, 45, 351, 410, 411, rng.randrange(0, 700))))
