"""One unit more or less, reckoned at once, is what fits of the altered units give, one after the other."""

from typing import Any

import numpy as np
import pytest

from graphkit.algorithms.one_unit_off import one_unit_off
from graphkit.algorithms.robust_baseline import fit_without_each
from tests.algorithms.random_strata import Integers, drawn, guilty_shares

Units = list[tuple[int, int, int]]


def stratum(seed: int) -> tuple[Integers, Integers, Integers]:
    """Twelve honest units and up to three guilty ones; of some strata some share a group."""
    draw = np.random.default_rng(seed)
    hits, trials = drawn(draw, 12)
    shares = guilty_shares(draw, hits / trials, 3)
    sizes = draw.choice(trials, len(shares))
    k, n = np.append(hits, np.round(sizes * shares).astype(int)), np.append(trials, sizes)
    group = draw.integers(0, 9, len(k)) if seed % 2 else np.arange(len(k))
    return k, n, np.unique(group, return_inverse=True)[1]


def told_of_the_first(units: Units) -> tuple[float, float]:
    """The p of the first unit and the mean that it is measured against, fitted to these units."""
    k, n, group = zip(*units, strict=True)
    fits = fit_without_each(k, n, np.unique(group, return_inverse=True)[1])
    at = np.unique(group, return_inverse=True)[1][0]
    return float(fits.p[0]), float(fits.mean[at])


def by_refits(of: tuple[int, int, int], others: Units) -> dict[str, float]:
    """``others`` are those outside the unit's group."""
    more = [[of, *others, (k, n, 100)] for k, n, _ in others]
    fewer = [[of, *others[:at], *others[at + 1 :]] for at in range(len(others))]
    without, beside = [told_of_the_first(units) for units in fewer], [told_of_the_first(units) for units in more]
    worst = fewer[int(np.argmax([p for p, _ in without]))]
    then = [[*worst[:at], *worst[at + 1 :]] for at in range(1, len(worst))]
    then += [[*worst, (k, n, 100)] for k, n, _ in others]
    once = [*without, *beside]
    return {
        "p_without_one": max(p for p, _ in without),
        "p_most": max([p for p, _ in once] + [told_of_the_first(units)[0] for units in then]),
        "p_least": min(p for p, _ in once),
        "mean_most": max(mean for _, mean in once),
        "mean_least": min(mean for _, mean in once),
    }


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(4))
def test_one_unit_off_is_what_refits_give(seed: int) -> None:
    k, n, group = stratum(seed)
    p = fit_without_each(k, n, group).p
    off = one_unit_off(k, n, group, p)
    looked_at = np.flatnonzero((p <= 0.1) & (k > 0))
    assert len(looked_at), "nobody stands out"
    for at in looked_at[-2:]:
        units = list(zip(k.tolist(), n.tolist(), group.tolist(), strict=True))
        expected = by_refits(units[at], [unit for unit in units if unit[2] != group[at]])
        for name, value in expected.items():
            assert getattr(off, name)[at] == pytest.approx(value, rel=1e-9), name


def test_only_who_stands_out_is_looked_at() -> None:
    k, n = [90, 0, 9, *[2] * 12], [100, 100, 0, *[100] * 12]
    k[2] = 0
    p = fit_without_each(k, n, range(15)).p
    off = one_unit_off(k, n, range(15), p)
    assert np.isnan(off.p_without_one[1:]).all()
    assert p[0] < off.p_without_one[0] <= off.p_most[0] < 1e-5
    assert off.p_least[0] < p[0] and off.mean_least[0] < off.mean_most[0]


def test_order_and_numbers_of_groups_change_nothing() -> None:
    k, n, group = stratum(1)
    turned = np.random.default_rng(2).permutation(len(k))
    renamed = np.random.default_rng(3).permutation(int(group.max()) + 1)

    def told(k: Any, n: Any, group: Any) -> np.ndarray:
        off = one_unit_off(k, n, group, fit_without_each(k, n, group).p)
        return np.stack([off.p_without_one, off.p_most, off.p_least, off.mean_most, off.mean_least])

    first, then = told(k, n, group), told(k[turned], n[turned], renamed[group[turned]])
    assert np.array_equal(first[:, turned], then, equal_nan=True)


def test_nobody_is_no_stratum() -> None:
    assert len(one_unit_off([], [], [], np.array([])).p_most) == 0
