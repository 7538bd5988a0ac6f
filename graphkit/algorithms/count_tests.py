"""Counts against chance: over-dispersed tails, intervals of shares and ratios, shrunken ratios.

Counts of events among units are more scattered than coin tosses: units differ lawfully. So a share is judged by a
beta-binomial (mean and intraclass correlation ``icc``, the correlation of two events of one unit) and a count over time
by a negative binomial, never by a plain binomial or Poisson.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import special

Floats: TypeAlias = npt.NDArray[np.float64]

SMALLEST_P = 1e-300
"""The smallest p that is returned: below it a float loses digits and a logarithm of p its meaning."""

_TERMS_AT_ONCE = 2_000_000


def betabinomial_tail(k: npt.ArrayLike, n: npt.ArrayLike, mean: npt.ArrayLike, icc: npt.ArrayLike) -> Floats:
    """P(X ≥ k) for X beta-binomial with ``n`` trials, share ``mean`` and intraclass correlation ``icc``.

    All four broadcast. The terms are summed as logarithms from k up, so that tiny tails keep their digits down to
    ``SMALLEST_P``. Raises ``ValueError`` where mean or icc does not lie strictly between 0 and 1, or not 0 ≤ k ≤ n.

    >>> betabinomial_tail([0, 1, 2], 2, 0.5, 1 / 3).round(6).tolist()
    [1.0, 0.666667, 0.333333]
    """
    logs = betabinomial_log_tail(k, n, mean, icc)
    return np.maximum(np.exp(logs), SMALLEST_P)


def betabinomial_log_tail(k: npt.ArrayLike, n: npt.ArrayLike, mean: npt.ArrayLike, icc: npt.ArrayLike) -> Floats:
    """The natural logarithm of :func:`betabinomial_tail`, without its floor.

    >>> bool(betabinomial_log_tail(5_000, 5_000, 0.001, 0.0001)[0] < -1_000)
    True
    """
    hits, trials, share, alike = (
        np.array(part, dtype=np.float64) for part in np.broadcast_arrays(*map(np.atleast_1d, (k, n, mean, icc)))
    )
    if np.any((hits < 0) | (hits > trials)):
        raise ValueError("a count lies between 0 and the number of trials")
    if np.any((share <= 0) | (share >= 1) | (alike <= 0) | (alike >= 1)):
        raise ValueError("mean and icc lie strictly between 0 and 1")
    first = share * (1 / alike - 1)
    second = (1 - share) * (1 / alike - 1)
    logs = np.zeros(hits.shape)
    asked = np.flatnonzero(hits > 0)
    for part in _batches(asked, (trials - hits + 1)[asked]):
        logs[part] = _log_sums(hits[part], trials[part], first[part], second[part])
    return np.minimum(logs, 0.0)


def _batches(positions: npt.NDArray[np.int64], sizes: Floats) -> list[npt.NDArray[np.int64]]:
    # ragged sums are laid end to end; a batch bounds the memory that takes
    if not len(positions):
        return []
    number = (np.cumsum(sizes) // _TERMS_AT_ONCE).astype(np.int64)
    return np.split(positions, np.flatnonzero(np.diff(number)) + 1)


def _log_sums(hits: Floats, trials: Floats, first: Floats, second: Floats) -> Floats:
    lengths = (trials - hits + 1).astype(np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    owner = np.repeat(np.arange(len(hits)), lengths)
    at = hits[owner] + (np.arange(lengths.sum()) - starts[owner])
    size, a, b = trials[owner], first[owner], second[owner]
    choose = -np.log1p(size) - special.betaln(size - at + 1, at + 1)
    terms = choose + special.betaln(at + a, size - at + b) - special.betaln(a, b)
    highest = np.maximum.reduceat(terms, starts)
    sums: Floats = highest + np.log(np.add.reduceat(np.exp(terms - highest[owner]), starts))
    return sums


def negative_binomial_tail(k: npt.ArrayLike, mean: npt.ArrayLike, dispersion: npt.ArrayLike) -> Floats:
    """P(X ≥ k) for X negative binomial with variance ``mean + dispersion * mean²``.

    >>> negative_binomial_tail([0, 1], 1.0, 1.0).tolist()
    [1.0, 0.5]
    """
    hits, expected, spread = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (k, mean, dispersion)))
    if np.any((expected <= 0) | (spread <= 0)):
        raise ValueError("mean and dispersion of a negative binomial lie above 0")
    size = 1 / spread
    tail = special.betainc(np.maximum(hits, 1), size, expected / (expected + size))
    return np.where(hits > 0, np.maximum(tail, SMALLEST_P), 1.0)


def shuffled_tail(k: npt.ArrayLike, total: npt.ArrayLike, draws: int, clump: npt.ArrayLike) -> Floats:
    """P(X ≥ k) for a count whose like came to ``total`` in ``draws`` draws of chance, ``clump`` events at a time.

    Given their sum, one of ``draws`` + 1 equal Poisson counts is binomial, whatever their mean (Przyborowski and
    Wilenski, Homogeneity of results in testing samples from Poisson series, Biometrika 31, 1940); what comes in clumps
    counts as so many fewer events. Raises ``ValueError`` for no draws or a clump below 1.

    >>> shuffled_tail([0, 1, 2], 0, 9, 1).round(6).tolist()
    [1.0, 0.1, 0.01]
    """
    hits, others, size = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (k, total, clump)))
    if draws < 1 or np.any(size < 1):
        raise ValueError("there is at least one draw, and a clump has at least one event")
    tail = special.betainc(np.maximum(hits, 1) / size, others / size + 1, 1 / (draws + 1))
    return np.where(hits > 0, np.maximum(tail, SMALLEST_P), 1.0)


def shuffled_ratio_interval(
    k: npt.ArrayLike, total: npt.ArrayLike, draws: int, clump: npt.ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of k / (total / draws), exact for Poisson counts (Clopper and Pearson, Biometrika 26, 1934).

    The upper end is infinite where the draws gave nothing.

    >>> low, high = shuffled_ratio_interval(10, 100, 100, 1)
    >>> (round(float(low[0]), 1), round(float(high[0]), 1))
    (4.7, 19.2)
    """
    hits, others, size = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (k, total, clump)))
    hits, others = hits / size, others / size
    low = np.where(hits > 0, special.betaincinv(np.maximum(hits, 1e-9), others + 1, (1 - level) / 2), 0.0)
    high = np.where(others > 0, special.betaincinv(hits + 1, np.maximum(others, 1e-9), (1 + level) / 2), 1.0)
    with np.errstate(divide="ignore"):
        return draws * low / (1 - low), draws * high / (1 - high)


def share_interval(k: npt.ArrayLike, n: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's interval of a share k / n; (0, 1) where n is 0. Fractional (effective) counts are allowed.

    >>> low, high = share_interval(0, 10)
    >>> (float(low[0]), round(float(high[0]), 4))
    (0.0, 0.2775)
    """
    hits, trials = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (k, n)))
    z = float(special.ndtri((1 + level) / 2))
    size = np.where(trials > 0, trials, 1.0)
    share = hits / size
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    low = np.where(trials > 0, np.where(hits <= 0, 0.0, np.maximum(centre - half, 0.0)), 0.0)
    high = np.where(trials > 0, np.where(hits >= trials, 1.0, np.minimum(centre + half, 1.0)), 1.0)
    return low, high


def rate_ratio_interval(
    k: npt.ArrayLike, n: npt.ArrayLike, mean: npt.ArrayLike, icc: npt.ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of (k / n) / mean: Wilson's on the effective sample n / (1 + (n - 1) icc), divided by the mean.

    >>> low, high = rate_ratio_interval(50, 100, 0.05, 0.01)
    >>> (round(float(low[0]), 1), round(float(high[0]), 1))
    (7.3, 12.7)
    """
    hits, trials, share, alike = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (k, n, mean, icc)))
    design = 1 + np.maximum(trials - 1, 0) * alike
    low, high = share_interval(hits / design, trials / design, level)
    return low / share, high / share


@dataclass(frozen=True)
class GammaPrior:
    """A gamma distribution of true ratios observed / expected; mean ``shape / rate``."""

    shape: float
    rate: float


def gamma_prior(observed: npt.ArrayLike, expected: npt.ArrayLike) -> GammaPrior:
    """A gamma prior of the ratios of all units, by moments (Marshall 1991): the Poisson noise is taken off.

    With fewer than ten units, or where the units differ by no more than noise, it is Gamma(1, 1) or the narrowest prior
    with the common mean, as the case may be. Units with nothing expected are left out.

    >>> prior = gamma_prior([0, 1, 2, 1, 0, 1, 2, 1, 0, 30], [1.0] * 10)
    >>> 3 < prior.shape / prior.rate < 5
    True
    """
    hits, base = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    hits, base = hits[base > 0], base[base > 0]
    if len(base) < 10 or hits.sum() <= 0:
        return GammaPrior(1.0, 1.0)
    order = np.lexsort((base, hits))
    hits, base = hits[order], base[order]
    mean = float(hits.sum() / base.sum())
    scatter = float(base @ ((hits / base - mean) ** 2) / base.sum())
    variance = max(scatter - mean / float(base.mean()), mean * mean * 0.01)
    return GammaPrior(mean * mean / variance, mean / variance)


def eb05(observed: npt.ArrayLike, expected: npt.ArrayLike, prior: GammaPrior) -> Floats:
    """The ratio observed / expected that the shrunken truth exceeds with 95 % (the 5 % quantile of its posterior).

    >>> float(eb05(3, 1.0, GammaPrior(1.0, 1.0))[0]) < 3
    True
    """
    hits, base = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (observed, expected)))
    quantile: Any = special.gammaincinv(prior.shape + hits, 0.05)
    return np.asarray(quantile / (prior.rate + base), dtype=np.float64)
