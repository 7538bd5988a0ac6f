"""Counting and listing in parts, on all processors: results do not depend on how many there are."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue
from typing import Any

import numpy as np

from graphkit.algorithms.cycle_rows import Codes
from graphkit.algorithms.holdings import Ints
from graphkit.algorithms.processors import processors

LIMIT = 1_000_000
"""So many cycles are listed at most, unless told otherwise."""

MOST_WORK = 10_000_000_000
"""So many edges and chains are looked at, at most: one or two minutes."""

MOST_ROWS = 200_000_000
"""So many rows are listed, at most: circles may be long."""


class TooManyCyclesError(ValueError):
    """There are more cycles than can be listed, counted in 64 bits, or found in reasonable time."""


@dataclass(frozen=True)
class Cycles:
    """How many cycles there are by length, or where they are listed, their lengths and edges one after another."""

    totals: Ints
    lengths: Codes
    edges: Codes


def found(
    run: Callable[[int, int, tuple[Any, ...], Codes], Any],
    parts: list[tuple[int, int]],
    slots: int,
    limit: int,
    advice: str,
) -> Cycles:
    """Run a kernel on every part.

    Parameters
    ----------
    run
        Called with the beginning and end of a part, the limits (most work, cycles and rows, and an array whose first
        number says when to stop) and an array of ``slots`` times -1, which it leaves so.
    limit
        The most cycles to list.
    advice
        What to lower where there is too much to do.

    Raises :class:`TooManyCyclesError`.
    """
    from graphkit.algorithms.cycle_kernel import DONE, STOPPED, TOO_MANY
    from graphkit.algorithms.cycle_reach import MOST

    workers = max(1, min(len(parts), processors()))
    stop = np.zeros(1, dtype=np.int64)
    limits = (MOST_WORK, limit, MOST_ROWS, stop)
    free: SimpleQueue[Codes] = SimpleQueue()
    for _ in range(workers):
        free.put(np.full(slots, -1, dtype=np.int32))

    def one(begin: int, end: int) -> Any:
        slot = free.get()
        try:
            return run(begin, end, limits, slot)
        finally:
            free.put(slot)

    results = {}
    work = cycles = rows = 0
    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(one, *part): number for number, part in enumerate(parts)}
        try:
            while waiting:
                # the kernels run without the interpreter, so that an interrupt is heard here at once
                ended, _ = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in ended:
                    number = waiting.pop(future)
                    status, *results[number], done = future.result()
                    work += done
                    cycles, rows = cycles + len(results[number][2]), rows + len(results[number][1])
                    if status == TOO_MANY or cycles > limit or rows > MOST_ROWS:
                        raise TooManyCyclesError(
                            f"there are more than {limit:,} cycles to list; count_only=True counts them exactly, "
                            f"limit= lists more, and {advice} lowers their number"
                        )
                    if status not in (DONE, STOPPED) or work > MOST_WORK:
                        raise TooManyCyclesError(f"this takes more than {MOST_WORK:,} steps; {advice} lowers them")
        finally:
            stop[0] = 1
            for future in waiting:
                future.cancel()
    longest = max((len(result[0]) for result in results.values()), default=1)
    totals = np.zeros(longest, dtype=object)
    for result in results.values():
        totals[: len(result[0])] += result[0]
    if (totals >= MOST).any():
        raise TooManyCyclesError(f"there are {MOST:,} cycles of one length or more; {advice} lowers their number")
    return Cycles(
        totals.astype(np.int64),
        np.concatenate([np.zeros(0, dtype=np.int32), *(results[number][2] for number in range(len(parts)))]),
        np.concatenate([np.zeros(0, dtype=np.int32), *(results[number][1] for number in range(len(parts)))]),
    )


def parts(ends: Ints, most: int = 64) -> list[tuple[int, int]]:
    """Jobs in parts of about the same size, from where each job ends: beginnings and ends."""
    cuts = np.unique(np.searchsorted(ends, np.linspace(0, ends[-1], most + 1)))
    return [(int(begin), int(end)) for begin, end in pairwise(cuts)]
