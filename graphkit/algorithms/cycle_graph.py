"""The edges that may be in a temporal cycle, laid out for the search, and the jobs of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from graphkit.algorithms.components import components
from graphkit.algorithms.cycle_rows import Codes
from graphkit.algorithms.holdings import Ints

LEAST_ROOM = 1_024
"""So many edges a job looks at from one end before it tries from the other."""

_TRIMS = 3
_SHARED = 16
"""First edges within this part of a window share one look back."""


@dataclass(frozen=True)
class Edges:
    """Edges between numbered vertices at times from 0; ``log`` is that of their amounts, or of length 1 without."""

    row: Ints
    source: Codes
    target: Codes
    time: Ints
    log: npt.NDArray[np.float64]

    def at(self, place: npt.NDArray[Any]) -> "Edges":
        """Some of the edges, in some order."""
        log = self.log[place] if len(self.log) == len(self.row) else self.log
        return Edges(self.row[place], self.source[place], self.target[place], self.time[place], log)


@dataclass(frozen=True)
class Search:
    """What the kernel needs: the edges in order of time, source, target, row; their layout; and the jobs."""

    edges: Edges
    vertices: int
    graph: tuple[npt.NDArray[Any], ...]
    jobs: tuple[npt.NDArray[Any], ...]


def search(edges: Edges, vertices: int, window: int, members: pl.DataFrame) -> Search:
    """Only edges that may be in a cycle, and vertices that have some.

    ``members``: vertex, group (numbers), first, last: no vertex is in two groups at a time.
    """
    from graphkit.algorithms import adjacency

    edges, is_first = _possible(edges, vertices, window, members)
    used = np.zeros(vertices, dtype=np.bool_)
    used[edges.source] = used[edges.target] = True
    number = (np.cumsum(used) - 1).astype(np.int32)
    count = int(used.sum())
    edges = Edges(edges.row, number[edges.source], number[edges.target], edges.time, edges.log)
    members = members.filter(pl.Series(used[members["vertex"].to_numpy()]))
    members = members.with_columns(vertex=pl.Series(number[members["vertex"].to_numpy()]))
    into, coming = adjacency.compressed(edges.target, count)
    out, going = adjacency.compressed(edges.source, count)
    graph = (
        *(edges.source, edges.target, edges.time, edges.log),
        *(into, edges.source[coming], edges.time[coming]),
        *(out, edges.target[going], edges.time[going], going.astype(np.int32)),
    )
    return Search(edges, count, graph, _jobs(edges, np.flatnonzero(is_first), window, members))


def _possible(edges: Edges, vertices: int, window: int, members: pl.DataFrame) -> tuple[Edges, npt.NDArray[np.bool_]]:
    """Edges in a strongly connected component of some time, in order; and which of them may be the first of a cycle."""
    from graphkit.algorithms import component_kernel

    # vertices that are ever in one group are one here: what that lets through in vain is found out later
    one = components(
        vertices + len(members), members["vertex"].to_numpy(), vertices + members["group"].to_numpy()
    ).astype(np.int32)
    for _ in range(_TRIMS):
        is_left, is_entered = np.zeros(vertices, dtype=np.bool_), np.zeros(vertices, dtype=np.bool_)
        is_left[one[edges.source]] = is_entered[one[edges.target]] = True
        kept = is_entered[one[edges.source]] & is_left[one[edges.target]]
        if kept.all():
            break
        edges = edges.at(kept)
    edges = edges.at(np.argsort(edges.time, kind="stable"))
    is_first, is_in = component_kernel.knotted(vertices, one[edges.source], one[edges.target], edges.time, window)
    edges, is_first = edges.at(is_in), is_first[is_in]
    order = _order_of_ties(edges, vertices)
    return edges.at(order), is_first[order]


def _order_of_ties(edges: Edges, vertices: int) -> Ints:
    """The order by time, source, target, row of edges that are in order of time, and of row where times are equal."""
    is_next = np.diff(edges.time) == 0
    tied = np.flatnonzero(np.append(is_next, False) | np.insert(is_next, 0, False))
    order = np.arange(len(edges.row))
    key = edges.source[tied].astype(np.int64) * vertices + edges.target[tied]
    order[tied] = tied[np.lexsort((key, edges.time[tied]))]
    return order


def _jobs(edges: Edges, roots: Ints, window: int, members: pl.DataFrame) -> tuple[npt.NDArray[Any], ...]:
    """First edges that share a look back: one vertex or one group as it then is, and times close to one another."""
    groups = members.sort("group", "first")
    anchor, epoch = edges.source[roots], np.zeros(len(roots), dtype=np.int64)
    if groups.height:
        at = pl.DataFrame({"vertex": edges.source[roots], "time": edges.time[roots]})
        began = members.sort("first").rename({"first": "time"})
        at = at.join_asof(began, on="time", by="vertex", check_sortedness=False).with_columns(
            group=pl.when(pl.col("time") <= pl.col("last")).then("group")
        )
        changes = pl.concat([members.select("group", time="first"), members.select("group", time=pl.col("last") + 1)])
        changes = changes.unique().sort("time", "group").with_row_index("epoch")
        at = at.join_asof(changes, on="time", by="group", check_sortedness=False)
        anchor = at.select(pl.coalesce(-1 - pl.col("group").cast(pl.Int32), "vertex")).to_series().to_numpy().copy()
        epoch = at["epoch"].fill_null(0).cast(pl.Int64).to_numpy()
    order = np.argsort(anchor, kind="stable")
    anchor, epoch = anchor[order], epoch[order]
    share = edges.time[roots[order]] // (window // _SHARED + 1)
    is_new = (np.diff(anchor) != 0) | (np.diff(share) != 0) | (np.diff(epoch) != 0)
    begins = np.flatnonzero(np.concatenate([np.ones(min(1, len(roots)), dtype=np.bool_), is_new]))
    sizes = np.bincount(groups["group"].to_numpy()) if groups.height else np.zeros(0, dtype=np.int64)
    return (
        np.append(begins, len(roots)),
        anchor[begins].astype(np.int32),
        roots[order].astype(np.int32),
        np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
        groups["vertex"].to_numpy().astype(np.int32),
        groups["first"].to_numpy().astype(np.int64),
        groups["last"].to_numpy().astype(np.int64),
    )
