"""The query library on the demo market: both engines answer alike, and every twin counts what its detector flags."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from functools import partial
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
from tests.promises.at_once import at_once
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
def engines(demo: Case, empty_neo4j: Server) -> Iterator[Engines]:
    """The demo market in both engines, filled at the same time."""
    auth = (empty_neo4j.user, empty_neo4j.password)
    with ExitStack() as stack:
        filled = at_once(
            {
                "embedded": lambda: stack.enter_context(demo.questions()),
                "push": lambda: demo.push(empty_neo4j.uri, auth),
            }
        )
        server = stack.enter_context(demo.on_server(empty_neo4j.uri, auth))
        assert not server.notes
        yield {"embedded": filled["embedded"], "Neo4j": server}


@pytest.fixture(scope="module")
def session(engines: Engines, empty_neo4j: Server) -> Iterator[neo4j.Session]:
    """A plain session of the driver, which tells of everything that the server notes."""
    with empty_neo4j.driver() as driver, driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
        yield session


@pytest.mark.parametrize("name", library())
def test_a_query_gives_the_same_rows_on_both_engines(name: str, engines: Engines) -> None:
    query = library()[name]
    for given, is_empty in ((query.demo, False), (query.empty, True)):
        answers = at_once(
            {engine: partial(asked.ask, name, given, timeout=TIMEOUT) for engine, asked in engines.items()}
        )
        embedded, server = answers["embedded"], answers["Neo4j"]
        assert embedded.is_empty() == is_empty, f"{dict(given)} gave {embedded.height} rows"
        assert embedded.columns == [column.name for column in query.returns]
        parted = first_difference(rows_of(server), rows_of(embedded))
        assert not parted, f"Neo4j and the embedded engine gave {parted}"


@pytest.mark.parametrize("name", library())
def test_a_server_takes_a_query_without_a_word(name: str, session: neo4j.Session, engines: Engines) -> None:
    query = library()[name]
    params = bind(query, query.demo, engines["Neo4j"].known)
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
