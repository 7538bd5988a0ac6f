"""The one adapter to a graph: the official driver over Bolt, for the embedded engine and for a server alike."""

import asyncio
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

import neo4j
import polars as pl
from neo4j.exceptions import DriverError, Neo4jError, ServiceUnavailable, SessionExpired

from graphkit.errors import QueryError, StoreError
from graphkit.queries import Column, schema
from graphkit.store import overlooked
from graphkit.store.answer import Answer, answer, table
from graphkit.store.batches import Batch, Nodes, Progress, slices
from graphkit.store.sentences import dropped, not_connected, not_written, refused, sentence, too_late
from graphkit.store.values import native
from graphkit.store.vetting import vet, vet_plan

_TYPES: Mapping[str, Any] = {
    "string": pl.String(),
    "int": pl.Int64(),
    "float": pl.Float64(),
    "bool": pl.Boolean(),
    "date": pl.Date(),
    "list<string>": pl.List(pl.String()),
}
_LOST = (ServiceUnavailable, SessionExpired, OSError)
TIMEOUT = 30.0
"""Seconds after which a query is stopped unless its caller says otherwise: as long as a person waits for a screen."""
LIMIT = 10_000
"""Rows of a user's own text that are fetched unless asked for more: as many as a person can look through."""
_FETCH_SIZE = 2_000
_GRACE = 2.0
_PAUSE = 0.1
_RUNNING = "SHOW TRANSACTIONS YIELD transactionId, currentQuery RETURN transactionId, currentQuery"
_NEO4J = re.compile(r"Neo4j/\S+")
_SECONDS_TO_INDEX = 300

SECONDS_TO_RETRY = 30.0
"""Seconds for which a transaction is tried again: as long as a server needs to restart."""

Run = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]
"""Runs a statement with its parameters inside a transaction and gives its rows."""

Result = TypeVar("Result")


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
                max_transaction_retry_time=SECONDS_TO_RETRY,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )
        except (DriverError, Neo4jError, ValueError) as error:
            raise StoreError(f"{uri} is not an address of a graph server: {sentence(error)}") from None
        graph = cls(driver, database, reopen=reopen, abort=abort)
        try:
            with driver.session(database=database) as session:
                session.run("RETURN 1").consume()
        except (*_LOST, DriverError, Neo4jError) as error:
            driver.close()
            raise not_connected(uri, database, error) from None
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
                    made = session.run(batch.creation, rows=piece.to_dicts()).consume().counters
                    count = made.nodes_created if isinstance(batch, Nodes) else made.relationships_created
                    if count != piece.height:
                        raise StoreError(
                            f"{piece.height - count:,} of {piece.height:,} {batch.what} rows found no node to end at"
                        )
                    done += piece.height
                    progress(batch.what, done, total)
                sent[batch.what] += batch.frame.height
        return sent

    def define(self, statements: Iterable[str]) -> None:
        """Make constraints and indexes where they are not there yet, and wait until they can be used."""
        with self._driver.session(database=self._database) as session:
            for statement in (*statements, f"CALL db.awaitIndexes({_SECONDS_TO_INDEX})"):
                try:
                    session.execute_write(_making(statement))
                except Neo4jError as error:
                    # IF NOT EXISTS does not help against another client that makes the same one at the same moment
                    if "AlreadyExists" not in str(error.code):
                        raise not_written(error) from None
                except _LOST as error:
                    raise dropped(error) from None

    def transact(self, work: Callable[[Run], Result]) -> Result:
        """Do ``work`` in one transaction, which is tried again while the connection drops or a lock is lost.

        ``work`` is given a function that runs a statement with its parameters and gives its rows. Raises StoreError
        where the connection is gone for good or the server cannot write.
        """

        def working(transaction: neo4j.ManagedTransaction) -> Result:
            return work(lambda text, params: transaction.run(text, dict(params)).data())

        try:
            with self._driver.session(database=self._database) as session:
                return session.execute_write(working)
        except _LOST as error:
            raise dropped(error) from None
        except Neo4jError as error:
            raise not_written(error) from None

    def run(
        self,
        text: str,
        params: Mapping[str, Any] | None = None,
        columns: Sequence[Column] | None = None,
        *,
        timeout: float = TIMEOUT,
        limit: int | None = None,
    ) -> pl.DataFrame:
        """The rows of a query, with dates as dates; with ``columns`` also their names and types when there are none.

        ``timeout`` is in seconds; a query that needs more is stopped. At most ``limit`` rows are fetched: ask for one
        more than you show to know whether there are more. Raises QueryError for a text that the engine refuses and
        StoreError for a graph that is gone or a query that was stopped.
        """
        keys, rows = self._fetch(text, dict(params or {}), timeout, limit)
        if columns is None:
            return table(keys, rows)
        names = [column.name for column in columns]
        if rows and keys != names:
            raise QueryError(f"the query returned {', '.join(keys)} where its header says {', '.join(names)}")
        types = {column.name: _TYPES[column.type] for column in columns}
        return pl.DataFrame([[native(value) for value in row] for row in rows], schema=types, orient="row")

    def ask(
        self, text: str, params: Mapping[str, Any] | None = None, *, timeout: float = TIMEOUT, limit: int = LIMIT
    ) -> Answer:
        """What a user's own text gives: read-only, at most ``timeout`` seconds, at most ``limit`` rows.

        The text is vetted first; a Neo4j is then asked for its plan, and runs it in a read session only where that
        reads. Raises QueryError, which names what was refused, and StoreError for a graph that is gone, a query that
        was stopped, and a server that is no Neo4j.
        """
        # the embedded engine takes a semicolon with a line break behind it for a second statement
        text = text.rstrip("; \t\r\n")
        vet(text)
        if self._abort is not None:
            overlooked.check(text)
        keys, rows = self._fetch(text, dict(params or {}), timeout, limit + 1, is_own=True)
        return answer(keys, rows, limit)

    def _fetch(
        self, text: str, params: dict[str, Any], timeout: float, limit: int | None, *, is_own: bool = False
    ) -> tuple[list[str], list[list[Any]]]:
        try:
            return self._read(text, params, timeout, limit, is_own)
        except _LOST as error:
            if self._reopen is None:
                raise StoreError(f"the graph went away while it was asked: {sentence(error)}") from None
        # the engine has ended, with the command that ran it or to stop a query: another is opened, and asked once
        other = self._reopen()
        self._driver.close()
        self._driver, self._reopen, self._abort = other._driver, other._reopen, other._abort
        try:
            return self._read(text, params, timeout, limit, is_own)
        except _LOST as error:
            raise StoreError(f"the graph went away while it was asked: {sentence(error)}") from None

    def _read(
        self, text: str, params: dict[str, Any], timeout: float, limit: int | None, is_own: bool
    ) -> tuple[list[str], list[list[Any]]]:
        tag = f"/* {uuid.uuid4().hex} */ " if self._abort else ""
        session = self._driver.session(
            database=self._database,
            default_access_mode=neo4j.READ_ACCESS,
            fetch_size=min(limit or _FETCH_SIZE, _FETCH_SIZE),
        )
        outcome: Future[tuple[list[str], list[list[Any]]]] = Future()
        is_given_up = threading.Event()

        def work() -> None:
            try:
                if is_own and self._abort is None:
                    self._judge(session, text, params, timeout)
                if is_given_up.is_set():
                    # a session that was hung up meanwhile would open another connection for the statement
                    raise ServiceUnavailable("nobody waits for this any more")
                outcome.set_result(_rows(session, neo4j.Query(tag + text, timeout=timeout), params, limit))
            except BaseException as error:
                outcome.set_exception(error)
            finally:
                _hang_up(session)

        is_late = False
        try:
            # the driver waits for an answer whatever happens: this thread stays free for the time and for an interrupt
            threading.Thread(target=work, daemon=True).start()
            # a server ends a late statement by itself, unless a single expression keeps it; the engine must be told
            wait([outcome], timeout + (0 if self._abort else _GRACE))
            is_late = not outcome.done()
            if is_late:
                is_given_up.set()
                self._stop(tag, session)
            return outcome.result()
        except Neo4jError as error:
            raise too_late(timeout) if is_late or "TimedOut" in str(error.code) else refused(error) from None
        except _LOST:
            if is_late:
                raise too_late(timeout) from None
            raise
        except (KeyboardInterrupt, SystemExit):
            is_given_up.set()
            self._stop(tag, session)
            raise

    def _stop(self, tag: str, session: neo4j.Session) -> None:
        """Stop the statement of a session: the engine's own by its tag, or with the engine where it does not listen."""
        if self._abort is None:
            # a server ends the statements of a client that is gone
            _hang_up(session)
            return
        last_resort = threading.Timer(_GRACE, self._abort)
        last_resort.daemon = True
        last_resort.start()
        try:
            with self._driver.session(database=self._database) as other:
                while running := [key for key, text in other.run(_RUNNING).values() if text.startswith(tag.strip())]:
                    for key in running:
                        other.run("TERMINATE TRANSACTIONS $key", key=key).consume()
                    time.sleep(_PAUSE)
        except (*_LOST, DriverError, Neo4jError):
            # one that computes a single expression does not listen
            last_resort.join()
        last_resort.cancel()

    def _judge(self, session: neo4j.Session, text: str, params: dict[str, Any], timeout: float) -> None:
        """Let a Neo4j's own parser say whether a text reads the graph and nothing else."""
        agent = self._driver.get_server_info().agent
        if not _NEO4J.fullmatch(agent):
            raise StoreError(
                f"own texts run on the embedded store or on a Neo4j, which keep them from writing, not on {agent}: "
                "use the queries of the library there"
            )
        summary = session.run(neo4j.Query("EXPLAIN " + text, timeout=timeout), params).consume()
        vet_plan(summary.query_type, summary.plan or {})

    def counts(self) -> dict[str, int]:
        """How many nodes of each label and relationships of each type the graph holds.

        A node with several labels is counted under each of them.
        """
        with self._driver.session(database=self._database, default_access_mode=neo4j.READ_ACCESS) as session:
            labels = session.run("MATCH (n) UNWIND labels(n) AS what RETURN what, count(*) AS n").values()
            types = session.run("MATCH ()-[r]->() RETURN type(r) AS what, count(*) AS n").values()
        return dict(sorted([*labels, *types]))


def _rows(
    session: neo4j.Session, query: neo4j.Query, params: dict[str, Any], limit: int | None
) -> tuple[list[str], list[list[Any]]]:
    result = session.run(query, params)
    records = result.fetch(limit) if limit is not None else list(result)
    keys, rows = list(result.keys()), [record.values() for record in records]
    if limit is None or len(records) < limit:
        # there is nothing more to come, so the connection is kept for the next query
        session.close()
    return keys, rows


def _making(statement: str) -> Callable[[neo4j.ManagedTransaction], object]:
    return lambda transaction: transaction.run(statement).consume()


def _hang_up(session: neo4j.Session) -> None:
    """Drop the session's connection at once: closing it would wait until its statement has given every row."""
    with suppress(asyncio.CancelledError), session:
        raise asyncio.CancelledError
