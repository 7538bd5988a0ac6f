"""What each detector will decide of a case: cars tested and undecided, what these lack, and what would decide most."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.algorithms.frames import polars_of
from graphkit.detectors import DETECTORS
from graphkit.model import Detector, Market, Verdict
from graphkit.scores.collect import lacks
from graphkit.tables.coverage import NATIONWIDE, Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.subjects import car

DETECTED = {
    "detector": pl.String(),
    "status": pl.String(),
    "can_run": pl.Boolean(),
    "lacks": pl.String(),
    "tested": pl.Int64(),
    "undecided": pl.Int64(),
    "decided_first_by": pl.String(),
}
WANTED = {
    "detector": pl.String(),
    "missing": pl.String(),
    "cars": pl.Int64(),
    "alone": pl.Int64(),
    "you_have": pl.String(),
}
_LACKED = {"detector": pl.String(), "missing": pl.String(), "cars": pl.Int64(), "alone": pl.Int64(), "first": pl.Date()}

# a maker's months hold the cars of its dealers a second time
_SECOND_COUNT = "maker_city_month"


@dataclass(frozen=True)
class Decided:
    """``detectors``: detector, status, can_run, lacks, tested, undecided (cars), decided_first_by.

    ``wanted``: detector, missing, cars (undecided that lack it), alone (those that lack nothing else), you_have; what
    would decide most comes first. ``lines`` are the entries of ``case.toml`` that would decide them, one a table.
    """

    detectors: pl.DataFrame
    wanted: pl.DataFrame
    lines: tuple[str, ...]


def undecidable(tables: Mapping[str, pl.DataFrame]) -> Decided:
    """What is said of a case without a dated row: what its detectors lack."""
    return Decided(_detectors(tables, {}), pl.DataFrame(schema=WANTED), ())


def decide(
    market: Market,
    tables: Mapping[str, pl.DataFrame],
    doubted: Collection[str],
    progress: Callable[[str, int, int], None],
) -> Decided:
    """Let every detector that can run judge the market, as a run does before it scores; ``tables`` are resolved.

    Of the ``doubted`` tables no line is given: what is stated of them already waits to be confirmed.
    """
    counted: dict[str, tuple[int, int]] = {}
    lacked = [pl.DataFrame(schema=_LACKED)]
    built = polars_of(market.ledger.select("vin", "built_on"))
    for number, detector in enumerate(DETECTORS):
        if lacks(detector, tables):
            continue
        progress(f"what {detector.id} decides", number, len(DETECTORS))
        outcome = detector.detect(market, detector.settings)
        # both rest on the same judged cars, which are judged once so
        exposure, hits = pl.collect_all([outcome.exposure.to_native(), outcome.hits.to_native()])
        tested, undecided = _counts(exposure)
        hits = hits.filter(pl.col("verdict") == Verdict.INDETERMINATE.value)
        counted[detector.id] = tested, undecided
        lacked.append(_lacked(detector, hits, undecided, built))
    wanted = pl.concat(lacked)
    spans = _spans_wanted(wanted)
    have = [_have(missing, tables, market.coverage) for missing in wanted["missing"]]
    told = wanted.with_columns(you_have=pl.Series(have, dtype=pl.String())).select(*WANTED)
    lines = tuple(
        _line(table, first, market.as_of, is_empty=tables[table].is_empty())
        for table, first in sorted(spans.items())
        if table not in doubted
        and not any(start <= first and market.as_of <= end for start, end in market.coverage.complete_spans(table))
    )
    return Decided(_detectors(tables, counted, told), told, lines)


def _counts(exposure: pl.DataFrame) -> tuple[int, int]:
    cars = exposure.filter(pl.col("unit_kind") != _SECOND_COUNT)
    return int(cars["tested"].sum()), int(cars["indeterminate"].sum())


def _lacked(detector: Detector, hits: pl.DataFrame, undecided: int, built: pl.DataFrame) -> pl.DataFrame:
    """What the undecided cars of a detector lack, what would decide most first; with the first day that is asked."""
    facts = pl.col("missing").str.split("; ")
    cars = hits.select(vin=car(), missing=facts, alone=facts.list.len() == 1, on_date="on_date")
    cars = cars.join(built, on="vin", how="left", maintain_order="left")
    found = (
        cars.explode("missing")
        .group_by("missing")
        .agg(
            cars=pl.len().cast(pl.Int64),
            alone=pl.col("alone").sum().cast(pl.Int64),
            first=pl.min_horizontal("built_on", "on_date").min(),
        )
    )
    if undecided > hits.height and detector.unlisted:
        rest = undecided - hits.height
        row = {"missing": detector.unlisted, "cars": rest, "alone": rest, "first": None}
        found = pl.concat([found, pl.DataFrame([row], schema=found.schema)])
    ranked = found.sort(["alone", "cars", "missing"], descending=[True, True, False])
    return ranked.select(pl.lit(detector.id).alias("detector"), "missing", "cars", "alone", "first")


def _complete_in(missing: str) -> list[str]:
    """The tables that a missing fact wants to be complete.

    >>> _complete_in("policies.use, or registrations complete nationwide, to tell a fleet")
    ['registrations']
    """
    if not re.search(r"\bcomplete\b", missing):
        return []
    return [name for name in TABLES if re.search(rf"\b{name}\b(?!\.)", missing.split("complete")[0])]


def _columns_in(missing: str) -> list[tuple[str, str]]:
    named = re.findall(r"\b([a-z_]+)\.([a-z_]+)\b", missing)
    return [(table, column) for table, column in named if table in TABLES and column in TABLES[table].columns]


def _have(missing: str, tables: Mapping[str, pl.DataFrame], coverage: Coverage) -> str:
    said = []
    for table, column in _columns_in(missing):
        frame = tables[table]
        filled = frame.height - frame[column].null_count()
        said.append(f"{table}.{column} in {filled} of {frame.height} rows")
    for table in _complete_in(missing):
        spans = ", ".join(f"{first} to {last}" for first, last in coverage.complete_spans(table))
        said.append(f"{table} complete {spans}" if spans else f"{table} complete on no day")
    return "; ".join(said)


def _spans_wanted(wanted: pl.DataFrame) -> dict[str, date]:
    """The tables that are to be complete, each with the first day that an undecided car asks."""
    spans: dict[str, date] = {}
    for missing, first in wanted.select("missing", "first").drop_nulls().rows():
        for table in _complete_in(missing):
            spans[table] = min(first, spans.get(table, first))
    return spans


def _line(table: str, first: date, last: date, is_empty: bool) -> str:
    said = f'[[coverage]]\ntable = "{table}"\nfrom = {first}\nto = {last}\nplace = "{NATIONWIDE}"\ncomplete = true'
    # that a table has no row speaks against its being complete, so both are said at once
    return f"{said}\nconfirmed = true  # there was none, not one" if is_empty else said


def _detectors(
    tables: Mapping[str, pl.DataFrame],
    counted: Mapping[str, tuple[int, int]],
    wanted: pl.DataFrame | None = None,
) -> pl.DataFrame:
    first = {} if wanted is None else {row["detector"]: row for row in reversed(wanted.to_dicts())}
    rows = []
    for detector in DETECTORS:
        missing = lacks(detector, tables)
        tested, undecided = counted.get(detector.id, (0, 0))
        facts = (detector.id, detector.status, not missing, ", ".join(missing), tested, undecided)
        rows.append((*facts, _first(first.get(detector.id))))
    return pl.DataFrame(rows, schema=DETECTED, orient="row")


def _first(row: Mapping[str, object] | None) -> str:
    if row is None:
        return ""
    if row["alone"]:
        return f"{row['missing']} ({row['alone']} cars by it alone)"
    return f"{row['missing']} ({row['cars']} cars, none by it alone)"
