import numpy as np
import pytest

from graphkit.algorithms.false_discovery import q_values, q_values_if


def stepped(p: list[float], factor: float) -> list[float]:
    ranked = sorted(range(len(p)), key=lambda i: p[i])
    q, lowest = [0.0] * len(p), 1.0
    for rank in range(len(p), 0, -1):
        at = ranked[rank - 1]
        lowest = min(lowest, p[at] * len(p) * factor / rank)
        q[at] = lowest
    return q


def test_both_methods_are_the_step_up_by_hand() -> None:
    p = [0.001, 0.8, 0.01, 0.02, 1.0, 1e-300]
    harmonic = sum(1 / i for i in range(1, len(p) + 1))
    np.testing.assert_allclose(q_values(p, "bh"), stepped(p, 1.0))
    np.testing.assert_allclose(q_values(p, "by"), stepped(p, harmonic))


def test_what_is_no_test_does_not_count_in_the_family() -> None:
    q = q_values([0.01, np.nan, 0.02])
    np.testing.assert_allclose(q[[0, 2]], q_values([0.01, 0.02]))
    assert np.isnan(q[1])
    assert q_values([]).size == 0


def test_a_p_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError):
        q_values([1.2])


def test_the_largest_q_without_one_other_is_that_of_leaving_out_each() -> None:
    draw = np.random.default_rng(1)
    for size in (2, 3, 8, 20):
        p = np.round(draw.random(size) ** 4, 2)
        without = [
            max(q_values([p[at], *np.delete(p, sorted({at, other}))])[0] for other in range(size) if other != at)
            for at in range(size)
        ]
        np.testing.assert_allclose(q_values_if(p, smaller=-1, tests=-1), without)


def test_nothing_more_and_nothing_fewer_is_benjamini_hochberg() -> None:
    p = [0.02, np.nan, 0.001, 0.02, 0.7, 1.0]
    np.testing.assert_allclose(q_values_if(p, smaller=0, tests=0), q_values(p))
    assert q_values_if([], smaller=-1, tests=-1).size == 0


def test_one_more_that_is_smaller_makes_q_smaller() -> None:
    np.testing.assert_allclose(q_values_if([0.01, 0.03], smaller=1, tests=0), [0.01, 0.02])
    # two fewer of the two smallest leave the third the first
    np.testing.assert_allclose(q_values_if([0.001, 0.002, 0.03, 0.9], smaller=-2, tests=0), [0.004, 0.008, 0.12, 1.0])
