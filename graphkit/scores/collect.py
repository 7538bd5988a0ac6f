"""The outcomes of all detectors in one set of tables, each hit led back to file and line; and who cannot run, and
why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from graphkit.model import Detector, Market
from graphkit.tables.coverage import Coverage
from graphkit.tables.outputs import SHAPES


@dataclass(frozen=True)
class Shuffled:
    """What shuffles would have flagged: ``counts`` (detector, unit_id, draw, flagged), of so many ``draws`` a detector.

    Units that a draw leaves without a hit have no row.
    """

    counts: pl.DataFrame
    draws: Mapping[str, int]


NOTHING_SHUFFLED = Shuffled(
    pl.DataFrame(
        schema={"detector": pl.String(), "unit_id": pl.String(), "draw": pl.Int64(), "flagged": pl.Int64()},
    ),
    MappingProxyType({}),
)
"""Where no detector is judged by shuffles."""


@dataclass(frozen=True)
class Collected:
    """Tables of ``SHAPES`` over all detectors: hits, exposure, units, evidence; and what shuffles gave."""

    hits: pl.DataFrame
    exposure: pl.DataFrame
    units: pl.DataFrame
    evidence: pl.DataFrame
    shuffled: Shuffled


def lacks(detector: Detector, tables: Mapping[str, pl.DataFrame]) -> tuple[str, ...]:
    """What a detector needs and these tables do not have: ``table`` or ``table.column``; empty where it can run."""
    missing: list[str] = []
    for table, columns in detector.needs.items():
        frame = tables[table]
        if frame.is_empty():
            missing.append(table)
        else:
            missing += [f"{table}.{column}" for column in columns if frame[column].null_count() == frame.height]
    return tuple(missing)


def untested(detector: Detector, tables: Mapping[str, pl.DataFrame], coverage: Coverage) -> tuple[str, ...]:
    """The look-alikes of a detector that this case cannot test: a table they need has no rows and no complete
    coverage.
    """
    return tuple(
        look_alike.id
        for look_alike in detector.look_alikes
        if any(tables[table].is_empty() and not coverage.complete_spans(table) for table in look_alike.needs)
    )


def collect(market: Market, detectors: Iterable[Detector], tables: Mapping[str, pl.DataFrame]) -> Collected:
    """Run each detector on the market; ``tables`` are the same resolved tables, for the file and line of the
    evidence.
    """
    hits, exposure, evidence = [], [], []
    shuffled, draws = [NOTHING_SHUFFLED.counts], {}
    for detector in detectors:
        outcome = detector.detect(market, detector.settings)
        name = pl.lit(detector.id).alias("detector")
        found: pl.DataFrame = outcome.hits.collect("polars").to_native()
        hit_id = pl.concat_str(pl.lit(f"{detector.id}/"), "subject_id").alias("hit_id")
        hits.append(found.with_columns(name, hit_id, pl.lit(detector.version).alias("version")))
        exposure.append(outcome.exposure.collect("polars").to_native().with_columns(name))
        evidence.append(outcome.evidence.collect("polars").to_native().with_columns(hit_id))
        if outcome.shuffled is not None:
            counts = outcome.shuffled.collect("polars").to_native().with_columns(name)
            shuffled.append(counts.select(NOTHING_SHUFFLED.counts.columns))
            draws[detector.id] = outcome.draws
    all_units = pl.concat(
        [SHAPES["units"].empty(), *(frame.select(SHAPES["units"].schema.keys()) for frame in exposure)]
    )
    return Collected(
        hits=_canonical("hits", hits),
        exposure=_canonical("exposure", exposure),
        units=SHAPES["units"].canonical(all_units.unique()),
        evidence=_with_lineage(evidence, tables),
        shuffled=Shuffled(pl.concat(shuffled), draws),
    )


def _canonical(name: str, frames: list[pl.DataFrame]) -> pl.DataFrame:
    shape = SHAPES[name]
    return shape.canonical(pl.concat([shape.empty(), *(shape.canonical(frame) for frame in frames)]))


def _with_lineage(frames: list[pl.DataFrame], tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    shape = SHAPES["evidence"]
    if not frames:
        return shape.empty()
    rows = pl.concat(frames)
    named = [name for name in rows["table"].unique().sort() if name in tables]
    lines = (
        pl.concat(tables[name].select(pl.lit(name).alias("table"), "row_key", "source_id", "line") for name in named)
        if named
        else pl.DataFrame(schema={"table": pl.String, "row_key": pl.String, "source_id": pl.String, "line": pl.Int64})
    )
    # a detector numbers the roles; the rows of one hit are numbered again without gaps
    linked = rows.join(lines, on=["table", "row_key"], how="inner").sort("hit_id", "ordinal", "table", "row_key")
    return shape.canonical(linked.with_columns(pl.int_range(1, pl.len() + 1).over("hit_id").alias("ordinal")))
