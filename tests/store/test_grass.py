"""The style sheet is one that Browser reads, styles every label and colours as the network view does."""

import re
from typing import Any

import pytest

from graphkit.store.grass import contrast, grass
from graphkit.store.projection import KIND_LABELS, ROLE_LABELS, projection
from graphkit.views.style import FLAGGED, NODES

LABELS = (
    "Party", "Manufacturer", "Dealer", "Insurer", "Exporter", "Vendor", "Person", "Government", "Vehicle", "Sale",
    "Policy", "Identifier", "ReportedCount", "Cluster", "Finding", "Run",
)  # fmt: skip
PROPERTIES = {
    "diameter": r"\d+px",
    "color": r"#[0-9A-F]{6}",
    "border-color": r"#[0-9A-F]{6}",
    "border-width": r"\d+px",
    "text-color-internal": r"#[0-9A-F]{6}",
    "text-color-external": r"#[0-9A-F]{6}",
    "font-size": r"\d+px",
    "shaft-width": r"\d+px",
    "padding": r"\d+px",
    "caption": r"'(\{[a-z_0-9]+\}|<type>)'",
}
"""What Browser knows, and how it writes it itself; it has no comments."""


def parsed(text: str) -> dict[str, dict[str, str]]:
    """The rules by selector, in order; everything in the text must be a rule, and no rule comes twice."""
    rules: dict[str, dict[str, str]] = {}
    rest = re.sub(r"(\S+) \{\n((?:  \S+: [^;\n]+;\n)+)\}\n", lambda rule: _take(rules, rule[1], rule[2]), text)
    assert not rest.strip()
    return rules


def _take(rules: dict[str, dict[str, str]], selector: str, body: str) -> str:
    assert re.fullmatch(r"(node|relationship)(\.\w+)?", selector)
    assert selector not in rules
    rules[selector] = dict(line.strip().removesuffix(";").split(": ") for line in body.splitlines())
    for name, value in rules[selector].items():
        assert re.fullmatch(PROPERTIES[name], value), (selector, name, value)
    return ""


def shown(rules: dict[str, dict[str, str]], *labels: str) -> dict[str, str]:
    """What Browser makes of a node: every rule that fits, the later over the earlier."""
    look: dict[str, str] = {}
    for selector, properties in rules.items():
        if selector in ("node", *(f"node.{label}" for label in labels)):
            look |= properties
    return look


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, str]]:
    return parsed(grass({kind: (look.colour, look.size) for kind, look in NODES.items()}))


def test_every_label_has_a_colour_a_size_and_a_caption(rules: dict[str, dict[str, str]]) -> None:
    assert {selector.partition(".")[2] for selector in rules if selector.startswith("node.")} == set(LABELS)
    for label in LABELS:
        assert {"color", "diameter", "caption", "border-color", "text-color-internal"} <= set(rules[f"node.{label}"])


def test_colours_are_those_of_the_network_view(rules: dict[str, dict[str, str]]) -> None:
    for label in LABELS:
        if label.lower() in NODES:
            assert rules[f"node.{label}"]["color"] == NODES[label.lower()].colour
    assert rules["node.Party"]["color"] == NODES["buyer"].colour
    assert rules["node.Finding"]["color"] == FLAGGED


@pytest.mark.parametrize("label", [*ROLE_LABELS.values(), *KIND_LABELS.values()])
def test_a_party_shows_its_role_and_its_name(rules: dict[str, dict[str, str]], label: str) -> None:
    look = shown(rules, label, "Party")
    assert look["color"] == rules[f"node.{label}"]["color"] != rules["node.Party"]["color"]
    assert look["caption"] == "'{name}'"


def test_captions_can_be_read_on_their_colour(rules: dict[str, dict[str, str]]) -> None:
    for label in LABELS:
        look = rules[f"node.{label}"]
        assert contrast(look["color"], look["text-color-internal"]) >= 4.0, label


def test_captions_are_properties_that_the_graph_has(rules: dict[str, dict[str, str]], tiny: Any) -> None:
    columns: dict[str, set[str]] = {}
    for batch in projection(tiny.tables, tiny.results):
        for name in getattr(batch, "labels", ()) or (batch.what,):
            columns.setdefault(name, set()).update(batch.frame.columns)
    for selector, properties in rules.items():
        name = selector.partition(".")[2]
        if name in columns:
            assert properties["caption"].strip("'{}") in columns[name], selector
    types = {selector.partition(".")[2] for selector in rules if selector.startswith("relationship.")}
    assert {"RELATED_TO", "OWNS"} <= types <= set(columns)
    assert rules["relationship.RELATED_TO"]["caption"] == "'{rule}'"
    assert rules["relationship.OWNS"]["caption"] == "'{share}'"


def test_the_check_itself_refuses_what_browser_does_not_write() -> None:
    for text in ("/* a comment */\n", "node {\n  color: red;\n}\n", "node {\n  colour: #000000;\n}\n", "node {\n}\n"):
        with pytest.raises((AssertionError, KeyError)):
            parsed(text)
