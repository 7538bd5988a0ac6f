"""A picture as plain data, and that of one cluster: its nodes, edges, panels and months; no coordinates and no HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx
import polars as pl

from graphkit.errors import NotFoundError
from graphkit.views.cars import car_links, car_nodes, car_panels, cars_of, months_of
from graphkit.views.edges import MAX_ROWS_OF_ONE, car_edges, flow_edges, tie_edges
from graphkit.views.evidence import source_lines
from graphkit.views.flows import counted, movements_of
from graphkit.views.frames import Frames
from graphkit.views.panels import party_panels
from graphkit.views.parties import core_of, drawn_parties, members_of
from graphkit.views.ties import ties_of

MAX_NODES = 1_500
"""The most nodes that are drawn; more cannot be read, and a browser slows down."""
MAX_CARS = 300
"""The most cars that are drawn as dots; all of them are counted in the flows."""
MAX_FLOWS = 2_500
MAX_TIES = 1_200

_TRADE = ("inside", "outside", "inside_share", "expected_inside_share")


@dataclass(frozen=True)
class Network:
    """A cluster as a picture's data.

    ``nodes``: id (``party/…``, ``vehicle/…``, ``destination/…``), kind, ref, label, and for parties standing, units,
    flagged, score. ``edges``: id, source, target, family (``flow``, ``tie``, ``car``), kind, units and what stands
    behind them. ``panels`` by node id; ``timeline`` flagged cars per month number (year * 12 + month - 1); ``meta``
    case_name, title, reason, files, notes, counts and how much the cluster sells to itself. What a query returned
    (``views.answer``) has edges of the family ``link``, and in ``meta`` the query.
    """

    nodes: tuple[Mapping[str, Any], ...]
    edges: tuple[Mapping[str, Any], ...]
    panels: Mapping[str, Any]
    timeline: tuple[tuple[int, int], ...]
    meta: Mapping[str, Any]

    @property
    def is_answer(self) -> bool:
        """Whether it is what a query returned, not a cluster."""
        return "query" in self.meta

    def to_networkx(self) -> nx.MultiDiGraph:
        """The same nodes and edges as a networkx graph, with the facts that are one value; keys are the edges' ids.

        >>> ends = {"source": "a", "target": "b"}
        >>> Network(({"id": "a"}, {"id": "b"}), ({"id": "e0", **ends},), {}, (), {}).to_networkx().number_of_edges()
        1
        """
        graph = nx.MultiDiGraph()
        for node in self.nodes:
            graph.add_node(node["id"], **_single(node, "id"))
        for edge in self.edges:
            graph.add_edge(edge["source"], edge["target"], key=edge["id"], **_single(edge, "id", "source", "target"))
        return graph


def _single(facts: Mapping[str, Any], *named: str) -> dict[str, Any]:
    # lists of cars and months are for the page: graph files hold single values
    return {key: value for key, value in facts.items() if key not in named and isinstance(value, str | int | float)}


def network(
    cluster_id: str, results: Mapping[str, pl.DataFrame], tables: Mapping[str, pl.DataFrame], *, case_name: str
) -> Network:
    """The picture's data of one cluster.

    ``results`` are a run's tables (``tables.outputs.SHAPES``), ``tables`` the resolved input tables; either may lack
    what the case does not have. At most 1,500 nodes: the parties with most cars, then flagged cars; what is left out is
    said in ``meta["notes"]``. Raises ``NotFoundError`` for a cluster that the run does not have.
    """
    frames = Frames(results, tables)
    cluster = _cluster(cluster_id, frames)
    members = members_of(cluster_id, frames)
    core = core_of(members)
    ties = ties_of(members, core, frames)
    tied = [*ties["from_id"], *ties["to_id"]]
    parties = drawn_parties(members, tied, frames, MAX_NODES - 100)
    ids = parties["party_id"].sort().to_list()
    cars = cars_of(members, core, frames, min(MAX_CARS, MAX_NODES - len(ids)))
    movements = movements_of(cars, ids, frames)
    destinations = movements.filter(pl.col("kind") == "exported")["target"].unique().sort().to_list()
    room = max(0, MAX_NODES - len(ids) - cars.drawn.len())
    flows, flows_left = counted(
        movements.filter(~pl.col("target").is_in(destinations[room:])), cars, MAX_FLOWS, MAX_ROWS_OF_ONE
    )
    lines, files = source_lines(cars.hits, frames)
    panels = party_panels(parties, cars, lines, frames)
    names = dict(parties.select("party_id", "name").iter_rows())
    drawn_ties = ties.filter(pl.col("from_id").is_in(ids) & pl.col("to_id").is_in(ids)).head(MAX_TIES)
    edges = [*flow_edges(flows), *tie_edges(drawn_ties, frames), *car_edges(car_links(cars, ids, frames))]
    return Network(
        nodes=(*_party_nodes(parties), *_destination_nodes(destinations[:room]), *car_nodes(cars)),
        edges=tuple({"id": f"e{number}", **edge} for number, edge in enumerate(edges)),
        panels=panels | car_panels(cars, names, lines, frames),
        timeline=tuple(months_of(cars)),
        meta={
            "case_name": case_name,
            "cluster_id": cluster_id,
            "title": _title(parties, cluster["anchor_id"]),
            "anchor": cluster["anchor_id"],
            "reason": cluster["reason"] or "",
            "families": cluster["families"] or "",
            "units": cluster["units"],
            "cars": cars.vins.len(),
            "flagged_cars": cars.flagged,
            **{fact: cluster[fact] for fact in _TRADE},
            "files": files,
            "notes": _notes(
                parties=(len(ids), len({*members["party_id"], *tied}), "; private buyers never are"),
                flagged_cars=(cars.drawn.len(), cars.flagged, " as dots; the flows count them all"),
                flows=(len(flows), len(flows) + flows_left, ", those with most cars"),
                ties=(drawn_ties.height, ties.height, ""),
            ),
            "as_of": _as_of(frames),
        },
    )


def _cluster(cluster_id: str, frames: Frames) -> Mapping[str, Any]:
    found = frames.result("clusters").filter(pl.col("cluster_id") == cluster_id)
    if found.is_empty():
        raise NotFoundError(f"the last run has no cluster {cluster_id!r}: its summary and clusters.csv list them")
    return found.row(0, named=True)


def _party_nodes(parties: pl.DataFrame) -> list[dict[str, Any]]:
    chosen = parties.sort("party_id").select(
        pl.format("party/{}", "party_id").alias("id"),
        "kind",
        pl.col("party_id").alias("ref"),
        pl.col("name").alias("label"),
        "standing",
        "units",
        "flagged",
        "score",
    )
    return chosen.to_dicts()


def _destination_nodes(destinations: list[str]) -> list[dict[str, Any]]:
    names = [(node, node.removeprefix("destination/")) for node in destinations]
    return [{"id": node, "kind": "destination", "ref": name, "label": name} for node, name in names]


def _title(parties: pl.DataFrame, anchor: str) -> str:
    # the company of the anchor group with most cars says more than the group's id
    companies = parties.filter(pl.col("standing") == "core", ~pl.col("kind").is_in(["person", "government"]))
    return str(companies["name"][0]) if companies.height else anchor


def _notes(**left: tuple[int, int, str]) -> list[str]:
    return [
        f"{drawn:,} of {whole:,} {what.replace('_', ' ')} are drawn{why}."
        for what, (drawn, whole, why) in left.items()
        if drawn < whole
    ]


def _as_of(frames: Frames) -> str:
    days = frames.result("findings")["as_of"].drop_nulls()
    last = days.max()
    return str(last) if last is not None else ""
