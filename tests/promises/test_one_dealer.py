"""One honest dealer more or less changes hardly any export verdict, and none that is not told to be near the bound."""

import pytest

from tests.promises.one_dealer import counted


@pytest.mark.no_cover
def test_one_honest_dealer_changes_no_verdict_that_is_not_told_to_be_near_the_bound() -> None:
    # a thousand strata take a quarter of an hour: python -m tests.promises.one_dealer
    seen = counted(12, seed=3)
    assert seen.exported > 10
    # one of these strata has such a dealer
    assert seen.tries_with_a_change == 1
    assert seen.untold == []
    # few are told to be near the bound, and so is who was one
    assert len(seen.found) <= seen.told < seen.exported / 2
