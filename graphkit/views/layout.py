"""Where each node of a picture stands: cluster layout, swim lanes and paths, computed here and never in the browser."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
from scipy.spatial import cKDTree

from graphkit.files import hash_text
from graphkit.views.network import Network

Positions = Mapping[str, tuple[int, int]]
Array = np.ndarray[Any, np.dtype[np.float64]]

LANES = (
    ("Makers", ("manufacturer",)),
    ("Dealers", ("dealer",)),
    ("Controllers", ("person", "government")),
    ("Related buyers", ("affiliate", "buyer")),
    ("Insurers", ("insurer",)),
    ("Exporters", ("exporter",)),
    ("Destinations", ("destination",)),
)
"""The swim lanes from left to right, and the kinds of node that stand in each."""

_WIDTH = 1_230
_LANE_WIDTH = 176
_LANE_ROWS = 18
_ROW_HEIGHT = 64
_COLUMN = 250
_STEP = 56
_SIDE = 420
_NAME = (0.14, 1.0)
_UNDER = 14
_ROOM = 14
_TOUCH = 10
_ASIDE = 90
_APART = 156
_EXACT = 150
_PULL = {"bought": 3.0, "sold": 2.0, "exported": 1.0, "insured": 1.0}


@dataclass(frozen=True)
class Lane:
    """One swim lane: its title, and where it begins and ends from left to right."""

    title: str
    left: int
    right: int


def swim_lanes(network: Network) -> tuple[Positions, tuple[Lane, ...]]:
    """Parties and destinations in lanes; cars are collapsed into flows and have no place.

    A lane with more than 18 nodes takes several columns. Within a lane a node stands near those it trades with.
    """
    stands = _stands(network)
    held = {title: sorted(node for node, lane in stands.items() if lane == title) for title, _ in LANES}
    split = {title: -(-len(ids) // _LANE_ROWS) for title, ids in held.items() if ids}
    width = max(_LANE_WIDTH, _WIDTH // max(1, sum(split.values())))
    columns, lanes, left = [], [], 0
    for title, count in split.items():
        lanes.append(Lane(title, left, left + width * count))
        for column in range(count):
            columns.append((left + width // 2 + width * column, held[title][column::count]))
        left += width * count
    rows = max((len(ids) for _, ids in columns), default=1)
    # as high as a wide screen is, once the picture fills its width
    height = max(left * 0.5, rows * _ROW_HEIGHT)
    ordered = _uncrossed([ids for _, ids in columns], network)
    places = {}
    for (x, _), ids in zip(columns, ordered, strict=True):
        for row, node in enumerate(ids):
            places[node] = (x, round((row + 0.5) * height / len(ids) - height / 2))
    return places, tuple(lanes)


def answer(network: Network) -> Positions:
    """What a query returned: in columns along the relationships, from left to right; mostly circles, by springs.

    Deterministic, in whole pixels. A node stands in the column after the last that points to it; where all is one
    circle they stand around it.
    """
    ids = sorted(node["id"] for node in network.nodes)
    graph = nx.DiGraph()
    graph.add_nodes_from(ids)
    graph.add_edges_from((edge["source"], edge["target"]) for edge in network.edges)
    circles: Any = list(nx.strongly_connected_components(graph))
    if len(circles) == 1 < len(ids) == graph.number_of_edges():
        return _ring(graph, ids[0])
    circling = sum(len(circle) for circle in circles if len(circle) > 2)
    if circling * 4 > len(ids):
        return {node: (round(float(x)), round(float(y))) for node, (x, y) in _parties(ids, network, 0).items()}
    columns = _uncrossed(_columns(graph, {node["id"]: node["kind"] for node in network.nodes}), network)
    height = max(map(len, columns)) * _STEP
    places = {}
    for number, column in enumerate(columns):
        for row, node in enumerate(column):
            places[node] = (number * _COLUMN, round((row + 0.5) * height / len(column) - height / 2))
    return places


def _ring(graph: Any, first: str) -> Positions:
    # so wide that what is written on two lines does not meet
    order = [first, *(end for _, end in nx.dfs_edges(graph, first))]
    angle = np.pi + 2 * np.pi * np.arange(len(order)) / len(order)
    radius = _SIDE / 2 / np.sin(np.pi / len(order))
    spots = np.round(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return {node: (int(x), int(y)) for node, (x, y) in zip(order, spots.tolist(), strict=True)}


def _columns(graph: Any, kinds: Mapping[str, str]) -> list[list[str]]:
    # a circle counts as one step: its nodes share a column
    steps: Any = nx.condensation(graph)
    # as wide and high as a screen, where there is much to show
    rows = max(_LANE_ROWS, round((len(kinds) * _COLUMN / _STEP / 1.4) ** 0.5))
    columns: list[list[str]] = []
    for generation in nx.topological_generations(steps):
        held = sorted((kinds[node], node) for step in generation for node in steps.nodes[step]["members"])
        parts = -(-len(held) // rows)
        each = -(-len(held) // parts)
        columns += [[node for _, node in held[at : at + each]] for at in range(0, len(held), each)]
    return columns


def crossing(edges: Sequence[Mapping[str, Any]], places: Positions) -> dict[str, float]:
    """The edges that would run through a third node if they were straight, and how far each bends to pass it."""
    spots = _array(places.values())
    found = {}
    for edge in edges:
        start, end = _array([places[edge["source"]], places[edge["target"]]])
        way = end - start
        along = (spots - start) @ way / max(float(way @ way), 1.0)
        gap = np.hypot(*(spots - start - along[:, None] * way).T)
        if ((gap < _TOUCH) & (along > 0.01) & (along < 0.99)).any():
            found[edge["id"]] = min(0.25, _ASIDE / max(float(np.hypot(*way)), 1.0))
    return found


def clear(groups: Sequence[Sequence[Mapping[str, Any]]], bends: Mapping[str, float], places: Positions) -> set[str]:
    """The edges of which a name can be read on the line: at most one a group, where it is furthest from all else."""
    taken = _array(places.values()) * _NAME + (0, _UNDER)
    chosen = set()
    for edges in groups:
        middles = np.array([_middle(edge, bends[edge["id"]], places) for edge in edges]) * _NAME
        room, _ = cKDTree(taken).query(middles)
        best = int(np.argmax(np.round(room, 3)))
        if room[best] >= _ROOM:
            chosen.add(edges[best]["id"])
            taken = np.vstack([taken, middles[best]])
    return chosen


def _array(spots: Iterable[Any]) -> Array:
    return np.array(list(spots), dtype=np.float64).reshape(-1, 2)


def _middle(edge: Mapping[str, Any], bend: float, places: Positions) -> Array:
    # as the library bends a line: through a point beside its middle
    start, end = _array([places[edge["source"]], places[edge["target"]]])
    across, down = end - start
    part = 0.5 + bend / 2
    angle = np.arctan2(-down, across) + part * np.pi
    via = start + part * np.hypot(across, down) * np.array([np.sin(angle), np.cos(angle)])
    middle: Array = start / 4 + via / 2 + end / 4
    return middle


def _stands(network: Network) -> dict[str, str]:
    # a company that only holds others stands with the persons who control: it buys and sells nothing
    trading = {edge[end] for edge in network.edges if edge["family"] == "flow" for end in ("source", "target")}
    holding = {edge["source"] for edge in network.edges if edge["family"] == "tie"} - trading
    lane_of = {kind: title for title, kinds in LANES for kind in kinds}
    return {
        node["id"]: "Controllers" if node["kind"] == "affiliate" and node["id"] in holding else lane_of[node["kind"]]
        for node in network.nodes
        if node["kind"] in lane_of
    }


def _uncrossed(columns: list[list[str]], network: Network) -> list[list[str]]:
    # each node moves to the mean height of its neighbours, a few sweeps there and back: fewer lines cross
    near: dict[str, list[str]] = {node: [] for ids in columns for node in ids}
    for edge in network.edges:
        if edge["source"] in near and edge["target"] in near:
            near[edge["source"]].append(edge["target"])
            near[edge["target"]].append(edge["source"])
    heights = {node: (row + 0.5) / len(ids) for ids in columns for row, node in enumerate(ids)}
    ordered = [list(ids) for ids in columns]
    for sweep in range(6):
        for ids in ordered if sweep % 2 == 0 else reversed(ordered):
            means = {node: np.mean([heights[other] for other in near[node]] or [heights[node]]) for node in ids}
            ids.sort(key=lambda node: (round(float(means[node]), 6), node))
            heights.update({node: (row + 0.5) / len(ids) for row, node in enumerate(ids)})
    return ordered


def cluster(network: Network) -> Positions:
    """Every node where the springs of its edges pull it; cars gather between the parties they went through.

    Deterministic: the seed is the content's own, and coordinates are whole pixels.
    """
    fixed = sorted(node["id"] for node in network.nodes if node["kind"] != "vehicle")
    places = _parties(fixed, network, sum(node["kind"] == "vehicle" for node in network.nodes))
    around: dict[str, list[tuple[str, float]]] = {}
    for edge in network.edges:
        if edge["family"] == "car":
            ends = edge["source"], edge["target"]
            party, car = ends if ends[0] in places else reversed(ends)
            around.setdefault(car, []).append((party, _PULL[edge["kind"]]))
    clouds: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for node in network.nodes:
        if node["kind"] == "vehicle":
            clouds.setdefault(tuple(sorted(around.get(node["id"], ()))), []).append(node["id"])
    ids, spots = list(places), [np.array(spot) for spot in places.values()]
    for pulls, cars in sorted(clouds.items()):
        centre = np.zeros(2)
        if pulls:
            centre = np.average([places[party] for party, _ in pulls], axis=0, weights=[pull for _, pull in pulls])
        ids += sorted(cars)
        spots += list(centre + _sunflower(len(cars)))
    settled = _pushed(
        np.array(spots).reshape(-1, 2),
        np.ones(2),
        np.repeat([48.0, 15.0], [len(places), len(ids) - len(places)]),
        len(places),
        60,
    )
    return {node: (round(float(x)), round(float(y))) for node, (x, y) in zip(ids, settled, strict=True)}


def _parties(ids: list[str], network: Network, cars: int) -> dict[str, Array]:
    graph = nx.Graph()
    graph.add_nodes_from(ids)
    ends = {(edge["source"], edge["target"]) for edge in network.edges if edge["family"] != "car"}
    graph.add_edges_from(sorted(tuple(sorted(pair)) for pair in ends if pair[0] in graph and pair[1] in graph))
    if not ids:
        return {}
    pieces: Any = nx.number_connected_components
    seed = int(hash_text(*ids, length=8), 16) % (2**32)
    if len(ids) <= _EXACT and pieces(graph) == 1:
        found = nx.kamada_kawai_layout(graph, pos=nx.circular_layout(graph))
    else:
        # a round costs the square of the parties
        found = nx.spring_layout(graph, seed=seed, iterations=max(8, min(60, 12_000 // len(ids))))
    spots = np.array([found[node] for node in ids], dtype=np.float64)
    low, high = spots.min(axis=0), spots.max(axis=0)
    # as wide and high as a screen beside the panel, and larger with more to show
    size = (150 * np.sqrt(len(ids)) + 28 * np.sqrt(cars)) * np.array([1.15, 0.85])
    filled = ((spots - low) / np.where(high > low, high - low, 1) - 0.5) * size
    return dict(zip(ids, _apart(filled), strict=True))


def _apart(spots: Array) -> Array:
    # names are wide and low: two parties keep further apart from left to right than from top to bottom
    return _pushed(spots, np.array([1.0, 1.7]), np.full(len(spots), _APART / 2), 0, 80)


def _sunflower(count: int) -> Array:
    number = np.arange(count) + 0.5
    angle = number * np.pi * (3 - np.sqrt(5))
    disc: Array = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (15 * np.sqrt(number))[:, None]
    return disc


def _pushed(spots: Array, metric: Array, radii: Array, held: int, rounds: int) -> Array:
    # pairs nearer than their radii together push each other away; the first `held` stay where they are
    start = spots + np.stack([np.arange(len(spots)) % 7, np.arange(len(spots)) % 5], axis=1) * 0.01
    moved: Array = np.asarray(start, dtype=np.float64)
    reach = 2 * float(radii.max(initial=0.0))
    for _ in range(rounds):
        near = cKDTree(moved * metric).query_pairs(reach, output_type="ndarray")
        one, other = near[np.lexsort((near[:, 1], near[:, 0]))].T
        apart = moved[one] - moved[other]
        distance = np.sqrt(((apart * metric) ** 2).sum(axis=1))
        lack = np.maximum(0.0, radii[one] + radii[other] - distance)
        if not lack.any():
            break
        push = apart / np.maximum(distance, 0.01)[:, None] * lack[:, None] * 0.3
        move = np.zeros_like(moved)
        np.add.at(move, one, push)
        np.add.at(move, other, -push)
        move[:held] = 0
        moved += np.clip(move, -40, 40)
    return moved
