"""What nobody foresaw: told in one sentence, with the details in a file that can be sent to who maintains graphkit."""

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from graphkit import __version__

LIBRARIES = ("polars", "narwhals", "pyarrow", "pandas", "numpy", "numba", "duckdb", "typer")
"""The libraries whose version tells most about an error that nobody foresaw."""

HEAD = """\
graphkit met an error that nobody foresaw.
To report it, send this file to the maintainers of graphkit and say what you did. Read it first: the last line may quote
a cell of your data. It holds no other data, no argument of the command, and no path of your own.
"""


def reported(error: BaseException, words: Sequence[str], options: Mapping[str, Sequence[str]]) -> str:
    """The sentence for an error that nobody foresaw; its details are written to a new file that only its user can read.

    ``words`` is the command as it was typed and ``options`` the names of the options of each command: of all other
    words only the place is kept, since they may name a case or a person.
    """
    kind = type(error).__name__
    try:
        path = _written(_details(error, words, options))
    except OSError as refused:
        return f"an error that nobody foresaw ({kind}); its details could not be written ({refused.strerror})"
    return (
        f"an error that nobody foresaw ({kind}); to report it, send the maintainers of graphkit the details in {path}"
    )


def spoken(words: Sequence[str], options: Mapping[str, Sequence[str]]) -> str:
    """The command and the names of its options; every other word is an ellipsis.

    >>> spoken(["run", "harbour-case", "--only=pre_insured"], {"run": ["--only"]})
    'graphkit run … --only …'
    """
    known = options.get(words[0], ()) if words else ()
    said = []
    for place, word in enumerate(words):
        name, is_joined, _ = word.partition("=")
        if place == 0 and word in options:
            said.append(word)
        elif name in known:
            said += [name, "…"] if is_joined else [name]
        else:
            said.append("…")
    return " ".join(["graphkit", *said])


def _details(error: BaseException, words: Sequence[str], options: Mapping[str, Sequence[str]]) -> str:
    facts = [
        HEAD,
        f"command: {spoken(words, options)}",
        f"graphkit: {__version__}",
        f"Python: {platform.python_version()} on {platform.system()} {platform.machine()}",
        f"libraries: {', '.join(f'{name} {_version(name)}' for name in LIBRARIES)}",
        "",
        _without_places("".join(traceback.format_exception(error))),
    ]
    return "\n".join(facts)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _without_places(trace: str) -> str:
    # where a user keeps its programs says who it is
    for place in sorted(filter(None, sys.path), key=len, reverse=True):
        trace = trace.replace(f"{place.rstrip(os.sep)}{os.sep}", "")
    return trace.replace(str(Path.home()), "~")


def _written(details: str) -> Path:
    # a file of the temporary folder made so can be read by its user alone
    handle, path = tempfile.mkstemp(prefix="graphkit-error-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(details)
    return Path(path)
