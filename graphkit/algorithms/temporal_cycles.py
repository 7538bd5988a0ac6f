"""Cycles whose edges follow one another in time: counted exactly, or listed."""

import math
from typing import Any

import numpy as np
import polars as pl

from graphkit.algorithms import cycle_graph
from graphkit.algorithms.cycle_graph import Edges, search
from graphkit.algorithms.cycle_rows import Codes, coded, counted, edges, listed, whole
from graphkit.algorithms.cycle_threads import LIMIT, found, parts
from graphkit.algorithms.holdings import Column, a_few
from graphkit.algorithms.intervals import merge

_ROUNDED = 1e-12
"""Amounts exactly one tolerance apart must be within it, however their logarithms are rounded."""

_LONGEST = 2**61
"""The longest time that is reckoned with, so that sums of two stay within 64 bits."""

_COLUMNS = ("vertex", "group", "first", "last")


def temporal_cycles(
    source: Column,
    target: Column,
    time: Column,
    *,
    window: int,
    max_length: int | None = None,
    amount: Column | None = None,
    tolerance: float | None = None,
    groups: pl.DataFrame | None = None,
    count_only: bool = False,
    limit: int = LIMIT,
) -> pl.DataFrame:
    """Every temporal cycle once, or how many there are of each length.

    A temporal cycle is k ≥ 2 edges e1 … ek, each of which begins where the one before it ends, and the last of which
    ends where the first begins. Their k vertices are distinct, their times strictly increase, and the last is no more
    than ``window`` after the first. Self-loops are dropped. Parallel edges and equal rows count one by one.

    Parameters
    ----------
    source, target
        Where each edge begins and ends: names or numbers, in lists, arrays or series.
    time
        Whole numbers in any unit.
    window
        How much later than the first edge the last may be, in the same unit, itself included.
    max_length
        The most edges of a cycle; any number by default.
    amount, tolerance
        With both, every amount lies within a factor of 1 + ``tolerance`` of the one before it, and the last of the
        first: |ln(a(i+1) / a(i))| ≤ ln(1 + tolerance), and so for a(k) / a(1). Edges whose amount is missing or not
        above 0 are then in no cycle.
    groups
        ``vertex``, ``group``, ``first``, ``last``: the times, both included, at which a vertex belongs to a group. A
        chain then closes at its first arrival at any vertex that at the time of its first edge belongs to the group
        of the vertex that it began in, or at that vertex itself. Nothing begins with an edge inside the group.
    count_only
        Count, and list nothing: there may be far more cycles than could be listed.
    limit
        The most cycles to list.

    Returns
    -------
    ``cycle`` (0, 1, …), ``step`` (1, 2, …), ``row`` (of the input, from 0). Cycles are ordered by their times, then
    their vertices, then their rows. With ``count_only``: ``length``, ``cycles``, for every length that occurs.

    Raises ``ValueError`` for missing values, times that are not whole, and groups that overlap; and
    ``TooManyCyclesError``, one of its kind, where there are more cycles than ``limit``, than 64 bits can count, or
    than can be found in some thousand million steps. It never gives a wrong or partial number.

    References
    ----------
    R. Kumar, T. Calders: 2SCENT: an efficient algorithm to enumerate all simple temporal cycles. Proceedings of the
    VLDB Endowment 11 (2018). J. Blanuša, K. Atasu, P. Ienne: Fast parallel algorithms for enumeration of simple,
    temporal, and hop-constrained cycles. ACM Transactions on Parallel Computing 10 (2023).

    Example
    -------
    >>> source, target, day = ["A", "B", "C", "B"], ["B", "C", "A", "A"], [1, 2, 3, 9]
    >>> temporal_cycles(source, target, day, window=5).rows()
    [(0, 1, 0), (0, 2, 1), (0, 3, 2)]
    >>> temporal_cycles(source, target, day, window=8, count_only=True).rows()
    [(2, 1), (3, 1)]
    """
    if isinstance(window, bool) or not isinstance(window, int) or window < 0:
        raise ValueError(f"window must be a whole number of 0 or more, not {window!r}")
    if max_length is not None and max_length < 2:
        raise ValueError(f"max_length must be 2 or more, not {max_length}: a cycle has two edges at least")
    if (amount is None) != (tolerance is None):
        raise ValueError("amount and tolerance must be given together")
    if tolerance is not None and not 0 <= tolerance < math.inf:
        raise ValueError(f"tolerance must be 0 or more (10 % is 0.1), not {tolerance}")
    rows = edges(source, target, time=time, amount=amount)
    rows = rows.with_columns(whole(rows["time"]))
    rows = rows.with_columns(log=pl.lit(0.0)) if tolerance is None else _with_logarithms(rows)
    names, tail, head = coded(rows)
    begin, span = _span(rows["time"])
    clock = rows["time"].to_numpy() - begin
    log = np.zeros(1) if tolerance is None else rows["log"].to_numpy()
    members = _members(groups, names, begin, span)
    window = min(window, span)
    prepared = search(Edges(rows["row"].to_numpy(), tail, head, clock, log), len(names), window, members)
    width = -1.0 if tolerance is None else math.log1p(tolerance) + _ROUNDED
    rule = (
        min(max_length or prepared.vertices, max(2, prepared.vertices)),
        width,
        not count_only,
        cycle_graph.LEAST_ROOM,
    )

    def run(first: int, last: int, limits: tuple[Any, ...], slot: Codes) -> Any:
        from graphkit.algorithms import cycle_kernel

        return cycle_kernel.run(first, last, window, rule, limits, prepared.graph, prepared.jobs, slot)

    advice = "a shorter window or a lower max_length"
    cycles = found(run, parts(prepared.jobs[0]), prepared.vertices, limit, advice)
    if count_only:
        return counted(cycles.totals)
    ordered = prepared.edges
    return listed(cycles.lengths, cycles.edges, ordered.row, ordered.time, ordered.source, ordered.row)


def _with_logarithms(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with an amount above 0, and its logarithm."""
    if rows.height and not (rows["amount"].dtype.is_numeric() or rows["amount"].dtype == pl.Null()):
        raise ValueError(f"amount must hold numbers, not {rows['amount'].dtype}")
    amount = pl.col("amount").cast(pl.Float64)
    return rows.filter(amount > 0, amount.is_finite()).with_columns(log=amount.log())


def _span(time: pl.Series) -> tuple[int, int]:
    """The first time, and how much later the last one is."""
    if time.is_empty():
        return 0, 0
    begin, end = int(time.min()), int(time.max())  # type: ignore[arg-type]
    if end - begin > _LONGEST:
        raise ValueError("the times lie too far apart to be counted; use a larger unit")
    return begin, end - begin


def _members(groups: pl.DataFrame | None, names: pl.Series, begin: int, span: int) -> pl.DataFrame:
    """The memberships of the vertices that have edges: numbers of vertices and groups, times from 0."""
    empty = pl.DataFrame(schema={"vertex": pl.Int32, "group": pl.Int32, "first": pl.Int64, "last": pl.Int64})
    if groups is None:
        return empty
    absent = [name for name in _COLUMNS if name not in groups.columns]
    if absent:
        raise ValueError(f"groups must have the columns {', '.join(_COLUMNS)}; {', '.join(absent)} is missing")
    if groups.select(_COLUMNS).null_count().sum_horizontal()[0]:
        raise ValueError("groups has missing values; leave those rows out, and give first and last for each")
    if groups.is_empty() or names.is_empty():
        return empty
    if groups.schema["vertex"] != names.dtype:
        kinds = f"{groups.schema['vertex']} and {names.dtype}"
        raise ValueError(f"groups must name vertices in the same way as source and target, not as {kinds}")
    spans = groups.select("vertex", "group", whole(groups["first"]), whole(groups["last"]))
    spans = merge(spans.filter(pl.col("first") <= pl.col("last")), ["vertex", "group"]).sort("vertex", "first")
    twice = spans.filter(pl.col("first") <= pl.col("last").shift(1).over("vertex"))["vertex"].unique().sort()
    if twice.len():
        raise ValueError(f"{a_few(twice)} are in two groups at a time; a vertex may be in one")
    known = pl.DataFrame({"vertex": names}).with_row_index("number")
    return (
        spans.join(known, on="vertex")
        .filter(pl.col("last") >= begin, pl.col("first") <= begin + span)
        .select(
            vertex=pl.col("number").cast(pl.Int32),
            group=pl.col("group").rank("dense").cast(pl.Int32) - 1,
            first=pl.max_horizontal("first", pl.lit(begin)) - begin,
            last=pl.min_horizontal("last", pl.lit(begin + span)) - begin,
        )
    )
