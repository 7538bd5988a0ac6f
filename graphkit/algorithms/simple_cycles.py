"""Cycles of a graph without times: counted exactly, or listed."""

from typing import Any

import numpy as np
import polars as pl

from graphkit.algorithms.components import strongly_connected
from graphkit.algorithms.cycle_rows import Codes, coded, counted, edges, listed
from graphkit.algorithms.cycle_threads import LIMIT, found, parts
from graphkit.algorithms.holdings import Column


def simple_cycles(
    source: Column,
    target: Column,
    *,
    max_length: int | None = None,
    count_only: bool = False,
    limit: int = LIMIT,
) -> pl.DataFrame:
    """Every simple cycle once, or how many there are of each length.

    A simple cycle is k ≥ 2 edges, each of which begins where the one before it ends, and the first where the last
    ends; its k vertices are distinct. Self-loops are dropped. Parallel edges and equal rows count one by one.

    Parameters
    ----------
    source, target
        Where each edge begins and ends: names or numbers, in lists, arrays or series.
    max_length
        The most edges of a cycle; any number by default.
    count_only
        Count, and list nothing.
    limit
        The most cycles to list.

    Returns
    -------
    ``cycle`` (0, 1, …), ``step`` (1, 2, …), ``row`` (of the input, from 0). Each cycle begins at the smallest of its
    vertices; they are ordered by their vertices, then their rows. With ``count_only``: ``length``, ``cycles``, for
    every length that occurs.

    Raises ``ValueError`` for missing values, and ``TooManyCyclesError``, one of its kind, where there are more cycles
    than ``limit``, than 64 bits can count, or than can be found in some thousand million steps.

    References
    ----------
    D. B. Johnson: Finding all the elementary circuits of a directed graph. SIAM Journal on Computing 4 (1975).

    Example
    -------
    >>> simple_cycles(["A", "B", "C", "B"], ["B", "C", "A", "A"]).rows()
    [(0, 1, 0), (0, 2, 3), (1, 1, 0), (1, 2, 1), (1, 3, 2)]
    """
    if max_length is not None and max_length < 2:
        raise ValueError(f"max_length must be 2 or more, not {max_length}: a cycle has two edges at least")
    rows = edges(source, target)
    names, tail, head = coded(rows)
    knot = strongly_connected(len(names), tail, head)
    inside = np.flatnonzero(knot[tail] == knot[head])
    order = inside[np.lexsort((inside, head[inside], tail[inside]))]
    used, near = np.unique(tail[order], return_inverse=True)
    far = np.searchsorted(used, head[order])
    row = rows["row"].to_numpy()[order]
    graph = _graph(len(used), near.astype(np.int32), far.astype(np.int32))
    rule = (min(max_length or len(used), max(2, len(used))), max_length is not None, not count_only)

    def run(first: int, last: int, limits: tuple[Any, ...], home: Codes) -> Any:
        from graphkit.algorithms import simple_cycle_kernel

        return simple_cycle_kernel.run(first, last, rule, limits, graph, home)

    cycles = found(run, parts(graph[0]), len(used), limit, "a lower max_length")
    if count_only:
        return counted(cycles.totals)
    return listed(cycles.lengths, cycles.edges, row, near, row)


def _graph(vertices: int, near: Codes, far: Codes) -> tuple[Any, ...]:
    """Edges in order of their ends as pairs: where those of a vertex begin, their ends, and their first edges."""
    from graphkit.algorithms import adjacency

    is_new = np.ones(len(near), dtype=np.bool_)
    is_new[1:] = (np.diff(near) != 0) | (np.diff(far) != 0)
    first = np.flatnonzero(is_new)
    begins = np.searchsorted(near[first], np.arange(vertices + 1))
    into, coming = adjacency.compressed(far[first], vertices)
    return begins, far[first], near[first], into, coming, np.append(first, len(near))
