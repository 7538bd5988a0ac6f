"""Asking the graph of a case: in the embedded store, or on a server that the case was pushed to."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from graphkit import queries
from graphkit.case.folder import Folder
from graphkit.case.runs import Run, history
from graphkit.errors import NotFoundError
from graphkit.files import hash_text, replacing

if TYPE_CHECKING:
    from graphkit.store.address import Prompt
    from graphkit.store.answer import Answer
    from graphkit.store.bolt import Graph
    from graphkit.store.push import About

Progress = Callable[[str, int, int], None]
Tables = Mapping[str, pl.DataFrame]

TIMEOUT = 30.0
"""Seconds that a question may take before it is stopped, unless it is given more: a person waits for it."""

LIMIT = 10_000
"""Rows of an answer that are fetched, unless more are asked for: a person reads them."""


@dataclass(frozen=True)
class Questions:
    """An open graph to put questions to; ``notes`` say what of its answers to be careful about."""

    graph: "Graph"
    known: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def ask(self, name: str, given: Mapping[str, Any], *, timeout: float = TIMEOUT) -> pl.DataFrame:
        """The rows of a question of the library.

        Raises ``NotFoundError`` for an unknown question, ``QueryError`` for wrong parameters.
        """
        question, params = bound(name, given, self.known)
        return self.graph.run(question.text, params, question.returns, timeout=timeout)

    def cypher(self, text: str, given: Mapping[str, Any], *, timeout: float = TIMEOUT, limit: int = LIMIT) -> "Answer":
        """What a text of one's own gives, read-only, at most ``limit`` rows; raises ``QueryError`` if it is refused.

        A parameter that comes as text is a date, a number, true or false where it reads as one.
        """
        typed = {name: _typed(value) for name, value in given.items()}
        return self.graph.ask(text, {**self.known, **typed}, timeout=timeout, limit=limit)


def bound(name: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[queries.Query, dict[str, Any]]:
    """A question of the library with its parameters; raises ``NotFoundError`` or ``QueryError`` where they are wrong.

    It needs no graph: what cannot be asked is said before a store is built for it.
    """
    question = known_query(name)
    texts = {key: _as_text(value) for key, value in given.items() if value is not None}
    return question, queries.bind(question, texts, known)


def known_query(name: str) -> queries.Query:
    """A question of the library by its name; raises ``NotFoundError`` where there is none."""
    if name not in queries.library():
        raise NotFoundError(f"there is no query {name}: graphkit query lists them")
    return queries.library()[name]


def listing() -> pl.DataFrame:
    """The library by question: group, question, name, params."""
    rows = [
        (query.group, query.title, query.name, ", ".join(param.name for param in query.params))
        for query in queries.library().values()
    ]
    return pl.DataFrame(rows, schema=["group", "question", "name", "params"], orient="row")


@contextmanager
def embedded(folder: Folder, run: Run, progress: Progress) -> Iterator[Questions]:
    """The embedded store of a case, built first where it is missing or stale."""
    from graphkit.store.build import open_store

    results = _results(folder, run)
    with open_store(folder.store, run.resolved, results, content(folder, run), progress) as graph:
        yield Questions(graph, known_of(run))


@contextmanager
def on_server(
    uri: str,
    auth: tuple[str, str] | None,
    database: str | None,
    *,
    insecure: bool,
    prompt: "Prompt | None" = None,
    case: tuple[Folder, Run] | None = None,
) -> Iterator[Questions]:
    """A server that a case was pushed to; with ``case`` it is noted where the server holds something else."""
    from graphkit.store.address import checked, credentials
    from graphkit.store.bolt import Graph
    from graphkit.store.push import held_by

    address = checked(uri, insecure=insecure)
    user, password = auth or credentials(prompt)
    with Graph.connect(address, user, password, database=database) as graph:
        held = held_by(graph)
        known = dict(held or {}) if case is None else known_of(case[1])
        yield Questions(graph, known, tuple(_notes(held, case)))


def draw(answer: "Answer", text: str, path: Path, case_name: str) -> None:
    """Draw the nodes, relationships and paths of an answer as one page; raises ``QueryError`` where it has none."""
    from graphkit.views.answer import answer_network
    from graphkit.views.page import render

    found = answer.elements
    drawn = answer_network(found.nodes, found.links, title="What a query returned", case_name=case_name, text=text)
    with replacing(path) as beside:
        beside.write_text(render(drawn), encoding="utf-8")


def content(folder: Folder, run: Run, scope: str = "case") -> str:
    """A hash of everything that the graph of a case is made from."""
    from graphkit.store.build import SCHEMA

    sources = (source["source_id"] for source in run.about["sources"])
    runs = sorted(path.parent.name for path in folder.runs.glob("*/run.json"))
    return hash_text(str(SCHEMA), scope, run.run_id, *sources, *runs)


def known_of(run: Run) -> dict[str, Any]:
    """The parameters that a run answers by itself."""
    return queries.known_of(run.coverage(), run.as_of, run.regime)


def graph_of(folder: Folder, run: Run, name: str, scope: str) -> tuple["About", Tables, Tables]:
    """What is pushed of a case: what it is, its tables and its results."""
    from graphkit.store.push import About
    from graphkit.store.scope import touched

    tables, results = run.resolved(), _results(folder, run)()
    if scope == "findings":
        tables, results = touched(tables, results)
    return About(name, run.run_id, content(folder, run, scope), scope, known_of(run)), tables, results


def _results(folder: Folder, run: Run) -> Callable[[], dict[str, pl.DataFrame]]:
    return lambda: run.frames() | history(folder)


def _notes(held: Mapping[str, Any] | None, case: tuple[Folder, Run] | None) -> Iterator[str]:
    if held is None:
        yield "no case has been pushed to this database: graphkit push CASE --to …"
        return
    if not held["is_complete"]:
        yield f"the push of {held['case_name']} is not complete: answers may lack rows"
    if held["scope"] != "case":
        yield "the server holds only the part of the case that its findings touch"
    if case is not None and held["content"] != content(*case, held["scope"]):
        yield "the server holds another state than the case's last run: graphkit push it again"


def _typed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        return date.fromisoformat(value)
    with suppress(ValueError):
        return json.loads(value)
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
