"""The inner loop of simple cycles, compiled: Johnson's walk from each vertex through the larger ones.

Parallel edges are one *pair*: a walk carries in how many ways its pairs can be taken. Counts stop at ``MOST``.
"""

from typing import Any

import numpy as np
from numba import njit

from graphkit.algorithms.cycle_kernel import DONE, FULL, STOPPED, TOO_MANY, TOO_MUCH_WORK
from graphkit.algorithms.cycle_reach import MOST

FOUND, ROWS, WORK = 0, 1, 2
"""How many cycles and rows are listed, and how much was done, in ``used``."""


@njit(cache=True, nogil=True)
def _look_back(start: Any, longest: Any, graph: Any, home: Any, queue: Any) -> Any:
    """How many edges each larger vertex is away from ``start``, and how many vertices there are in the queue."""
    into, coming, pair_from = graph[3], graph[4], graph[2]
    home[start], queue[0] = 0, start
    at, count = 0, 1
    while at < count and home[queue[at]] < longest - 1:
        vertex = queue[at]
        at += 1
        for place in range(into[vertex], into[vertex + 1]):
            near = pair_from[coming[place]]
            if near > start and home[near] < 0:
                home[near] = home[vertex] + 1
                queue[count] = near
                count += 1
    return count


@njit(cache=True, nogil=True)
def _free(vertex: Any, graph: Any, is_shut: Any, waits: Any, queue: Any) -> Any:
    """A vertex may be entered again, and so may all that were shut because of it."""
    into, coming, pair_from = graph[3], graph[4], graph[2]
    is_shut[vertex], queue[0] = False, vertex
    left = 1
    while left > 0:
        left -= 1
        here = queue[left]
        for place in range(into[here], into[here + 1]):
            pair = coming[place]
            if waits[pair]:
                waits[pair] = False
                if is_shut[pair_from[pair]]:
                    is_shut[pair_from[pair]] = False
                    queue[left] = pair_from[pair]
                    left += 1


@njit(cache=True, nogil=True)
def _list(depth: Any, path: Any, edge_at: Any, limits: Any, out: Any) -> Any:
    """Write down every choice of parallel edges along the path's pairs; how it ended."""
    _, rows, lengths, used = out
    pairs, pick = path[1], path[3]
    for level in range(depth):
        pick[level] = edge_at[pairs[level]]
    level = 0
    while level >= 0:
        if used[ROWS] + depth > len(rows):
            return FULL
        if used[FOUND] >= limits[1] + 1 or used[ROWS] >= limits[2]:
            return TOO_MANY
        for step in range(depth):
            rows[used[ROWS] + step] = pick[step]
        lengths[used[FOUND]] = depth
        used[ROWS] += depth
        used[FOUND] += 1
        used[WORK] += depth
        level = depth - 1
        while level >= 0 and pick[level] + 1 == edge_at[pairs[level] + 1]:
            pick[level] = edge_at[pairs[level]]
            level -= 1
        if level >= 0:
            pick[level] += 1
    return DONE


@njit(cache=True, nogil=True)
def _walk(start: Any, rule: Any, limits: Any, graph: Any, home: Any, scratch: Any, out: Any) -> Any:
    """All cycles whose smallest vertex is ``start``: added to the totals, or listed; how it ended."""
    longest, is_bounded, is_listing = rule
    # what waits for a vertex must see it entered, so nothing else may keep it out where vertices are shut
    most = longest if is_bounded else 2 * longest
    pair_at, pair_to, edge_at = graph[0], graph[1], graph[5]
    queue, path, ways, is_shut, waits = scratch
    totals, _, _, used = out
    vertices, pairs, closed = path[0], path[1], path[2]
    # a level's pair is the one after the one that was taken from it last
    depth, vertices[0], pairs[0], closed[0], ways[0] = 1, start, pair_at[start] - 1, 0, 1
    while depth > 0:
        level = depth - 1
        here = vertices[level]
        pairs[level] += 1
        pair = pairs[level]
        used[WORK] += 1
        if limits[3][0] != 0 or used[WORK] > limits[0]:
            return STOPPED if limits[3][0] != 0 else TOO_MUCH_WORK
        if pair < pair_at[here + 1]:
            there, parallel = pair_to[pair], edge_at[pair + 1] - edge_at[pair]
            many = ways[level] * parallel if ways[level] <= MOST // parallel else MOST
            if there == start:
                closed[level] = 1
                totals[depth] = totals[depth] + many if totals[depth] <= MOST - many else MOST
                if is_listing:
                    status = _list(depth, path, edge_at, limits, out)
                    if status != DONE:
                        return status
            elif there > start and home[there] >= 0 and depth + home[there] <= most and not is_shut[there]:
                is_shut[there] = True
                vertices[depth], pairs[depth], closed[depth], ways[depth] = there, pair_at[there] - 1, 0, many
                depth += 1
            continue
        if is_bounded or closed[level] == 1:
            used[WORK] += 1
            if is_bounded:
                is_shut[here] = False
            else:
                _free(here, graph, is_shut, waits, queue)
        else:
            for pair in range(pair_at[here], pair_at[here + 1]):
                waits[pair] = pair_to[pair] > start
        depth -= 1
        if depth > 0 and closed[level] == 1:
            closed[level - 1] = 1
    return DONE


@njit(cache=True, nogil=True)
def run(begin: Any, end: Any, rule: Any, limits: Any, graph: Any, home: Any) -> Any:
    """Vertices ``begin`` to ``end``: how it ended, the totals by length, the listed edges and lengths, and the work.

    ``rule``: the longest cycle, whether that is a bound, whether to list. ``limits`` as for temporal cycles. ``home``
    is all -1, and is so again at the end.
    """
    pair_at = graph[0]
    count, pairs = len(pair_at) - 1, len(graph[1])
    path, ways = np.zeros((4, count + 1), dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    is_shut, waits = np.zeros(count, dtype=np.bool_), np.zeros(pairs, dtype=np.bool_)
    reached, queue = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    totals, used = np.zeros(count + 2, dtype=np.int64), np.zeros(3, dtype=np.int64)
    rows, lengths = np.empty(64, dtype=np.int32), np.empty(64, dtype=np.int32)
    scratch = (queue, path, ways, is_shut, waits)
    status = DONE
    for start in range(begin, end):
        size = _look_back(start, rule[0], graph, home, reached)
        used[WORK] += size
        while size > 1:
            found, listed = used[FOUND], used[ROWS]
            status = _walk(start, rule, limits, graph, home, scratch, (totals, rows, lengths, used))
            for at in range(size):
                vertex = reached[at]
                is_shut[vertex] = False
                waits[pair_at[vertex] : pair_at[vertex + 1]] = False
            if status != FULL:
                break
            status, used[FOUND], used[ROWS] = DONE, found, listed
            more_rows, more_lengths = np.empty(4 * len(rows), np.int32), np.empty(4 * len(rows), np.int32)
            more_rows[:listed], more_lengths[:found] = rows[:listed], lengths[:found]
            rows, lengths = more_rows, more_lengths
        for at in range(size):
            home[reached[at]] = -1
        if status == DONE and (limits[3][0] != 0 or used[WORK] > limits[0]):
            status = STOPPED if limits[3][0] != 0 else TOO_MUCH_WORK
        if status != DONE:
            break
    longest = len(totals)
    while totals[longest - 1] == 0 and longest > 1:
        longest -= 1
    return status, totals[:longest].copy(), rows[: used[ROWS]].copy(), lengths[: used[FOUND]].copy(), used[WORK]
