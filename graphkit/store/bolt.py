"""The one adapter to a graph: the official driver over Bolt, for the embedded engine and for a server alike."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

import neo4j
import polars as pl
from neo4j.exceptions import DriverError, Neo4jError, ServiceUnavailable, SessionExpired
from neo4j.graph import Node, Path, Relationship

from graphkit.errors import QueryError, StoreError
from graphkit.queries import Column, schema
from graphkit.store.batches import Batch, Nodes, Progress, slices

_TYPES: Mapping[str, Any] = {
    "string": pl.String(),
    "int": pl.Int64(),
    "float": pl.Float64(),
    "bool": pl.Boolean(),
    "date": pl.Date(),
    "list<string>": pl.List(pl.String()),
}
_LOST = (ServiceUnavailable, SessionExpired, OSError)


class Graph:
    """A graph that can be loaded and asked; made by ``Graph.connect`` or by ``build.open_store``."""

    def __init__(
        self,
        driver: neo4j.Driver,
        database: str | None,
        *,
        reopen: Callable[[], "Graph"] | None = None,
        abort: Callable[[], None] | None = None,
    ) -> None:
        self._driver = driver
        self._database = database
        self._reopen = reopen
        self._abort = abort

    @classmethod
    def connect(
        cls,
        uri: str,
        user: str,
        password: str,
        *,
        database: str | None = None,
        reopen: Callable[[], "Graph"] | None = None,
        abort: Callable[[], None] | None = None,
    ) -> "Graph":
        """Connect to a server that speaks Bolt, such as ``neo4j://host:7687``; raises StoreError when nobody answers.

        ``reopen`` gives another graph with the same content when this one is gone; ``abort`` ends a statement that
        outlives its time on an engine which does not do so itself.
        """
        try:
            driver = neo4j.GraphDatabase.driver(
                uri,
                auth=(user, password),
                connection_timeout=10,
                connection_acquisition_timeout=20,
                max_transaction_retry_time=0,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )
        except (DriverError, Neo4jError, ValueError) as error:
            raise StoreError(f"{uri} is not an address of a graph server: {_sentence(error)}") from None
        graph = cls(driver, database, reopen=reopen, abort=abort)
        try:
            with driver.session(database=database) as session:
                session.run("RETURN 1").consume()
        except (*_LOST, DriverError, Neo4jError) as error:
            driver.close()
            raise StoreError(f"the graph at {uri} does not answer: {_sentence(error)}") from None
        return graph

    def __enter__(self) -> "Graph":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def load(self, batches: Iterable[Batch], progress: Progress) -> Counter[str]:
        """Write a projection into an empty graph, constraints first; how many of each label and type were sent.

        Raises StoreError where the graph already holds something, or where a relationship found no node to end at.
        """
        if any(self.counts().values()):
            raise StoreError("this graph already holds something: empty it or name another database, then load again")
        pending = list(batches)
        total, done = sum(batch.frame.height for batch in pending), 0
        sent: Counter[str] = Counter()
        with self._driver.session(database=self._database) as session:
            for statement in schema():
                session.run(statement).consume()
            for batch in pending:
                progress(batch.what, done, total)
                for piece in slices(batch.frame):
                    made = session.run(batch.statement, rows=piece.to_dicts()).consume().counters
                    count = made.nodes_created if isinstance(batch, Nodes) else made.relationships_created
                    if count != piece.height:
                        raise StoreError(
                            f"{piece.height - count:,} of {piece.height:,} {batch.what} rows found no node to end at"
                        )
                    done += piece.height
                    progress(batch.what, done, total)
                sent[batch.what] += batch.frame.height
        return sent

    def run(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        columns: Sequence[Column] | None = None,
        *,
        timeout: float = 60.0,
        limit: int | None = None,
    ) -> pl.DataFrame:
        """The rows of a query, with dates as dates; with ``columns`` also their names and types when there are none.

        ``timeout`` is in seconds. At most ``limit`` rows are fetched: ask for one more than you show to know whether
        there are more. Raises QueryError for a text that the engine refuses and StoreError for a graph that is gone.
        """
        try:
            keys, rows = self._fetch(text, dict(params or {}), timeout, limit)
        except _LOST as error:
            if self._reopen is None:
                raise StoreError(f"the graph went away while it was asked: {_sentence(error)}") from None
            # the command that ran the engine has ended: another one is opened, and asked once
            other = self._reopen()
            self._driver.close()
            self._driver, self._reopen, self._abort = other._driver, None, other._abort
            return self.run(text, params, columns, timeout=timeout, limit=limit)
        if columns is None:
            return pl.DataFrame({key: [_plain(row[at]) for row in rows] for at, key in enumerate(keys)}, strict=False)
        names = [column.name for column in columns]
        if rows and keys != names:
            raise QueryError(f"the query returned {', '.join(keys)} where its header says {', '.join(names)}")
        types = {column.name: _TYPES[column.type] for column in columns}
        return pl.DataFrame([[_native(value) for value in row] for row in rows], schema=types, orient="row")

    def _fetch(
        self, text: str, params: dict[str, Any], timeout: float, limit: int | None
    ) -> tuple[list[str], list[list[Any]]]:
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            if self._abort is not None:
                self._abort()

        # a server ends a late statement by itself; the engine needs to be told
        watch = threading.Timer(timeout + 1.0, give_up)
        watch.daemon = True
        watch.start()
        try:
            with self._driver.session(
                database=self._database, default_access_mode=neo4j.READ_ACCESS, fetch_size=2_000
            ) as session:
                result = session.run(neo4j.Query(text, timeout=timeout), params)
                records = result.fetch(limit) if limit is not None else list(result)
                return list(result.keys()), [record.values() for record in records]
        except Neo4jError as error:
            raise _refusal(error, timeout) from None
        except _LOST:
            if is_late.is_set():
                raise _too_late(timeout) from None
            raise
        finally:
            watch.cancel()

    def counts(self) -> dict[str, int]:
        """How many nodes of each label and relationships of each type the graph holds.

        A node with several labels is counted under each of them.
        """
        with self._driver.session(database=self._database, default_access_mode=neo4j.READ_ACCESS) as session:
            labels = session.run("MATCH (n) UNWIND labels(n) AS what RETURN what, count(*) AS n").values()
            types = session.run("MATCH ()-[r]->() RETURN type(r) AS what, count(*) AS n").values()
        return dict(sorted([*labels, *types]))


def _refusal(error: Neo4jError, timeout: float) -> QueryError | StoreError:
    text = _sentence(error)
    if "timeout" in text.lower() or "timed out" in text.lower():
        return _too_late(timeout)
    if "read only database" in text.lower():
        # the engine takes whatever it cannot read as a query for a command
        return QueryError(
            "the graph refused the text: it writes, or it is no Cypher query (look at brackets and names)"
        )
    return QueryError(f"the graph refused the query: {text}")


def _too_late(timeout: float) -> StoreError:
    return StoreError(
        f"the query took longer than {timeout:g} seconds and was ended: narrow it, or give it more time with --timeout"
    )


def _sentence(error: Exception) -> str:
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).rstrip(".")


def _native(value: Any) -> Any:
    return value.to_native() if hasattr(value, "to_native") else value


def _plain(value: Any) -> Any:
    """A value that fits a table: dates as dates, what has structure as JSON text."""
    value = _native(value)
    if isinstance(value, Node | Relationship | Path | dict | list):
        return json.dumps(_structure(value), ensure_ascii=False, default=str)
    return value


def _structure(value: Any) -> Any:
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), **{key: _structure(part) for key, part in sorted(value.items())}}
    if isinstance(value, Relationship):
        return {"type": value.type, **{key: _structure(part) for key, part in sorted(value.items())}}
    if isinstance(value, Path):
        links = [_structure(link) for link in value.relationships]
        nodes = [_structure(node) for node in value.nodes]
        return [part for pair in zip(nodes, links, strict=False) for part in pair] + nodes[-1:]
    if isinstance(value, dict):
        return {str(key): _structure(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_structure(part) for part in value]
    return _native(value)
