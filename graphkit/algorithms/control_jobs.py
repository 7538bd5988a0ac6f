"""Control on numbered nodes: who has to be looked at together, and how much room that takes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from graphkit.algorithms.processors import processors

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_LEAST_ROOM = 1_024
_JOBS_A_THREAD = 64


@dataclass(frozen=True)
class Edges:
    """Edges between numbered nodes, each with the days on which it lasts."""

    source: Ints
    target: Ints
    first: Ints
    last: Ints

    def ends(self) -> tuple[int, int]:
        """The first and the last day of any edge."""
        return (int(self.first.min()), int(self.last.max())) if len(self.first) else (0, 0)

    def where(self, kept: Bools) -> "Edges":
        """Some of the edges."""
        return Edges(self.source[kept], self.target[kept], self.first[kept], self.last[kept])

    def turned(self) -> "Edges":
        """The edges the other way round."""
        return Edges(self.target, self.source, self.first, self.last)

    def and_(self, more: "Edges") -> "Edges":
        """These edges and more."""
        both = zip(vars(self).values(), vars(more).values(), strict=True)
        return Edges(*(np.concatenate(columns) for columns in both))


@dataclass(frozen=True)
class Register:
    """Holdings with their votes (``high`` at most, ``low`` at least), and what bears on them.

    ``allies`` go both ways. ``slack`` has, by node and time, what the least votes of all leave over from that time on:
    node, time, votes.
    """

    nodes: int
    links: Edges
    high: Ints
    low: Ints
    allies: Edges
    stop: Bools
    slack: tuple[Ints, Ints, Ints]
    threshold: int

    def control(self) -> Ints:
        """All control: rows of controller, controlled, first, last, round, in order."""
        return _sorted(self._found(None))

    def control_around(self, asked: Ints) -> Ints:
        """Control of which one end is asked for: downwards from it, and upwards from it."""
        is_asked = self._mask(asked)
        down = self._found(is_asked)
        up = self._up(is_asked)._found(None)
        is_new = is_asked[up[:, 1]] & ~is_asked[up[:, 0]]
        return _sorted(np.concatenate([down[is_asked[down[:, 0]]], up[is_new]]))

    def _mask(self, nodes: Ints) -> Bools:
        mask = np.zeros(self.nodes, dtype=np.bool_)
        mask[nodes] = True
        return mask

    def _up(self, asked: Bools) -> "Register":
        """The part that can bear on who controls the nodes asked for."""
        above = _reached(self.links.turned().and_(self.allies), asked)
        kept = above[self.links.target]
        return replace(self, links=self.links.where(kept), high=self.high[kept], low=self.low[kept])

    def _found(self, asked: Bools | None) -> Ints:
        job_at, job_view = self._jobs(asked)
        at, edges = self._book()
        jobs = len(job_at) - 1
        threads = min(processors(), jobs // _JOBS_A_THREAD + 1)
        cuts = [jobs * n // threads for n in range(threads + 1)]
        parts = [job_at[begin : end + 1] for begin, end in pairwise(cuts)]
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(lambda part: self._found_by(part, job_view, at, edges), parts)))

    def _found_by(self, job_at: Ints, job_view: Ints, at: Ints, edges: Ints) -> Ints:
        """What some of the jobs find; each thread has its own scrap paper."""
        from graphkit.algorithms import control_kernel

        state = np.full((self.nodes, 3), -1, dtype=np.int64)
        state[:, control_kernel.STOP] = self.stop
        days = (self.links.ends(), self.allies.ends())
        first, last = min(day[0] for day in days), max(day[1] for day in days)
        found, used = np.empty((len(edges) + _LEAST_ROOM, 6), dtype=np.int64), np.zeros(7, dtype=np.int64)
        # a job's own arrays stay small, so that they stay in the cache
        job, size = 0, _LEAST_ROOM
        while True:
            table = np.zeros(4 * size, dtype=np.int64)
            pairs, changes, scraps = (np.empty((size * n, k), dtype=np.int64) for n, k in ((1, 4), (4, 6), (1, 7)))
            book = (at, edges, state, table, pairs, changes, found, scraps, used)
            job = control_kernel.run(job, job_at, job_view, first, last, self.threshold, book)
            if job == len(job_at) - 1:
                return found[: used[control_kernel.FOUND], :5]
            if used[control_kernel.FULL]:
                found = np.concatenate([found, np.empty_like(found)])
                used[control_kernel.FULL] = 0
            else:
                size *= 2

    def _book(self) -> tuple[Ints, Ints]:
        """Holdings, allies and slack as one list of edges, and where those of each node begin."""
        from graphkit.algorithms import adjacency

        nobody = np.zeros(len(self.allies.source), dtype=np.int64)
        slack_node, slack_time, slack_votes = self.slack
        parts = (
            (self.links.source, (self.links.target, self.high, self.low, self.links.first, self.links.last)),
            (self.allies.source, (self.allies.target, nobody, nobody, self.allies.first, self.allies.last)),
            (slack_node, (slack_node, slack_votes, slack_votes, slack_time, slack_time)),
        )
        begins = np.cumsum([0, *(len(node) for node, _ in parts)])
        edges = np.empty((begins[-1], 5), dtype=np.int64)
        at = np.empty((len(parts), self.nodes + 1), dtype=np.int64)
        for part, (node, columns) in enumerate(parts):
            at[part], order = adjacency.compressed(node, self.nodes)
            at[part] += begins[part]
            for column, values in enumerate(columns):
                edges[begins[part] : begins[part + 1], column] = values[order]
        return at, edges

    def _jobs(self, asked: Bools | None) -> tuple[Ints, Ints]:
        """Holders on whose control allies bear are looked at together, all others one by one."""
        holds = self._mask(self.links.source)
        met = _reached(self.links.turned(), self._mask(self.allies.source))
        alone = holds & ~met
        together = holds & met
        if asked is not None:
            alone &= asked
            together &= _reached(self.links.and_(self.allies), asked & met)
        single, joint = np.flatnonzero(alone), np.flatnonzero(together)
        if not len(joint):
            return np.arange(len(single) + 1), single
        from graphkit.algorithms.components import components

        tied = self.links.where(met[self.links.source] & met[self.links.target]).and_(self.allies)
        label = components(self.nodes, tied.source, tied.target)[joint]
        joint = joint[np.argsort(label, kind="stable")]
        sizes = np.unique(label, return_counts=True)[1]
        ends = np.concatenate([np.arange(len(single) + 1), len(single) + np.cumsum(sizes)])
        return ends, np.concatenate([single, joint])


def around(links: pl.DataFrame, friends: pl.DataFrame, asked: pl.Series) -> tuple[Bools, Bools]:
    """Which links, and which friends, can bear on the control of and by the nodes asked for.

    Names are not numbered for it but hashed: two that share a hash would only let more through.
    """
    from graphkit.algorithms import adjacency

    columns = [links["owner"], links["owned"], friends["one"], friends["other"], asked]
    hashes = np.concatenate([column.hash().to_numpy() for column in columns])
    codes = np.split(adjacency.coded(hashes), np.cumsum([column.len() for column in columns])[:-1])
    nodes = int(max((part.max(initial=-1) for part in codes), default=-1)) + 1
    owner, owned, one, other, wanted = codes
    start = np.zeros(nodes, dtype=np.bool_)
    start[wanted] = True
    ties = _undated(one, other).and_(_undated(other, one))
    down = _reached(_undated(owner, owned).and_(ties), start)
    up = _reached(_undated(owned, owner).and_(ties), start)
    return down[owner] | up[owned], down[one] | up[one]


def _undated(source: Ints, target: Ints) -> Edges:
    return Edges(source, target, source, source)


def _reached(edges: Edges, start: Bools) -> Bools:
    from graphkit.algorithms import adjacency

    begins, order = adjacency.compressed(edges.source, len(start))
    seen: Bools = adjacency.reached(begins, order, edges.target, start)
    return seen


def _sorted(found: Ints) -> Ints:
    return found[np.lexsort((found[:, 2], found[:, 1], found[:, 0]))]
