"""Filling a real Neo4j: what is there afterwards, done twice, changed, interrupted, and beside what is not ours."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.errors import StoreError
from graphkit.store import batches, bolt
from graphkit.store.batches import Links, Nodes
from graphkit.store.bolt import Graph
from graphkit.store.projection import projection
from graphkit.store.push import About, Pushed, held_by, push
from tests.servers.neo4j import Server

Frames = Mapping[str, pl.DataFrame]
ABOUT = About("harbour", "r1", "c1", "case", {"as_of": date(2026, 6, 30), "regime": "ias24"})


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def door(empty_neo4j: Server) -> Iterator[Graph]:
    with Graph.connect(empty_neo4j.uri, empty_neo4j.user, empty_neo4j.password) as graph:
        yield graph


@pytest.fixture
def server(empty_neo4j: Server) -> Server:
    """The server without rows; that constraints are made is the claim of the first test alone."""
    empty_neo4j.clear()
    return empty_neo4j


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many steps also in a tiny market."""
    monkeypatch.setattr(batches, "ROWS", 20)


def pushed(graph: Graph, tables: Frames, results: Frames, about: About = ABOUT, **more: Any) -> Pushed:
    return push(graph, lambda: projection(tables, results), about, more.pop("progress", silent), **more)


def held(server: Server) -> dict[str, list[Any]]:
    """Everything in the database by business keys: nodes with labels and properties, relationships with their ends."""
    with server.driver() as driver, driver.session() as session:
        nodes = session.run("MATCH (n) RETURN labels(n) AS labels, properties(n) AS facts, elementId(n) AS id").data()
        links = session.run(
            "MATCH (a)-[r]->(b) RETURN elementId(a) AS a, type(r) AS type, properties(r) AS facts, elementId(b) AS b"
        ).data()
    names = {node["id"]: (tuple(sorted(node["labels"])), repr(sorted(node["facts"].items()))) for node in nodes}
    return {
        "nodes": sorted(names.values()),
        "links": sorted(
            (names[link["a"]], link["type"], repr(sorted(link["facts"].items())), names[link["b"]]) for link in links
        ),
    }


def counts(tables: Frames, results: Frames) -> tuple[int, int]:
    sizes = [(isinstance(batch, Nodes), batch.frame.height) for batch in projection(tables, results)]
    return sum(n for is_node, n in sizes if is_node), sum(n for is_node, n in sizes if not is_node)


def test_the_server_is_a_real_neo4j(server: Server) -> None:
    with server.driver() as driver:
        (kernel,) = driver.execute_query(
            "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' RETURN versions, edition"
        ).records
    assert kernel["edition"] in ("community", "enterprise")
    assert kernel["versions"][0].split(".")[0] >= "5"


def test_a_push_writes_every_row_once_and_says_what_it_wrote(server: Server, door: Graph, tiny: Any) -> None:
    nodes, links = counts(tiny.tables, tiny.results)
    assert pushed(door, tiny.tables, tiny.results) == Pushed(nodes + links, nodes + links, 0)
    found = held(server)
    # the one node more says what was pushed
    assert (len(found["nodes"]), len(found["links"])) == (nodes + 1, links)
    says = held_by(door)
    assert says is not None
    assert (says["case_name"], says["run_id"], says["scope"], says["is_complete"]) == ("harbour", "r1", "case", True)
    assert (says["as_of"], says["regime"]) == (date(2026, 6, 30), "ias24")
    with server.driver() as driver:
        names = driver.execute_query("SHOW CONSTRAINTS YIELD name").records
        states = driver.execute_query("SHOW INDEXES YIELD state RETURN DISTINCT state").records
    assert {"party_key", "vehicle_key", "finding_key", "run_key", "push_key"} <= {record["name"] for record in names}
    assert [record["state"] for record in states] == ["ONLINE"]


def test_every_property_of_every_row_arrives(server: Server, door: Graph, tiny: Any) -> None:
    pushed(door, tiny.tables, tiny.results)
    for batch in projection(tiny.tables, tiny.results):
        rows = [{name: value for name, value in row.items() if value is not None} for row in batch.frame.to_dicts()]
        if not rows:
            continue
        if isinstance(batch, Nodes):
            text = f"MATCH (n:{':'.join(batch.labels)}) WHERE size(labels(n)) = {len(batch.labels)} RETURN n AS facts"
            wanted = rows
        else:
            a, b = batch.start, batch.end
            text = (
                f"MATCH (a:{a.label})-[r:{batch.type}]->(b:{b.label}) "
                f"RETURN r {{.*, {a.column}: a.{a.key}, {b.column}: b.{b.key}}} AS facts"
            )
            wanted = rows
        with server.driver() as driver:
            got = [record["facts"] for record in driver.execute_query(text).records]
        plain = [{key: getattr(v, "to_native", lambda v=v: v)() for key, v in facts.items()} for facts in got]
        assert sorted(map(repr, map(sorted_items, plain))) == sorted(map(repr, map(sorted_items, wanted))), batch.what


def sorted_items(facts: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(facts.items())


def test_pushed_twice_nothing_changes(server: Server, door: Graph, tiny: Any) -> None:
    total = pushed(door, tiny.tables, tiny.results).rows
    before = held(server)
    assert pushed(door, tiny.tables, tiny.results) == Pushed(total, 0, 0)
    assert held(server) == before
    # also where every row is written again
    again = pushed(door, tiny.tables, tiny.results, replace=True)
    assert (again.written, again.removed) == (total, 0)
    assert held(server) == before


def test_a_changed_case_leaves_nothing_of_the_old_one(server: Server, door: Graph, tiny: Any) -> None:
    # of two payments between the same two parties one is no more
    payments = tiny.tables["payments"]
    again = payments.filter(pl.col("payment_id") == "Y1").with_columns(payment_id=pl.lit("Y9"), row_key=pl.lit("Y9"))
    pushed(door, {**tiny.tables, "payments": pl.concat([payments, again])}, tiny.results)
    tables = dict(tiny.tables)
    tables["sales"] = (
        tables["sales"]
        .filter(pl.col("sale_id") != "R7")
        .with_columns(buyer_id=pl.when(pl.col("sale_id") == "R6").then(pl.lit("C03")).otherwise("buyer_id"))
    )
    tables["parties"] = tables["parties"].with_columns(
        roles=pl.when(pl.col("party_id") == "D01").then(pl.lit("exporter")).otherwise("roles"),
        city=pl.when(pl.col("party_id") == "D01").then(None).otherwise("city"),
    )
    tables["ownership"] = tables["ownership"].filter(pl.col("owned_id") != "C02")
    results = tiny.results | {name: tiny.results[name].clear() for name in ("clusters", "cluster_members")}
    done = pushed(door, tables, results, About("harbour", "r2", "c2", "case"))
    # the sale with its three ends, the other sale's old buyer, a holding, a payment, the cluster with its members
    assert done.removed == (1 + 3) + 1 + 1 + 1 + (1 + 3)
    changed = held(server)
    server.clear()
    pushed(door, tables, results, About("harbour", "r2", "c2", "case"))
    assert changed == held(server)


def test_what_others_keep_under_their_own_names_stays(server: Server, door: Graph, tiny: Any) -> None:
    with server.driver() as driver:
        driver.execute_query("CREATE (:Person {name: 'x'})-[:OWNS]->(:Dog {name: 'y'})")
        pushed(door, tiny.tables, tiny.results)
        driver.execute_query("MATCH (d:Party {party_id: 'D01'}) CREATE (:Note {text: 'seen on site'})-[:NOTES]->(d)")
        pushed(door, tiny.tables, tiny.results, About("harbour", "r2", "c2", "case"))
        mine = "MATCH (:Dog)<-[:OWNS]-(:Person), (n:Note)-[:NOTES]->(:Party {party_id: 'D01'}) RETURN n.text AS text"
        assert [record["text"] for record in driver.execute_query(mine).records] == ["seen on site"]


def test_what_is_not_ours_is_not_overwritten(server: Server, door: Graph, tiny: Any) -> None:
    with server.driver() as driver:
        driver.execute_query("CREATE (:Party {party_id: 'D01', name: 'mine'})")
    before = held(server)
    with pytest.raises(StoreError, match=r"holds 1 Party nodes that graphkit did not write: .*--replace"):
        pushed(door, tiny.tables, tiny.results)
    assert held(server) == before
    pushed(door, tiny.tables, tiny.results, replace=True)
    with pytest.raises(StoreError, match="holds the case 'harbour': name another database"):
        pushed(door, tiny.tables, tiny.results, About("inland", "r1", "c3", "case"))
    pushed(door, {}, {}, About("inland", "r1", "c3", "case"), replace=True)
    assert [labels for labels, _ in held(server)["nodes"]] == [("Push",)]


def test_rows_that_somebody_took_away_are_written_again(server: Server, door: Graph, tiny: Any) -> None:
    total = pushed(door, tiny.tables, tiny.results).rows
    before = held(server)
    with server.driver() as driver:
        driver.execute_query("MATCH (:Party)-[r:OWNS]->() DELETE r")
    assert pushed(door, tiny.tables, tiny.results).written == total
    assert held(server) == before


def test_two_pushes_at_once_double_nothing(server: Server, door: Graph, tiny: Any) -> None:
    pushed(door, tiny.tables, tiny.results)
    wanted = held(server)
    server.clear()
    failed: list[BaseException] = []
    together = threading.Barrier(2)

    def one() -> None:
        started = iter([together.wait])

        def progress(what: str, done: int, total: int) -> None:
            # both have looked and found nothing there when they begin to write
            if done:
                for wait in started:
                    wait(60)

        try:
            with Graph.connect(server.uri, server.user, server.password) as graph:
                pushed(graph, tiny.tables, tiny.results, progress=progress)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert held(server) == wanted


class Interrupted:
    """Progress that calls ``act`` once, when ``at`` rows are written."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        self._at, self._act = at, act

    def __call__(self, what: str, done: int, total: int) -> None:
        if done >= self._at:
            act, self._act = self._act, lambda: None
            act()


@pytest.fixture
def own_server(neo4j_server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.kill()


def test_a_server_killed_in_the_middle_is_filled_whole_by_the_next_push(
    own_server: Server, server: Server, door: Graph, tiny: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(door, tiny.tables, tiny.results)
    wanted = held(server)
    monkeypatch.setattr(bolt, "SECONDS_TO_RETRY", 3.0)
    dropped = pytest.raises(StoreError, match="dropped: do the same again, it goes on from there")
    with Graph.connect(own_server.uri, own_server.user, own_server.password) as graph, dropped:
        pushed(graph, tiny.tables, tiny.results, progress=Interrupted(150, own_server.kill))
    own_server.start()
    with Graph.connect(own_server.uri, own_server.user, own_server.password) as graph:
        says = held_by(graph)
        assert says is not None
        assert 150 <= says["done"] < says["total"]
        assert not says["is_complete"]
        total = says["total"]
        # it goes on by itself where the server is back in time
        monkeypatch.setattr(bolt, "SECONDS_TO_RETRY", 60.0)

        def restart() -> None:
            own_server.kill()
            own_server.start()

        done = pushed(graph, tiny.tables, tiny.results, progress=Interrupted(total - 40, restart))
        assert done.written == total - says["done"]
    assert held(own_server) == wanted


def test_only_what_findings_touch(server: Server, door: Graph, tiny: Any) -> None:
    from graphkit.store.scope import touched

    tables, results = touched(tiny.tables, tiny.results)
    pushed(door, tables, results, About("harbour", "r1", "c9", "findings"))
    ids = door.run("MATCH (v:Vehicle) RETURN v.vin AS id ORDER BY id")["id"].to_list()
    assert ids == ["LSAMP000000000006"]
    parties = door.run("MATCH (p:Party) RETURN p.party_id AS id ORDER BY id")["id"].to_list()
    # the flagged car's dealer, buyer, maker and insurer; the cluster's members; the owner behind them
    assert parties == ["C01", "D01", "I01", "M01", "P9"]
    sales = door.run("MATCH (s:Sale) RETURN s.sale_id AS id ORDER BY id")["id"].to_list()
    assert sales == ["R6", "W6"]
    owned = door.run("MATCH (a:Party)-[:OWNS]->(b:Party) RETURN a.party_id + b.party_id AS id ORDER BY id")
    assert owned["id"].to_list() == ["P9C01", "P9D01"]


def test_links_are_told_apart_by_their_ends_and_key(tiny: Any) -> None:
    for batch in projection(tiny.tables, tiny.results):
        if isinstance(batch, Links):
            keys = [batch.start.column, batch.end.column, *([batch.key] if batch.key else [])]
        else:
            keys = [batch.key]
        assert not batch.frame.select(keys).is_duplicated().any(), batch.what
        assert not batch.frame.select(keys).null_count().sum_horizontal().item(), batch.what
