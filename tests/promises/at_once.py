"""Two engines at work at the same time: each mostly waits, and the machine has two processors."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def at_once(work: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """What each piece of work gives, by its name; the first error of any, when all have ended."""
    with ThreadPoolExecutor(len(work)) as threads:
        begun = {name: threads.submit(piece) for name, piece in work.items()}
    return {name: piece.result() for name, piece in begun.items()}
