"""A query while it is written, and the patterns that it walks: what the graph's labels and relationships allow."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from tests.store.random_queries.graph import KEYS, ROLES, market

PROPERTIES: Mapping[str, Mapping[str, str]] = {
    "Party": {
        "party_id": "string", "name": "string", "city": "string", "capital": "number", "grade": "number",
        "staff": "int", "founded_on": "date", "is_stub": "bool", "aliases": "strings",
    },
    "Vehicle": {
        "vin": "string", "brand": "string", "list_price": "number", "power": "int", "built_on": "date",
        "is_used": "bool", "marks": "ints",
    },
    "Sale": {
        "sale_id": "string", "kind": "string", "price": "number", "units": "int", "invoiced_on": "date",
        "is_cash": "bool",
    },
    "Policy": {
        "policy_id": "string", "kind": "string", "premium": "number", "starts_on": "date", "ends_on": "date",
    },
    "Identifier": {"identifier_id": "string", "kind": "string", "value": "string"},
    "SOLD": {"link_id": "int", "clerk": "string"},
    "BOUGHT_BY": {"link_id": "int"},
    "OF": {"link_id": "int"},
    "ISSUED": {"link_id": "int"},
    "INSURES": {"link_id": "int"},
    "COVERS": {"link_id": "int"},
    "HAS": {"link_id": "int"},
    "PLATED_TO": {"link_id": "int", "plated_on": "date", "city": "string"},
    "OWNS": {"link_id": "int", "share": "number", "valid_from": "date"},
    "PAID": {"link_id": "int", "amount": "number", "paid_on": "date", "is_loan": "bool"},
    "RELATED_TO": {"link_id": "int", "tier": "string", "valid_from": "date"},
}  # fmt: skip

STEPS = (
    ("Party", "SOLD", "Sale"),
    ("Sale", "BOUGHT_BY", "Party"),
    ("Sale", "OF", "Vehicle"),
    ("Party", "ISSUED", "Policy"),
    ("Policy", "INSURES", "Party"),
    ("Policy", "COVERS", "Vehicle"),
    ("Vehicle", "PLATED_TO", "Party"),
    ("Party", "HAS", "Identifier"),
    ("Party", "OWNS", "Party"),
    ("Party", "PAID", "Party"),
    ("Party", "RELATED_TO", "Party"),
)
AMONG_PARTIES = ("OWNS", "PAID", "RELATED_TO")


class Draft:
    """A query while it is written: its lines, its parameters, and the variables in reach with what they stand for."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.params: dict[str, Any] = {}
        self.scope: dict[str, str] = {}
        self.is_ordered = False
        # a text joins labels in one way only
        self.joins_by_colon = rng.random() < 0.5
        self._names = 0

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def name(self, prefix: str) -> str:
        """A variable or column name that is not used yet."""
        self._names += 1
        return f"{prefix}{self._names}"

    def node(self, label: str) -> str:
        """A new variable for a node."""
        name = self.name(label[0].lower())
        self.scope[name] = label
        return name

    def link(self, kind: str) -> str:
        """A new variable for a relationship."""
        name = self.name("r")
        self.scope[name] = kind
        return name

    def nodes(self, label: str | None = None) -> list[str]:
        """The variables in reach that are nodes, of a label."""
        return [name for name, kind in self.scope.items() if (kind in KEYS if label is None else kind == label)]

    def entities(self) -> list[str]:
        """The variables in reach that are nodes or relationships."""
        return [name for name, kind in self.scope.items() if kind in PROPERTIES]

    def key(self, name: str) -> str:
        """The property that tells a node or relationship from every other."""
        return f"{name}.{KEYS.get(self.scope[name], 'link_id')}"

    def given(self, value: Any) -> str:
        """A value, as a parameter or written out."""
        if self.chance(0.5):
            name = f"p{len(self.params) + 1}"
            self.params[name] = value
            return f"${name}"
        return written(value)

    def value(self, owner: str, prop: str) -> Any:
        """A value that the property has somewhere in the graph."""
        return self.rng.choice(market().values(owner, prop))

    def property(self, *types: str) -> tuple[str, str, str] | None:
        """A property in reach of one of the types: its text, its owner's kind, its name."""
        found = [
            (f"{name}.{prop}", self.scope[name], prop)
            for name in self.entities()
            for prop, kind in PROPERTIES[self.scope[name]].items()
            if kind in types and prop != "link_id"
        ]
        return self.rng.choice(found) if found else None


def written(value: Any) -> str:
    """A value as Cypher text."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case date():
            return f"date('{value.isoformat()}')"
        case list():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            return "{" + ", ".join(f"{name}: {written(part)}" for name, part in value.items()) + "}"
    return repr(value)


def step(draft: Draft, label: str, *, named: bool = True) -> tuple[str, str]:
    """One hop away from a node: the text of the relationship and the label that it ends at."""
    found = [(kind, "->", end) for start, kind, end in STEPS if start == label]
    found += [(kind, "<-", start) for start, kind, end in STEPS if end == label]
    kind, arrow, end = draft.rng.choice(found)
    kinds = kind
    if kind in AMONG_PARTIES:
        if draft.chance(0.15):
            kinds = "|".join(draft.rng.sample(AMONG_PARTIES, 2))
        if draft.chance(0.25):
            arrow = "-"
    inner = f"{draft.link(kind)}:{kinds}" if named and kinds == kind and draft.chance(0.6) else f":{kinds}"
    return {"->": f"-[{inner}]->", "<-": f"<-[{inner}]-", "-": f"-[{inner}]-"}[arrow], end


def walk(draft: Draft, hops: int, start: str | None = None) -> str:
    """A pattern of some hops from a variable in reach or from a new one; sometimes back to where it was before."""
    rng = draft.rng
    label = draft.scope[start] if start else rng.choice(("Party", "Party", "Sale", "Vehicle", "Policy"))
    text = f"({start})" if start else _described(draft, label)
    for _ in range(hops):
        relationship, label = step(draft, label)
        before = draft.nodes(label)
        text += relationship
        if before and draft.chance(0.12):
            text += f"({rng.choice(before)})"
        elif draft.chance(0.12):
            text += "()" if draft.chance(0.5) else f"(:{label})"
        else:
            text += _described(draft, label)
    return text


def _described(draft: Draft, label: str) -> str:
    labels = label
    if label == "Party" and draft.chance(0.4):
        one, other = draft.rng.sample(ROLES, 2)
        joined = (f"Party:{one}",) if draft.joins_by_colon else (f"{one}|{other}", f"Party&!{one}", f"Party&{one}")
        labels = draft.rng.choice((one, *joined))
    elif label == "Vehicle" and draft.chance(0.15):
        labels = f"Vehicle{':' if draft.joins_by_colon else '&'}Electric"
    # what is written inside the brackets is in reach afterwards only
    inner = ""
    if label in ("Sale", "Policy", "Party") and draft.chance(0.1):
        prop = {"Party": "city"}.get(label, "kind")
        inner = f" {{{prop}: {draft.given(draft.value(label, prop))}}}"
    return f"({draft.node(label)}:{labels}{inner})"
