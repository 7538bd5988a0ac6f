"""Opens the embedded store of a case: built when it is missing or stale, shared when another command runs it."""

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from graphkit.errors import StoreError
from graphkit.store import engine
from graphkit.store.batches import Batch, Nodes, Progress
from graphkit.store.embedded import DATABASE
from graphkit.store.locking import acquire

if TYPE_CHECKING:
    from graphkit.store.bolt import Graph

SCHEMA = 5
"""The version of the graph model: a store of another one is rebuilt."""

Frames = Callable[[], Mapping[str, pl.DataFrame]]
"""Gives frames by name; called only when a store is built."""

LONGEST = 600.0
"""Seconds that a statement may run at most, whatever its caller allows."""

_SECONDS_TO_WAIT = 900.0
_PAUSE = 0.1


@contextmanager
def open_store(
    folder: Path,
    tables: Frames,
    results: Frames,
    tables_hash: str,
    progress: Progress,
) -> "Iterator[Graph]":
    """The graph of a case, read-only, while the block lasts; built first unless ``folder`` holds it already.

    ``tables`` gives the resolved tables and ``results`` the frames of a run; neither is called where the store is
    there. ``tables_hash`` says what the store was built from: one of another hash, a half-built or foreign one is
    rebuilt. While another command runs the engine this one asks that engine, or waits until it is free. Raises
    StoreError where the engine has no wheel for this machine or does not start.
    """
    engine.require_wheel()
    with ExitStack() as stack:
        yield _enter(stack, folder, tables, results, tables_hash, progress)


def _enter(
    stack: ExitStack,
    folder: Path,
    tables: Frames,
    results: Frames,
    tables_hash: str,
    progress: Progress,
) -> "Graph":
    deadline = time.monotonic() + _SECONDS_TO_WAIT
    while time.monotonic() < deadline:
        lock = acquire(folder / "lock")
        if lock is not None:
            stack.callback(os.close, lock)
            if _marker(folder) != _wanted(tables_hash):
                _build(folder, tables(), results(), tables_hash, progress, lock)
            return _serve(stack, folder, tables_hash, lock)
        found = _door_of_another(folder, tables_hash)
        if found is not None:
            door, engine_id = found
            from graphkit.store.bolt import Graph

            try:
                graph = Graph.connect(
                    door.uri,
                    door.user,
                    door.password,
                    database=DATABASE,
                    reopen=lambda: _enter(stack, folder, tables, results, tables_hash, progress),
                    abort=partial(_end_process, engine_id),
                )
            except StoreError:
                time.sleep(_PAUSE)
                continue
            stack.callback(graph.close)
            return graph
        progress("waiting for another command that uses this store", 0, 0)
        time.sleep(_PAUSE)
    raise StoreError(f"another command has held the store in {folder} for {_SECONDS_TO_WAIT / 60:.0f} minutes: end it")


def _serve(stack: ExitStack, folder: Path, tables_hash: str, lock: int) -> "Graph":
    """Run the engine read-only on the built store and leave word for other commands where it answers."""
    door, child = stack.enter_context(
        engine.running(
            folder / "graph" / "databases", folder / "server", is_writable=False, timeout=LONGEST, keep_open=lock
        )
    )
    from graphkit.store.bolt import Graph

    def again() -> "Graph":
        # another command ended the engine to stop a query of its own
        child.kill()
        child.wait()
        return _serve(stack, folder, tables_hash, lock)

    graph = Graph.connect(door.uri, door.user, door.password, database=DATABASE, reopen=again, abort=child.kill)
    stack.callback(graph.close)
    word = folder / "server" / "door.json"
    text = {"hash": tables_hash, "uri": door.uri, "user": door.user, "password": door.password, "engine": child.pid}
    # written beside and renamed, so that another command never reads half of it
    engine.write_private(word.with_suffix(".part"), json.dumps(text))
    word.with_suffix(".part").replace(word)
    stack.callback(word.unlink, missing_ok=True)
    return graph


def _door_of_another(folder: Path, tables_hash: str) -> tuple[engine.Door, int] | None:
    """Where the engine of another command answers, and its process."""
    try:
        word = json.loads((folder / "server" / "door.json").read_text(encoding="utf-8"))
        door = engine.Door(word["uri"], word["user"], word["password"])
        return (door, int(word["engine"])) if word["hash"] == tables_hash else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _end_process(process: int) -> None:
    with suppress(OSError):
        os.kill(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def _build(
    folder: Path,
    tables: Mapping[str, pl.DataFrame],
    results: Mapping[str, pl.DataFrame],
    tables_hash: str,
    progress: Progress,
    lock: int,
) -> None:
    """Load into a folder beside, compare counts with what was sent, leave a marker, rename."""
    from graphkit.store.projection import projection

    beside = folder / "building"
    for old in (beside, folder / "graph"):
        shutil.rmtree(old, ignore_errors=True)
    progress("preparing the graph", 0, 0)
    batches = list(projection(tables, results))
    running = engine.running(beside / "databases", folder / "server", is_writable=True, timeout=LONGEST, keep_open=lock)
    with running as (door, _):
        from graphkit.store.bolt import Graph

        with Graph.connect(door.uri, door.user, door.password, database=DATABASE) as graph:
            graph.load(batches, progress)
            _compare(batches, graph.counts())
        progress("closing the graph", 0, 0)
    engine.write_private(beside / "marker.json", json.dumps(_wanted(tables_hash)))
    beside.replace(folder / "graph")


def _compare(batches: list[Batch], found: Mapping[str, int]) -> None:
    expected: Counter[str] = Counter()
    for batch in batches:
        for name in batch.labels if isinstance(batch, Nodes) else (batch.type,):
            expected[name] += batch.frame.height
    wrong = [name for name in sorted(expected) if found.get(name, 0) != expected[name]]
    if wrong or set(found) - set(expected):
        name = (wrong or sorted(set(found) - set(expected)))[0]
        raise StoreError(
            f"the graph holds {found.get(name, 0):,} {name} where the tables have {expected[name]:,}: "
            "delete the case's store folder and ask again"
        )


def _wanted(tables_hash: str) -> dict[str, object]:
    return {"schema": SCHEMA, "engine": engine.require_wheel(), "hash": tables_hash}


def _marker(folder: Path) -> object:
    try:
        return json.loads((folder / "graph" / "marker.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
