"""Asking an engine, and answers as JSON: the same text for the same answer, whichever engine gave it."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path as Folder
from typing import Any

import neo4j
from neo4j.exceptions import Neo4jError
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, Duration

from graphkit.store import engine
from graphkit.store.embedded import DATABASE
from tests.store.random_queries.graph import fill

SECONDS = 30.0
"""The longest that a query may run."""


@contextmanager
def embedded(folder: Folder) -> Iterator[neo4j.Session]:
    """A session of the embedded engine, which serves the graph read-only while the block lasts."""
    databases = folder / "databases"
    for is_writable in (True, False):
        with engine.running(databases, folder / "server", is_writable=is_writable, timeout=SECONDS) as (door, _):
            driver = neo4j.GraphDatabase.driver(door.uri, auth=(door.user, door.password))
            with driver, driver.session(database=DATABASE) as session:
                if is_writable:
                    fill(session)
                else:
                    yield session


def ask(session: neo4j.Session, text: str, params: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """The columns and the rows of a query, encoded; an error is one row that says so."""
    try:
        result = session.run(neo4j.Query(text, timeout=SECONDS), dict(params))
        rows = [record.values() for record in result]
    except Neo4jError as error:
        return [], [f"{error.code}: {error.message}"]
    return list(result.keys()), [encode(row) for row in rows]


def difference(expected: Mapping[str, Any], columns: Sequence[str], rows: Sequence[Any]) -> str:
    """How an answer differs from a frozen one, in a few lines; empty where it does not.

    Rows are compared in their order where the query orders them wholly, as a multiset elsewhere. The embedded engine
    names no columns where there are no rows.
    """
    if rows and list(columns) != expected["columns"]:
        return f"columns {', '.join(columns) or rows[0]} instead of {', '.join(expected['columns'])}"
    wanted = expected["rows"]
    missing, more = _without(wanted, rows), _without(rows, wanted)
    if missing or more:
        lines = [f"{len(rows)} rows instead of {len(wanted)}"]
        lines += [f"missing: {_text(row)}" for row in missing[:3]] + [f"unasked: {_text(row)}" for row in more[:3]]
        return "\n".join(lines)
    for at, (one, other) in enumerate(zip(wanted, rows, strict=True) if expected["is_ordered"] else ()):
        if not _is_alike(one, other):
            return f"in another order from row {at + 1}: {_text(other)} instead of {_text(one)}"
    return ""


def _without(rows: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The rows that have no like among the others; each of these is the like of one."""
    left, alone = list(others), []
    for row in rows:
        at = next((at for at, other in enumerate(left) if _is_alike(row, other)), None)
        if at is None:
            alone.append(row)
        else:
            del left[at]
    return alone


def _is_alike(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    match one:
        case float():
            # nine digits, of which the last may have been rounded up or down
            return math.isclose(one, other, rel_tol=1e-8)
        case list():
            return len(one) == len(other) and all(map(_is_alike, one, other))
        case dict():
            return one.keys() == other.keys() and all(_is_alike(part, other[name]) for name, part in one.items())
    return bool(one == other)


def _text(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)


def encode(value: Any) -> Any:
    """A value as JSON: what JSON lacks is an object of one tag; floats have nine digits, labels are sorted."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float():
            # minus zero is zero
            return float(f"{value:.9g}") + 0.0
        case Date() | date():
            return {"date": value.isoformat() if isinstance(value, date) else value.iso_format()}
        case Duration():
            return {"duration": value.iso_format()}
        case Node():
            return {"node": sorted(value.labels), "of": _encoded(dict(value.items()))}
        case Relationship():
            return {"link": value.type, "of": _encoded(dict(value.items()))}
        case Path():
            ends = [encode(value.start_node), *(encode(node) for node in value.nodes[1:])]
            return {"path": ends, "over": [encode(link) for link in value.relationships]}
        case dict():
            return {"map": _encoded(value)}
        case list() | tuple():
            return [encode(part) for part in value]
    raise TypeError(f"no query should return a {type(value).__name__}")


def decode(value: Any) -> Any:
    """The parameter that ``encode`` made JSON of."""
    match value:
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"map": dict(parts)}:
            return {name: decode(part) for name, part in parts.items()}
        case list():
            return [decode(part) for part in value]
    return value


def _encoded(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: encode(parts[name]) for name in sorted(parts)}
