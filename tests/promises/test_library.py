"""The query library on the demo market: both engines answer alike, and every twin counts what its detector flags."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import neo4j
import polars as pl
import pytest

from graphkit import Case
from graphkit.case.asking import Questions, listing
from graphkit.detectors import DETECTORS
from graphkit.queries import GROUP_OF_TWINS, bind, library
from graphkit.simulate import simulate, write
from graphkit.tables.reference import cypher_folder
from tests.promises.markets.comparison import counted_by_unit, first_difference, flagged_by_unit, rows_of
from tests.servers.neo4j import Server

EARLIER = date(2025, 6, 30)
TIMEOUT = 120.0
"""Seconds: this is about rows, and several may share the machine."""

Engines = Mapping[str, Questions]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The demo market in a case with two runs."""
    folder = tmp_path_factory.mktemp("demo")
    case = Case.new(folder / "case")
    case.import_files(write(simulate(), folder / "market"))
    case.run(as_of=EARLIER)
    case.run()
    return case


@pytest.fixture(scope="module")
def embedded(demo: Case) -> Iterator[Questions]:
    with demo.questions() as questions:
        yield questions


@pytest.fixture(scope="module")
def pushed(demo: Case, empty_neo4j: Server) -> Server:
    """The server with the demo market."""
    demo.push(empty_neo4j.uri, (empty_neo4j.user, empty_neo4j.password))
    return empty_neo4j


@pytest.fixture(scope="module")
def engines(demo: Case, embedded: Questions, pushed: Server) -> Iterator[Engines]:
    with demo.on_server(pushed.uri, (pushed.user, pushed.password)) as server:
        assert not server.notes
        yield {"embedded": embedded, "Neo4j": server}


@pytest.fixture(scope="module")
def session(pushed: Server) -> Iterator[neo4j.Session]:
    """A plain session of the driver, which tells of everything that the server notes."""
    with pushed.driver() as driver, driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
        yield session


@pytest.mark.parametrize("name", library())
def test_a_query_gives_the_same_rows_on_both_engines(name: str, engines: Engines) -> None:
    query = library()[name]
    for given, is_empty in ((query.demo, False), (query.empty, True)):
        embedded, server = (questions.ask(name, given, timeout=TIMEOUT) for questions in engines.values())
        assert embedded.is_empty() == is_empty, f"{dict(given)} gave {embedded.height} rows"
        assert embedded.columns == [column.name for column in query.returns]
        parted = first_difference(rows_of(server), rows_of(embedded))
        assert not parted, f"Neo4j and the embedded engine gave {parted}"


@pytest.mark.parametrize("name", library())
def test_a_server_takes_a_query_without_a_word(name: str, session: neo4j.Session, embedded: Questions) -> None:
    query = library()[name]
    params = bind(query, query.demo, embedded.known)
    summary = session.run("PROFILE " + query.text, params).consume()
    assert not _notes(summary), "\n".join(f"{code}: {what}" for code, what in _notes(summary))
    operators = _operators(summary.profile)
    assert operators
    assert "AllNodesScan" not in operators
    if any(param.required and param.name.endswith("_id") for param in query.params):
        assert "CartesianProduct" not in operators


def test_the_server_would_have_spoken(session: neo4j.Session) -> None:
    summary = session.run("PROFILE MATCH (a:Partei), (b) RETURN id(a) AS x ORDER BY x LIMIT 1").consume()
    # a cartesian product, an unknown label, a deprecated function
    assert {"03N90", "01N50", "01N02"} <= {code for code, _ in _notes(summary)}
    assert {"AllNodesScan", "CartesianProduct"} <= _operators(summary.profile)


@pytest.mark.parametrize("detector", [detector.id for detector in DETECTORS])
def test_a_twin_counts_what_the_detector_flags(detector: str, engines: Engines, demo: Case) -> None:
    flagged = flagged_by_unit(demo.frame("hits"), detector)
    assert flagged
    for name, questions in engines.items():
        parted = first_difference(flagged, counted_by_unit(questions.ask(detector, {}, timeout=TIMEOUT)))
        assert not parted, f"Python and {name} gave {parted}"


def test_every_detector_has_its_twin_and_every_kind_of_question_is_listed() -> None:
    twins = {query.name for query in library().values() if query.folder == "detect"}
    assert twins == {detector.id for detector in DETECTORS}
    assert len(library()) - len(twins) >= 40
    groups = {folder.name.replace("_", " ") for folder in (cypher_folder() / "explore").iterdir()}
    assert set(listing()["group"]) == {*groups, GROUP_OF_TWINS}
    assert listing()["name"].to_list() == list(library())
    assert listing().filter(pl.col("group").is_in(sorted(groups))).height == len(library()) - len(twins)


def _notes(summary: neo4j.ResultSummary) -> list[tuple[str, str]]:
    """What the server notes of a statement: code and description."""
    return [(note.gql_status, note.status_description) for note in summary.gql_status_objects if note.is_notification]


def _operators(plan: Mapping[str, Any] | None) -> set[str]:
    """The operators of a plan by name: the server writes AllNodesScan@neo4j."""
    if plan is None:
        return set()
    return {str(plan["operatorType"]).partition("@")[0]}.union(*map(_operators, plan.get("children", [])))
