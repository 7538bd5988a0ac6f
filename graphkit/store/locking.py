"""The lock of a store: one command at a time runs the engine; the system frees it when its holder dies."""

import os
import sys
from pathlib import Path

from graphkit.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def acquire(path: Path) -> int | None:
    """Take the lock without waiting: a file descriptor that holds it until it is closed, or None where it is taken.

    The file is readable by its owner only and stays when the lock is freed. Raises StoreError where it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"the graph store needs to write to {path.parent} ({error.strerror}): copy the case to where you may"
        ) from None
    try:
        _try_lock(descriptor)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
