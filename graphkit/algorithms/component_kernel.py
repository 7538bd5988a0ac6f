"""Components of big graphs, compiled: sets that are joined edge by edge, and knots found by one walk."""

from typing import Any

import numpy as np
from numba import njit

_AHEAD = 64

ROWS = 5
"""How many rows :func:`knots` needs to write in."""


@njit(cache=True, nogil=True)
def joined(nodes: Any, source: Any, target: Any) -> Any:
    """The smallest node of the component of every node, direction ignored (Rem's algorithm)."""
    parent = np.arange(nodes).astype(np.int32)
    ahead = np.empty((2, _AHEAD), dtype=np.int32)
    for begin in range(0, len(source), _AHEAD):
        count = min(_AHEAD, len(source) - begin)
        # reads that do not wait for one another: most of a big graph lies outside the cache
        for step in range(count):
            ahead[0, step] = parent[source[begin + step]]
            ahead[1, step] = parent[target[begin + step]]
        for step in range(count):
            one, other = ahead[0, step], ahead[1, step]
            while parent[one] != parent[other]:
                if parent[one] < parent[other]:
                    one, other = other, one
                above = parent[one]
                parent[one] = parent[other]
                if above == one:
                    break
                one = above
    # nobody's parent is larger than itself, so those before a node are done
    for node in range(nodes):
        parent[node] = parent[parent[node]]
    return parent


@njit(cache=True, nogil=True)
def knots(nodes: Any, begins: Any, onward: Any, label: Any, room: Any) -> Any:
    """Label every node with the smallest node of its strongly connected component (Tarjan's walk, without recursion).

    ``begins`` and ``onward`` hold the edges of each node; ``room`` is what it writes in.
    """
    number, low, waiting, path, cursor = room[0], room[1], room[2], room[3], room[4]
    number[:nodes] = -1
    label[:nodes] = -1
    found, left = 0, 0
    for start in range(nodes):
        if number[start] >= 0:
            continue
        depth, node = -1, start
        is_new = True
        while is_new or depth >= 0:
            if is_new:
                number[node], low[node] = found, found
                waiting[left] = node
                found, left, depth = found + 1, left + 1, depth + 1
                path[depth], cursor[depth] = node, begins[node]
                is_new = False
            here = path[depth]
            if cursor[depth] < begins[here + 1]:
                node = onward[cursor[depth]]
                cursor[depth] += 1
                if number[node] < 0:
                    is_new = True
                elif label[node] < 0:
                    low[here] = min(low[here], number[node])
                continue
            if low[here] == number[here]:
                first, smallest = left, here
                while first == left or waiting[first] != here:
                    first -= 1
                    smallest = min(smallest, waiting[first])
                for place in range(first, left):
                    label[waiting[place]] = smallest
                left = first
            depth -= 1
            if depth >= 0:
                low[path[depth]] = min(low[path[depth]], low[here])


@njit(cache=True, nogil=True)
def knots_of(nodes: Any, source: Any, target: Any) -> Any:
    """The smallest node of the strongly connected component of every node."""
    begins = np.zeros(nodes + 1, dtype=np.int32)
    onward, label = np.empty(len(source), dtype=np.int32), np.empty(nodes, dtype=np.int32)
    grouped(nodes, source, target, begins, onward)
    knots(nodes, begins, onward, label, np.empty((ROWS, nodes), dtype=np.int32))
    return label


@njit(cache=True, nogil=True)
def grouped(nodes: Any, source: Any, target: Any, begins: Any, onward: Any) -> Any:
    """Put the targets of each source side by side, and say where they begin."""
    begins[: nodes + 1] = 0
    for node in source:
        begins[node + 1] += 1
    for node in range(nodes):
        begins[node + 1] += begins[node]
    for edge in range(len(source)):
        onward[begins[source[edge]]] = target[edge]
        begins[source[edge]] += 1
    # each beginning has moved on to the next one
    for node in range(nodes, 0, -1):
        begins[node] = begins[node - 1]
    begins[0] = 0


@njit(cache=True, nogil=True)
def knotted(nodes: Any, source: Any, target: Any, time: Any, window: Any) -> Any:
    """Which edges, in order of time, may be the first of a temporal cycle, and which may be in one.

    An edge may begin one if its ends are in one strongly connected component of the edges of two windows, of which it
    lies in the first; and be in one if that holds in either of them.
    """
    is_first, is_in = np.zeros(len(time), dtype=np.bool_), np.zeros(len(time), dtype=np.bool_)
    most, begin, after, end = 0, 0, 0, 0
    while begin < len(time):
        after, end = _ends(begin, after, end, time, window)
        most, begin = max(most, end - begin), after
    ends, room = np.empty((2, most), dtype=np.int32), np.empty((ROWS, 2 * most), dtype=np.int32)
    begins, label = np.empty(2 * most + 1, dtype=np.int32), np.empty(2 * most, dtype=np.int32)
    onward = np.empty(most, dtype=np.int32)
    node = np.empty(2 * most, dtype=np.int32)
    slot = np.full(nodes, -1, dtype=np.int32)
    begin, after, end = 0, 0, 0
    while begin < len(time):
        after, end = _ends(begin, after, end, time, window)
        count, size = 0, end - begin
        for edge in range(begin, end):
            for side in range(2):
                this = source[edge] if side == 0 else target[edge]
                if slot[this] < 0:
                    slot[this], node[count] = count, this
                    count += 1
                ends[side, edge - begin] = slot[this]
        grouped(count, ends[0, :size], ends[1, :size], begins, onward)
        knots(count, begins, onward, label, room)
        for edge in range(begin, end):
            is_tied = label[ends[0, edge - begin]] == label[ends[1, edge - begin]]
            is_in[edge] |= is_tied
            if edge < after:
                is_first[edge] = is_tied
        for place in range(count):
            slot[node[place]] = -1
        begin = after
    return is_first, is_in


@njit(cache=True, nogil=True)
def _ends(begin: Any, after: Any, end: Any, time: Any, window: Any) -> Any:
    """Where the first window from an edge ends, and where the second."""
    while after < len(time) and time[after] - time[begin] <= window:
        after += 1
    while end < len(time) and time[end] - time[after - 1] <= window:
        end += 1
    return after, end
