"""One picture as one HTML file that holds everything it needs and asks the network for nothing."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

import pyvis
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from pyvis.network import Network as Pyvis

from graphkit.parties.owners import IN_WORDS
from graphkit.views import layout, style
from graphkit.views.network import Network
from graphkit.views.own_files import hashed, own

_SCRIPTS = ("panel.js", "timeline.js", "network.js")
_ANSWER_SCRIPTS = ("panel.js", "answer.js", "timeline.js", "network.js")
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
_TYPED = 40
_ALL = {**style.NODES, **style.RECORDS}
_NOT_SAID = ("id", "source", "target", "family")
_LABEL = 28
"""The longest name under a node, in widths of a Latin letter; the panel has it whole."""
_COLUMN_LABEL = 24


def render(network: Network) -> str:
    """The HTML of a picture: open it from disk, no server and no network needed. Equal networks give equal text.

    Text of the case is data in one JSON block and reaches the page through ``textContent`` only; scripts and styles run
    by their hashes. Write it as UTF-8.
    """
    places = layout.answer(network) if network.is_answer else layout.cluster(network)
    lane_places, lanes = ({}, ()) if network.is_answer else layout.swim_lanes(network)
    page = Pyvis(directed=True)
    page.options = _OPTIONS | {"groups": _groups(_looks(network))}
    for node in network.nodes:
        page.add_node(node["id"], **_node(node, places[node["id"]], network.is_answer))
    aside = layout.crossing(network.edges, places) if network.is_answer else _beside(network, lane_places)
    bends = _bends(network, aside)
    labelled = _typed(network, bends, places) if network.is_answer else _labelled(network)
    for edge, bend in zip(network.edges, bends, strict=True):
        page.add_edge(edge["source"], edge["target"], **_edge(edge, bend, edge["id"] in labelled))
    page.path = "template.html"
    across = {"places": lane_places, "bands": [(lane.title, lane.left, lane.right) for lane in lanes]}
    text = ""
    for rows in _ROWS:
        page.templateEnv = _environment(_block(network, rows) | {"lanes": across}, network.is_answer)
        text = str(page.generate_html())
        if len(text.encode()) <= MAX_BYTES:
            break
    return text


def _block(network: Network, rows: int) -> dict[str, Any]:
    return {
        "meta": network.meta,
        "panels": {node: _panel(panel, rows) for node, panel in network.panels.items()},
        "timeline": network.timeline,
        "legend": _legend(network),
        "details": {node["id"]: _facts(node) for node in network.nodes},
        "links": {edge["id"]: _behind(edge, rows) for edge in network.edges if edge["family"] != "car"},
        "colours": {"tie": style.TIE, "flagged": style.FLAGGED},
    }


def _panel(panel: Mapping[str, Any], rows: int) -> dict[str, Any]:
    if "evidence" in panel:
        return {**panel, "evidence": [part | {"rows": part["rows"][:rows]} for part in panel["evidence"]]}
    return _listed(panel, rows)


def _listed(facts: Mapping[str, Any], rows: int) -> dict[str, Any]:
    if "properties" not in facts:
        return dict(facts)
    cut = {part: facts[part][:rows] for part in ("properties", "reasons") if part in facts}
    return {**facts, **cut, "total": len(facts["properties"])}


def _environment(block: dict[str, Any], is_answer: bool) -> Environment:
    scripts = (_library(), own(*(_ANSWER_SCRIPTS if is_answer else _SCRIPTS)))
    css = own("network.css", "answer.css") if is_answer else own("network.css")
    environment = Environment(loader=FunctionLoader(own), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(
        language="en",
        title=f"{block['meta']['case_name']} · {block['meta']['title']}",
        policy=_policy(scripts, css),
        scripts=[Markup(text) for text in scripts],
        css=Markup(css),
        subject="answer" if is_answer else "cluster",
        member="node" if is_answer else "party",
        beside="Details" if is_answer else "Why flagged",
        # months and lanes are a cluster's
        unused=Markup(" hidden") if is_answer else "",
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
    allowed = " ".join(hashed(script) for script in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src {hashed(css)}; base-uri 'none'; form-action 'none'"


@cache
def _library() -> str:
    text = files(pyvis).joinpath(*_LIBRARY).read_text(encoding="utf-8")
    # a developer tool would fetch the source map
    return re.sub(r"//# sourceMappingURL=.*", "", text).replace("\r\n", "\n")


def _node(node: Mapping[str, Any], place: tuple[int, int], is_answer: bool) -> dict[str, Any]:
    # the cars of a cluster are hundreds of dots; columns have less room for a name
    is_dot = node["kind"] == "vehicle" and not is_answer
    return {
        "label": " " if is_dot else _short(str(node["label"]), _COLUMN_LABEL if is_answer else _LABEL),
        "group": f"{node['kind']} flagged" if node.get("flagged") else node["kind"],
        "shape": _ALL[node["kind"]].shape,
        "x": place[0],
        "y": place[1],
    }


def _looks(network: Network) -> Mapping[str, style.Look]:
    if not network.is_answer:
        return style.NODES
    # a car is a step of a path here, not one of hundreds of dots
    return _ALL | {"vehicle": replace(_ALL["vehicle"], size=8)}


def _groups(looks: Mapping[str, style.Look]) -> dict[str, Any]:
    groups = {}
    for kind, look in looks.items():
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


def _short(name: str, most: int) -> str:
    # Chinese characters are twice as wide as Latin ones
    widths = [2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in name]
    kept = sum(1 for whole in accumulate(widths) if whole <= most)
    return name if kept == len(name) else name[: kept - 1] + "…"


def _edge(edge: Mapping[str, Any], bend: float, is_labelled: bool) -> dict[str, Any]:
    colour = style.TIE if edge["family"] == "tie" else style.EDGES.get(edge["kind"], style.GREY)
    drawn: dict[str, Any] = {"id": edge["id"], "family": edge["family"], "color": f"{colour}99"}
    if edge["source"] == edge["target"]:
        drawn["selfReference"] = {"size": round(16 + 70 * bend)}
    elif bend:
        drawn["smooth"] = {"enabled": True, "type": "curvedCW", "roundness": bend}
    if edge["family"] == "flow":
        drawn["width"] = round(min(9.0, 0.8 + edge["units"] ** 0.5 * 0.45), 1)
        drawn["isLabelled"] = is_labelled
        drawn["isRepeated"] = edge["kind"] in style.REPEATED
    elif edge["family"] == "tie":
        is_proven = edge["verdict"] == "proven"
        drawn |= {"width": 3 if is_proven else 1.2, "dashes": not is_proven, "label": _since(edge), "color": colour}
    elif edge["family"] == "link":
        said = dict(edge["properties"])
        is_open = said.get("verdict") == "possible" or said.get("strength") == "unknown"
        drawn |= {"width": 4 if said.get("strength") == "control" else 1.4, "dashes": is_open}
        if "step" in said:
            # in a circle a line says when it was gone, and with how much
            drawn["label"] = said["step"]
        elif is_labelled or "strength" in said:
            # in an ownership chart a line says how much is held, or what is agreed
            words = said.get("share") or said["basis"] if "strength" in said else edge["kind"]
            drawn["label"] = _short(words, _COLUMN_LABEL)
        if said.get("basis") in ("concert", IN_WORDS["concert"]):
            # both sides of it are alike
            drawn["arrows"] = ""
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


def _typed(network: Network, bends: Sequence[float], places: layout.Positions) -> set[str]:
    # few relationships have their type on the line; of many, one of each type between two kinds of node
    kinds = {node["id"]: node["kind"] for node in network.nodes}
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for edge in network.edges:
        alike = (edge["kind"], kinds[edge["source"]], kinds[edge["target"]])
        groups.setdefault((*alike, edge["id"]) if len(network.edges) <= _TYPED else alike, []).append(edge)
    bent = {edge["id"]: bend for edge, bend in zip(network.edges, bends, strict=True)}
    return layout.clear([edges for _, edges in sorted(groups.items())], bent, places)


def _since(edge: Mapping[str, Any]) -> str:
    first, last = (edge["first_on"] or "")[:7], (edge["last_on"] or "")[:7]
    dates = f"{first} – {last}" if last else f"since {first}" if first else ""
    return "\n".join(part for part in (edge["share"], dates) if part)


def _beside(network: Network, lane_places: layout.Positions) -> dict[str, float]:
    # a straight line between two of one lane would run through those that stand between them
    return {
        edge["id"]: 0.25
        for edge in network.edges
        if edge["family"] != "car"
        and len({lane_places[end][0] for end in (edge["source"], edge["target"]) if end in lane_places}) == 1
    }


def _bends(network: Network, aside: Mapping[str, float]) -> list[float]:
    # several edges of one pair would hide one another: each next one bends further
    pairs = Counter((edge["source"], edge["target"]) for edge in network.edges)
    seen: Counter[tuple[str, str]] = Counter()
    bends = []
    for edge in network.edges:
        pair = (edge["source"], edge["target"])
        # one that leads back would lie on the first: both bend, each to its own side
        turn = seen[pair] + (pair[::-1] in pairs and edge["id"] not in aside)
        bends.append(round(min(0.16, 1 / pairs[pair]) * turn + aside.get(edge["id"], 0), 2))
        seen[pair] += 1
    return bends


def _facts(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "id" and value is not None}


def _behind(edge: Mapping[str, Any], rows: int) -> dict[str, Any]:
    facts = {key: value for key, value in _listed(edge, rows).items() if key not in _NOT_SAID}
    return facts | ({"rows": edge["rows"][:rows]} if "rows" in edge else {})


def _legend(network: Network) -> list[dict[str, Any]]:
    counts = Counter(node["kind"] for node in network.nodes)
    return [
        {"kind": kind, "word": look.word, "shape": look.shape, "colour": look.colour, "count": counts[kind]}
        for kind, look in _looks(network).items()
        if counts[kind]
    ]
