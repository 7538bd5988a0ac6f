"""What honest units show although some are guilty: guilt hides no guilt, and p is right at its strict end."""

import numpy as np
import pytest

from graphkit.algorithms.count_tests import betabinomial_tail
from graphkit.algorithms.robust_baseline import fit_without_each
from tests.algorithms.random_strata import RATES, most_strict, steps, strict_share


def honest_units(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    n = draw.integers(50, 400, count)
    return draw.binomial(n, draw.beta(0.03 * 40, 0.97 * 40, count)), n


@pytest.mark.parametrize("guilty", [0, 4, 9])
def test_guilty_peers_do_not_lift_the_baseline(guilty: int) -> None:
    k, n = honest_units(30, seed=7)
    k[:guilty] = (n[:guilty] * 0.6).astype(int)
    fits = fit_without_each([*k, 180], [*n, 300], range(31))
    assert 0.015 < fits.mean[-1] < 0.05
    assert fits.p[-1] < 1e-4


@pytest.mark.parametrize("weakest", [0.02, 0.04])
def test_weak_guilt_does_not_hide_strong_guilt(weakest: float) -> None:
    # eight guilty dealers in even steps, from hardly more than the others up to a fifth of their cars
    shares = np.linspace(weakest, 0.2, 8)
    fits = fit_without_each([0] * 32 + np.round(900 * shares).astype(int).tolist(), [900] * 40, range(40))
    assert fits.p[-1] < 1e-9
    assert (fits.p[-4:] < 1e-4).all()


def test_two_guilty_dealers_of_a_small_city_hide_no_third() -> None:
    k, n = [0] * 5 + [1] * 3 + [2] * 3 + [180, 200, 2_100], [400, 800, 600, 500] * 2 + [600] * 3 + [870, 870, 5_700]
    assert (fit_without_each(k, n, range(14)).p[-3:] < 1e-5).all()


@pytest.mark.no_cover
def test_one_more_guilty_unit_hides_nobody() -> None:
    added = list(steps(200, seed=3))
    assert sum(int((step.before <= 1e-4).sum()) for step in added) > 200
    assert [line for step in added for line in (*step.cleared(), *step.weakened())] == []


@pytest.mark.no_cover
@pytest.mark.parametrize(("mean", "icc"), [RATES[0], RATES[-1]])
def test_of_a_thousand_innocent_units_one_has_a_p_of_a_thousandth(mean: float, icc: float) -> None:
    assert strict_share(mean, icc, seed=5) <= most_strict()


def test_what_few_peers_leave_open_is_part_of_p() -> None:
    k, n = honest_units(200, seed=4)
    few = fit_without_each([*k[:10], 60], [*n[:10], 300], range(11))
    many = fit_without_each([*k, 60], [*n, 300], range(201))
    assert many.p[-1] < few.p[-1] / 10
    assert few.icc[-1] > many.icc[-1]


def test_of_many_honest_units_mean_and_icc_are_found_again() -> None:
    k, n = honest_units(300, seed=11)
    fits = fit_without_each([*k, 0], [*n, 0], range(301))
    assert fits.mean[-1] == pytest.approx(0.03, abs=0.004)
    assert fits.icc[-1] == pytest.approx(1 / 41, abs=0.01)
    assert 0.03 < (fits.p[:-1] <= 0.05).mean() < 0.08
    # with so many peers little is left open, and p is the tail of one beta-binomial
    tail = betabinomial_tail(40, 300, fits.mean[-1], fits.icc[-1])[0]
    assert np.log10(fit_without_each([*k, 40], [*n, 300], range(301)).p[-1]) == pytest.approx(np.log10(tail), abs=0.3)


def test_a_fit_has_floors() -> None:
    fits = fit_without_each([0] * 12, [10_000] * 12, range(12))
    assert fits.mean == pytest.approx(0.005, rel=1e-3)
    assert fits.icc == pytest.approx(0.01, rel=1e-2)


def test_a_fit_forgets_the_order_of_its_units_and_the_numbers_of_the_groups() -> None:
    k, n = honest_units(40, seed=3)
    group = np.arange(40) // 3
    turned, renamed = np.random.default_rng(1).permutation(40), np.random.default_rng(2).permutation(14)
    first, then = fit_without_each(k, n, group), fit_without_each(k[turned], n[turned], renamed[group[turned]])
    assert (first.p[turned] == then.p).all()
    assert (first.mean == then.mean[renamed]).all() and (first.icc == then.icc[renamed]).all()


def test_a_group_is_judged_by_the_others_alone() -> None:
    k, n = honest_units(20, seed=9)
    k[:12], group = (n[:12] * 0.6).astype(int), np.where(np.arange(20) < 12, 0, np.arange(20) - 11)
    fits = fit_without_each(k, n, group)
    # a unit of nothing says nothing, and stands here for the group
    alone = fit_without_each([0, *k[12:]], [0, *n[12:]], range(9))
    assert fits.mean[0] == pytest.approx(alone.mean[0], rel=1e-9)
    assert fits.icc[0] == pytest.approx(alone.icc[0], rel=1e-9)
    assert fits.mean[0] < 0.06 and (fits.p[:12] < 1e-3).all()


def test_nobody_with_nothing_is_judged_and_no_hit_is_no_wonder() -> None:
    fits = fit_without_each([0, 0, 3, 1], [0, 50, 50, 50], range(4))
    assert np.isnan(fits.p[0]) and fits.p[1] == 1
    assert fits.p[2] < fits.p[3] < 1


def test_nothing_outside_a_group_is_no_baseline() -> None:
    alone = fit_without_each([1, 2], [10, 10], [0, 0])
    assert np.isnan(alone.mean).all() and np.isnan(alone.icc).all() and np.isnan(alone.p).all()
    assert np.isnan(fit_without_each([0], [0], [0]).mean).all()
    assert len(fit_without_each([], [], []).p) == 0
