"""How fast a case is pushed to a real Neo4j, against plain CREATE statements for the same batches, in one run.

``python -m tests.benchmarks.push`` simulates about 100,000 vehicles with all their events, starts a server for each
loader and prints for both: rows, seconds, rows a second, and the memory before and at the peak; then the ratio.
``--scale 1`` is a quarter of it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from graphkit import Case
from graphkit.case import asking
from graphkit.case.folder import open_folder
from graphkit.case.runs import current_run
from graphkit.queries import schema
from graphkit.simulate import simulate, write
from graphkit.store.batches import slices
from graphkit.store.bolt import Graph
from graphkit.store.projection import projection
from graphkit.store.push import push
from tests.servers.neo4j import Server

SCALE = 4.1


def measured(loader: str, folder: Path) -> dict[str, float]:
    """One loader on a server of its own, in a process of its own."""
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        server.start()
        try:
            command = [sys.executable, "-m", "tests.benchmarks.push", "--case", str(folder), "--loader", loader]
            door = {"URI": server.uri, "USER": server.user, "PASSWORD": server.password}
            environment = os.environ | {f"GRAPHKIT_NEO4J_{name}": value for name, value in door.items()}
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        finally:
            server.kill()
    return dict(json.loads(done.stdout))


def load(loader: str, folder: Path) -> dict[str, float]:
    """Load the case with one of the loaders; memory in MB."""
    opened = open_folder(folder)
    about, tables, results = asking.graph_of(opened, current_run(opened), "benchmark", "case")
    door = [os.environ[f"GRAPHKIT_NEO4J_{name}"] for name in ("URI", "USER", "PASSWORD")]
    # what a projection needs at most is there before and after, whoever loads it
    rows = sum(batch.frame.height for batch in projection(tables, results))
    before = _peak()
    with Graph.connect(*door) as graph:
        loaders: dict[str, Callable[[], object]] = {
            "push": lambda: push(graph, lambda: projection(tables, results), about, lambda *_: None),
            "create": lambda: create(graph, tables, results),
        }
        started = time.perf_counter()
        loaders[loader]()
        seconds = time.perf_counter() - started
    return {"rows": rows, "seconds": seconds, "before": before, "peak": _peak()}


def create(graph: Graph, tables: asking.Tables, results: asking.Tables) -> None:
    """The peer: the same batches with CREATE, a transaction each; it could not be done twice, nor go on."""
    graph.define(schema())
    for batch in projection(tables, results):
        for piece in slices(batch.frame):
            graph.transact(lambda run, text=batch.creation, rows=piece: run(text, {"rows": rows.to_dicts()}))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Both loaders and their ratio; with ``--loader`` one of them, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--case", type=Path)
    parser.add_argument("--loader", choices=("push", "create"))
    given = parser.parse_args()
    if given.loader:
        print(json.dumps(load(given.loader, given.case)))
        return
    with tempfile.TemporaryDirectory() as place:
        case = Case.new(Path(place) / "case")
        case.import_files(write(simulate(scale=given.scale), Path(place) / "market"))
        case.run()
        print(f"{len(case.table('vehicles')):,} vehicles")
        rates = {}
        for loader in ("create", "push"):
            found = measured(loader, case.path)
            rates[loader] = found["rows"] / found["seconds"]
            print(
                f"{loader}: {found['rows']:,} nodes and relationships in {found['seconds']:.0f} s, "
                f"{rates[loader]:,.0f} a second; memory {found['before']:.0f} MB before, {found['peak']:.0f} at most",
                flush=True,
            )
        print(f"push reaches {rates['push'] / rates['create']:.2f} of plain CREATE")


if __name__ == "__main__":
    main()
