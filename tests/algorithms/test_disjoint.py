from random import Random

import numpy as np
import pytest

from graphkit.algorithms.disjoint import first_disjoint


@pytest.mark.parametrize("seed", range(100))
def test_sets_are_taken_in_turn_unless_they_share_a_member_with_one_taken(seed: int) -> None:
    dice = Random(seed)
    sets = [dice.sample(range(15), dice.randrange(0, 4)) for _ in range(dice.randrange(0, 12))]
    used: set[int] = set()
    expected = []
    for members in sets:
        expected.append(not used & set(members))
        used |= set(members) if expected[-1] else set()
    flat = [member for members in sets for member in members]
    lengths = np.array([len(members) for members in sets], dtype=np.int64)
    assert first_disjoint(lengths, np.array(flat, dtype=np.int64)).tolist() == expected
