"""The embedded store is built once, noticed when it is not whole, shared, and leaves no process behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from graphkit.errors import StoreError
from graphkit.store import engine
from graphkit.store.bolt import Graph
from graphkit.store.build import open_store
from graphkit.store.locking import acquire

HOLDER = """
import sys, time
from pathlib import Path
from graphkit.store.build import open_store
with open_store(Path(sys.argv[1]), dict, dict, "h", lambda *seen: None) as graph:
    print("open", flush=True)
    time.sleep(600)
"""


class Built:
    """Counts how often a store asked for its tables."""

    def __init__(self, frames: Any) -> None:
        self.frames = frames
        self.times = 0

    def __call__(self) -> Any:
        self.times += 1
        return self.frames


def said(seen: list[str]) -> Any:
    return lambda what, done, total: seen.append(what)


def vehicles(graph: Graph) -> int:
    return int(graph.run("MATCH (v:Vehicle) RETURN count(v) AS n")["n"][0])


def test_a_store_is_built_once_and_again_when_it_is_stale_or_half_built(tiny: Any, tmp_path: Path) -> None:
    folder, tables = tmp_path / "store", Built(tiny.tables)
    cars = tiny.tables["vehicles"].height

    def count(tables_hash: str) -> int:
        with open_store(folder, tables, lambda: tiny.results, tables_hash, said([])) as graph:
            return vehicles(graph)

    assert (count("a"), tables.times) == (cars, 1)
    assert (count("a"), tables.times) == (cars, 1)
    # a build that was killed leaves its folder beside, and no marker
    (folder / "graph").rename(folder / "building")
    assert (count("a"), tables.times) == (cars, 2)
    assert not (folder / "building").exists()
    assert (count("b"), tables.times) == (cars, 3)


def test_a_second_command_asks_the_engine_of_the_first_and_outlives_it(graph: Graph, tiny: Any, tmp_path: Path) -> None:
    folder, tables = tmp_path / "store", Built(tiny.tables)
    first = open_store(folder, tables, lambda: tiny.results, "a", said([]))
    first.__enter__()
    with open_store(folder, tables, lambda: tiny.results, "a", said([])) as second:
        assert vehicles(second) == tiny.tables["vehicles"].height
        first.__exit__(None, None, None)
        assert vehicles(second) == tiny.tables["vehicles"].height
    assert tables.times == 1


def test_secrets_are_for_the_owner_only_and_gone_afterwards(graph: Graph, store_folder: Path) -> None:
    server = store_folder / "server"
    word = json.loads((server / "door.json").read_text(encoding="utf-8"))
    assert word["uri"].startswith("bolt://127.0.0.1:")
    assert word["user"] == "reader"
    for path, mode in ((server, 0o700), (server / "door.json", 0o600), (store_folder / "lock", 0o600)):
        assert path.stat().st_mode & 0o777 == mode
    users = (server / "config" / "server-users.jsonl").read_text(encoding="utf-8")
    assert word["password"] not in users
    commands = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert word["password"] not in commands
    with pytest.raises(StoreError, match="does not accept this user and password"):
        Graph.connect(word["uri"], word["user"], "wrong password", database="graph")


def test_no_engine_outlives_a_parent_that_is_killed(graph: Graph, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"open\n"
    port = int(json.loads((folder / "server" / "door.json").read_text(encoding="utf-8"))["uri"].rsplit(":", 1)[1])
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    assert acquire(folder / "lock") is None
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    # the engine holds the lock as long as it lives
    deadline = time.monotonic() + 15
    while (lock := acquire(folder / "lock")) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.close(lock)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    # what it left behind, a word about where it answered, misleads nobody
    with open_store(folder, dict, dict, "h", said([])) as reopened:
        assert vehicles(reopened) == 0


def test_a_damaged_start_up_cache_only_costs_time(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches = list((Path(os.environ["XDG_CACHE_HOME"]) / "graphkit").glob("engine-*.aot"))
    assert len(caches) == 1
    whole = caches[0].read_bytes()
    # the whole one is other workers' too
    damaged = tmp_path / "cache" / "graphkit" / caches[0].name
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(whole[: len(whole) // 2] + bytes(4 * 2**20))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with open_store(tmp_path / "store", dict, dict, "h", said([])) as opened:
        assert vehicles(opened) == 0


def test_a_query_that_takes_too_long_is_ended(tiny: Any, graph: Graph, tmp_path: Path) -> None:
    with open_store(tmp_path / "store", lambda: tiny.tables, lambda: tiny.results, "a", said([])) as opened:
        started = time.monotonic()
        with pytest.raises(StoreError, match="longer than 1 second"):
            opened.run(
                "UNWIND range(1, 100000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS n", timeout=1
            )
        assert time.monotonic() - started < 30


def test_a_machine_without_the_wheel_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> str:
        raise engine.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(engine.importlib.metadata, "version", absent)
    with (
        pytest.raises(StoreError, match=r"no wheel .* everything else works"),
        open_store(tmp_path, dict, dict, "h", said([])),
    ):
        raise AssertionError("opened without an engine")


def test_an_engine_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "databases").write_text("a file where a folder belongs", encoding="utf-8")
    with (
        pytest.raises((StoreError, OSError)),
        engine.running(tmp_path / "databases", tmp_path / "server", is_writable=False, timeout=5),
    ):
        raise AssertionError("started without a folder")
