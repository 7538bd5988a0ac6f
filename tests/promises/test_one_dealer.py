"""One honest dealer more or less changes hardly any export verdict, and none that is not told to be near the bound."""

import pytest

from tests.promises.one_dealer import MOST, counted


@pytest.mark.no_cover
def test_one_honest_dealer_changes_no_verdict_that_is_not_told_to_be_near_the_bound() -> None:
    seen = counted(30, seed=3)
    assert seen.exported > 30
    assert seen.untold == []
    assert seen.tries_with_a_change <= MOST * seen.tries
    # nearly all are told apart
    assert seen.told < seen.exported / 4
