"""A query that takes too long, where two commands share one embedded engine: it is stopped, and the other goes on."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphkit.errors import StoreError
from graphkit.store.bolt import Graph
from graphkit.store.build import open_store
from tests.store.soon import soon

SLOW = "UNWIND range(1, 100000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS n"
# one expression, in which the engine listens to nobody
DEAF = "RETURN reduce(s = 0, x IN range(1, 900000) | s + reduce(t = 0, y IN range(1, 5000) | t + y * x % 7)) AS n"


class Shared:
    """A store that two commands have open: the first runs the engine, the second is its guest."""

    def __init__(self, folder: Path, tiny: Any) -> None:
        self.folder = folder
        self._opened = [
            open_store(folder, lambda: tiny.tables, lambda: tiny.results, "tiny", lambda *_: None) for _ in range(2)
        ]

    def __enter__(self) -> "Shared":
        self.owner, self.guest = (opened.__enter__() for opened in self._opened)
        return self

    def __exit__(self, *error: object) -> None:
        for opened in reversed(self._opened):
            opened.__exit__(None, None, None)

    def engine(self) -> int:
        return int(json.loads((self.folder / "server" / "door.json").read_text(encoding="utf-8"))["engine"])


@pytest.fixture
def shared(graph: Graph, tiny: Any, tmp_path: Path) -> Iterator[Shared]:
    with Shared(tmp_path / "store", tiny) as opened:
        yield opened


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists() and not os.environ.get("CI"), reason="needs /proc to see what a process does"
)
"""In CI they are run, and fail where there is none: a check that nobody runs would be worth nothing."""


def busy_seconds(process: int) -> float:
    """Seconds of a processor that it has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@needs_proc
@pytest.mark.parametrize("who", ["owner", "guest"])
def test_a_late_query_of_either_command_frees_the_engine(shared: Shared, tiny: Any, who: str) -> None:
    engine = shared.engine()
    with pytest.raises(StoreError, match="longer than 1 second"):
        getattr(shared, who).ask(SLOW, timeout=1)
    used = busy_seconds(engine)
    time.sleep(2)
    assert busy_seconds(engine) - used < 1
    # the other command's engine went on
    for door in (shared.owner, shared.guest):
        cars = door.ask("MATCH (v:Vehicle) RETURN count(v) AS n").frame["n"].to_list()
        assert cars == [tiny.tables["vehicles"].height]
    assert shared.engine() == engine


@needs_proc
@pytest.mark.parametrize("who", ["owner", "guest"])
def test_an_engine_that_does_not_listen_is_ended_and_the_other_command_still_answered(shared: Shared, who: str) -> None:
    engine = shared.engine()
    late, other = (shared.owner, shared.guest) if who == "owner" else (shared.guest, shared.owner)
    text = "UNWIND range(1, 100) AS a UNWIND range(1, 5000) AS b RETURN sum((a * b) % 7) AS n"
    expected = other.ask(text).frame["n"].to_list()
    answers: list[list[int]] = []

    def ask_again_and_again() -> None:
        while not answers or is_alive(engine):
            answers.append(other.ask(text, timeout=60).frame["n"].to_list())

    asking = threading.Thread(target=ask_again_and_again)
    if who == "guest":
        # an owner opens its engine again when it asks; a guest would wait for it
        asking.start()
    started = time.monotonic()
    with pytest.raises(StoreError, match="longer than 1 second"):
        late.ask(DEAF, timeout=1)
    assert time.monotonic() - started < 15
    assert soon(lambda: not is_alive(engine))
    if who == "owner":
        assert late.ask(text).frame["n"].to_list() == expected
        asking.start()
    asking.join(60)
    assert not asking.is_alive()
    assert {tuple(answer) for answer in answers} == {tuple(expected)}
    assert shared.engine() != engine
    assert late.ask(text).frame["n"].to_list() == expected
