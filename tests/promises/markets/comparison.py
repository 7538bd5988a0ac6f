"""One random market in both engines: every query of the library asked of both, every twin held against its detector."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from graphkit.errors import QueryError, StoreError
from graphkit.queries import Query, bind, library
from graphkit.store.bolt import Graph
from graphkit.store.embedded import DATABASE
from graphkit.store.engine import running
from graphkit.store.projection import projection
from graphkit.store.push import About, push
from tests.promises.at_once import at_once
from tests.promises.markets.parameters import draws
from tests.promises.markets.random_market import Held, held, random_market
from tests.servers.neo4j import Server

SECONDS = 600.0
"""How long the embedded engine lets a statement run."""

DIGITS = 9
"""Significant digits to which numbers with decimals are equal."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Compared:
    """What one market showed: each difference in words, how many answers were asked, how many rows each query gave, and
    how many cars each detector flagged.
    """

    seed: int
    differences: tuple[str, ...]
    asked: int
    rows: Mapping[str, int]
    flagged: Mapping[str, int]


def compare(seed: int, embedded: Graph, server: Server) -> Compared:
    """Load the market of a seed into both engines, in place of what they held, and ask both everything."""
    case = held(random_market(seed))
    with ExitStack() as stack:
        filling = {"Neo4j": _pushed(case, server), "embedded": _loaded(case, embedded)}
        engines = at_once({name: partial(stack.enter_context, filled) for name, filled in filling.items()})
        return _compared(case, engines)


@contextmanager
def _pushed(case: Held, server: Server) -> Iterator[Graph]:
    seed = str(case.market.seed)
    server.clear()
    with Graph.connect(server.uri, server.user, server.password) as graph:
        about = About(seed, f"run {seed}", seed, "case", case.known)
        push(graph, lambda: projection(case.tables, case.results), about, _silent)
        yield graph


@contextmanager
def _loaded(case: Held, graph: Graph) -> Iterator[Graph]:
    graph.transact(lambda run: run("MATCH (n) DETACH DELETE n", {}))
    graph.load(projection(case.tables, case.results), _silent)
    yield graph


@contextmanager
def embedded_engine(folder: Path) -> Iterator[Graph]:
    """The embedded engine for one market after another: a start costs as much as a market's questions."""
    # a store would be closed and opened again before it is asked, which is tested elsewhere
    with (
        running(folder / "databases", folder / "server", is_writable=True, timeout=SECONDS) as (door, _),
        Graph.connect(door.uri, door.user, door.password, database=DATABASE) as graph,
    ):
        yield graph


def rows_of(frame: pl.DataFrame) -> list[Row]:
    """The rows of an answer, numbers with decimals rounded to ``DIGITS``."""
    return [tuple(_rounded(value) for value in row) for row in frame.rows()]


def first_difference(one: list[Row], other: list[Row]) -> str:
    """Where two answers part, in words; empty where they are equal, order included."""
    if one == other:
        return ""
    at = next(
        (n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
    shown = [repr(rows[at]) if at < len(rows) else "no more rows" for rows in (one, other)]
    return f"{len(one)} and {len(other)} rows; row {at}: {shown[0]} and {shown[1]}"


def flagged_by_unit(hits: pl.DataFrame, detector: str) -> list[Row]:
    """What the twin of a detector must give: unit_id and flagged, in order of unit."""
    flagged = hits.filter(detector=detector, verdict="flagged")
    return sorted(flagged.group_by("unit_id").len().rows())


def counted_by_unit(found: pl.DataFrame) -> list[Row]:
    """What a twin gave, in the same form."""
    return sorted(found.select("unit_id", "flagged").rows())


def _compared(case: Held, engines: Mapping[str, Graph]) -> Compared:
    told: list[str] = []
    rows: Counter[str] = Counter()
    asked = 0
    for query in library().values():
        for given in draws(query, case):
            asked += 1
            answers = at_once({name: partial(_answer, graph, query, given, case) for name, graph in engines.items()})
            one, other = (rows_of(found) if isinstance(found, pl.DataFrame) else found for found in answers.values())
            tell = partial(_told, case.market.seed, query.name, given)
            if isinstance(one, str) or isinstance(other, str):
                told.append(tell(" and ".join(f"{name}: {answers[name]}" for name in engines)))
                continue
            rows[query.name] += len(one)
            if parted := first_difference(one, other):
                told.append(tell(f"{' and '.join(engines)} gave {parted}"))
            if (known := _ties(query.name, given, case)) is not None:
                for name, found in answers.items():
                    assert isinstance(found, pl.DataFrame)
                    if parted := first_difference(known, sorted(found.select(_TIES[query.name]).rows())):
                        told.append(tell(f"Python and {name} gave {parted}"))
            # what a detector flags rests on its own settings, which are the defaults of its twin
            if query.folder == "detect" and not given and query.name not in case.not_run:
                wanted = flagged_by_unit(case.results["hits"], query.name)
                for name, found in answers.items():
                    assert isinstance(found, pl.DataFrame)
                    if parted := first_difference(wanted, counted_by_unit(found)):
                        told.append(tell(f"Python and {name} gave {parted}"))
    flagged = Counter(case.results["hits"].filter(verdict="flagged")["detector"])
    return Compared(case.market.seed, tuple(told), asked, rows, flagged)


_TIES = {
    "related_on_day": ("party_a", "party_b", "rule", "verdict"),
    "controlled_by": ("controlled_id", "basis", "verdict"),
}
"""The questions about derived ties on a day, and what Python has of them."""


def _ties(query: str, given: Mapping[str, str], case: Held) -> list[Row] | None:
    """What Python has to a question about ties; None for any other question."""
    if query not in _TIES or "top" in given:
        return None
    day = given.get("on") or given.get("as_of")
    on = date.fromisoformat(day) if day else case.known["as_of"]
    name = "relations" if query == "related_on_day" else "control"
    rows = case.results[name].filter(
        (pl.col("valid_from") <= on).fill_null(True), (pl.col("valid_to") >= on).fill_null(True)
    )
    rows = (
        rows.filter(tier=given.get("tier", "A"))
        if name == "relations"
        else rows.filter(controller_id=given["party_id"])
    )
    return sorted(rows.select(_TIES[query]).rows())


def _answer(graph: Graph, query: Query, given: Mapping[str, str], case: Held) -> pl.DataFrame | str:
    try:
        return graph.run(query.text, bind(query, given, case.known), query.returns)
    except (QueryError, StoreError) as error:
        return f"refused: {error}"


def _told(seed: int, query: str, given: Mapping[str, str], what: str) -> str:
    return f"seed {seed}, {query} {dict(given)}: {what}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return tuple(map(_rounded, value)) if isinstance(value, list) else value


def _silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
