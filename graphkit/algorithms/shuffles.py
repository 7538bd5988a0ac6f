"""Who dealt with whom by chance: the targets of edges dealt out anew, so that everybody keeps as many as before."""

import numpy as np
import numpy.typing as npt

from graphkit.algorithms.holdings import Ints

_TRIES = 100


def shuffled_targets(source: Ints, target: Ints, stratum: Ints, draws: int, seed: int) -> npt.NDArray[np.int64]:
    """The targets of edges dealt out anew within each stratum, ``draws`` times.

    Every vertex keeps its number of outgoing and incoming edges in every stratum (of a month, say). An edge that would
    begin and end at one vertex changes its target with another of its stratum, as long as one can be found; the few
    for which there is none stay so. The same arguments give the same draws.

    Parameters
    ----------
    source, target, stratum
        Whole numbers, one an edge.
    draws
        How often.
    seed
        A whole number of 0 or more.

    Returns ``draws`` rows of targets, in the order of the edges.

    References
    ----------
    B. K. Fosdick, D. B. Larremore, J. Nishimura, J. Ugander: Configuring random graph models with fixed degree
    sequences. SIAM Review 60 (2018): stub-labelled graphs with parallel edges.

    Example
    -------
    >>> source, target = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 0])
    >>> dealt = shuffled_targets(source, target, np.zeros(4, dtype=np.int64), draws=3, seed=1)
    >>> dealt.shape, np.sort(dealt, axis=1).tolist() == [[0, 1, 2, 2]] * 3, bool((dealt == source).any())
    ((3, 4), True, False)
    """
    chance = np.random.Generator(np.random.PCG64(seed))
    order = np.argsort(stratum, kind="stable")
    begins, counts = np.unique(stratum[order], return_index=True, return_counts=True)[1:]
    first, size = np.repeat(begins, counts), np.repeat(counts, counts)
    from_, to, within = source[order], target[order], stratum[order]
    dealt = np.empty((draws, len(source)), dtype=np.int64)
    for draw in range(draws):
        drawn = to[np.lexsort((chance.random(len(to)), within))]
        _part_from_themselves(from_, drawn, first, size, chance)
        dealt[draw, order] = drawn
    return dealt


def _part_from_themselves(source: Ints, target: Ints, first: Ints, size: Ints, chance: np.random.Generator) -> None:
    """Swap, in place, the targets that are their own sources with targets of the same stratum."""
    for _ in range(_TRIES):
        alone = np.flatnonzero(source == target)
        if not len(alone):
            return
        other = first[alone] + chance.integers(0, size[alone])
        # each edge takes part in one swap at a time
        pairs = np.stack([alone, other], axis=1)
        seen = np.full(pairs.size, -1)
        seen[np.unique(pairs, return_index=True)[1]] = 0
        free = (seen.reshape(pairs.shape) == 0).all(axis=1)
        one, two = alone[free], other[free]
        helps = (target[two] != source[one]) & (target[one] != source[two])
        one, two = one[helps], two[helps]
        target[one], target[two] = target[two], target[one]
