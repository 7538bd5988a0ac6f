import numpy as np
import pytest

from graphkit.algorithms.count_tests import betabinomial_tail
from graphkit.algorithms.robust_baseline import Baseline, fit_baseline, fit_without_each


def honest_units(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    n = draw.integers(50, 400, count)
    return draw.binomial(n, draw.beta(0.03 * 40, 0.97 * 40, count)), n


@pytest.mark.parametrize("guilty", [0, 4, 12])
def test_guilty_peers_do_not_lift_the_baseline(guilty: int) -> None:
    k, n = honest_units(30, seed=7)
    k[:guilty] = (n[:guilty] * 0.6).astype(int)
    fit = fit_baseline(k, n)
    assert 0.015 < fit.mean < 0.05
    assert fit.units <= 30 - guilty
    assert betabinomial_tail(180, 300, fit.mean, fit.icc)[0] < 1e-6


def test_honest_units_are_seldom_unlikely_under_the_fit_of_the_others() -> None:
    k, n = honest_units(300, seed=11)
    fit = fit_baseline(k, n)
    p = betabinomial_tail(k, n, fit.mean, fit.icc)
    assert 0.01 < (p < 0.05).mean() < 0.09
    assert fit.icc == pytest.approx(1 / 41, abs=0.01)


def test_a_fit_has_floors_and_forgets_the_order_of_its_units() -> None:
    clean = fit_baseline([0] * 12, [100] * 12)
    assert (clean.mean, clean.icc) == (0.005, 0.01)
    k, n = honest_units(40, seed=3)
    turned = np.random.default_rng(1).permutation(40)
    assert fit_baseline(k, n) == fit_baseline(k[turned], n[turned])
    with pytest.raises(ValueError):
        fit_baseline([0, 0], [0, 0])
    with pytest.raises(ValueError):
        Baseline(0.0, 0.1)


def test_taking_a_group_out_of_the_moments_is_fitting_the_others() -> None:
    k, n = honest_units(60, seed=5)
    k[:6], group = (n[:6] * 0.7).astype(int), np.arange(60) // 3
    mean, icc = fit_without_each(k, n, group)
    for at in range(20):
        alone = fit_baseline(k[group != at], n[group != at])
        assert mean[at] == pytest.approx(alone.mean, rel=0.04)
        assert icc[at] == pytest.approx(alone.icc, rel=0.1, abs=0.002)


def test_a_large_guilty_group_does_not_decide_its_own_baseline() -> None:
    k, n = honest_units(20, seed=9)
    k[:12], group = (n[:12] * 0.6).astype(int), np.where(np.arange(20) < 12, 0, np.arange(20))
    mean, _ = fit_without_each(k, n, group)
    assert mean[0] == fit_baseline(k[12:], n[12:]).mean < 0.06


def test_units_of_which_nothing_was_tested_change_no_baseline() -> None:
    # also where they are most of a group, or where a group that was tested alone has some
    k, n = honest_units(20, seed=9)
    for group in (np.arange(20) // 2, np.zeros(20, dtype=np.int64)):
        more = np.concatenate([group, np.zeros(15, dtype=np.int64)])
        expected = fit_without_each(k, n, group)
        found = fit_without_each(np.append(k, np.zeros(15)), np.append(n, np.zeros(15)), more)
        np.testing.assert_array_equal(found, expected)


def test_nothing_outside_a_group_is_no_baseline() -> None:
    assert np.isnan(fit_without_each([1, 2], [10, 10], [0, 0])).all()
    assert np.isnan(fit_without_each([0], [0], [0])).all()
    assert len(fit_without_each([], [], [])[0]) == 0
