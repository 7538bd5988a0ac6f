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
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from graphkit.algorithms.count_tests import SMALLEST_P, Floats

Integers: TypeAlias = npt.NDArray[np.int64]

MEAN_FLOOR = 0.005
"""The lowest mean against which a unit is judged: half a per cent of any register's rows are clerical errors (a
judgement)."""

ICC_FLOOR = 0.01
"""The lowest icc: no two units are exactly alike, even where the sample happens to show it."""

ICC_CEILING = 0.2
"""The highest icc: above it the units fall into two kinds and one mean describes neither."""

SPREAD_CEILING, WIDE_SPREAD_CEILING, WIDE = 1.5, 1.1, 0.03
"""The most by which honest shares differ, as a standard deviation in units of their mean: the first up to the icc
``WIDE``, above it the second. Beyond, nearly all units show nothing and a few show much,
which is what guilt looks like and no way of dealing that all share (a judgement; the reference rates lie inside). With
1.5 everywhere two guilty of 14 dealers of a city hid a third (p 0.002), with less p of rare events was too small.
"""

GUILTY = 0.2
"""The chance that a unit is guilty, before it is looked at. With less, one more guilty unit could hide another; with
more, the upper honest units would pass for guilty and p would be too small (both were measured)."""

_MEAN_STEP, _ICC_STEPS = 0.01, 7
_LOGIT_ENDS, _LOGIT_STEP = (-14.0, 9.0), 0.025
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


@dataclass(frozen=True)
class _Lattice:
    """Every pair of mean and icc that honest units may have, and the share that each pair predicts.

    ``first`` and ``second`` are the shapes of the beta, ``log_weight`` what a pair weighs before any unit is seen, and
    ``predicts`` the mass that it puts at each of ``_shares``, with the floors kept.
    """

    first: Floats
    second: Floats
    log_weight: Floats
    predicts: Floats


@cache
def _lattice() -> _Lattice:
    # even steps of the arc sine: a mean of so many units is then as uncertain everywhere
    means = np.sin(np.arange(0.02, np.pi / 2 - 0.02, _MEAN_STEP)) ** 2
    mean, icc = (part.ravel() for part in np.meshgrid(means, np.geomspace(ICC_FLOOR, ICC_CEILING, _ICC_STEPS)))
    ceiling = np.where(icc <= WIDE, SPREAD_CEILING, WIDE_SPREAD_CEILING)
    usual = (icc * (1 - mean) <= ceiling**2 * mean) | (icc <= ICC_FLOOR)
    mean, icc = mean[usual], icc[usual]
    size = 1 / icc - 1
    floored = np.maximum(mean, MEAN_FLOOR)
    # as log(icc) every icc is as likely as another, for the steps widen with it; half as much again leans to the wide,
    # which accuses less where units leave it open
    weight = 1.5 * np.log(icc)
    return _Lattice(mean * size, (1 - mean) * size, weight, _masses(floored * size, (1 - floored) * size))


def _shares() -> tuple[Floats, Floats]:
    """The shares at which what is predicted is summed, and their logits, in even steps."""
    logits = np.arange(*_LOGIT_ENDS, _LOGIT_STEP)
    return special.expit(logits), logits


def _masses(first: Floats, second: Floats) -> Floats:
    share, logits = _shares()
    a, b = first[:, None], second[:, None]
    logs = a * special.log_expit(logits) + b * special.log_expit(-logits) - special.betaln(a, b)
    masses = np.exp(logs) * _LOGIT_STEP
    # what lies beyond the ends is counted at them
    masses[:, 0] += special.betainc(first, second, share[0])
    masses[:, -1] += special.betaincc(first, second, share[-1])
    return np.asarray(masses, dtype=np.float64)


def _predicted(pairs: Integers, units: Integers, patterns: list[tuple[int, ...]]) -> Floats:
    """The share of an unseen honest unit, as masses at each of ``_shares``, learned without each of the patterns."""
    lattice = _lattice()
    honest, anything = _log_likelihood(pairs[:, :1], pairs[:, 1:], lattice), -np.log1p(pairs[:, 1:])
    told = np.logaddexp(np.log1p(-GUILTY) + honest, np.log(GUILTY) + anything)
    # summed row by row: a product of matrices may add up in an order that depends on the number of threads
    everybody = lattice.log_weight + (units[:, None] * told).sum(axis=0)
    logs = np.stack([everybody - told[list(pattern)].sum(axis=0) for pattern in patterns])
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray((weight / weight.sum(axis=1, keepdims=True)) @ lattice.predicts, dtype=np.float64)


def _log_likelihood(hits: Integers, trials: Integers, lattice: _Lattice) -> Floats:
    size = lattice.first + lattice.second
    of_trials, at = np.unique(trials, return_inverse=True)
    whole = (special.gammaln(of_trials[:, None] + size))[at.reshape(-1)]
    choose = -np.log1p(trials) - special.betaln(trials - hits + 1, hits + 1)
    both = special.gammaln(hits + lattice.first) + special.gammaln(trials - hits + lattice.second)
    return np.asarray(choose + both - whole - special.betaln(lattice.first, lattice.second), dtype=np.float64)


def _moments(predicted: Floats) -> tuple[Floats, Floats]:
    share, _ = _shares()
    mean = predicted @ share
    return mean, (predicted @ share**2 - mean**2) / (mean * (1 - mean))


def _tails(predicted: Floats, of_unit: Integers, pairs: Integers, pair: Integers) -> Floats:
    share, _ = _shares()
    asked, at = np.unique(np.stack([of_unit, pair], axis=1), axis=0, return_inverse=True)
    tails = np.ones(len(asked))
    for part in np.array_split(np.arange(len(asked)), len(asked) // _AT_ONCE + 1):
        k, n = pairs[asked[part, 1]].T
        reached = special.betainc(np.maximum(k, 1)[:, None], (n - k + 1)[:, None], share)
        tails[part] = np.where(k > 0, (predicted[asked[part, 0]] * reached).sum(axis=1), 1.0)
    return np.clip(tails, SMALLEST_P, 1.0)[at.reshape(-1)]
