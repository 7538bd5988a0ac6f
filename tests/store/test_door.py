"""The investigators' door on both engines: what it refuses, what the engines hold by themselves, what it stops."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graphkit.errors import QueryError, StoreError
from graphkit.store.bolt import Graph
from graphkit.store.projection import projection
from tests.servers.neo4j import Server
from tests.store.soon import soon
from tests.store.test_vetting import HIDDEN, HONEST, OTHERS, WRITES

ENGINES = ("embedded", "neo4j")
SLOW = "UNWIND range(1, 100000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS n"
# one expression, in which neither engine listens to anybody; seconds to minutes by its bounds
DEAF = "RETURN reduce(s = 0, x IN range(1, {n}) | s + reduce(t = 0, y IN range(1, 5000) | t + y * x % 7)) AS n"
ENDLESS = "MATCH (a), (b), (c), (d), (e) RETURN a.vin AS a, b.vin AS b"

RUNNING = "SHOW TRANSACTIONS YIELD currentQuery, status WHERE NOT currentQuery CONTAINS 'SHOW' RETURN currentQuery"


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def doors(graph: Graph, tiny: Any, empty_neo4j: Server) -> Iterator[Mapping[str, Graph]]:
    with Graph.connect(empty_neo4j.uri, empty_neo4j.user, empty_neo4j.password) as server:
        server.load(projection(tiny.tables, tiny.results), silent)
        yield {"embedded": graph, "neo4j": server}


def content(graph: Graph) -> str:
    """Everything that the graph holds, as one number."""
    nodes = graph.run("MATCH (n) RETURN labels(n) AS labels, properties(n) AS held")
    links = graph.run("MATCH (a)-[r]->(b) RETURN type(r) AS type, properties(r) AS held, a.name AS a, b.name AS b")
    rows = [json.dumps([sorted(json.loads(row[0])), row[1]]) for row in nodes.rows()]
    rows += [json.dumps(row) for row in links.rows()]
    return f"{graph.counts()} {hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()}"


def running(graph: Graph) -> list[str]:
    return graph.run(RUNNING).to_dict(as_series=False).get("currentQuery", [])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", sorted(WRITES | OTHERS | HIDDEN))
def test_the_door_refuses_by_name(doors: Mapping[str, Graph], engine: str, text: str) -> None:
    with pytest.raises(QueryError) as refused:
        doors[engine].ask(text)
    assert (WRITES | OTHERS | HIDDEN)[text] in str(refused.value)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", sorted(WRITES))
def test_the_engine_refuses_to_write_by_itself(doors: Mapping[str, Graph], engine: str, text: str) -> None:
    with pytest.raises(QueryError, match="refused"):
        doors[engine].run(text)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_changes_whatever_is_asked(doors: Mapping[str, Graph], engine: str) -> None:
    door = doors[engine]
    before = content(door)
    for text in sorted(WRITES | OTHERS | HIDDEN):
        with suppress(QueryError):
            door.ask(text)
    for text in sorted(WRITES):
        with suppress(QueryError):
            door.run(text)
    assert content(door) == before


HARMLESS = ("EXPLAIN", "PROFILE", "CYPHER runtime")
"""Prefixes of a text that reads: refused by name, but no harm where they are not."""


@pytest.mark.parametrize("text", sorted(text for text in WRITES | OTHERS if text and not text.startswith(HARMLESS)))
def test_the_servers_own_parser_is_asked_as_well(
    doors: Mapping[str, Graph], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """As if the vetting of the text had overlooked it: functions, for which a plan has no step, do not exist here."""
    monkeypatch.setattr("graphkit.store.bolt.vet", lambda text: None)
    with pytest.raises(QueryError):
        doors["neo4j"].ask(text)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", HONEST)
def test_honest_texts_run(doors: Mapping[str, Graph], engine: str, text: str) -> None:
    answer = doors[engine].ask(text, {"delete": 1})
    assert not answer.is_cut
    assert answer.frame.height


def test_a_text_is_asked_where_writing_is_held_only(graph: Graph, store_folder: Path) -> None:
    word = json.loads((store_folder / "server" / "door.json").read_text(encoding="utf-8"))
    with (
        Graph.connect(word["uri"], word["user"], word["password"], database="graph") as foreign,
        pytest.raises(StoreError, match="on the embedded store or on a Neo4j"),
    ):
        foreign.ask("RETURN 1 AS x")


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_beyond_the_limit_are_cut_and_said(doors: Mapping[str, Graph], tiny: Any, engine: str) -> None:
    cars = tiny.tables["vehicles"].height
    text = "MATCH (v:Vehicle) RETURN v.vin AS vin ORDER BY vin"
    answer = doors[engine].ask(text, limit=5)
    assert (answer.frame["vin"].to_list(), answer.is_cut) == ([f"LSAMP000000000{n:03d}" for n in range(1, 6)], True)
    whole = doors[engine].ask(text, limit=cars)
    assert (whole.frame.height, whole.is_cut) == (cars, False)
    # a limit never reaches into what is counted
    assert doors[engine].ask("MATCH (v:Vehicle) RETURN count(v) AS n", limit=1).frame["n"].to_list() == [cars]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_cut_is_not_fetched_and_runs_no_longer(doors: Mapping[str, Graph], engine: str) -> None:
    started = time.monotonic()
    answer = doors[engine].ask(ENDLESS, limit=10)
    assert (answer.frame.height, answer.is_cut) == (10, True)
    assert time.monotonic() - started < 10
    assert soon(lambda: running(doors[engine]) == [])


@pytest.mark.parametrize("engine", ENGINES)
def test_an_answer_holds_its_nodes_and_relationships_once(doors: Mapping[str, Graph], engine: str) -> None:
    text = (
        "MATCH p = (o:Party {party_id: 'P9'})-[r:OWNS]->(c:Party) "
        "RETURN p, [r] AS links, {owner: o} AS held, c.party_id AS id ORDER BY id"
    )
    answer = doors[engine].ask(text)
    nodes, links = answer.elements.nodes, answer.elements.links
    assert [node["properties"]["party_id"] for node in nodes] == ["P9", "C01", "C02", "D01"]
    assert {tuple(sorted(node)) for node in nodes} == {("element_id", "labels", "properties")}
    assert nodes[-1]["labels"] == ["Dealer", "Exporter", "Party"]
    ids = {node["element_id"]: node["properties"]["party_id"] for node in nodes}
    assert [(link["type"], ids[link["start"]], ids[link["end"]]) for link in links] == [
        ("OWNS", "P9", "C01"),
        ("OWNS", "P9", "C02"),
        ("OWNS", "P9", "D01"),
    ]
    assert len({link["element_id"] for link in links}) == 3
    assert links[0]["properties"]["valid_from"] == date(2025, 3, 1)
    # what is cut away is not among them
    assert len(doors[engine].ask(text, limit=1).elements.links) == 1
    assert doors[engine].ask("RETURN 1 AS x").elements.nodes == []


@pytest.mark.parametrize("engine", ENGINES)
def test_every_kind_of_value_fits_the_table(doors: Mapping[str, Graph], engine: str) -> None:
    text = (
        "UNWIND [1, 'a'] AS mixed RETURN mixed, null AS nothing, duration('P1DT2H') AS span, "
        "date('2025-01-02') AS day, localtime('10:00') AS hour, [1, [2]] AS list, {a: 1} AS map, "
        "point({x: 1.0, y: 2.0}) AS point"
    )
    first, second = doors[engine].ask(text).frame.to_dicts()
    assert (first["mixed"], second["mixed"]) == ("1", "a")
    assert first["nothing"] is None
    assert first["span"] == "P1DT2H"
    assert first["day"] == date(2025, 1, 2)
    assert str(first["hour"]) == "10:00:00"
    assert (first["list"], first["map"], first["point"]) == ("[1, [2]]", '{"a": 1}', "[1.0, 2.0]")


@pytest.mark.parametrize("engine", ENGINES)
def test_parameters_are_values_not_text(doors: Mapping[str, Graph], engine: str) -> None:
    given = "D01'}) DETACH DELETE n //"
    assert doors[engine].ask("RETURN $x AS x", {"x": given}).frame["x"].to_list() == [given]
    with pytest.raises(QueryError, match="missing"):
        doors[engine].ask("RETURN $missing AS x")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_late_query_is_stopped_and_not_only_left(doors: Mapping[str, Graph], engine: str) -> None:
    started = time.monotonic()
    with pytest.raises(StoreError, match="longer than 1 second"):
        doors[engine].ask(SLOW, timeout=1)
    assert time.monotonic() - started < 10
    assert soon(lambda: running(doors[engine]) == [])
    assert doors[engine].ask("RETURN 1 AS x").frame["x"].to_list() == [1]


ASKING = """
import json, sys
from graphkit.store.bolt import Graph
uri, user, password, database, is_engine, text = json.loads(sys.stdin.readline())
with Graph.connect(uri, user, password, database=database, abort=(lambda: None) if is_engine else None) as graph:
    print("asking", flush=True)
    try:
        graph.ask(text, timeout=60)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""
"""A command of its own: an interrupt reaches the main thread of a process only."""


@pytest.mark.parametrize("engine", ENGINES)
def test_an_interrupt_stops_the_query_too(
    doors: Mapping[str, Graph], neo4j_server: Server, store_folder: Path, engine: str
) -> None:
    word = json.loads((store_folder / "server" / "door.json").read_text(encoding="utf-8"))
    door = {
        "neo4j": (neo4j_server.uri, neo4j_server.user, neo4j_server.password, None, False, SLOW),
        "embedded": (word["uri"], word["user"], word["password"], "graph", True, SLOW),
    }[engine]
    command = [sys.executable, "-c", ASKING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdin is not None
        assert asking.stdout is not None
        asking.stdin.write(json.dumps(door) + "\n")
        asking.stdin.flush()
        assert asking.stdout.readline() == "asking\n"
        assert soon(lambda: running(doors[engine]) != [])
        asking.send_signal(signal.SIGINT)
        assert asking.stdout.readline() == "interrupted\n"
    assert soon(lambda: running(doors[engine]) == [])


def test_a_server_that_does_not_listen_is_left(doors: Mapping[str, Graph]) -> None:
    started = time.monotonic()
    with pytest.raises(StoreError, match="longer than 1 second"):
        doors["neo4j"].ask(DEAF.format(n=30_000), timeout=1)
    assert time.monotonic() - started < 15
    assert doors["neo4j"].ask("RETURN 1 AS x").frame["x"].to_list() == [1]
