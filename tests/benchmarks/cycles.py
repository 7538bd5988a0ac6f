"""How fast cycles and components are found, each against a named peer in the same run.

``python -m tests.benchmarks.cycles`` runs all measurements, with names only those: ``duckdb`` (cycles of four edges at
most against self-joins), ``networkx`` (static cycles), ``components`` (against scipy and igraph), ``neo4j`` (the same
question in Cypher on a server of its own), ``market`` (a million sales within seven days) and ``country`` (ten million
within thirty days). Each runs in a process of its own, so that the peak memory printed is that of one. Graphs are made
from a seed: *messages* come in bursts between few people, a *market* has makers, dealers that also sell to one another,
and customers of whom some give back an old car.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb
import networkx as nx
import numpy as np
import polars as pl

from graphkit.algorithms import simple_cycles, temporal_cycles
from graphkit.algorithms.components import components

DAYS = 1_500
T = TypeVar("T")


def messages(edges: int, people: int, seconds: int, seed: int = 6) -> pl.DataFrame:
    """source, target, time: a burst is a few answers to and fro within some minutes; the busy write most."""
    rng = np.random.default_rng(seed)
    bursts = edges // 4
    weight = 1 / np.arange(1, people + 1) ** 0.6
    one, other = (rng.choice(people, bursts, p=weight / weight.sum()) for _ in range(2))
    begin = rng.integers(0, seconds, bursts)
    turn = rng.random((4, bursts)) < 0.4
    late = rng.exponential(120, (4, bursts)).astype(np.int64).cumsum(axis=0)
    frame = pl.DataFrame(
        {
            "source": np.where(turn, other, one).ravel(),
            "target": np.where(turn, one, other).ravel(),
            "time": (begin + late).ravel(),
        }
    )
    return frame.filter(pl.col("source") != pl.col("target"))


def market(sales: int, seed: int = 6) -> pl.DataFrame:
    """source, target, time (days): 30 makers, a dealer for 250 sales.

    Of the sales 40 % go to dealers, 45 % to customers; 7 % are old cars that a customer gives back within days of a
    purchase; 8 % go between dealers near one another, half of these answer such a sale, after ten days on average.
    """
    rng = np.random.default_rng(seed)
    makers, dealers = 30, max(10, sales // 250)
    counts = [sales * part // 100 for part in (40, 45, 7, 4, 4)]
    day = [rng.integers(0, DAYS, count) for count in counts]
    weight = 1 / np.arange(1, dealers + 1) ** 0.4
    dealer = [rng.choice(dealers, count, p=weight / weight.sum()) for count in counts]
    customer = dealers + rng.integers(0, sales // 2, counts[1])
    back, answered = rng.integers(0, counts[1], counts[2]), rng.integers(0, counts[3], counts[4])
    near = (dealer[3] + rng.geometric(0.2, counts[3])) % dealers
    parts = [
        (dealers + sales // 2 + rng.integers(0, makers, counts[0]), dealer[0], day[0]),
        (dealer[1], customer, day[1]),
        (customer[back], dealer[1][back], day[1][back] + rng.integers(-2, 3, counts[2])),
        (dealer[3], near, day[3]),
        (near[answered], dealer[3][answered], day[3][answered] + rng.exponential(10, counts[4]).astype(np.int64)),
    ]
    source, target, time_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    frame = pl.DataFrame({"source": source, "target": target, "time": time_of})
    return frame.filter(pl.col("source") != pl.col("target")).sample(fraction=1, shuffle=True, seed=seed)


def timed(task: Callable[[], T]) -> tuple[T, float]:
    """What a task gives, and the seconds it takes."""
    started = time.perf_counter()
    found = task()
    return found, time.perf_counter() - started


def worked(task: Callable[[], T]) -> tuple[T, float]:
    """What a task gives, and the seconds of processor it takes: for tasks that all use one."""
    started = time.process_time()
    found = task()
    return found, time.process_time() - started


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def total(counts: pl.DataFrame) -> int:
    """All cycles of all lengths."""
    return int(counts["cycles"].sum())


def compiled() -> None:
    """Compile once, or read what was compiled before, outside the measurements."""
    temporal_cycles([0, 1], [1, 0], [0, 1], window=1, count_only=True)


def self_joins(edges: pl.DataFrame, window: int, most: int) -> int:
    """The peer: as many joins as edges, in SQL."""
    counts = 0
    with duckdb.connect() as base:
        base.register("edges", edges)
        base.execute("CREATE TABLE e AS SELECT * FROM edges")
        for length in range(2, most + 1):
            joins = [
                f"JOIN e e{i} ON e{i}.source = e{i - 1}.target AND e{i}.time > e{i - 1}.time "
                f"AND e{i}.time <= e1.time + {window}" + (f" AND e{i}.target = e1.source" if i == length else "")
                for i in range(2, length + 1)
            ]
            apart = [f"e{i}.source <> e{j}.source" for i in range(3, length + 1) for j in range(1, i - 1)]
            where = f" WHERE {' AND '.join(apart)}" if apart else ""
            counts += base.execute(f"SELECT count(*) FROM e e1 {' '.join(joins)}{where}").fetchone()[0]  # type: ignore[index]
    return counts


def against_duckdb() -> None:
    """Bounded temporal cycles against self-joins."""
    compiled()
    for name, edges, window in (
        ("messages", messages(200_000, 2_000, 30 * 86_400), 6 * 3_600),
        ("market", market(400_000), 30),
    ):
        columns = (edges["source"], edges["target"], edges["time"])
        ours, seconds = timed(
            lambda columns=columns, window=window: temporal_cycles(
                *columns, window=window, max_length=4, count_only=True
            )
        )
        theirs, peer = timed(lambda edges=edges, window=window: self_joins(edges, window, 4))
        assert total(ours) == theirs, (ours, theirs)
        print(
            f"{name}, {edges.height:,} edges, k <= 4: {theirs:,} cycles in {seconds:.2f} s; "
            f"DuckDB {peer:.2f} s, {peer / seconds:.1f} times as long",
            flush=True,
        )


def against_networkx() -> None:
    """Static simple cycles against networkx."""
    simple_cycles([0, 1], [1, 0], count_only=True)
    rng = np.random.default_rng(6)
    for nodes, edges, most in ((60, 150, None), (500, 2_000, 6)):
        pairs = np.unique(rng.integers(0, nodes, (edges, 2)), axis=0)
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        ours, seconds = timed(
            lambda pairs=pairs, most=most: simple_cycles(pairs[:, 0], pairs[:, 1], max_length=most, count_only=True)
        )
        graph = nx.DiGraph(pairs.tolist())
        theirs, peer = timed(lambda graph=graph, most=most: sum(1 for _ in nx.simple_cycles(graph, length_bound=most)))
        assert total(ours) == theirs, (ours, theirs)
        print(
            f"static, {len(pairs):,} edges, at most {most or 'any number of'} edges: {theirs:,} cycles in "
            f"{seconds:.3f} s; networkx {peer:.2f} s, {peer / seconds:.0f} times as long",
            flush=True,
        )


def components_against_scipy_and_igraph() -> None:
    """Components of ten million edges."""
    import igraph
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    components(2, np.array([0]), np.array([1]))
    rng = np.random.default_rng(6)
    nodes, edges = 5_000_000, 10_000_000
    source, target = rng.integers(0, nodes, (2, edges))
    ours, seconds = worked(lambda: components(nodes, source, target))

    def scipy_labels() -> np.ndarray:
        matrix = csr_array((np.ones(edges, dtype=np.bool_), (source, target)), shape=(nodes, nodes))
        return connected_components(matrix, directed=False)[1]

    theirs, peer = worked(scipy_labels)
    assert len(np.unique(ours)) == theirs.max() + 1
    graph, building = worked(lambda: igraph.Graph(nodes, np.column_stack([source, target])))
    groups, other = worked(lambda: graph.connected_components(mode="weak"))
    assert len(groups) == theirs.max() + 1
    print(
        f"components of {edges:,} edges: {seconds:.2f} s of processor; scipy {peer:.2f} s, {peer / seconds:.1f} times "
        f"as long; igraph {other:.2f} s, {other / seconds:.1f} times, and {building:.2f} s to build its graph",
        flush=True,
    )


CYPHER = """
CYPHER 5
MATCH p = (a:V)((x)-[e:E]->(y)){{2,{most}}}(a)
WHERE all(i IN range(0, size(e) - 2) WHERE e[i].time < e[i + 1].time)
  AND e[size(e) - 1].time - e[0].time <= $window
  AND all(i IN range(0, size(x) - 2) WHERE NOT x[i] IN x[i + 1 ..])
RETURN count(*) AS cycles
"""


def against_neo4j() -> None:
    """The same question in Cypher, on a graph that is small enough for it."""
    from tests.servers.neo4j import Server

    compiled()
    edges, window, most = messages(2_000, 600, 30 * 86_400), 86_400, 4
    columns = (edges["source"], edges["target"], edges["time"])
    ours, seconds = timed(lambda: temporal_cycles(*columns, window=window, max_length=most, count_only=True))
    with tempfile.TemporaryDirectory() as home:
        server = Server(Path(home))
        server.start()
        try:
            with server.driver() as driver, driver.session() as session:
                session.run("CREATE INDEX FOR (v:V) ON (v.number)").consume()
                session.run("UNWIND range(0, 599) AS n CREATE (:V {number: n})").consume()
                session.run("CALL db.awaitIndexes()").consume()
                session.run(
                    "UNWIND $rows AS r MATCH (a:V {number: r.source}), (b:V {number: r.target}) "
                    "CREATE (a)-[:E {time: r.time}]->(b)",
                    rows=edges.to_dicts(),
                ).consume()
                theirs, peer = timed(
                    lambda: session.run(CYPHER.format(most=most), window=window).single(strict=True)["cycles"]
                )
        finally:
            server.kill()
    assert total(ours) == theirs, (ours, theirs)
    print(
        f"messages, {edges.height:,} edges, k <= {most}: {theirs:,} cycles in {seconds:.4f} s; Neo4j {peer:.2f} s, "
        f"{peer / seconds:,.0f} times as long",
        flush=True,
    )


def _counted(name: str, sales: int, window: int, most: int | None) -> None:
    compiled()
    edges = market(sales)
    columns = (edges["source"], edges["target"], edges["time"])
    before = peak()
    found, seconds = timed(lambda: temporal_cycles(*columns, window=window, max_length=most, count_only=True))
    print(
        f"{name}: {edges.height:,} sales, window {window} days, at most {most or 'any number of'} edges: "
        f"{found.rows()} in {seconds:.2f} s, {peak():,.0f} MB at most ({before:,.0f} MB before)",
        flush=True,
    )


def one_market() -> None:
    """A million sales, seven days."""
    _counted("market", 1_000_000, 7, 6)
    _counted("market", 1_000_000, 7, None)


def a_country() -> None:
    """Ten million sales, thirty days."""
    _counted("country", 10_000_000, 30, 6)


TASKS = {
    "duckdb": against_duckdb,
    "networkx": against_networkx,
    "components": components_against_scipy_and_igraph,
    "neo4j": against_neo4j,
    "market": one_market,
    "country": a_country,
}


def main() -> None:
    """The named measurements, or all, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*TASKS, []], default=[])
    names = parser.parse_args().names
    if len(names) == 1:
        TASKS[names[0]]()
        return
    for name in names or TASKS:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.cycles", name], check=True)


if __name__ == "__main__":
    main()
