"""What findings touch, against a plain reading of the same rows."""

import pytest

from graphkit.store.scope import touched
from tests.store.plain_scope import plain_touched
from tests.store.random_results import random_case


@pytest.mark.parametrize("seed", range(6))
def test_the_touched_part_is_what_a_plain_reading_keeps(seed: int) -> None:
    given = random_case(seed)
    found = touched(*given)
    expected = plain_touched(*given)
    for frames, rows in zip(found, expected, strict=True):
        assert frames.keys() == rows.keys()
        for name, frame in frames.items():
            assert frame.to_dicts() == rows[name], name
    kept, whole = found[0]["sales"].height, given[0]["sales"].height
    assert 0 < kept < whole
