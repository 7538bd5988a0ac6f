"""``python -m tests.algorithms.random_strata``: one more guilty unit hides nobody, and the strict end of p is right.

A stratum has 20 to 60 units, of which up to 30 in a hundred are guilty, from hardly more than the honest to nearly all.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphkit.algorithms.robust_baseline import fit_without_each
from graphkit.detectors import DETECTORS

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FIRM, STILL_FIRM = 1e-4, 1e-3
"""What had at most the first p keeps at most the second."""

PART, LEAST = 0.2, 0.5
"""What log10 p may lose: this part of it, or so much."""

STRICT = 0.001
INNOCENT, PEERS = 5_000, 40

RATES = sorted({(rate.mean, rate.icc) for item in DETECTORS if (rate := item.reference_rate) is not None})
"""The model of honest units of each detector that has one."""


@dataclass(frozen=True)
class Step:
    """A stratum before and after a guilty unit came in: shares and p of the units of before, then and now."""

    name: str
    share: Floats
    added: float
    before: Floats
    after: Floats

    def cleared(self) -> list[str]:
        """The units below the added one that were firm and no longer are, a sentence each."""
        return self._said((self.before <= FIRM) & (self.after > STILL_FIRM))

    def weakened(self) -> list[str]:
        """The units below the added one whose p grew beyond the bounds, a sentence each."""
        lost = np.log10(self.after) - np.log10(self.before)
        return self._said(lost > np.maximum(-PART * np.log10(self.before), LEAST))

    def _said(self, beyond: npt.NDArray[np.bool_]) -> list[str]:
        return [
            f"{self.name}: a share of {self.share[at]:.3f} had p {self.before[at]:.2g} and has {self.after[at]:.2g} "
            f"beside one of {self.added:.3f}"
            for at in np.flatnonzero(beyond & (self.share < self.added))
        ]


def steps(count: int, seed: int) -> Iterator[Step]:
    """``count`` additions of a guilty unit, each beside the guilty units that were added before."""
    draw = np.random.default_rng(seed)
    made = 0
    while made < count:
        honest = int(draw.integers(14, 43))
        hits, trials = drawn(draw, honest)
        shares = guilty_shares(draw, hits / trials, min(int(0.3 / 0.7 * honest), 60 - honest))
        before = p_of(hits, trials)
        for share in shares[: count - made]:
            size = int(draw.choice(trials))
            hits, trials = np.append(hits, round(size * share)), np.append(trials, size)
            after = p_of(hits, trials)
            if len(hits) > 20:
                yield Step(f"step {made}", hits[:-1] / trials[:-1], hits[-1] / size, before, after[:-1])
                made += 1
            before = after


def drawn(draw: np.random.Generator, units: int) -> tuple[Integers, Integers]:
    """Honest units: a model of a detector, and units of one size or of many."""
    mean, icc = RATES[draw.integers(len(RATES))]
    trials = draw.integers(30, 1_500, units) if draw.random() < 0.5 else np.full(units, draw.integers(50, 1_000))
    return honest_hits(draw, mean, icc, trials), trials


def honest_hits(draw: np.random.Generator, mean: float, icc: float, trials: Integers) -> Integers:
    shape = 1 / icc - 1
    return draw.binomial(trials, draw.beta(mean * shape, (1 - mean) * shape, len(trials)))


def guilty_shares(draw: np.random.Generator, honest: Floats, most: int) -> Floats:
    """Shares above those that are usual: apart, in even steps up from them, or all alike."""
    count = int(draw.integers(1, most + 1))
    usual = float(np.median(honest))
    kinds = (
        draw.uniform(usual + 0.02, 0.95, count),
        np.linspace(usual + 0.02, draw.uniform(usual + 0.1, 0.95), count),
        np.clip(draw.normal(draw.uniform(0.1, 0.8), 0.03, count), usual + 0.02, 0.98),
    )
    return np.asarray(kinds[draw.integers(len(kinds))], dtype=np.float64)


def p_of(hits: Integers, trials: Integers) -> Floats:
    return fit_without_each(hits, trials, np.arange(len(hits))).p


def strict_share(mean: float, icc: float, seed: int) -> float:
    """The share of innocent units, each beside ``PEERS`` innocent others, whose p is at most ``STRICT``."""
    draw = np.random.default_rng(seed)
    p: list[float] = []
    while len(p) < INNOCENT:
        trials = draw.integers(30, 1_500, PEERS + 1)
        p += p_of(honest_hits(draw, mean, icc, trials), trials).tolist()
    return float(np.mean(np.array(p[:INNOCENT]) <= STRICT))


def most_strict() -> float:
    """The highest share that chance gives where ``STRICT`` is right: three standard errors above it."""
    return STRICT + 3 * float(np.sqrt(STRICT * (1 - STRICT) / INNOCENT))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.algorithms.random_strata", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="how many times a guilty unit is added")
    parser.add_argument("--seed", type=int, default=1, help="which strata")
    given = parser.parse_args()
    firm, cleared, weakened = 0, 0, 0
    for step in steps(given.count, given.seed):
        firm += int((step.before <= FIRM).sum())
        cleared += len(step.cleared())
        weakened += bool(step.weakened())
        for line in step.weakened():
            print(line, flush=True)
    print(f"{given.count:,} guilty units added beside {firm:,} with p <= {FIRM:g}: {cleared} of these no longer had")
    print(f"p <= {STILL_FIRM:g}, and {weakened} of the added took more from another's log10 p than the bounds")
    failed = cleared > 0 or weakened > 0
    for mean, icc in RATES:
        share = strict_share(mean, icc, given.seed)
        failed |= share > most_strict()
        print(f"mean {mean:g}, icc {icc:g}: P(p <= {STRICT:g}) = {share:.4f}, at most {most_strict():.4f}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
