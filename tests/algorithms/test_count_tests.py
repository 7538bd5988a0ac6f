from math import comb, exp, lgamma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from graphkit.algorithms.count_tests import (
    GammaPrior,
    betabinomial_log_tail,
    betabinomial_tail,
    eb05,
    gamma_prior,
    negative_binomial_tail,
    rate_ratio_interval,
    share_interval,
    shuffled_ratio_interval,
    shuffled_tail,
)


def beta_log(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def summed_tail(k: int, n: int, mean: float, icc: float) -> float:
    a, b = mean * (1 / icc - 1), (1 - mean) * (1 / icc - 1)
    return sum(comb(n, x) * exp(beta_log(x + a, n - x + b) - beta_log(a, b)) for x in range(k, n + 1))


@settings(derandomize=True, deadline=None)
@given(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    st.floats(0.01, 0.9),
    st.floats(0.005, 0.6),
)
def test_beta_binomial_tail_is_the_sum_of_its_terms(size: tuple[int, int], mean: float, icc: float) -> None:
    n, k = size
    assert betabinomial_tail(k, n, mean, icc)[0] == pytest.approx(summed_tail(k, n, mean, icc), rel=1e-8)


def test_beta_binomial_tail_agrees_with_scipy_on_many_units_at_once() -> None:
    n = np.array([10, 200, 3000, 1])
    k = np.array([3, 20, 150, 1])
    a, b = 0.05 * 49, 0.95 * 49
    expected = stats.betabinom.sf(k - 1, n, a, b)
    np.testing.assert_allclose(betabinomial_tail(k, n, 0.05, 0.02), expected, rtol=1e-6)


def test_tiny_tails_keep_their_order_and_stop_at_the_floor() -> None:
    logs = betabinomial_log_tail([2466, 2500, 2737], 2737, 0.03, 0.0005)
    assert np.all(np.isfinite(logs)) and np.all(np.diff(logs) < 0) and logs[0] < np.log(1e-300)
    assert betabinomial_tail(2737, 2737, 0.03, 0.0005)[0] == 1e-300


def test_batches_do_not_change_a_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    n = np.arange(50, 250)
    k = n // 7
    whole = betabinomial_tail(k, n, 0.1, 0.05)
    monkeypatch.setattr("graphkit.algorithms.count_tests._TERMS_AT_ONCE", 300)
    np.testing.assert_array_equal(betabinomial_tail(k, n, 0.1, 0.05), whole)


@pytest.mark.parametrize(("k", "n", "mean", "icc"), [(3, 2, 0.1, 0.1), (1, 2, 0.0, 0.1), (1, 2, 0.1, 1.0)])
def test_impossible_arguments_are_refused(k: int, n: int, mean: float, icc: float) -> None:
    with pytest.raises(ValueError):
        betabinomial_tail(k, n, mean, icc)


def test_negative_binomial_tail_agrees_with_scipy() -> None:
    mean, dispersion = 12.0, 0.3
    size = 1 / dispersion
    k = np.array([1, 5, 30, 80])
    expected = stats.nbinom.sf(k - 1, size, size / (size + mean))
    np.testing.assert_allclose(negative_binomial_tail(k, mean, dispersion), expected, rtol=1e-9)


def test_share_interval_is_wilsons() -> None:
    low, high = share_interval([271, 0, 5, 0], [2737, 10, 5, 0])
    wilson = stats.binomtest(271, 2737).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((wilson.low, wilson.high))
    assert low[1] == 0 and high[2] == 1 and (low[3], high[3]) == (0, 1)


def test_a_ratio_of_alike_units_has_a_wider_interval() -> None:
    narrow, wide = rate_ratio_interval(50, 500, 0.02, 0.001), rate_ratio_interval(50, 500, 0.02, 0.1)
    for low, high in (narrow, wide):
        assert low[0] < 5 < high[0]
    assert wide[0][0] < narrow[0][0] and narrow[1][0] < wide[1][0]


def test_what_shuffles_gave_bounds_a_ratio_exactly_and_clumps_count_once() -> None:
    # 10 against 100 in 100 draws: of 110 events each is of the one with a share that Clopper and Pearson bound
    share = stats.binomtest(10, 110).proportion_ci(0.95, method="exact")
    ratios = [100 * end / (1 - end) for end in (share.low, share.high)]
    for k, total, clump in ((10, 100, 1), (30, 300, 3)):
        low, high = shuffled_ratio_interval(k, total, 100, clump)
        assert [low[0], high[0]] == pytest.approx(ratios, rel=1e-9)
        assert shuffled_tail(k, total, 100, clump)[0] == pytest.approx(stats.binom.sf(9, 110, 1 / 101), rel=1e-9)


def test_small_units_are_shrunk_more_than_large_ones() -> None:
    prior = gamma_prior([1, 0, 2, 1, 1, 0, 3, 1, 2, 40], [1.0] * 10)
    small, large = eb05([3, 300], [0.5, 50.0], prior)
    assert small < large < 6
    assert gamma_prior([5], [1.0]) == GammaPrior(1.0, 1.0)
    posterior = stats.gamma.ppf(0.05, prior.shape + 3, scale=1 / (prior.rate + 0.5))
    assert small == pytest.approx(posterior)


@pytest.mark.parametrize(
    ("observed", "expected", "shape", "rate"),
    [
        # mean 1.5, scatter 0.75 of ratios weighed by what was expected, and 1.5 / 10 of it is the noise of counts
        ([0] * 5 + [30] * 5, [5] * 5 + [15] * 5, 1.5**2 / 0.6, 1.5 / 0.6),
        ([0] * 5 + [30] * 5 + [7], [5] * 5 + [15] * 5 + [0], 1.5**2 / 0.6, 1.5 / 0.6),
        # scatter 0.04 is less than noise: the narrowest prior
        ([8, 12] * 5, [10] * 10, 100, 100),
        ([0, 30] * 4 + [30], [5, 15] * 4 + [15], 1, 1),
        ([0] * 10, [5] * 10, 1, 1),
    ],
    ids=["differ", "one of which nothing was expected", "differ by noise", "nine units", "nothing seen"],
)
def test_a_prior_has_the_moments_of_the_ratios_less_the_noise(
    observed: list[int], expected: list[float], shape: float, rate: float
) -> None:
    prior = gamma_prior(observed, expected)
    assert (prior.shape, prior.rate) == pytest.approx((shape, rate))
