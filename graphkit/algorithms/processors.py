"""How many processors there are to use."""

import os


def processors() -> int:
    """The processors that this process may run on.

    >>> processors() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
