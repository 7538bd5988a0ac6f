"""What tests of several rooms share: one real Neo4j a run, and one worker that has it to itself."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.detectors.made_by_one_worker import FOLDER
from tests.servers.neo4j import AbsentError, Server, jars, own_server

ROOT = Path(__file__).parent.parent


KERNELS = (
    "from graphkit.algorithms import control; control(['A'], ['B'], [1])",
    "from graphkit.algorithms import temporal_cycles; temporal_cycles(['A', 'B'], ['B', 'A'], [0, 1], window=1)",
    "from graphkit.algorithms import simple_cycles; simple_cycles(['A', 'B'], ['B', 'A'])",
)
"""What compiles the kernels (some 40 s of processor, once)."""

START_CACHE = (
    "import sys; from contextlib import suppress; from pathlib import Path; from graphkit.errors import StoreError\n"
    "from graphkit.store.build import open_store\n"
    "with suppress(StoreError), open_store(Path(sys.argv[1]), dict, dict, 'h', print) as graph:\n"
    "    graph.ask('MATCH (a)-[r]->(b) WHERE a.name = $name RETURN a, r, count(b) AS n ORDER BY n', {'name': 'x'})"
)
"""What records the embedded engine's start-up cache."""

WITHOUT_GRAPH = "tests/detectors"
"""The room that is often tested alone, and asks no graph: its answer need not wait for what one needs."""

LONGEST = (
    "tests/promises/test_findings.py",
    "tests/promises/test_library.py",
    "tests/detectors/test_edges.py",
    "tests/promises/test_same_bytes.py",
    "tests/case/test_running.py",
    "tests/promises/test_innocents.py",
    "tests/store/test_lifecycle.py",
    "tests/store/test_shared_engine.py",
    "tests/promises/test_engines.py",
    "tests/parties/test_cases.py",
    "tests/case/test_cells.py",
    "tests/case/test_experimental.py",
    "tests/trade/test_paid_sales.py",
    "tests/detectors/test_look_alikes.py",
    "tests/detectors/test_cases.py",
    "tests/detectors/test_skeleton.py",
    "tests/cli/test_market.py",
    "tests/test_house.py",
    "tests/detectors/test_circular_payments.py",
    "tests/detectors/test_more_knowledge.py",
    "tests/cli/test_related.py",
)
"""Files that take longest, the longest first, after those that need the server."""

_CACHE = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """What every worker needs is made before there are workers: each would fetch the server, and compile all."""
    if hasattr(config, "workerinput"):
        return
    config.stash[_CACHE] = cache = Path(tempfile.mkdtemp(prefix="graphkit-tests-"))
    # away from the user's own, and one for all workers: to record it takes as long as ten starts with it
    os.environ["XDG_CACHE_HOME"] = str(cache)
    # an engine that answers a few questions compiles longer than it runs
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
    if getattr(config.option, "numprocesses", None):
        # the workers share the processors: threads of one would only get in the way of another
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        # those of numpy's products wait for one another by spinning: a small run takes more than half as long again
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        (cache / "made").mkdir()
        os.environ[FOLDER] = str(cache / "made")
        config.option.loadscopereorder = False
        asks_graph = not all(given.startswith(WITHOUT_GRAPH) for given in config.args)
        made = (*KERNELS, START_CACHE) if asks_graph else KERNELS
        with ThreadPoolExecutor(len(made)) as threads:
            list(threads.map(lambda text: _run(text, cache / "store"), made))
        with suppress(AbsentError):
            if asks_graph:
                jars()


def pytest_unconfigure(config: pytest.Config) -> None:
    """The caches of a run go with it."""
    if _CACHE in config.stash:
        shutil.rmtree(config.stash[_CACHE], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first and the many short ones last, so that all workers end at the same time."""
    items.sort(key=lambda item: _rank(item.nodeid.split("::", 1)[0]))


def _run(text: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-c", text, str(folder)], check=True, stdout=subprocess.DEVNULL)


def _rank(file: str) -> int:
    if _needs_server(file):
        return -1
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


class ByServer(LoadFileScheduling):
    """Tests of one file stay on one worker, and all files that need the server on the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "neo4j" if _needs_server(file) else file


@cache
def _needs_server(file: str) -> bool:
    text = (ROOT / file).read_text(encoding="utf-8")
    return "neo4j_server" in text or "empty_neo4j" in text


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    """The server is started once a run, by the one worker that needs it."""
    return ByServer(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker mostly waits for the server, so there is one more than there are processors."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j that answers: the one of GRAPHKIT_TEST_NEO4J_URI, else one of our own, started once and stopped."""
    given = os.environ.get("GRAPHKIT_TEST_NEO4J_URI")
    if given:
        yield _running(given)
        return
    with own_server(tmp_path_factory.mktemp("neo4j")) as server:
        server.start()
        yield server


@pytest.fixture(scope="module")
def empty_neo4j(neo4j_server: Server) -> Server:
    """The server with an empty database."""
    neo4j_server.empty()
    return neo4j_server


def _running(uri: str) -> Server:
    server = Server.running(uri, os.environ["GRAPHKIT_NEO4J_USER"], os.environ["GRAPHKIT_NEO4J_PASSWORD"])
    with server.driver() as driver:
        held = driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
    if held:
        pytest.fail(
            f"{urlsplit(uri).netloc} holds {held:,} nodes, and the tests would remove them: name an empty database"
        )
    return server
