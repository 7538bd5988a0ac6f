"""The style sheet by which Neo4j Browser colours and captions the graph (a ``.grass`` file)."""

from collections.abc import Mapping

LABELS: Mapping[str, tuple[str | tuple[str, int], str]] = {
    "Party": ("buyer", "name"),
    "Person": ("person", "name"),
    "Government": ("government", "name"),
    "Vendor": (("#A6761D", 12), "name"),
    "Exporter": ("exporter", "name"),
    "Insurer": ("insurer", "name"),
    "Dealer": ("dealer", "name"),
    "Manufacturer": ("manufacturer", "name"),
    "Vehicle": ("vehicle", "vin"),
    "Sale": (("#F3C19C", 7), "kind"),
    "Policy": (("#8FD3BF", 7), "kind"),
    "Identifier": (("#E3E3E3", 7), "value"),
    "ReportedCount": (("#BBD9F2", 9), "period"),
    "Cluster": (("#1F2328", 20), "cluster_id"),
    "Finding": (("#B2182B", 14), "detector"),
    "Run": (("#6B6B6B", 9), "run_id"),
}
"""How each label looks, and the property written on it; of two labels of one node the later one shows.

A look is a kind of node of the network view or, for what that view does not draw, a colour and a size of its own.
"""

CAPTIONS: Mapping[str, str] = {
    "RELATED_TO": "rule",
    "CONTROLS": "basis",
    "CONTROLS_BY_AGREEMENT": "basis",
    "OWNS": "share",
    "HOLDS_POSITION": "position",
    "FAMILY_OF": "relation",
    "HELD_AS": "status",
    "TRADED": "units",
    "HAS_MEMBER": "standing",
}
"""The property that is written on a relationship instead of its type."""

_NODE: Mapping[str, str] = {
    "diameter": "50px",
    "color": "#A5ABB6",
    "border-color": "#9AA1AC",
    "border-width": "2px",
    "text-color-internal": "#FFFFFF",
    "font-size": "10px",
}
_RELATIONSHIP: Mapping[str, str] = {
    "color": "#A5ABB6",
    "shaft-width": "1px",
    "font-size": "8px",
    "padding": "3px",
    "text-color-external": "#000000",
    "text-color-internal": "#FFFFFF",
    "caption": "'<type>'",
}
_WHITE, _DARK = "#FFFFFF", "#1F2328"


def grass(looks: Mapping[str, tuple[str, int]]) -> str:
    """The style sheet's text: a rule for each label, and for each relationship type that has something to say.

    ``looks`` gives the colour (``#RRGGBB``) and the size (the radius in pixels) of each kind of node of the network
    view, so that both pictures of a case are coloured alike.
    """
    rules = [_rule("node", _NODE), _rule("relationship", _RELATIONSHIP)]
    # Browser lays each rule that fits over those before it: a role comes after Party
    for label, (look, caption) in LABELS.items():
        colour, size = looks[look] if isinstance(look, str) else look
        rules.append(_rule(f"node.{label}", _circle(colour, size) | {"caption": f"'{{{caption}}}'"}))
    rules += [_rule(f"relationship.{type_}", {"caption": f"'{{{name}}}'"}) for type_, name in CAPTIONS.items()]
    return "\n".join(rules)


def _rule(selector: str, properties: Mapping[str, str]) -> str:
    lines = "".join(f"  {name}: {value};\n" for name, value in properties.items())
    return f"{selector} {{\n{lines}}}\n"


def _circle(colour: str, size: int) -> dict[str, str]:
    return {
        # the caption is written inside: even the smallest needs room for it
        "diameter": f"{20 + 3 * size}px",
        "color": colour,
        "border-color": "#" + "".join(f"{part * 4 // 5:02X}" for part in _channels(colour)),
        "text-color-internal": max((_WHITE, _DARK), key=lambda text: contrast(text, colour)),
    }


def contrast(a: str, b: str) -> float:
    """The contrast of two colours as WCAG defines it: from 1 for equal ones to 21 for black and white.

    >>> contrast("#000000", "#FFFFFF")
    21.0
    """
    dark, light = sorted((_luminance(a), _luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [part / 255 for part in _channels(colour)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
