"""What honest units may be, pair by pair of mean and spread, and what one unit says for each pair."""

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

from graphkit.algorithms.count_tests import Floats

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


@dataclass(frozen=True)
class Lattice:
    """Every pair of mean and icc that honest units may have, and the share that each pair predicts.

    ``first`` and ``second`` are the shapes of the beta, ``log_weight`` what a pair weighs before any unit is seen, and
    ``predicts`` the mass that it puts at each of ``shares``, with the floors kept.
    """

    first: Floats
    second: Floats
    log_weight: Floats
    predicts: Floats


@cache
def lattice() -> Lattice:
    """The one lattice that all units are weighed on."""
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
    return Lattice(mean * size, (1 - mean) * size, weight, _masses(floored * size, (1 - floored) * size))


def shares() -> tuple[Floats, Floats]:
    """The shares at which what is predicted is summed, and their logits, in even steps."""
    logits = np.arange(*_LOGIT_ENDS, _LOGIT_STEP)
    return special.expit(logits), logits


def _masses(first: Floats, second: Floats) -> Floats:
    share, logits = shares()
    a, b = first[:, None], second[:, None]
    logs = a * special.log_expit(logits) + b * special.log_expit(-logits) - special.betaln(a, b)
    masses = np.exp(logs) * _LOGIT_STEP
    # what lies beyond the ends is counted at them
    masses[:, 0] += special.betainc(first, second, share[0])
    masses[:, -1] += special.betaincc(first, second, share[-1])
    return np.asarray(masses, dtype=np.float64)


def told(pairs: Integers) -> Floats:
    """What each unit, a row of hits and trials, says for each pair of the lattice: the log of its likelihood.

    It lies between the log of ``GUILTY / (trials + 1)`` and 0, however unlike the honest a unit is.
    """
    honest, anything = _log_likelihood(pairs[:, :1], pairs[:, 1:], lattice()), -np.log1p(pairs[:, 1:])
    return np.asarray(np.logaddexp(np.log1p(-GUILTY) + honest, np.log(GUILTY) + anything), dtype=np.float64)


def _log_likelihood(hits: Integers, trials: Integers, of: Lattice) -> Floats:
    size = of.first + of.second
    of_trials, at = np.unique(trials, return_inverse=True)
    whole = (special.gammaln(of_trials[:, None] + size))[at.reshape(-1)]
    choose = -np.log1p(trials) - special.betaln(trials - hits + 1, hits + 1)
    both = special.gammaln(hits + of.first) + special.gammaln(trials - hits + of.second)
    return np.asarray(choose + both - whole - special.betaln(of.first, of.second), dtype=np.float64)
