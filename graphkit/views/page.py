"""One cluster as one HTML file that holds everything it needs and asks the network for nothing."""

import base64
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

import pyvis
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from pyvis.network import Network as Pyvis

from graphkit.views import layout, style
from graphkit.views.network import Network

_SCRIPTS = ("panel.js", "timeline.js", "network.js")
_LIBRARY = ("lib", "vis-9.1.2", "vis-network.min.js")
_FACE = "Noto Sans, DejaVu Sans, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {"hover": True, "tooltipDelay": 200, "multiselect": False},
    "nodes": {"borderWidth": 1, "font": {"size": 13, "strokeWidth": 3, "face": _FACE}},
    "edges": {
        "smooth": False,
        "font": {"size": 11, "face": _FACE},
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.5}},
        "selectionWidth": 1.5,
    },
}
MAX_BYTES = 2_000_000
"""The most bytes of a file; where it would be more, fewer cars are listed behind a number, which stays whole."""
_ROWS = (100, 40, 15, 5, 1, 0)
_LABELLED = 8
_LABEL = 28
"""The longest name under a node, in widths of a Latin letter; the panel has it whole."""


def render(network: Network) -> str:
    """The HTML of a cluster: open it from disk, no server and no network needed. Equal networks give equal text.

    Text of the case is data in one JSON block and reaches the page through ``textContent`` only; scripts and styles run
    by their hashes. Write it as UTF-8.
    """
    places = layout.cluster(network)
    lane_places, lanes = layout.swim_lanes(network)
    page = Pyvis(directed=True)
    page.options = _OPTIONS | {"groups": _groups()}
    for node in network.nodes:
        page.add_node(node["id"], **_node(node, places[node["id"]]))
    labelled = _labelled(network)
    for edge, bend in zip(network.edges, _bends(network, lane_places), strict=True):
        page.add_edge(edge["source"], edge["target"], **_edge(edge, bend, edge["id"] in labelled))
    page.path = "template.html"
    across = {"places": lane_places, "bands": [(lane.title, lane.left, lane.right) for lane in lanes]}
    text = ""
    for rows in _ROWS:
        page.templateEnv = _environment(_block(network, rows) | {"lanes": across})
        text = str(page.generate_html())
        if len(text.encode()) <= MAX_BYTES:
            break
    return text


def _block(network: Network, rows: int) -> dict[str, Any]:
    panels = {
        node: panel | {"evidence": [part | {"rows": part["rows"][:rows]} for part in panel["evidence"]]}
        if "evidence" in panel
        else panel
        for node, panel in network.panels.items()
    }
    return {
        "meta": network.meta,
        "panels": panels,
        "timeline": network.timeline,
        "legend": _legend(network),
        "details": {node["id"]: _facts(node) for node in network.nodes},
        "links": {edge["id"]: _behind(edge, rows) for edge in network.edges if edge["family"] != "car"},
        "colours": {"tie": style.TIE, "flagged": style.FLAGGED},
    }


def _environment(block: dict[str, Any]) -> Environment:
    scripts, css = (_library(), _own(*_SCRIPTS)), _own("network.css")
    environment = Environment(loader=FunctionLoader(_own), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(
        language="en",
        title=f"{block['meta']['case_name']} · {block['meta']['title']}",
        policy=_policy(scripts, css),
        scripts=[Markup(text) for text in scripts],
        css=Markup(css),
    )

    def island(nodes: list[dict[str, Any]], edges: list[dict[str, Any]], options: str) -> Markup:
        whole = {**block, "nodes": nodes, "edges": edges, "options": json.loads(options)}
        return Markup(_json(whole))

    environment.globals["island"] = island
    return environment


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    # no text of a case can end the block, open a tag or break a line of script
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _policy(scripts: tuple[str, ...], css: str) -> str:
    allowed = " ".join(_hash(script) for script in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src {_hash(css)}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _own(*names: str) -> str:
    return "\n".join(files("graphkit.views").joinpath(name).read_text(encoding="utf-8") for name in names)


@cache
def _library() -> str:
    text = files(pyvis).joinpath(*_LIBRARY).read_text(encoding="utf-8")
    # a developer tool would fetch the source map
    return re.sub(r"//# sourceMappingURL=.*", "", text).replace("\r\n", "\n")


def _node(node: Mapping[str, Any], place: tuple[int, int]) -> dict[str, Any]:
    return {
        "label": " " if node["kind"] == "vehicle" else _short(str(node["label"])),
        "group": f"{node['kind']} flagged" if node.get("flagged") else node["kind"],
        "shape": style.NODES[node["kind"]].shape,
        "x": place[0],
        "y": place[1],
    }


def _groups() -> dict[str, Any]:
    groups = {}
    for kind, look in style.NODES.items():
        for name, border, width in ((kind, "#4B5563", 1), (f"{kind} flagged", style.FLAGGED, 3)):
            groups[name] = {
                "size": look.size,
                "borderWidth": width,
                "color": {
                    "background": look.colour,
                    "border": border,
                    "highlight": {"background": "#2F6BFF", "border": border},
                    "hover": {"background": look.colour, "border": "#1D4ED8"},
                },
            }
    return groups


def _short(name: str) -> str:
    # Chinese characters are twice as wide as Latin ones
    widths = [2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in name]
    kept = sum(1 for whole in accumulate(widths) if whole <= _LABEL)
    return name if kept == len(name) else name[: kept - 1] + "…"


def _edge(edge: Mapping[str, Any], bend: float, is_labelled: bool) -> dict[str, Any]:
    colour = style.TIE if edge["family"] == "tie" else style.EDGES.get(edge["kind"], style.GREY)
    drawn: dict[str, Any] = {"id": edge["id"], "family": edge["family"], "color": f"{colour}99"}
    if bend:
        drawn["smooth"] = {"enabled": True, "type": "curvedCW", "roundness": bend}
    if edge["family"] == "flow":
        drawn["width"] = round(min(9.0, 0.8 + edge["units"] ** 0.5 * 0.45), 1)
        drawn["isLabelled"] = is_labelled
        drawn["isRepeated"] = edge["kind"] in style.REPEATED
    elif edge["family"] == "tie":
        is_proven = edge["verdict"] == "proven"
        drawn |= {"width": 3 if is_proven else 1.2, "dashes": not is_proven, "label": _since(edge), "color": colour}
    else:
        drawn["width"] = 0.8
    return drawn


def _labelled(network: Network) -> set[str]:
    # numbers on every one of many flows would hide one another: of each kind the largest have theirs
    flows = [edge for edge in network.edges if edge["family"] == "flow" and edge["kind"] != "payment"]
    kinds: dict[str, list[tuple[int, str]]] = {}
    for edge in flows:
        kinds.setdefault(edge["kind"], []).append((-edge["units"], edge["id"]))
    return {
        name
        for found in kinds.values()
        for _, name in sorted(found)[: _LABELLED if len(found) > 2 * _LABELLED else None]
    }


def _since(edge: Mapping[str, Any]) -> str:
    first, last = (edge["first_on"] or "")[:7], (edge["last_on"] or "")[:7]
    dates = f"{first} – {last}" if last else f"since {first}" if first else ""
    return "\n".join(part for part in (edge["share"], dates) if part)


def _bends(network: Network, lane_places: layout.Positions) -> list[float]:
    # several edges of one pair would hide one another: each next one bends further
    seen: Counter[tuple[str, str]] = Counter()
    bends = []
    for edge in network.edges:
        pair = (edge["source"], edge["target"])
        # a straight line between two of one lane would run through those that stand between them
        across = {lane_places[end][0] for end in pair if end in lane_places}
        is_beside = edge["family"] != "car" and len(across) == 1
        bends.append(round(0.16 * seen[pair] + 0.25 * is_beside, 2))
        seen[pair] += 1
    return bends


def _facts(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "id" and value is not None}


def _behind(edge: Mapping[str, Any], rows: int) -> dict[str, Any]:
    facts = {key: value for key, value in edge.items() if key not in ("id", "source", "target", "family")}
    return facts | ({"rows": edge["rows"][:rows]} if "rows" in edge else {})


def _legend(network: Network) -> list[dict[str, Any]]:
    counts = Counter(node["kind"] for node in network.nodes)
    return [
        {"kind": kind, "word": look.word, "shape": look.shape, "colour": look.colour, "count": counts[kind]}
        for kind, look in style.NODES.items()
        if counts[kind]
    ]
