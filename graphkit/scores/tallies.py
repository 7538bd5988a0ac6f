"""The numbers that stand beside a finding's flagged cars, such as how many were plated later and how many never."""

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from graphkit.model import Detector
from graphkit.scores.tested import party_unit_id
from graphkit.tables.outputs import SHAPES


def tallied(detectors: Sequence[Detector], hits: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """``SHAPES["tallies"]``: each tally of a detector for each of its findings, those of no car included.

    Only hits that are decided count, those of the unit in its month and those of the party that answers for them.
    """
    counts = [SHAPES["tallies"].empty().drop("finding_id"), *(_counts(item, hits) for item in detectors)]
    named = findings.select("finding_id", "detector", "unit_id")
    return SHAPES["tallies"].canonical(pl.concat(counts).join(named, on=["detector", "unit_id"], how="inner"))


def beside_findings(detectors: Sequence[Detector], hits: pl.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """The tallies in words, in the order of the detector, by detector and unit."""
    told: dict[tuple[str, str], tuple[str, ...]] = {}
    for detector in detectors:
        cars = {(unit, tally): number for _, unit, tally, number in _counts(detector, hits).iter_rows()}
        for unit in dict.fromkeys(unit for unit, _ in cars):
            told[detector.id, unit] = tuple(f"{cars[unit, item.id]:,} {item.words}" for item in detector.tallies)
    return told


def _counts(detector: Detector, hits: pl.DataFrame) -> pl.DataFrame:
    """Of each month unit and each accountable party with a hit: detector, unit_id, tally, cars."""
    shape = {name: dtype for name, dtype in SHAPES["tallies"].schema.items() if name != "finding_id"}
    own = hits.filter(pl.col("detector") == detector.id)
    if not detector.tallies or own.is_empty():
        return pl.DataFrame(schema=shape)
    is_decided = nw.col("verdict") != "indeterminate"
    marked = (
        nw.from_native(own)
        .with_columns(**{item.id: (item.holds & is_decided).fill_null(False) for item in detector.tallies})
        .to_native()
    )
    parties = {party: party_unit_id(party) for party in marked["accountable_id"].drop_nulls().unique()}
    of_party = pl.col("accountable_id").replace_strict(parties, default=None, return_dtype=pl.String())
    names = [item.id for item in detector.tallies]
    units = pl.concat([marked.select("unit_id", *names), marked.select(of_party.alias("unit_id"), *names)])
    counted = units.drop_nulls("unit_id").group_by("unit_id").agg(pl.col(names).sum().cast(pl.Int64))
    long = counted.unpivot(names, index="unit_id", variable_name="tally", value_name="cars")
    return long.select(pl.lit(detector.id).alias("detector"), "unit_id", "tally", "cars").sort("unit_id", "tally")
