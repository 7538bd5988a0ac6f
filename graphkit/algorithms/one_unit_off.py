"""How far one unit more or less moves what the others say of a unit: its p, and the mean it is measured against.

What the units say is a product of one factor each (:mod:`graphkit.algorithms.robust_baseline`), so that a unit is left
out by taking its factor away, and one more like it comes in by counting its factor twice. Nothing is fitted again.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from graphkit.algorithms.count_tests import SMALLEST_P, Floats
from graphkit.algorithms.honest_lattice import Integers, lattice, shares, told

LOOKED_AT = 0.1
"""Above this p nobody is near a bound of 0.05: one unit more or less does not halve it."""


@dataclass(frozen=True)
class OneUnitOff:
    """The p of each unit ``without_one`` other, the largest; and how far p and mean go.

    ``p_most`` is the largest p with one other unit left out after one was left out or came in, ``p_least`` the smallest
    with one left out or come in; ``mean_most`` and ``mean_least`` the means of the latter. A unit that comes in is like
    one of the others. Nobody is of the unit's own group. ``nan`` where p is above ``LOOKED_AT``, or none.
    """

    p_without_one: Floats
    p_most: Floats
    p_least: Floats
    mean_most: Floats
    mean_least: Floats


def one_unit_off(k: npt.ArrayLike, n: npt.ArrayLike, group: npt.ArrayLike, p: Floats) -> OneUnitOff:
    """What becomes of ``p``, which :func:`~graphkit.algorithms.robust_baseline.fit_without_each` gave for these."""
    hits, trials = np.asarray(k, dtype=np.int64), np.asarray(n, dtype=np.int64)
    numbers = np.asarray(group, dtype=np.int64)
    moved = np.full((5, len(hits)), np.nan)
    # without a hit p is 1 whatever the others show
    looked_at = np.flatnonzero((p <= LOOKED_AT) & (hits > 0))
    if len(looked_at):
        tested = trials > 0
        pairs, pair, counts = np.unique(
            np.stack([hits[tested], trials[tested]], axis=1), axis=0, return_inverse=True, return_counts=True
        )
        at_pair = np.full(len(hits), -1)
        at_pair[tested] = pair.reshape(-1)
        own = np.stack(
            [np.bincount(at_pair[tested & (numbers == of)], minlength=len(pairs)) for of in numbers[looked_at]]
        )
        # equal units with equal groups are one row: sums then have one order, whatever came first
        asked, at = np.unique(np.column_stack([own, at_pair[looked_at]]), axis=0, return_inverse=True)
        moved[:, looked_at] = _moved(pairs, counts, asked[:, :-1], asked[:, -1])[:, at.reshape(-1)]
    return OneUnitOff(*moved)


def _moved(pairs: Integers, counts: Integers, own: Integers, of: Integers) -> Floats:
    of_units, others = told(pairs), counts - own
    logs = np.stack([lattice().log_weight + (there[:, None] * of_units).sum(axis=0) for there in others])
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    share, _ = shares()
    hits, trials = pairs[of].T
    reached = special.betainc(hits[:, None], (trials - hits + 1)[:, None], share)
    tails, means = reached @ lattice().predicts.T, lattice().predicts @ share
    # no factor is far from 1: the likelihood has a floor
    less, more = np.exp(-of_units).T, np.exp(of_units).T
    without, beside = _mean_of(tails, weight, less, others > 0), _mean_of(tails, weight, more, others > 0)
    p_without_one = np.nanmax(without, axis=1)
    worst = np.nanargmax(without, axis=1)
    # the worst is gone, and once more one is left out or comes in
    weight_then = weight * less.T[worst]
    left = others.copy()
    left[np.arange(len(worst)), worst] -= 1
    further = [_mean_of(tails, weight_then, less, left > 0), _mean_of(tails, weight_then, more, others > 0)]
    usual = [_mean_of(means, weight, less, others > 0), _mean_of(means, weight, more, others > 0)]
    p_most = np.nanmax(np.column_stack([without, beside, *further]), axis=1)
    p_least = np.nanmin(np.column_stack([without, beside]), axis=1)
    usual_then = np.column_stack(usual)
    return np.stack(
        [
            *(np.clip(values, SMALLEST_P, 1.0) for values in (p_without_one, p_most, p_least)),
            np.nanmax(usual_then, axis=1),
            np.nanmin(usual_then, axis=1),
        ]
    )


def _mean_of(values: Floats, weight: Floats, factor: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    """The mean of ``values`` at each unit (row) where the factor of each other (column) counts; ``nan`` for none."""
    return np.where(there, ((values * weight) @ factor) / (weight @ factor), np.nan)
