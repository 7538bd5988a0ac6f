"""What can still lead home in time, compiled: the search for temporal cycles looks back from where they close.

All that a job needs lies in a *book*: three arrays whose rows are used by slot, by pair, by edge and by chain. A job
that looks at more edges than there is room for is tried from the other end, and then with more room.
"""

from typing import Any

import numpy as np
from numba import njit

MOST = np.iinfo(np.int64).max
NEVER = -1
"""Earlier than any time."""

SLOTS, PAIRS, EDGES, WORK, CYCLES, ROWS, IS_AHEAD, LAYER = 0, 1, 2, 3, 4, 5, 6, 7
"""How many are taken, in ``used``. IS_AHEAD is 1 where a job looked ahead, 0 where it looked back; LAYER is that of the
vertices to which edges were looked at, -1 where only those were that close."""

ARRIVED, SCANNED, KEY, EDGE_TIME, CHAIN_TIME, CHAIN_COUNT = 0, 1, 2, 3, 4, 5
VERTEX, QUEUED, QUEUE, FIRST_PAIR, LAST_PAIR, PAIR_TO, PAIR_AT, EDGE, CHAIN_EDGE, ON_PATH = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
"""Rows of the two first arrays of a book: by slot, by pair, by edge of a pair, and by carried chain."""


@njit(cache=True, nogil=True)
def first_at(times: Any, begin: Any, end: Any, time: Any) -> Any:
    """The first place from ``begin`` to ``end`` with this time or a later one."""
    while begin < end:
        middle = (begin + end) >> 1
        if times[middle] < time:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(cache=True, nogil=True)
def put_in_order(keys: Any, begin: Any, end: Any) -> Any:
    """Sort a part of some keys; compiled once for all who need it."""
    keys[begin:end].sort()


@njit(cache=True, nogil=True)
def new_book(room: Any, layers: Any) -> Any:
    """Arrays for a job that looks at no more than ``room`` edges."""
    whole, small = np.empty((6, room), dtype=np.int64), np.empty((10, room), dtype=np.int32)
    return whole, small, np.empty((room, layers), dtype=np.int64)


@njit(cache=True, nogil=True)
def slot_of(vertex: Any, slot: Any, book: Any, used: Any) -> Any:
    """The slot of a vertex, made where there is none yet."""
    at = slot[vertex]
    if at < 0:
        whole, small, latest = book
        at = used[SLOTS]
        used[SLOTS] += 1
        slot[vertex] = at
        whole[ARRIVED, at], whole[SCANNED, at] = MOST, NEVER
        small[VERTEX, at], small[QUEUED, at], small[FIRST_PAIR, at], small[ON_PATH, at] = vertex, 0, -1, 0
        latest[at, :] = NEVER
    return at


@njit(cache=True, nogil=True)
def clear(slot: Any, book: Any, used: Any) -> Any:
    """Take all slots back."""
    for at in range(1, used[SLOTS]):
        slot[book[1][VERTEX, at]] = -1
    used[SLOTS], used[PAIRS], used[EDGES] = 1, 0, 0


@njit(cache=True, nogil=True)
def _leaves(at: Any, time: Any, layer: Any, latest: Any) -> Any:
    """A way home leaves here at this time: whether it is later than those known with as few edges."""
    if latest[at, layer] >= time:
        return False
    for more in range(layer, latest.shape[1]):
        latest[at, more] = max(latest[at, more], time)
    return True


@njit(cache=True, nogil=True)
def look_back(closing: Any, span: Any, hops: Any, room: Any, graph: Any, slot: Any, book: Any, used: Any) -> Any:
    """From the closing vertices backwards: the latest time to leave each vertex for home, by number of edges.

    Each edge is looked at once; how many were, or -1 where it would be more than ``room``.
    """
    incoming_at, incoming_from, incoming_time = graph[4], graph[5], graph[6]
    since, until = span
    whole, small, latest = book
    used[IS_AHEAD] = 0
    looked, turn, waiting = 0, 1, 0
    for vertex in closing:
        end = incoming_at[vertex + 1]
        place = first_at(incoming_time, incoming_at[vertex], end, since + 1)
        while place < end and incoming_time[place] < until:
            looked += 1
            if looked > room:
                return -1
            if slot[incoming_from[place]] != 0:
                at = slot_of(incoming_from[place], slot, book, used)
                if _leaves(at, incoming_time[place], 0, latest) and small[QUEUED, at] != turn:
                    small[QUEUED, at] = turn
                    small[QUEUE, waiting] = at
                    waiting += 1
            place += 1
    layers = latest.shape[1]
    queue, onward = small[QUEUE], small[PAIR_TO]
    while waiting > 0 and turn < hops:
        turn += 1
        count, waiting = waiting, 0
        for step in range(count):
            here = queue[step]
            vertex, leave = small[VERTEX, here], latest[here, min(turn - 2, layers - 1)]
            end = incoming_at[vertex + 1]
            if whole[SCANNED, here] == NEVER:
                whole[SCANNED, here] = first_at(incoming_time, incoming_at[vertex], end, since + 1)
            place = whole[SCANNED, here]
            while place < end and incoming_time[place] < leave:
                looked += 1
                if looked > room:
                    return -1
                if slot[incoming_from[place]] != 0:
                    at = slot_of(incoming_from[place], slot, book, used)
                    is_later = _leaves(at, incoming_time[place], min(turn - 1, layers - 1), latest)
                    if is_later and small[QUEUED, at] != turn:
                        small[QUEUED, at] = turn
                        onward[waiting] = at
                        waiting += 1
                place += 1
            whole[SCANNED, here] = place
        queue, onward = onward, queue
    return looked


@njit(cache=True, nogil=True)
def look_ahead(roots: Any, until: Any, hops: Any, room: Any, graph: Any, slot: Any, book: Any, used: Any) -> Any:
    """From the first edges forwards: what they reach, and from that what :func:`look_back` finds; the same result."""
    source, target, time = graph[0], graph[1], graph[2]
    outgoing_at, outgoing_to, outgoing_time, outgoing_edge = graph[7], graph[8], graph[9], graph[10]
    whole, small, latest = book
    used[IS_AHEAD] = 1
    looked, turn, waiting = 0, 1, 0
    queue, onward = small[QUEUE], small[PAIR_TO]
    for edge in roots:
        if slot[target[edge]] != 0:
            at = slot_of(target[edge], slot, book, used)
            whole[ARRIVED, at] = min(whole[ARRIVED, at], time[edge])
            if small[QUEUED, at] != turn:
                small[QUEUED, at] = turn
                queue[waiting] = at
                waiting += 1
    while waiting > 0 and turn <= hops:
        turn += 1
        count, waiting = waiting, 0
        for step in range(count):
            here = queue[step]
            vertex, arrived = small[VERTEX, here], whole[ARRIVED, here]
            begin = outgoing_at[vertex]
            if whole[SCANNED, here] == NEVER:
                whole[SCANNED, here] = first_at(outgoing_time, begin, outgoing_at[vertex + 1], until)
            place = whole[SCANNED, here]
            while place > begin and outgoing_time[place - 1] > arrived:
                place -= 1
                if looked == room:
                    return -1
                whole[KEY, looked] = outgoing_edge[place]
                looked += 1
                if slot[outgoing_to[place]] != 0:
                    at = slot_of(outgoing_to[place], slot, book, used)
                    if outgoing_time[place] < whole[ARRIVED, at]:
                        whole[ARRIVED, at] = outgoing_time[place]
                        if small[QUEUED, at] != turn:
                            small[QUEUED, at] = turn
                            onward[waiting] = at
                            waiting += 1
            whole[SCANNED, here] = place
        queue, onward = onward, queue
    put_in_order(whole[KEY], 0, looked)
    for step in range(looked - 1, -1, -1):
        edge = whole[KEY, step]
        here, there = slot[source[edge]], slot[target[edge]]
        if there == 0:
            _leaves(here, time[edge], 0, latest)
        else:
            # edges come latest first, so what leaves later is known already
            for layer in range(latest.shape[1]):
                if time[edge] < latest[there, layer]:
                    _leaves(here, time[edge], min(layer + 1, latest.shape[1] - 1), latest)
                    break
    return looked
