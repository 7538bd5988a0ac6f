"""What honest units show, learned from units of which some may be guilty, and how unlikely a unit then is.

Honest shares are beta-binomial. Neither their mean nor their spread (icc) is taken as known: every pair of a fixed
lattice is weighed by how well it fits the units, and a unit's p is the mean of its tails under all of them (the
posterior predictive). So what few units leave open is part of p, and its strict end is right.

Guilt is kept out by a likelihood that no unit can bend far: with a chance of ``GUILTY`` a unit is no honest one, and
then any share is as good as another (Box and Tiao, A Bayesian approach to some outlier problems, Biometrika 55, 1968,
pages 119 to 129). The weights are a product over the units: nobody is kept or trimmed, no order matters, and one more
unit changes the p of another by what its own factor allows.

What holds (``python -m tests.algorithms.random_strata``; 4,000 guilty units added to strata of 20 to 60, up to 30 % of
them guilty): a p of at most 1e-4 stays at most 1e-3 beside a unit with a higher share, and log10 p loses at
most a fifth, or 0.5. Of innocent units beside 40 others one in a thousand has p <= 0.001, at most two. These are
measured, not proven: where few peers are left and a third of them is guilty in few cars, nobody can tell them from
honest units that differ widely, and p is larger.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from graphkit.algorithms.count_tests import SMALLEST_P, Floats
from graphkit.algorithms.honest_lattice import Integers, lattice, shares, told

_AT_ONCE = 256


@dataclass(frozen=True)
class PeerFits:
    """What the units outside each group show: ``mean`` and ``icc``, at the number of the group, of an unseen honest
    unit's share, with what the fit leaves open; ``nan`` where nothing was tested outside of the group. ``p`` is, at
    each unit, the chance of an honest unit to have as many hits or more; 1 without a hit.
    """

    mean: Floats
    icc: Floats
    p: Floats


def fit_without_each(k: npt.ArrayLike, n: npt.ArrayLike, group: npt.ArrayLike) -> PeerFits:
    """Judge units with ``k`` hits of ``n`` against all units outside their own group, numbered from 0 in ``group``.

    Units with n = 0 say nothing, and equal units get equal values, whatever their order and their numbers.

    >>> fits = fit_without_each([2, 3, 1, 2, 4, 2, 3, 1, 2, 3, 90, 80], [100] * 12, range(12))
    >>> bool(fits.p[10] < 1e-4 and fits.p[11] < 1e-4), bool(0.01 < fits.mean[0] < 0.05)
    (True, True)
    """
    hits, trials = np.asarray(k, dtype=np.int64), np.asarray(n, dtype=np.int64)
    numbers = np.asarray(group, dtype=np.int64)
    groups = int(numbers.max()) + 1 if len(numbers) else 0
    fits = PeerFits(np.full(groups, np.nan), np.full(groups, np.nan), np.full(len(hits), np.nan))
    tested = np.flatnonzero(trials > 0)
    if not len(tested):
        return fits
    # equal units are one column and groups of equal units one row: sums then have one order, whatever came first
    pairs, pair = np.unique(np.stack([hits[tested], trials[tested]], axis=1), axis=0, return_inverse=True)
    pair = pair.reshape(-1)
    own = _own_units(pair, numbers[tested], groups)
    patterns = sorted({pattern for pattern in own if len(pattern) < len(tested)})
    if not patterns:
        return fits
    row = {pattern: at for at, pattern in enumerate(patterns)}
    predicted = _predicted(pairs, np.bincount(pair), patterns)
    mean, icc = _moments(predicted)
    of_group = np.array([row.get(pattern, -1) for pattern in own])
    known = of_group >= 0
    fits.mean[known], fits.icc[known] = mean[of_group[known]], icc[of_group[known]]
    judged = known[numbers[tested]]
    fits.p[tested[judged]] = _tails(predicted, of_group[numbers[tested[judged]]], pairs, pair[judged])
    return fits


def _own_units(pair: Integers, number: Integers, groups: int) -> list[tuple[int, ...]]:
    own: list[list[int]] = [[] for _ in range(groups)]
    for at, of in sorted(zip(pair.tolist(), number.tolist(), strict=True)):
        own[of].append(at)
    return [tuple(units) for units in own]


def _predicted(pairs: Integers, units: Integers, patterns: list[tuple[int, ...]]) -> Floats:
    """The share of an unseen honest unit, as masses at each of ``shares``, learned without each of the patterns."""
    of_units = told(pairs)
    # summed row by row: a product of matrices may add up in an order that depends on the number of threads
    everybody = lattice().log_weight + (units[:, None] * of_units).sum(axis=0)
    logs = np.stack([everybody - of_units[list(pattern)].sum(axis=0) for pattern in patterns])
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray((weight / weight.sum(axis=1, keepdims=True)) @ lattice().predicts, dtype=np.float64)


def _moments(predicted: Floats) -> tuple[Floats, Floats]:
    share, _ = shares()
    mean = predicted @ share
    return mean, (predicted @ share**2 - mean**2) / (mean * (1 - mean))


def _tails(predicted: Floats, of_unit: Integers, pairs: Integers, pair: Integers) -> Floats:
    share, _ = shares()
    asked, at = np.unique(np.stack([of_unit, pair], axis=1), axis=0, return_inverse=True)
    tails = np.ones(len(asked))
    for part in np.array_split(np.arange(len(asked)), len(asked) // _AT_ONCE + 1):
        k, n = pairs[asked[part, 1]].T
        reached = special.betainc(np.maximum(k, 1)[:, None], (n - k + 1)[:, None], share)
        tails[part] = np.where(k > 0, (predicted[asked[part, 0]] * reached).sum(axis=1), 1.0)
    return np.clip(tails, SMALLEST_P, 1.0)[at.reshape(-1)]
