"""Sets of which no two share a member, taken in order."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from graphkit.algorithms.holdings import Ints


def first_disjoint(lengths: Ints, members: Ints) -> npt.NDArray[np.bool_]:
    """Which sets are taken when each set is taken in turn unless it shares a member with one taken before.

    Parameters
    ----------
    lengths
        How many members each set has.
    members
        The members of all sets, one set after another: whole numbers of 0 or more.

    Example
    -------
    >>> first_disjoint(np.array([2, 2, 2]), np.array([0, 1, 1, 2, 2, 3])).tolist()
    [True, False, True]
    """
    taken: npt.NDArray[np.bool_] = _taken(lengths, members, np.zeros(members.max(initial=-1) + 1, dtype=np.bool_))
    return taken


@njit(cache=True)
def _taken(lengths: Any, members: Any, used: Any) -> Any:
    taken = np.zeros(len(lengths), dtype=np.bool_)
    end = 0
    for number in range(len(lengths)):
        begin, end = end, end + lengths[number]
        taken[number] = not used[members[begin:end]].any()
        if taken[number]:
            used[members[begin:end]] = True
    return taken
