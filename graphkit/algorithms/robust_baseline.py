"""The share that honest units show, fitted although some of the units may be guilty."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from graphkit.algorithms.count_tests import Floats, negative_binomial_tail

Bools: TypeAlias = npt.NDArray[np.bool_]

MEAN_FLOOR = 0.005
"""The lowest mean of a fitted baseline: half a per cent of any register's rows are clerical errors (a judgement)."""

ICC_FLOOR = 0.01
"""The lowest icc of a fitted baseline: no two units are exactly alike, even where the sample happens to show it."""

ICC_CEILING = 0.5
"""The highest icc of a fitted baseline: above it the units fall into two kinds and one mean describes neither."""

TRIM_AT = 0.001
"""A peer less likely than this under the fit of the others belongs to the guilty tail and is trimmed."""

LARGE_GROUP = 0.2
"""A group with more than this part of the units could shift who is trimmed: the others are then fitted afresh."""

_ROUNDS = 25


@dataclass(frozen=True)
class Baseline:
    """What honest units show: the mean share, how much units differ (icc), and how many units were kept for the fit."""

    mean: float
    icc: float
    units: int = 0

    def __post_init__(self) -> None:
        """Refuse a baseline that no beta-binomial has."""
        if not (0 < self.mean < 1 and 0 < self.icc < 1):
            raise ValueError(f"a baseline's mean and icc lie strictly between 0 and 1, not {self.mean} and {self.icc}")


def fit_baseline(k: npt.ArrayLike, n: npt.ArrayLike) -> Baseline:
    """The mean share of the honest among units with ``k`` of ``n``, and their intraclass correlation.

    It starts at the (weighted) median share, which fewer than half of the units can shift, with the spread of the lower
    half mirrored around it: guilt only adds to the upper side. From there it grows outward: units that are not too
    unlikely under the present fit (``TRIM_AT``) are kept, mean and icc are taken from them by moments, and again until
    nothing changes. Units weigh n / (1 + (n - 1) icc), so that one huge unit does not decide alone. Half an event in
    one more trial is added to the mean, and ``MEAN_FLOOR``, ``ICC_FLOOR`` and ``ICC_CEILING`` hold. Units with n = 0
    say nothing and are left out; raises ``ValueError`` where no other is left.

    The uncertainty of the fit itself is not part of the tail: with few units use a documented reference rate instead.

    >>> honest, guilty = [2, 3, 1, 2, 4, 2, 3, 1], [90, 80]
    >>> fit = fit_baseline(honest + guilty, [100] * 10)
    >>> (round(fit.mean, 3), fit.units)
    (0.024, 8)
    """
    return _fit(np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64))[0]


def fit_without_each(k: npt.ArrayLike, n: npt.ArrayLike, group: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Mean and icc of the units outside each group: two arrays, at the number of the group.

    ``group`` numbers each unit's group from 0. Who belongs to the guilty tail is decided once for all units, and a
    group's own units are then taken out of the moments; for a group of more than ``LARGE_GROUP`` of the units the
    others are fitted afresh by :func:`fit_baseline`. A group outside of which nothing was tested gets ``nan``.

    >>> mean, icc = fit_without_each([2, 3, 2, 9, 90], [100] * 5, [0, 1, 2, 3, 4])
    >>> bool(mean[3] < mean[0]), bool(mean[4] < 0.05)
    (True, True)
    """
    hits, trials = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    numbers = np.asarray(group, dtype=np.int64)
    groups = int(numbers.max()) + 1 if len(numbers) else 0
    mean, icc = np.full(groups, np.nan), np.full(groups, np.nan)
    tested = trials > 0
    if not tested.any():
        return mean, icc
    fit, kept = _fit(hits, trials)
    of_group = np.bincount(numbers[tested], minlength=groups)
    alone = of_group == tested.sum()
    large = (of_group > LARGE_GROUP * tested.sum()) & ~alone
    others = ~alone & ~large
    without = _Moments.of(hits[kept], trials[kept], numbers[kept], groups, fit.icc).without_each()
    mean[others] = without.mean()[others]
    icc[others] = without.icc(without.mean())[others]
    for at in np.flatnonzero(large):
        afresh = fit_baseline(hits[numbers != at], trials[numbers != at])
        mean[at], icc[at] = afresh.mean, afresh.icc
    return mean, icc


@dataclass(frozen=True)
class _Moments:
    """Sums over units, one value a group, from which mean and icc follow; ``even`` sums weigh as ``ICC_FLOOR`` says."""

    units: Floats
    weight: Floats
    share: Floats
    even_weight: Floats
    even_share: Floats
    even_square: Floats
    even_noise: Floats

    @classmethod
    def of(cls, hits: Floats, trials: Floats, group: npt.NDArray[np.int64], groups: int, icc: float) -> "_Moments":
        share, weight, even = hits / trials, _weights(trials, icc), _weights(trials, ICC_FLOOR)
        parts = (np.ones_like(share), weight, weight * share, even, even * share, even * share**2, even / trials)
        sums = [np.bincount(group, weights=part, minlength=groups).astype(np.float64) for part in parts]
        return cls(*sums)

    def without_each(self) -> "_Moments":
        """The sums over all groups but one, for each one."""
        return _Moments(*(part.sum() - part for part in vars(self).values()))

    def mean(self) -> Floats:
        bounded: Floats = np.clip((self.share + 0.5) / (self.weight + 1), MEAN_FLOOR, 1 - MEAN_FLOOR)
        return bounded

    def icc(self, mean: Floats) -> Floats:
        # Var(share) = mean (1 - mean) (1/n + (1 - 1/n) icc), solved for icc; the mean has used up one unit
        squares = np.maximum(self.even_square - 2 * mean * self.even_share + mean**2 * self.even_weight, 0)
        scatter = squares / (mean * (1 - mean)) * self.units / np.maximum(self.units - 1, 1)
        room = self.even_weight - self.even_noise
        solved = np.where(room > 1e-9, (scatter - self.even_noise) / np.where(room > 1e-9, room, 1), ICC_FLOOR)
        bounded: Floats = np.clip(solved, ICC_FLOOR, ICC_CEILING)
        return bounded


def _fit(k: Floats, n: Floats) -> tuple[Baseline, npt.NDArray[np.int64]]:
    """The fit, and the positions of the units that were kept for it."""
    tested = np.flatnonzero(n > 0)
    if not len(tested):
        raise ValueError("a baseline needs at least one unit with something tested")
    # sums of floats depend on their order, so equal units are summed in one order whatever order they came in
    order = tested[np.lexsort((n[tested], k[tested], k[tested] / n[tested]))]
    hits, trials = k[order], n[order]
    share = hits / trials
    mean = min(max(_weighted_median(share, _weights(trials, ICC_FLOOR)), MEAN_FLOOR), 1 - MEAN_FLOOR)
    lower = share <= mean
    icc = _pooled(hits[lower], trials[lower], ICC_FLOOR, mean)[1] if lower.any() else ICC_FLOOR
    kept: Bools = np.zeros(len(share), dtype=np.bool_)
    for _ in range(_ROUNDS):
        now = _likely(hits, trials, mean, icc)
        if bool(np.all(now == kept)):
            break
        kept = now
        mean, icc = _pooled(hits[kept], trials[kept], icc)
    return Baseline(mean, icc, int(kept.sum())), order[kept]


def _pooled(hits: Floats, trials: Floats, icc: float, mean: float | None = None) -> tuple[float, float]:
    moments = _Moments.of(hits, trials, np.zeros(len(hits), dtype=np.int64), 1, icc)
    centre = moments.mean() if mean is None else np.array([mean])
    return float(centre[0]), float(moments.icc(centre)[0])


def _weights(trials: Floats, icc: float) -> Floats:
    return trials / (1 + (trials - 1) * icc)


def _weighted_median(values: Floats, weights: Floats) -> float:
    # values are sorted already
    reached = np.cumsum(weights)
    return float(values[int(np.searchsorted(reached, reached[-1] / 2))])


def _likely(hits: Floats, trials: Floats, mean: float, icc: float) -> Bools:
    # the negative binomial of equal mean and variance has its tail in closed form, and only decides who is trimmed
    expected = trials * mean
    variance = expected * (1 - mean) * (1 + (trials - 1) * icc)
    dispersion = np.maximum(variance - expected, 1e-6 * expected) / expected**2
    below: Bools = hits <= expected
    return below | (negative_binomial_tail(hits, expected, dispersion) >= TRIM_AT)
