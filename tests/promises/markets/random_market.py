"""A small random market, dense in the cases on which queries go wrong, and what a case with it would hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit import pipeline
from graphkit.model import DEFAULT_REGIME, REGIMES
from graphkit.queries import known_of
from graphkit.store.history import FOUND, RUNS
from graphkit.tables.contract import violations
from graphkit.tables.coverage import NATIONWIDE, Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.tables.quarantine import QUARANTINE_SCHEMA
from tests.promises.markets.draft import FIRST, LAST, Draft
from tests.promises.markets.random_books import draw_payments, draw_reports
from tests.promises.markets.random_cars import draw_cars
from tests.promises.markets.random_parties import draw_parties
from tests.promises.markets.random_sets import draw_sets
from tests.promises.markets.random_shells import draw_shells

EARLIER = date(2025, 9, 30)
"""The day of the earlier run."""

CARS = 44
ALIKE = 38
"""Cars of one dealer and month in every second market: a finding needs 30."""

_REGISTERS = ("ownership", "positions", "control_agreements")
_LIVES = ("insured_early", "never_plated", "absorbed", "exported", "circled")

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class RandomMarket:
    """Tables as loading would give them, the rows that it would not take, and what the extracts contain."""

    seed: int
    tables: Frames
    quarantine: Frames
    coverage: Coverage
    regime: str


@dataclass(frozen=True)
class Held:
    """What a case with the market holds after two runs: resolved tables, results, what is known, what did not run."""

    market: RandomMarket
    tables: Frames
    results: Frames
    known: Mapping[str, object]
    not_run: tuple[str, ...]


def random_market(seed: int) -> RandomMarket:
    """The market of a seed, always the same."""
    draft = Draft(seed)
    group = draw_parties(draft)
    is_dense = seed % 2 == 0
    alike, life = (ALIKE, _LIVES[seed // 2 % len(_LIVES)]) if is_dense else (0, "plain")
    draw_cars(draft, group, CARS - ALIKE // 2 if is_dense else CARS, alike, life)
    draw_payments(draft)
    draw_reports(draft)
    draw_shells(draft, group)
    draw_sets(draft)
    tables = draft.loaded()
    for name, rows in tables.items():
        broken = violations(TABLES[name], rows.with_columns(piece=pl.lit(0, pl.Int64)))
        assert broken.is_empty(), (name, broken)
    return RandomMarket(
        seed,
        tables,
        {name: _quarantined(draft, name, tables) for name in ("registrations", "sales", "exports")},
        Coverage(tuple(_coverage(draft, is_dense))),
        draft.pick((DEFAULT_REGIME, DEFAULT_REGIME, *REGIMES)),
    )


def held(market: RandomMarket) -> Held:
    """Run the market twice, as known on an earlier and on the last day, as a case would keep it."""
    runs = {f"run {on}": (on, _run(market, on)) for on in (EARLIER, LAST)}
    now = max(runs)
    found = [ran.frames["findings"].with_columns(run_id=pl.lit(name)).select(*FOUND) for name, (_, ran) in runs.items()]
    rows = [(name, on, market.regime, name == now) for name, (on, _) in runs.items()]
    last = runs[now][1]
    results = {**last.frames, "runs": pl.DataFrame(rows, schema=RUNS, orient="row"), "found": pl.concat(found)}
    known = known_of(market.coverage.known_on(LAST), LAST, market.regime)
    return Held(market, last.tables, results, known, tuple(last.not_run))


def _run(market: RandomMarket, as_of: date) -> pipeline.Results:
    return pipeline.run(
        market.tables,
        market.quarantine,
        coverage=market.coverage,
        regime=market.regime,
        as_of=as_of,
        denials={},
        sources=SHAPES["sources"].empty(),
    )


def _coverage(draft: Draft, is_dense: bool) -> list[Span]:
    """Some tables complete, some for a time, some in one city or not at all; registers with a day or without."""
    spans = []
    for name, table in TABLES.items():
        if table.dated is None:
            continue
        partly = (draft.day(FIRST, date(2024, 9, 1)), draft.day(date(2025, 10, 1), LAST))
        first, last = draft.pick(((FIRST, LAST), (FIRST, LAST), partly))
        says = 0.0 if is_dense and draft.chance(0.8) else draft.dice.random()
        if says < 0.75:
            spans.append(Span(name, first, last, NATIONWIDE, complete=True))
        elif says < 0.85:
            spans.append(Span(name, first, last, "示例甲市", complete=True))
        elif says < 0.95:
            spans.append(Span(name, first, last))
    for name in _REGISTERS:
        if draft.chance(0.8):
            since = draft.maybe(0.4, draft.day(date(2024, 1, 1), date(2025, 6, 1)))
            spans.append(Span(name, as_of=draft.day(date(2025, 1, 1), LAST), assume_since=since))
    return spans


def _quarantined(draft: Draft, name: str, tables: Frames) -> pl.DataFrame:
    """Rows that could not be read: of a car, of one that is misspelt, rarely of one that nobody can tell."""
    vins: list[str] = []
    if draft.chance(0.5):
        vins = draft.dice.sample(tables["vehicles"]["vin"].to_list(), 3)
        vins[0] = "X" + vins[0][1:]
    if draft.chance(0.05):
        vins.append("?")
    rows = [{"table": name, "vin": vin, "reason": "is required but empty"} for vin in vins]
    return pl.DataFrame(rows, schema=QUARANTINE_SCHEMA)
