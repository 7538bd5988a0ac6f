"""What becomes true after a while."""

import time
from collections.abc import Callable


def soon(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it is so within ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return is_so()
