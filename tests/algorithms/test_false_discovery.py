import numpy as np
import pytest

from graphkit.algorithms.false_discovery import q_values


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
