"""Fills a Neo4j with the graph of a case: the same however often it is done, and on from where it was interrupted.

A node ``(:Push)`` says what the database holds and how far the filling got; it moves on in the transaction that writes
the rows, so a row is never skipped, and a row written twice is there once. Under graphkit's labels and relationship
types the database holds the case and nothing else; what others keep under names of their own is not touched.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from graphkit.errors import StoreError
from graphkit.queries import Column, schema
from graphkit.store.batches import Batch, Links, Nodes, Progress, slices
from graphkit.store.values import native

if TYPE_CHECKING:
    from graphkit.store.bolt import Graph, Run

LABEL = "Push"
"""The label of the one node that says what the database holds."""

_LONGEST = 600.0
_ROWS_REMOVED = 5_000


@dataclass(frozen=True)
class About:
    """What a push is of: the case's name, its run, a hash of everything that is written, and what the case knows.

    ``known`` are the parameters that a case answers by itself (``queries.known_of``), so that who has only the server
    need not give them either.
    """

    case_name: str
    run_id: str
    content: str
    scope: str
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pushed:
    """What a push did: rows in the graph, rows that it wrote and rows that it removed because the case has them no
    more.
    """

    rows: int
    written: int
    removed: int


def push(
    graph: "Graph", batches: Callable[[], Iterable[Batch]], about: About, progress: Progress, *, replace: bool = False
) -> Pushed:
    """Make the database hold exactly ``batches`` under graphkit's labels; ``batches`` is asked for them more than once.

    Raises StoreError where the database holds another case, or something under graphkit's labels that no push wrote,
    unless ``replace``; where the connection drops for good; and where afterwards not everything is there.
    """
    held = held_by(graph)
    expected, vocabulary = _surveyed(batches())
    total = sum(expected.values())
    if not replace:
        _refuse_what_is_not_ours(graph, held, about, expected)
    is_same = held is not None and held["content"] == about.content and not replace
    if is_same and held and held["is_complete"] and _found(graph, expected) == expected:
        return Pushed(total, 0, 0)
    progress("constraints and indexes", 0, 0)
    graph.define(schema())
    for procedure, names in vocabulary.items():
        graph.transact(_naming(procedure, sorted(names)))
    done = held["done"] if is_same and held and not held["is_complete"] else 0
    _begin(graph, about, done, total)
    written = _write(graph, batches(), about, done, total, progress)
    found = _found(graph, expected)
    if done and any(found[key] < n for key, n in expected.items()):
        # somebody took rows away since the push that was interrupted
        _begin(graph, about, 0, total)
        written += _write(graph, batches(), about, 0, total, progress)
        found = _found(graph, expected)
    removed = 0
    if too_many := {key for key, n in expected.items() if found[key] > n}:
        removed = _remove_what_is_no_more(graph, batches(), too_many, progress)
        found = _found(graph, expected)
    _compare(found, expected)
    graph.transact(lambda run: run(f"MATCH (p:{LABEL}) SET p.is_complete = true", {}))
    return Pushed(total, written, removed)


def marker(about: About) -> Nodes:
    """The node that says what a database holds, for one that is filled whole by the bulk importer."""
    return Nodes((LABEL,), "push_id", pl.DataFrame([{**_says(about, 0, 0), "is_complete": True}]))


def held_by(graph: "Graph") -> Mapping[str, Any] | None:
    """What the database says that it holds: case_name, run_id, content, scope, done, is_complete and what is known."""
    rows = graph.transact(lambda run: run(f"MATCH (p:{LABEL}) RETURN properties(p) AS held LIMIT 1", {}))
    return {name: native(value) for name, value in rows[0]["held"].items()} if rows else None


Key = tuple[str, ...]
"""A label, a label and a role, or a relationship type between two labels."""


def _surveyed(batches: Iterable[Batch]) -> tuple[Counter[Key], dict[str, set[str]]]:
    """How many rows of each kind there are; and every label, type and property, by the procedure that makes it known.

    A server warns of a query that names one which no row has, as if it were misspelt.
    """
    counted: Counter[Key] = Counter()
    labels, types, properties = set[str](), set[str](), set[str]()
    for batch in batches:
        counted[_key(batch)] += batch.frame.height
        if isinstance(batch, Nodes):
            labels |= {*batch.labels, *batch.roles}
            properties |= {*batch.frame.columns}
        else:
            types.add(batch.type)
            properties |= {*batch.frame.columns} - {batch.start.column, batch.end.column}
    return counted, {"db.createLabel": labels, "db.createRelationshipType": types, "db.createProperty": properties}


def _naming(procedure: str, names: list[str]) -> Callable[["Run"], object]:
    return lambda run: run(f"UNWIND $names AS name CALL {procedure}(name)", {"names": names})


def _key(batch: Batch) -> Key:
    if isinstance(batch, Nodes):
        return (batch.labels[0],)
    return (batch.start.label, batch.type, batch.end.label)


def _pattern(key: Key) -> str:
    return f"(n:{key[0]})" if len(key) == 1 else f"(:{key[0]})-[n:{key[1]}]->(:{key[2]})"


def _found(graph: "Graph", expected: Iterable[Key]) -> Counter[Key]:
    keys = list(expected)
    counts = (f"MATCH {_pattern(key)} RETURN {at} AS at, count(n) AS n" for at, key in enumerate(keys))
    columns = (Column("at", "int", False), Column("n", "int", False))
    rows = graph.run(" UNION ALL ".join(counts), {}, columns, timeout=_LONGEST)
    return Counter({keys[at]: n for at, n in rows.iter_rows()})


def _refuse_what_is_not_ours(
    graph: "Graph", held: Mapping[str, Any] | None, about: About, expected: Iterable[Key]
) -> None:
    advice = "name another database, or add --replace to have it replaced by this case"
    if held is not None and held["case_name"] != about.case_name:
        raise StoreError(f"the database holds the case {held['case_name']!r}: {advice}")
    if held is None:
        there = {label: n for (label,), n in _found(graph, (key for key in expected if len(key) == 1)).items() if n}
        # another push may have begun between the two questions; it says so before it writes
        begun = held_by(graph) if there else None
        if begun is not None:
            return _refuse_what_is_not_ours(graph, begun, about, expected)
        for label, n in there.items():
            raise StoreError(f"the database holds {n:,} {label} nodes that graphkit did not write: {advice}")


def _begin(graph: "Graph", about: About, done: int, total: int) -> None:
    text = f"MERGE (p:{LABEL} {{push_id: $says.push_id}}) SET p = $says"
    says = _says(about, done, total)
    graph.transact(lambda run: run(text, {"says": says}))


def _says(about: About, done: int, total: int) -> dict[str, Any]:
    return {
        **about.known,
        "push_id": "graph",
        "case_name": about.case_name,
        "run_id": about.run_id,
        "content": about.content,
        "scope": about.scope,
        "done": done,
        "total": total,
        "is_complete": False,
    }


@dataclass(frozen=True)
class _Step:
    """The rows of one transaction, and how many rows there are up to its end."""

    what: str
    text: str
    rows: list[dict[str, Any]]
    at: int


def _write(graph: "Graph", batches: Iterable[Batch], about: About, done: int, total: int, progress: Progress) -> int:
    written = 0
    for step in _ahead(_steps(batches, done)):
        if graph.transact(_writing(step, about.content)):
            written += len(step.rows)
        progress(step.what, step.at, total)
    return written


def _steps(batches: Iterable[Batch], done: int) -> Iterator[_Step]:
    at = 0
    for batch in batches:
        for piece in slices(batch.frame):
            at += piece.height
            if at > done:
                yield _Step(batch.what, batch.merging, piece.to_dicts(), at)


def _ahead(steps: Iterator[_Step]) -> Iterator[_Step]:
    """The same steps, each made while the server works on the one before it: two are in memory at most."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, steps, None)
        while step := coming.result():
            coming = maker.submit(next, steps, None)
            yield step


def _writing(step: _Step, content: str) -> Callable[["Run"], bool]:
    """The rows and the word of how far the push is, in one transaction."""

    def work(run: "Run") -> bool:
        # taken first, the node keeps a second push of the same case from writing the same rows at the same time
        run(f"MATCH (p:{LABEL}) SET p.is_complete = false", {})
        (held,) = run(f"MATCH (p:{LABEL}) RETURN p.content AS content, p.done AS done", {}) or [{"content": None}]
        if held["content"] != content:
            raise StoreError("another push has begun to fill this database: wait for it, then push again")
        if held["done"] >= step.at:
            return False
        run(step.text, {"rows": step.rows})
        run(f"MATCH (p:{LABEL}) SET p.done = $at", {"at": step.at})
        return True

    return work


def _remove_what_is_no_more(graph: "Graph", batches: Iterable[Batch], too_many: set[Key], progress: Progress) -> int:
    """Remove what an earlier push wrote and the case has no more; how many nodes and relationships."""
    frames: dict[Key, list[Batch]] = {}
    for batch in batches:
        if _key(batch) in too_many:
            frames.setdefault(_key(batch), []).append(batch)
    removed = 0
    # relationships first, so that each is counted
    for key in sorted(frames, key=len, reverse=True):
        progress(f"removing {' '.join(key)}", 0, 0)
        for rows in _stale(graph, frames[key]):
            graph.transact(_removing(frames[key][0], rows))
            removed += rows.height
    return removed


def _stale(graph: "Graph", batches: list[Batch]) -> Iterator[pl.DataFrame]:
    first = batches[0]
    if isinstance(first, Nodes):
        returned = [f"n.{first.key} AS a"]
    else:
        returned = [f"a.{first.start.key} AS a", f"b.{first.end.key} AS b"]
        returned += ["coalesce(n.row_key, '') AS k"] if first.key else []
    names = [text.rsplit(" ", 1)[1] for text in returned]
    known = pl.concat([_keys(batch).rename(dict(zip(_keys(batch).columns, names, strict=True))) for batch in batches])
    text = f"MATCH {_named(first)} RETURN {', '.join(returned)}"
    held = graph.run(text, {}, [Column(name, "string", False) for name in names], timeout=_LONGEST)
    stale = held.join(known, on=names, how="anti").unique().sort(names)
    yield from stale.iter_slices(_ROWS_REMOVED)


def _keys(batch: Batch) -> pl.DataFrame:
    if isinstance(batch, Nodes):
        return batch.frame.select(batch.key)
    return batch.frame.select(batch.start.column, batch.end.column, *([batch.key] if batch.key else []))


def _named(batch: Nodes | Links) -> str:
    if isinstance(batch, Nodes):
        return f"(n:{batch.labels[0]})"
    return f"(a:{batch.start.label})-[n:{batch.type}]->(b:{batch.end.label})"


def _removing(batch: Batch, rows: pl.DataFrame) -> Callable[["Run"], object]:
    return lambda run: run(_removal(batch), {"rows": rows.to_dicts()})


def _removal(batch: Batch) -> str:
    if isinstance(batch, Nodes):
        return f"UNWIND $rows AS row MATCH (n:{batch.labels[0]} {{{batch.key}: row.a}}) DETACH DELETE n"
    a, b = batch.start, batch.end
    return (
        f"UNWIND $rows AS row MATCH (a:{a.label} {{{a.key}: row.a}}) MATCH (b:{b.label} {{{b.key}: row.b}}) "
        f"MATCH (a)-[n:{batch.type}]->(b)"
        + (" WHERE coalesce(n.row_key, '') = row.k" if batch.key else "")
        + " DELETE n"
    )


def _compare(found: Counter[Key], expected: Counter[Key]) -> None:
    for key, n in expected.items():
        if found[key] != n:
            raise StoreError(
                f"the database holds {found[key]:,} {' '.join(key)} where the case has {n:,}: who else writes there? "
                "push again with --replace"
            )
