"""Atomic writes and content hashes: an output file appears whole or not at all."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` to write to; rename it into place when the block ends without an error.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "a.txt") as beside:
    ...     _ = beside.write_text("whole", encoding="utf-8")
    >>> (folder / "a.txt").read_text(encoding="utf-8")
    'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent)) / path.name
    except OSError as error:
        # the user asked for ``path`` and has never heard of the folder beside it
        error.filename = str(path)
        raise
    try:
        yield beside
        if path.is_dir() and beside.is_dir():
            _swap_folder(beside, path)
        else:
            beside.replace(path)
    finally:
        shutil.rmtree(beside.parent, ignore_errors=True)


def _swap_folder(beside: Path, path: Path) -> None:
    # a folder cannot be renamed over another one that has files in it
    old = beside.parent / f"{path.name}.old"
    try:
        path.rename(old)
        beside.rename(path)
    except BaseException:
        if old.exists() and not path.exists():
            old.rename(path)
        raise


def hash_file(path: Path) -> str:
    """The sha256 of a file's bytes, as hex.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "empty"
    >>> path.touch()
    >>> hash_file(path)[:8]
    'e3b0c442'
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_text(*parts: str, length: int = 16) -> str:
    """A short stable id of some texts; the parts cannot run into one another.

    >>> hash_text("a", "b") != hash_text("ab")
    True
    """
    joined = "\x1f".join(parts).encode()
    return hashlib.sha256(joined).hexdigest()[:length]
