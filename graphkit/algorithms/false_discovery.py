"""False discovery control: how large a part of what is called out would be chance."""

from typing import Literal

import numpy as np
import numpy.typing as npt


def q_values(p: npt.ArrayLike, method: Literal["bh", "by"] = "bh") -> npt.NDArray[np.float64]:
    """The q-value of each p of one family: calling out all with q ≤ 0.05 leaves 5 % false calls on average.

    ``bh`` is Benjamini-Hochberg (independent or positively dependent tests), ``by`` Benjamini-Yekutieli (any
    dependence). ``nan`` marks what is not a test: it stays ``nan`` and does not count in the family. Raises
    ``ValueError`` where a p lies outside 0 to 1.

    >>> q_values([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    >>> q_values([0.01], "by").tolist()
    [0.01]
    """
    values = np.asarray(p, dtype=np.float64)
    tested = ~np.isnan(values)
    adjusted = np.full(values.shape, np.nan)
    if tested.any():
        # it takes as long to import as a small case takes to run
        from scipy import stats

        adjusted[tested] = stats.false_discovery_control(values[tested], method=method)
    return adjusted


def q_values_if(
    p: npt.ArrayLike, *, smaller: int, tests: int, rank_at_least: npt.ArrayLike = 1
) -> npt.NDArray[np.float64]:
    """The q-values (Benjamini-Hochberg) if each p had so many more ``smaller`` ones and the family more ``tests``.

    Negative numbers are fewer. ``smaller=-1, tests=-1`` is the largest q of each while any one other is left out:
    what is left out counts most where its p was smaller. ``rank_at_least`` is the rank that each keeps: 2 where a test
    that stays whenever it does is as small. ``nan`` is no test.

    >>> q_values_if([0.01, 0.02, 0.9], smaller=-1, tests=-1).round(3).tolist()
    [0.02, 0.04, 0.9]
    """
    values = np.asarray(p, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    least = np.broadcast_to(np.asarray(rank_at_least, dtype=np.int64), values.shape)[order]
    ranks = np.maximum(np.arange(1, len(order) + 1) + smaller, least)
    raised = values[order] * max(len(order) + tests, 1) / ranks
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return adjusted
