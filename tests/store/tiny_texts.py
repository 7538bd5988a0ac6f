"""A query's expected rows as a file: a tiny market written as text, and what it is asked with the rows that come back.

A table is written as comma-separated text with its columns in the first line; an empty cell is null, a line that begins
with ``#`` a comment. In an answer a number may be a fraction (``2/3``), and a list has ``;`` between its parts.
"""

import csv
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from graphkit.ledger import build_ledger
from graphkit.queries import Column
from graphkit.store.history import FOUND, RUNS
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.trade.flow_shapes import with_shapes
from graphkit.trade.flows import build_flows
from tests.store.conftest import table

COMPLETE = date(2020, 1, 1), date(2030, 12, 31)
"""The days in which every register of a tiny market is complete."""

_OF_RESULTS: Mapping[str, Mapping[str, Any]] = {
    **{name: shape.schema for name, shape in SHAPES.items()},
    "runs": RUNS,
    "found": FOUND,
}


@dataclass(frozen=True)
class Question:
    """What a query is asked, why, and every row of its answer in order."""

    why: str
    params: Mapping[str, str]
    rows: str


@dataclass(frozen=True)
class Expected:
    """A tiny market with the results of a run, and the questions to a query about it."""

    tables: Mapping[str, pl.DataFrame]
    results: Mapping[str, pl.DataFrame]
    questions: tuple[Question, ...]


def read(path: Path) -> Expected:
    """The file as a market, with its ledger and flows as the rooms make them, and as questions."""
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    questions = tuple(Question(asked["why"], asked.get("params", {}), asked["rows"]) for asked in written["asked"])
    tables, open_identities = _tables(written["tables"])
    results = {name: _result(name, text) for name, text in written.get("results", {}).items()}
    results["identities"] = _identities(tables["parties"], open_identities)
    lazy = {name: nw.from_native(rows.lazy()) for name, rows in tables.items()}
    coverage = Coverage(tuple(Span(name, *COMPLETE, complete=True) for name in TABLES))
    results["ledger"] = SHAPES["ledger"].canonical(build_ledger(lazy, coverage).collect().to_native())
    results["flows"] = SHAPES["flows"].canonical(with_shapes(build_flows(lazy).collect().to_native()))
    return Expected(tables, results, questions)


def answer(text: str, columns: Iterable[Column]) -> list[dict[str, Any]]:
    """The rows of an answer, whose first line names the columns of the query in their order."""
    types = {column.name: column.type for column in columns}
    names, rows = _lines(text)
    assert names == list(types), f"the answer is written with {', '.join(names)}; the query gives {', '.join(types)}"
    return [{name: _told(types[name], cell) for name, cell in row.items()} for row in rows]


def _tables(texts: Mapping[str, str]) -> tuple[dict[str, pl.DataFrame], set[str]]:
    """Every input table, and the parties whose identity is undecided."""
    tables = {name: contract.empty() for name, contract in TABLES.items()}
    open_identities: set[str] = set()
    for name, text in texts.items():
        names, rows = _lines(text)
        types = TABLES[name].loaded_schema()
        also = {"is_stub": pl.Boolean(), "is_undecided": pl.Boolean()} if name == "parties" else {}
        _check(name, names, {**types, **also})
        typed = [{key: _typed({**types, **also}[key], cell) for key, cell in row.items()} for row in rows]
        if name == "parties":
            typed = [{"kind": "company", "name": f"示例{row['party_id']}", **row} for row in typed]
            open_identities = {row["party_id"] for row in typed if row.get("is_undecided")}
        tables[name] = table(name, *typed)
        if name == "parties":
            stubs = pl.Series([bool(row.get("is_stub")) for row in typed], dtype=pl.Boolean)
            tables[name] = tables[name].with_columns(is_stub=stubs)
    return tables, open_identities


def _result(name: str, text: str) -> pl.DataFrame:
    names, rows = _lines(text)
    types = _OF_RESULTS[name]
    _check(name, names, types)
    typed = [{key: _typed(types[key], cell) for key, cell in row.items()} for row in rows]
    return pl.DataFrame(typed, schema=dict(types))


def _identities(parties: pl.DataFrame, open_identities: set[str]) -> pl.DataFrame:
    of_table = ("party_id", "name", "kind", "roles", "city", "uscc", "lei", "is_stub", "is_state", "is_listed")
    return parties.select(
        *of_table,
        canonical_id="party_id",
        name_key="name",
        is_undecided=pl.col("party_id").is_in(sorted(open_identities)),
        is_private=pl.lit(False),
        basis=pl.lit("self"),
        reason=pl.lit(None, dtype=pl.String),
    )


def _lines(text: str) -> tuple[list[str], list[dict[str, str]]]:
    """The names in the first line, and each further line by them."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("#")]
    cells = [[cell.strip() for cell in line] for line in csv.reader(lines, skipinitialspace=True)]
    names, rows = cells[0], cells[1:]
    for row in rows:
        assert len(row) == len(names), f"{', '.join(row)}: not as many cells as columns ({', '.join(names)})"
    return names, [dict(zip(names, row, strict=True)) for row in rows]


def _check(name: str, given: Iterable[str], types: Mapping[str, Any]) -> None:
    unknown = set(given) - set(types)
    assert not unknown, f"{name} has no column {', '.join(sorted(unknown))}"


def _typed(dtype: Any, cell: str) -> Any:
    """A cell of a table."""
    if not cell:
        return None
    if dtype == pl.Date:
        return date.fromisoformat(cell)
    if dtype == pl.Boolean:
        return {"true": True, "false": False}[cell]
    if dtype == pl.Int64:
        return int(cell)
    return float(cell) if dtype == pl.Float64 else cell


def _told(kind: str, cell: str) -> Any:
    """A cell of an answer."""
    if kind == "list<string>":
        return [part.strip() for part in cell.split(";")] if cell else []
    if not cell:
        return None
    if kind == "date":
        return date.fromisoformat(cell)
    if kind == "bool":
        return {"true": True, "false": False}[cell]
    if kind == "int":
        return int(cell)
    return float(Fraction(cell)) if kind == "float" else cell
