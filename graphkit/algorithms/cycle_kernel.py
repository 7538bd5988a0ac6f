"""The inner loop of temporal cycles, compiled: from each first edge along edges that still lead back in time.

A *job* is a set of first edges that begin in one vertex (or in one group) within a short time, so that one look back
serves them all. Vertices that it meets have *slots*; slot 0 stands for all vertices in which a chain closes. From each
slot the parallel edges to one other slot are a *pair*; a walk goes from pair to pair and carries, for every edge of the
pair, how many chains end in it. Counts stop at ``MOST``, which so means: this many or more.
"""

from typing import Any

import numpy as np
from numba import njit

from graphkit.algorithms.cycle_reach import (
    CHAIN_COUNT,
    CHAIN_EDGE,
    CHAIN_TIME,
    CYCLES,
    EDGE,
    EDGE_TIME,
    EDGES,
    FIRST_PAIR,
    IS_AHEAD,
    KEY,
    LAST_PAIR,
    LAYER,
    MOST,
    ON_PATH,
    PAIR_AT,
    PAIR_TO,
    PAIRS,
    ROWS,
    SCANNED,
    SLOTS,
    VERTEX,
    WORK,
    clear,
    first_at,
    look_ahead,
    look_back,
    new_book,
    put_in_order,
)

DONE, TOO_MUCH_WORK, TOO_MANY, STOPPED, FULL = 0, 1, 2, 3, 4
"""How a run or a walk ends; a walk that ends FULL is walked again with more room for what it lists."""

_MORE_ROOM = 8
_LAYERED = 9
"""Up to this length the edges left to go are told apart, beyond it any number may lead home."""

_LOW = 0xFFFFFFFF


@njit(cache=True, nogil=True)
def _open(here: Any, since: Any, until: Any, graph: Any, slot: Any, book: Any, used: Any) -> Any:
    """Lay out the edges of a slot that can lead home, by slot and time; those that close come first."""
    outgoing_at, outgoing_to, outgoing_time, outgoing_edge = graph[7], graph[8], graph[9], graph[10]
    whole, small, latest = book
    vertex = small[VERTEX, here]
    begin, end = outgoing_at[vertex], outgoing_at[vertex + 1]
    # nothing earlier was looked at, and there is room for no more than that
    begin = whole[SCANNED, here] if used[IS_AHEAD] == 1 else first_at(outgoing_time, begin, end, since + 1)
    layer, base = used[LAYER], used[EDGES]
    count, place = base, begin
    while place < end and outgoing_time[place] < until:
        there = slot[outgoing_to[place]]
        if there == 0 or (there > 0 and layer >= 0 and outgoing_time[place] < latest[there, layer]):
            whole[KEY, count] = (there << 32) | (place - begin)
            count += 1
        place += 1
    used[WORK] += place - begin + 1
    put_in_order(whole[KEY], base, count)
    pair = used[PAIRS]
    small[FIRST_PAIR, here] = pair
    for edge in range(base, count):
        there, place = whole[KEY, edge] >> 32, begin + (whole[KEY, edge] & _LOW)
        if edge == base or there != small[PAIR_TO, pair - 1]:
            small[PAIR_TO, pair], small[PAIR_AT, pair] = there, edge
            pair += 1
        small[EDGE, edge], whole[EDGE_TIME, edge] = outgoing_edge[place], outgoing_time[place]
    # an empty pair says where the edges of the last one end
    small[PAIR_AT, pair], small[PAIR_TO, pair] = count, -1
    small[LAST_PAIR, here] = pair
    used[PAIRS], used[EDGES] = pair + 1, count


@njit(cache=True, nogil=True)
def _fits(one: Any, other: Any, width: Any, log: Any) -> Any:
    return width < 0 or abs(log[one] - log[other]) <= width


@njit(cache=True, nogil=True)
def _carry(
    pair: Any, until: Any, chains: Any, width: Any, first: Any, log: Any, limits: Any, book: Any, used: Any
) -> Any:
    """Chains (from one to another) go on along a pair: what they become is written behind them; where that ends.

    ``width`` is how far the logarithms of the amounts of two successive edges may lie apart (no matter where it is
    negative); ``first`` is the edge that each must also be as near to, or -1.
    """
    whole, small, _ = book
    begin, end = chains
    chain, count, free = begin, 0, end
    edges = small[PAIR_AT, pair + 1]
    edge = small[PAIR_AT, pair]
    if whole[EDGE_TIME, edge] <= whole[CHAIN_TIME, begin]:
        edge = first_at(whole[EDGE_TIME], edge, edges, whole[CHAIN_TIME, begin] + 1)
    while edge < edges and whole[EDGE_TIME, edge] < until:
        time, number = whole[EDGE_TIME, edge], small[EDGE, edge]
        edge += 1
        used[WORK] += 1
        if limits[3][0] != 0 or used[WORK] > limits[0]:
            # whoever asked sees the same and stops
            break
        if width >= 0:
            if first >= 0 and not _fits(first, number, width, log):
                continue
            chain, count = begin, 0
        while chain < end and whole[CHAIN_TIME, chain] < time:
            used[WORK] += 1
            if width < 0 or _fits(small[CHAIN_EDGE, chain], number, width, log):
                count += whole[CHAIN_COUNT, chain]
                if count < 0:
                    count = MOST
            chain += 1
        if count > 0:
            whole[CHAIN_TIME, free], whole[CHAIN_COUNT, free], small[CHAIN_EDGE, free] = time, count, number
            free += 1
    return free


@njit(cache=True, nogil=True)
def _list(top: Any, chains: Any, pick: Any, width: Any, log: Any, limits: Any, book: Any, out: Any) -> Any:
    """Write down every cycle whose edges 1 to ``top`` are among the chains of those levels; False where it is full.

    From the last edge to the first: every chain that was carried has one before it.
    """
    whole, small, _ = book
    _, rows, lengths, used = out
    level = top
    pick[level] = chains[level] - 1
    while level <= top:
        pick[level] += 1
        at = pick[level]
        if at >= chains[level + 1] or (level < top and whole[CHAIN_TIME, at] >= whole[CHAIN_TIME, pick[level + 1]]):
            level += 1
            continue
        used[WORK] += 1
        if limits[3][0] != 0 or used[WORK] > limits[0] or used[CYCLES] > limits[1] or used[ROWS] > limits[2]:
            break
        if level < top and not _fits(small[CHAIN_EDGE, at], small[CHAIN_EDGE, pick[level + 1]], width, log):
            continue
        if level > 1:
            level -= 1
            pick[level] = chains[level] - 1
            continue
        if used[ROWS] + top > len(rows):
            return False
        for step in range(1, top + 1):
            rows[used[ROWS]] = small[CHAIN_EDGE, pick[step]]
            used[ROWS] += 1
        lengths[used[CYCLES]] = top
        used[CYCLES] += 1
    return True


@njit(cache=True, nogil=True)
def _walk(roots: Any, until: Any, rule: Any, limits: Any, graph: Any, slot: Any, book: Any, path: Any, out: Any) -> Any:
    """All cycles from parallel first edges of one time: added to the totals, or listed; how it ended."""
    longest, width, is_listing, _ = rule
    most_work, most_cycles, most_rows, stop = limits
    totals, _, _, used = out
    vertices, cursors, chains, pick = path[0], path[1], path[2], path[3]
    target, time, log = graph[1], graph[2], graph[3]
    whole, small, latest = book
    layers = latest.shape[1]
    first = roots[0] if width >= 0 else -1
    chains[1], chains[2] = 0, len(roots)
    for at in range(len(roots)):
        whole[CHAIN_TIME, at], whole[CHAIN_COUNT, at], small[CHAIN_EDGE, at] = time[roots[at]], 1, roots[at]
    end = min(until, time[roots[0]] + path[4, 0] + 1)
    level, there = 0, slot[target[roots[0]]]
    while True:
        # a vertex is entered: chains that close here, then its other pairs one by one
        level += 1
        vertices[level] = there
        small[ON_PATH, there] = 1
        if small[FIRST_PAIR, there] < 0:
            _open(there, time[roots[0]], until, graph, slot, book, used)
        pair = small[FIRST_PAIR, there]
        if small[PAIR_TO, pair] == 0:
            closed = _carry(pair, end, (chains[level], chains[level + 1]), width, first, log, limits, book, used)
            if is_listing and closed > chains[level + 1]:
                chains[level + 2] = closed
                if not _list(level + 1, chains, pick, width, log, limits, book, out):
                    return FULL
                if used[CYCLES] > most_cycles or used[ROWS] > most_rows:
                    return TOO_MANY
            elif not is_listing:
                for at in range(chains[level + 1], closed):
                    totals[level + 1] += whole[CHAIN_COUNT, at]
                    if totals[level + 1] < 0:
                        totals[level + 1] = MOST
            pair += 1
        cursors[level] = pair if level + 1 < longest else small[LAST_PAIR, there]
        is_further = False
        while level > 0 and not is_further:
            here, pair = vertices[level], cursors[level]
            used[WORK] += 1
            if stop[0] != 0 or used[WORK] > most_work:
                return STOPPED if stop[0] != 0 else TOO_MUCH_WORK
            if pair >= small[LAST_PAIR, here]:
                small[ON_PATH, here] = 0
                level -= 1
                continue
            cursors[level] += 1
            there = small[PAIR_TO, pair]
            if small[ON_PATH, there] == 1:
                continue
            home = latest[there, min(longest - level - 1, layers) - 1]
            here_chains = (chains[level], chains[level + 1])
            chains[level + 2] = _carry(pair, min(end, home), here_chains, width, -1, log, limits, book, used)
            is_further = chains[level + 2] > chains[level + 1]
        if level == 0:
            return DONE


@njit(cache=True, nogil=True)
def _closing(anchor: Any, time: Any, jobs: Any, into: Any) -> Any:
    """The vertices in which chains from this vertex or group close, as of a time."""
    member_at, member, member_first, member_last = jobs[3], jobs[4], jobs[5], jobs[6]
    if anchor >= 0:
        into[0] = anchor
        return into[:1]
    count = 0
    for row in range(member_at[-1 - anchor], member_at[-anchor]):
        if member_first[row] <= time <= member_last[row]:
            into[count] = member[row]
            count += 1
    return into[:count]


@njit(cache=True, nogil=True)
def run(begin: Any, end: Any, window: Any, rule: Any, limits: Any, graph: Any, jobs: Any, slot: Any) -> Any:
    """Jobs ``begin`` to ``end``: how it ended, the totals by length, the listed rows and lengths, and the work.

    A job's anchor is a vertex, or -1 - a group. ``rule``: the longest cycle, the width of amounts (negative: none),
    whether to list, and how many edges a job looks at from one end before it tries from the other. ``limits``: the
    most work, cycles and listed rows, and an array whose first number is not 0 once all has to stop. ``slot`` is all
    -1, and is so again at the end.
    """
    longest, width, _, least_room = rule
    job_at, job_anchor, root = jobs[0], jobs[1], jobs[2]
    source, target, time = graph[0], graph[1], graph[2]
    layers, hops = (longest - 1, longest - 1) if longest <= _LAYERED else (1, MOST)
    room_taken = 2 * least_room
    book = new_book(room_taken, layers)
    path = np.zeros((5, 4), dtype=np.int64)
    totals = np.zeros(4, dtype=np.int64)
    rows, lengths = np.empty(64, dtype=np.int32), np.empty(64, dtype=np.int32)
    used = np.zeros(8, dtype=np.int64)
    used[SLOTS], used[LAYER] = 1, longest - 3 if longest <= _LAYERED else 0
    into = np.empty(max(1, len(jobs[4])), dtype=np.int32)
    status = DONE
    for job in range(begin, end):
        roots = root[job_at[job] : job_at[job + 1]]
        since, until = time[roots[0]], time[roots[-1]] + window + 1
        closing = _closing(job_anchor[job], since, jobs, into)
        slot[closing] = 0
        room = least_room
        while True:
            if 2 * room + len(roots) + 8 > room_taken:
                room_taken = 2 * (room + len(roots)) + 8
                book = new_book(room_taken, layers)
            looked = look_back(closing, (since, until), hops, room, graph, slot, book, used)
            used[WORK] += looked if looked >= 0 else room
            if looked >= 0:
                break
            clear(slot, book, used)
            looked = look_ahead(roots, until, hops, room, graph, slot, book, used)
            used[WORK] += looked if looked >= 0 else room
            if looked >= 0 or limits[3][0] != 0:
                break
            clear(slot, book, used)
            # with room for all edges neither end fails
            room = min(room * _MORE_ROOM, len(source))
        if used[SLOTS] + 4 > path.shape[1]:
            path = np.zeros((5, 2 * used[SLOTS] + 8), dtype=np.int64)
        path[4, 0] = window
        if used[SLOTS] + 4 > len(totals):
            more = np.zeros(2 * used[SLOTS] + 8, dtype=np.int64)
            more[: len(totals)] = totals
            totals = more
        step = 0
        while step < len(roots) and status == DONE:
            edge, after = roots[step], step + 1
            if width < 0:
                while after < len(roots) and (
                    time[roots[after]] == time[edge]
                    and target[roots[after]] == target[edge]
                    and source[roots[after]] == source[edge]
                ):
                    after += 1
            there = slot[target[edge]]
            used[WORK] += 1
            while there > 0 and time[edge] < book[2][there, -1]:
                cycles, listed = used[CYCLES], used[ROWS]
                out = (totals, rows, lengths, used)
                status = _walk(roots[step:after], until, rule, limits, graph, slot, book, path, out)
                if status != FULL:
                    break
                status, used[CYCLES], used[ROWS] = DONE, cycles, listed
                for at in range(1, used[SLOTS]):
                    book[1][ON_PATH, at] = 0
                more_rows, more_lengths = np.empty(4 * len(rows), np.int32), np.empty(4 * len(rows), np.int32)
                more_rows[:listed], more_lengths[:cycles] = rows[:listed], lengths[:cycles]
                rows, lengths = more_rows, more_lengths
            step = after
        clear(slot, book, used)
        slot[closing] = -1
        if status == DONE and used[WORK] > limits[0]:
            status = TOO_MUCH_WORK
        if status == DONE and limits[3][0] != 0:
            status = STOPPED
        if status != DONE:
            break
    longest = len(totals)
    while totals[longest - 1] == 0 and longest > 1:
        longest -= 1
    return status, totals[:longest].copy(), rows[: used[ROWS]].copy(), lengths[: used[CYCLES]].copy(), used[WORK]
