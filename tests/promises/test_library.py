"""The query library on the demo market with a tenth of its everyday sales: both engines answer alike, and every twin
counts what its detector flags.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

import neo4j
import polars as pl
import pytest

from graphkit import Case
from graphkit.case.asking import Questions, listing
from graphkit.detectors import DETECTORS
from graphkit.queries import GROUP_OF_TWINS, bind, library
from graphkit.simulate import simulate, write
from graphkit.store.values import native
from graphkit.tables.reference import cypher_folder
from tests.promises.at_once import at_once
from tests.promises.markets.comparison import counted_by_unit, first_difference, flagged_by_unit, rows_of
from tests.servers.neo4j import Server, own_server

pytestmark = pytest.mark.no_cover

EARLIER = date(2025, 6, 30)
TIMEOUT = 120.0
"""Seconds: this is about rows, and several may share the machine."""

Engines = Mapping[str, Questions]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The demo market in a case with two runs; the schemes keep their size, and no query needs more everyday sales."""
    folder = tmp_path_factory.mktemp("demo")
    case = Case.new(folder / "case")
    case.import_files(write(simulate(scale=0.1), folder / "market"))
    case.run(as_of=EARLIER)
    case.run()
    return case


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests' own: what is imported has to be there before it starts."""
    with own_server(tmp_path_factory.mktemp("library")) as server:
        yield server


@pytest.fixture(scope="module")
def engines(demo: Case, server: Server) -> Iterator[Engines]:
    """The demo market in both engines, filled at the same time."""
    with ExitStack() as stack:
        filled = at_once(
            {
                "embedded": lambda: stack.enter_context(demo.questions()),
                "Neo4j": lambda: server.start_with(demo.export_graph()[0].parent),
            }
        )
        asked = stack.enter_context(demo.on_server(server.uri, (server.user, server.password)))
        assert not asked.notes
        yield {"embedded": filled["embedded"], "Neo4j": asked}


@pytest.fixture(scope="module")
def session(engines: Engines, server: Server) -> Iterator[neo4j.Session]:
    """A plain session of the driver, which tells of everything that the server notes."""
    with server.driver() as driver, driver.session(default_access_mode=neo4j.READ_ACCESS) as session:
        yield session


@dataclass(frozen=True)
class Answers:
    """What both engines say to a query with the values of its demo, and what the server notes of it."""

    embedded: pl.DataFrame
    server: pl.DataFrame
    summary: neo4j.ResultSummary


@pytest.fixture(scope="module")
def answers(engines: Engines, session: neo4j.Session) -> Callable[[str], Answers]:
    """The answers to a query by name; each is asked once."""

    def asked(name: str) -> Answers:
        query = library()[name]
        params = bind(query, query.demo, engines["Neo4j"].known)
        given = at_once(
            {
                "embedded": lambda: engines["embedded"].ask(name, query.demo, timeout=TIMEOUT),
                "Neo4j": lambda: _profiled(session, query.text, params),
            }
        )
        embedded, (rows, summary) = given["embedded"], given["Neo4j"]
        return Answers(embedded, pl.DataFrame(rows, schema=embedded.schema, orient="row"), summary)

    return cache(asked)


@pytest.mark.parametrize("name", library())
def test_a_query_gives_the_same_rows_on_both_engines_and_the_server_has_no_word_against_it(
    name: str, answers: Callable[[str], Answers]
) -> None:
    query, given = library()[name], answers(name)
    embedded, summary = given.embedded, given.summary
    assert not embedded.is_empty()
    assert embedded.columns == [column.name for column in query.returns]
    parted = first_difference(rows_of(given.server), rows_of(embedded))
    assert not parted, f"Neo4j and the embedded engine gave {parted}"
    assert not _notes(summary), "\n".join(f"{code}: {what}" for code, what in _notes(summary))
    operators = _operators(summary.profile)
    assert operators
    assert "AllNodesScan" not in operators
    if any(param.required and param.name.endswith("_id") for param in query.params):
        assert "CartesianProduct" not in operators


@pytest.mark.parametrize("name", library())
def test_a_query_has_nothing_to_say_of_what_is_not_there(name: str, engines: Engines) -> None:
    given = library()[name].empty
    answers = at_once({engine: partial(held.ask, name, given, timeout=TIMEOUT) for engine, held in engines.items()})
    assert {engine: frame.height for engine, frame in answers.items()} == {"embedded": 0, "Neo4j": 0}


def test_the_server_would_have_spoken(session: neo4j.Session) -> None:
    summary = session.run("PROFILE MATCH (a:Partei), (b) RETURN id(a) AS x ORDER BY x LIMIT 1").consume()
    # a cartesian product, an unknown label, a deprecated function
    assert {"03N90", "01N50", "01N02"} <= {code for code, _ in _notes(summary)}
    assert {"AllNodesScan", "CartesianProduct"} <= _operators(summary.profile)


@pytest.mark.parametrize("detector", [detector.id for detector in DETECTORS])
def test_a_twin_counts_what_the_detector_flags(
    detector: str, engines: Engines, answers: Callable[[str], Answers], demo: Case
) -> None:
    query = library()[detector]
    # the values of its demo are what the case itself gives
    for questions in engines.values():
        assert bind(query, query.demo, questions.known) == bind(query, {}, questions.known)
    flagged = flagged_by_unit(demo.frame("hits"), detector)
    assert flagged
    given = answers(detector)
    for name, frame in (("the embedded engine", given.embedded), ("Neo4j", given.server)):
        parted = first_difference(flagged, counted_by_unit(frame))
        assert not parted, f"Python and {name} gave {parted}"


def test_every_detector_has_its_twin_and_every_kind_of_question_is_listed() -> None:
    twins = {query.name for query in library().values() if query.folder == "detect"}
    assert twins == {detector.id for detector in DETECTORS}
    assert len(library()) - len(twins) >= 40
    groups = {folder.name.replace("_", " ") for folder in (cypher_folder() / "explore").iterdir()}
    assert set(listing()["group"]) == {*groups, GROUP_OF_TWINS}
    assert listing()["name"].to_list() == list(library())
    assert listing().filter(pl.col("group").is_in(sorted(groups))).height == len(library()) - len(twins)


def _profiled(
    session: neo4j.Session, text: str, params: Mapping[str, Any]
) -> tuple[list[list[Any]], neo4j.ResultSummary]:
    """The rows of a query, and how the server came by them."""
    result = session.run("PROFILE " + text, dict(params))
    rows = [[native(value) for value in record.values()] for record in result]
    return rows, result.consume()


def _notes(summary: neo4j.ResultSummary) -> list[tuple[str, str]]:
    """What the server notes of a statement: code and description."""
    return [(note.gql_status, note.status_description) for note in summary.gql_status_objects if note.is_notification]


def _operators(plan: Mapping[str, Any] | None) -> set[str]:
    """The operators of a plan by name: the server writes AllNodesScan@neo4j."""
    if plan is None:
        return set()
    return {str(plan["operatorType"]).partition("@")[0]}.union(*map(_operators, plan.get("children", [])))
