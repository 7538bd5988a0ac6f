"""The numbers that stand beside a finding's flagged cars, such as how many were plated later and how many never."""

from collections.abc import Sequence

import narwhals as nw
import polars as pl

from graphkit.model import Detector
from graphkit.scores.tested import party_unit_id
from graphkit.tables.outputs import SHAPES

NOTHING_TALLIED = SHAPES["tallies"].empty().drop("finding_id")
"""Where no detector tallies anything."""


def tally(detectors: Sequence[Detector], hits: pl.DataFrame) -> pl.DataFrame:
    """Each tally of each month unit and accountable party with a hit, those of no car included: detector, unit_id,
    tally, cars. Only hits that are decided count.
    """
    return pl.concat([NOTHING_TALLIED, *(_counts(item, hits) for item in detectors)])


def of_findings(tallies: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """``SHAPES["tallies"]``: the tallies of the units that have a finding, with its id."""
    named = findings.select("finding_id", "detector", "unit_id")
    return SHAPES["tallies"].canonical(tallies.join(named, on=["detector", "unit_id"], how="inner"))


def in_words(detectors: Sequence[Detector], tallies: pl.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """The tallies in words, in the order of the detector, by detector and unit."""
    cars = {tuple(key): number for *key, number in tallies.iter_rows()}
    units = tallies.select("detector", "unit_id").unique(maintain_order=True).rows()
    declared = {item.id: item.tallies for item in detectors}
    return {
        (detector, unit): tuple(
            f"{cars[detector, unit, one.id]:,} {one.words}"
            for one in declared[detector]
            if one.tells_none or cars[detector, unit, one.id]
        )
        for detector, unit in units
    }


def _counts(detector: Detector, hits: pl.DataFrame) -> pl.DataFrame:
    own = hits.filter(pl.col("detector") == detector.id)
    if not detector.tallies or own.is_empty():
        return NOTHING_TALLIED
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
