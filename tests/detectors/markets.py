"""The small markets under cases/, each loaded and resolved once a run, and what one detector finds in them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import narwhals as nw
import polars as pl

from graphkit import pipeline
from graphkit.algorithms.frames import lazy_of, polars_of
from graphkit.detectors import DETECTORS
from graphkit.ledger import build_ledger
from graphkit.model import DEFAULT_REGIME, Detector, Market
from graphkit.pipeline import Results
from graphkit.scores.collect import Collected, collect
from graphkit.tables.absence import NOTHING_UNREAD, shadows
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.coverage_entries import from_entries
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Loaded, load
from graphkit.tables.outputs import SHAPES
from graphkit.tables.sources import Source
from tests.detectors.made_by_one_worker import made_by_one

CASES = Path(__file__).parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/case.toml"))
BY_ID = {detector.id: detector for detector in DETECTORS}
CLEAR = "clear"


def folders_of(detector: Detector) -> list[Path]:
    return [folder for folder in FOLDERS if folder.parent.name == detector.id]


@dataclass(frozen=True)
class Given:
    """The source files of a folder as they are loaded, what they cover, and the day."""

    tables: Mapping[str, pl.DataFrame]
    quarantine: Mapping[str, pl.DataFrame]
    unread: pl.DataFrame
    spans: tuple[Span, ...]
    as_of: date


def load_file(path: Path, table: str) -> Loaded:
    """One file whose headers are the columns of the contract."""
    header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
    return load(TABLES[table], [Source(path.name, path.name, path, {name: name for name in header})])


@cache
def given(folder: Path) -> Given:
    return made_by_one(f"given {folder}", lambda: _loaded(folder))


def _loaded(folder: Path) -> Given:
    sources = [path for path in sorted(folder.glob("*.csv")) if not path.stem.startswith("expected_")]
    loaded = {path.stem: load_file(path, path.stem) for path in sources}
    rows = {name: one.rows for name, one in loaded.items()}
    return Given(
        tables={name: table.empty() for name, table in TABLES.items()} | rows,
        quarantine={name: one.quarantine for name, one in loaded.items() if one.quarantine.height},
        unread=pl.concat([NOTHING_UNREAD, *(one.unread for one in loaded.values())]),
        spans=from_entries(_stated(folder / "coverage.toml")["coverage"]),
        as_of=_stated(folder / "case.toml")["as_of"],
    )


def refused(folder: Path) -> list[str]:
    """The rows of a folder that the reader did not load, each with its file, line, column and reason."""
    return [
        f"{name}.csv line {row['line']}, {row['column']}: {row['reason']}"
        for name, rows in given(folder).quarantine.items()
        for row in rows.iter_rows(named=True)
    ]


def _stated(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def run_of(one: Given, only: tuple[str, ...] = ()) -> Results:
    """The whole flow on the rows of a folder."""
    return pipeline.run(
        one.tables,
        one.quarantine,
        coverage=Coverage(one.spans),
        regime=DEFAULT_REGIME,
        as_of=one.as_of,
        denials={},
        sources=SHAPES["sources"].empty(),
        unread=one.unread,
        only=only,
    )


class _ReachedError(Exception):
    """Ends the flow where the detectors would begin."""


@cache
def market_of(folder: Path) -> Market:
    """The market of a folder, made by the whole flow and taken as it reaches the detectors."""
    facts = made_by_one(f"market {folder}", lambda: _facts(_reached(folder)))
    tables = {name: lazy_of(frame) for name, frame in facts.pop("tables").items()}
    return Market(
        tables=tables,
        **{name: lazy_of(fact) if isinstance(fact, pl.DataFrame) else fact for name, fact in facts.items()},
    )


def _facts(market: Market) -> dict[str, Any]:
    """The fields of a market, each table in memory, as a worker can hand them to another."""
    facts = {field.name: getattr(market, field.name) for field in fields(market)}
    in_memory = {name: polars_of(fact) for name, fact in facts.items() if isinstance(fact, nw.LazyFrame)}
    return {**facts, **in_memory, "tables": tables_of(market), "rules": dict(market.rules)}


def _reached(folder: Path) -> Market:
    reached: list[Market] = []

    def collected(market: Market, detectors: Sequence[Detector], tables: Mapping[str, pl.DataFrame]) -> Collected:
        assert [detector.id for detector in detectors] == [folder.parent.name]
        reached.append(market)
        raise _ReachedError

    one = given(folder)
    with patch.object(pipeline, "collect", collected):
        try:
            run_of(one, only=(folder.parent.name,))
        except _ReachedError:
            return reached[0]
    raise AssertionError(f"{folder.parent.name} was not run: {folder} lacks what it needs")


def tables_of(market: Market) -> dict[str, pl.DataFrame]:
    return {name: polars_of(frame) for name, frame in market.tables.items()}


def covered(market: Market, spans: Sequence[Span]) -> Market:
    """The same rows with other statements of what they cover."""
    coverage = Coverage(tuple(spans)).known_on(market.as_of)
    ledger = SHAPES["ledger"].canonical(polars_of(build_ledger(market.tables, coverage)))
    return replace(market, coverage=coverage, ledger=lazy_of(ledger))


def with_quarantine(market: Market, quarantine: Mapping[str, pl.DataFrame]) -> Market:
    """The same rows beside other rows that were not loaded."""
    return replace(market, shadows=lazy_of(shadows(tables_of(market), quarantine)))


def found_in(market: Market, detector: Detector) -> Collected:
    return collect(market, [detector], tables_of(market))


@cache
def found(folder: Path) -> Collected:
    return made_by_one(f"found {folder}", lambda: found_in(market_of(folder), BY_ID[folder.parent.name]))


def verdicts(hits: pl.DataFrame) -> dict[str, str]:
    return dict(hits.select("subject_id", "verdict").rows())
