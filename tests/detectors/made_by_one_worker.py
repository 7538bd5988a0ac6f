"""What several workers of a run need is made by the first of them, and read by the others."""

import os
import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

FOLDER = "GRAPHKIT_TEST_MADE"
"""The environment variable that names the folder of a run with workers, which ends with it."""

Made = TypeVar("Made")


def made_by_one(name: str, make: Callable[[], Made]) -> Made:
    """What ``make`` gives, or what it gave another worker; where two make it at the same time, one is kept."""
    if FOLDER not in os.environ:
        return make()
    path = Path(os.environ[FOLDER]) / sha256(name.encode()).hexdigest()
    if path.is_file():
        read: Made = pickle.loads(path.read_bytes())
        return read
    made = make()
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_bytes(pickle.dumps(made))
    # renamed, so that nobody reads half of it
    beside.replace(path)
    return made
