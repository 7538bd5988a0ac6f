"""Big graphs in compressed rows, compiled: codes of nodes, the edges of each node, and what can be reached."""

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True)
def coded(hashes: Any) -> Any:
    """Equal hashes → equal codes 0, 1, …, in order of appearance."""
    size = 1
    while size < 2 * len(hashes):
        size *= 2
    # the hash and its code (0 = free) side by side, since each look-up of a big table misses the cache
    table = np.zeros((size, 2), dtype=np.uint64)
    codes = np.empty(len(hashes), dtype=np.int64)
    count = 0
    for at in range(len(hashes)):
        place = np.int64(hashes[at] & np.uint64(size - 1))
        while table[place, 1] != 0 and table[place, 0] != hashes[at]:
            place = (place + 1) & (size - 1)
        if table[place, 1] == 0:
            count += 1
            table[place, 0], table[place, 1] = hashes[at], count
        codes[at] = np.int64(table[place, 1]) - 1
    return codes


@njit(cache=True)
def compressed(source: Any, nodes: Any) -> Any:
    """Where the edges of each node begin, and the order that puts them there (equal sources stay in order)."""
    begins = np.zeros(nodes + 1, dtype=np.int64)
    for node in source:
        begins[node + 1] += 1
    begins = np.cumsum(begins)
    free = begins.copy()
    order = np.empty(len(source), dtype=np.int64)
    for edge in range(len(source)):
        order[free[source[edge]]] = edge
        free[source[edge]] += 1
    return begins, order


@njit(cache=True)
def reached(begins: Any, order: Any, target: Any, start: Any) -> Any:
    """The nodes that can be reached from ``start`` (a truth value a node), itself included."""
    seen = start.copy()
    waiting = np.empty(len(start), dtype=np.int64)
    left = 0
    for node in range(len(start)):
        if start[node]:
            waiting[left] = node
            left += 1
    while left > 0:
        left -= 1
        node = waiting[left]
        for place in range(begins[node], begins[node + 1]):
            onward = target[order[place]]
            if not seen[onward]:
                seen[onward] = True
                waiting[left] = onward
                left += 1
    return seen
