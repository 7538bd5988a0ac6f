"""The inner loop of control, compiled: each controller's commanded set grows round by round, over time.

A job is a set of holders ("views") whose control may rest on one another through allies; most jobs are one holder.
A *pair* is what one view does to one node: a list, sorted by time, of changes in the votes that count. All arrays have
a fixed size: a job that does not fit says so, is taken back, and is run again with more room.
"""

from typing import Any

from numba import njit

from graphkit.algorithms.holdings import WHOLE

VOTES, POOLED, ALLIED = 0, 1, 2
KINDS = 3
"""What a pair records: the votes of a view in a node, the days a member is in its pool, the days an ally is met."""

OWNED, HIGH, LOW, FIRST, LAST = 0, 1, 2, 3, 4
LINKS, ALLIES, SLACK = 0, 1, 2
"""Columns of ``edges``, which holds holdings, allies and slack alike, and the rows of ``at`` that say where they begin.

Slack, what the least votes of all leave over of a node, has the day from which it is so in FIRST and the votes in HIGH.
"""

STOP, LATEST, ALLIED_BY = 0, 1, 2
"""Columns of ``state``, a row a node: whether control stops, its latest row in ``found``, who met it as an ally."""

KEY, HEAD, TOUCHED, PLACE = 0, 1, 2, 3
TIME, NEXT, KNOWN, MINE, MOST, SURE = 0, 1, 2, 3, 4, 5
VIEW, NODE, SINCE, UNTIL, ROUND, EARLIER = 0, 1, 2, 3, 4, 5
QUEUE, GAP_FIRST, GAP_LAST, MET_BY, MET_FIRST, MET_LAST, MET_EARLIER = 0, 1, 2, 3, 4, 5, 6
"""Columns of ``pairs``, ``changes``, ``found`` and ``scraps``."""

PAIRS, CHANGES, FOUND, QUEUED, GAPS, MET, FULL = 0, 1, 2, 3, 4, 5, 6
"""How many rows are taken, in ``used``; FULL is 1 where it is ``found`` that has no more room."""


@njit(cache=True)
def _pair(kind: Any, view: Any, node: Any, book: Any) -> Any:
    """The row of a pair, made where there is none yet."""
    state, table, pairs, used = book[2], book[3], book[4], book[8]
    key = (view * len(state) + node) * KINDS + kind
    place = key * 0x9E3779B1
    place = (place ^ (place >> 29)) & (len(table) - 1)
    while table[place] != 0:
        if pairs[table[place] - 1, KEY] == key:
            return table[place] - 1
        place = (place + 1) & (len(table) - 1)
    pair = used[PAIRS]
    used[PAIRS] += 1
    table[place] = pair + 1
    pairs[pair, KEY], pairs[pair, HEAD], pairs[pair, TOUCHED], pairs[pair, PLACE] = key, -1, -1, place
    return pair


@njit(cache=True)
def _change(pair: Any, time: Any, known: Any, mine: Any, most: Any, sure: Any, book: Any) -> Any:
    """Add to what changes for a pair at a time, in its place in the list."""
    pairs, changes, used = book[4], book[5], book[8]
    before, at = -1, pairs[pair, HEAD]
    while at >= 0 and changes[at, TIME] < time:
        before, at = at, changes[at, NEXT]
    if at < 0 or changes[at, TIME] > time:
        new = used[CHANGES]
        used[CHANGES] += 1
        changes[new, TIME], changes[new, NEXT] = time, at
        changes[new, KNOWN], changes[new, MINE], changes[new, MOST], changes[new, SURE] = 0, 0, 0, 0
        if before < 0:
            pairs[pair, HEAD] = new
        else:
            changes[before, NEXT] = new
        at = new
    changes[at, KNOWN] += known
    changes[at, MINE] += mine
    changes[at, MOST] += most
    changes[at, SURE] += sure


@njit(cache=True)
def _add_votes(view: Any, member: Any, since: Any, until: Any, own: Any, pool: Any, turn: Any, book: Any) -> Any:
    """What a member's holdings add to the votes of a view while it is commanded; False where room runs out."""
    at, edges, pairs, changes, scraps, used = book[0], book[1], book[4], book[5], book[7], book[8]
    count = at[LINKS, member + 1] - at[LINKS, member]
    if max(used[PAIRS], used[QUEUED]) + count > len(pairs) or used[CHANGES] + 2 * count > len(changes):
        return False
    for edge in range(at[LINKS, member], at[LINKS, member + 1]):
        node = edges[edge, OWNED]
        start, end = max(since, edges[edge, FIRST]), min(until, edges[edge, LAST])
        if node == view or start > end:
            continue
        pair = _pair(VOTES, view, node, book)
        mine, most, sure = own * edges[edge, HIGH], pool * edges[edge, HIGH], pool * edges[edge, LOW]
        _change(pair, start, 0, mine, most, sure, book)
        _change(pair, end + 1, 0, -mine, -most, -sure, book)
        if pairs[pair, TOUCHED] != turn:
            pairs[pair, TOUCHED] = turn
            scraps[used[QUEUED], QUEUE] = pair
            used[QUEUED] += 1
    return True


@njit(cache=True)
def _cover(kind: Any, view: Any, node: Any, since: Any, until: Any, book: Any) -> Any:
    """Cover days of a pair: the days that were not covered yet are put on the gaps; how many pieces, or -1."""
    pairs, changes, scraps, used = book[4], book[5], book[7], book[8]
    if used[PAIRS] + 1 > len(pairs):
        return -1
    pair = _pair(kind, view, node, book)
    base, known, day, at = used[GAPS], 0, since, pairs[pair, HEAD]
    while day <= until:
        # the piece from ``day`` to the next change is covered or not as a whole
        while at >= 0 and changes[at, TIME] <= day:
            known += changes[at, KNOWN]
            at = changes[at, NEXT]
        end = until if at < 0 else min(until, changes[at, TIME] - 1)
        if known == 0:
            if used[GAPS] + 1 > len(scraps):
                return -1
            scraps[used[GAPS], GAP_FIRST], scraps[used[GAPS], GAP_LAST] = day, end
            used[GAPS] += 1
        day = end + 1
    count = used[GAPS] - base
    if used[CHANGES] + 2 * count > len(changes):
        return -1
    for gap in range(base, base + count):
        _change(pair, scraps[gap, GAP_FIRST], 1, 0, 0, 0, book)
        _change(pair, scraps[gap, GAP_LAST] + 1, -1, 0, 0, 0, book)
    return count


@njit(cache=True)
def _pool(view: Any, member: Any, since: Any, until: Any, turn: Any, book: Any) -> Any:
    """A member's votes count for a view's pool, once a day whoever brings them."""
    scraps, used = book[7], book[8]
    base = used[GAPS]
    count = _cover(POOLED, view, member, since, until, book)
    for gap in range(base, base + count):
        if not _add_votes(view, member, scraps[gap, GAP_FIRST], scraps[gap, GAP_LAST], 0, 1, turn, book):
            return False
    used[GAPS] = base
    return count >= 0


@njit(cache=True)
def _meet(view: Any, ally: Any, since: Any, until: Any, turn: Any, book: Any) -> Any:
    """A view meets an ally: the ally's votes and those of all that it controls so far join the pool."""
    state, found, scraps, used = book[2], book[6], book[7], book[8]
    base = used[GAPS]
    count = _cover(ALLIED, view, ally, since, until, book)
    if count < 0 or used[MET] + count > len(scraps):
        return False
    for gap in range(base, base + count):
        start, end = scraps[gap, GAP_FIRST], scraps[gap, GAP_LAST]
        row = used[MET]
        used[MET] += 1
        scraps[row, MET_BY], scraps[row, MET_FIRST], scraps[row, MET_LAST] = view, start, end
        scraps[row, MET_EARLIER] = state[ally, ALLIED_BY]
        state[ally, ALLIED_BY] = row
        if not _pool(view, ally, start, end, turn, book):
            return False
        fact = state[ally, LATEST]
        while fact >= 0:
            node, first, last = found[fact, NODE], max(start, found[fact, SINCE]), min(end, found[fact, UNTIL])
            if state[node, STOP] == 0 and first <= last and not _pool(view, node, first, last, turn, book):
                return False
            fact = found[fact, EARLIER]
    used[GAPS] = base
    return True


@njit(cache=True)
def _take_in(view: Any, member: Any, since: Any, until: Any, turn: Any, book: Any) -> Any:
    """Count the votes of a new member of a view (or of the view itself), and of the allies it brings."""
    at, edges, state, scraps = book[0], book[1], book[2], book[7]
    # a stop node uses its own votes, but neither its members nor those above it use them further
    is_own = view == member or (state[view, STOP] == 0 and state[member, STOP] == 0)
    has_allies = at[ALLIES, 0] < at[ALLIES, -1]
    if is_own and not _add_votes(view, member, since, until, 1, 0 if has_allies else 1, turn, book):
        return False
    if not has_allies:
        return True
    if is_own:
        if not _pool(view, member, since, until, turn, book):
            return False
        for edge in range(at[ALLIES, member], at[ALLIES, member + 1]):
            start, end = max(since, edges[edge, FIRST]), min(until, edges[edge, LAST])
            if start <= end and not _meet(view, edges[edge, OWNED], start, end, turn, book):
                return False
    if view != member and state[member, STOP] == 0:
        row = state[view, ALLIED_BY]
        while row >= 0:
            start, end = max(since, scraps[row, MET_FIRST]), min(until, scraps[row, MET_LAST])
            if start <= end and not _pool(scraps[row, MET_BY], member, start, end, turn, book):
                return False
            row = scraps[row, MET_EARLIER]
    return True


@njit(cache=True)
def _find(pair: Any, turn: Any, threshold: Any, book: Any) -> Any:
    """Write down the days on which a touched pair newly has the votes; False where room runs out."""
    at, edges, state, pairs, changes, found, used = book[0], book[1], book[2], book[4], book[5], book[6], book[8]
    key = pairs[pair, KEY] // KINDS
    view, node = key // len(state), key % len(state)
    base, begun = used[FOUND], False
    known, mine, most, sure, slack = 0, 0, 0, 0, WHOLE
    limit, limits = at[SLACK, node], at[SLACK, node + 1]
    change = pairs[pair, HEAD]
    while change >= 0:
        known += changes[change, KNOWN]
        mine += changes[change, MINE]
        most += changes[change, MOST]
        sure += changes[change, SURE]
        day, change = changes[change, TIME], changes[change, NEXT]
        # after the last change nothing is left
        end = day if change < 0 else changes[change, TIME] - 1
        while day <= end:
            while limit < limits and edges[limit, FIRST] <= day:
                slack = edges[limit, HIGH]
                limit += 1
            until = end if limit == limits else min(end, edges[limit, FIRST] - 1)
            holds = change >= 0 and known == 0 and mine > 0 and most > threshold and sure + slack > threshold
            if holds and not begun:
                if used[FOUND] + 1 > len(found):
                    used[FULL] = 1
                    return False
                found[used[FOUND], VIEW], found[used[FOUND], NODE] = view, node
                found[used[FOUND], SINCE], found[used[FOUND], ROUND] = day, turn
            if holds:
                found[used[FOUND], UNTIL] = until
            elif begun:
                used[FOUND] += 1
            begun = holds
            day = until + 1
    if used[CHANGES] + 2 * (used[FOUND] - base) > len(changes):
        return False
    for row in range(base, used[FOUND]):
        _change(pair, found[row, SINCE], 1, 0, 0, 0, book)
        _change(pair, found[row, UNTIL] + 1, -1, 0, 0, 0, book)
    return True


@njit(cache=True)
def _grow(views: Any, first: Any, last: Any, threshold: Any, book: Any) -> Any:
    """All that the views of one job control, in rounds; False where room runs out."""
    state, found, scraps, used = book[2], book[6], book[7], book[8]
    turn, done, end = 0, used[FOUND], used[FOUND]
    while True:
        turn += 1
        for fact in range(done, end):
            found[fact, EARLIER] = state[found[fact, VIEW], LATEST]
            state[found[fact, VIEW], LATEST] = fact
        for step in range(len(views) if turn == 1 else end - done):
            # in the first round each view takes in itself, over the whole time
            view, member, since, until = views[step % len(views)], views[step % len(views)], first, last
            if turn > 1:
                fact = done + step
                view, member = found[fact, VIEW], found[fact, NODE]
                since, until = found[fact, SINCE], found[fact, UNTIL]
            if not _take_in(view, member, since, until, turn, book):
                return False
        done = end
        for step in range(used[QUEUED]):
            if not _find(scraps[step, QUEUE], turn, threshold, book):
                return False
        used[QUEUED] = 0
        end = used[FOUND]
        if done == end:
            return True


@njit(cache=True, nogil=True)
def run(job: Any, job_at: Any, job_view: Any, first: Any, last: Any, threshold: Any, book: Any) -> Any:
    """Run the jobs from number ``job`` on; the number of the job that needs more room, or of jobs where all are done.

    ``book``: at, edges, state, table, pairs, changes, found, scraps, used.
    """
    state, table, pairs, used = book[2], book[3], book[4], book[8]
    while job < len(job_at) - 1:
        views = job_view[job_at[job] : job_at[job + 1]]
        before = used[FOUND]
        is_done = _grow(views, first, last, threshold, book)
        for pair in range(used[PAIRS]):
            table[pairs[pair, PLACE]] = 0
            state[pairs[pair, KEY] // KINDS % len(state), ALLIED_BY] = -1
        for at in range(len(views)):
            state[views[at], LATEST] = -1
        end, is_full = used[FOUND] if is_done else before, used[FULL]
        used[:] = 0
        used[FOUND], used[FULL] = end, is_full
        if not is_done:
            return job
        job += 1
    return job
