"""Weights of evidence: what each party-level finding adds to a party's score, and which of them count."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import e

import polars as pl

from graphkit.algorithms.thresholds import setting
from graphkit.model import Detector
from graphkit.scores.verdicts import meets_floors
from graphkit.tables.outputs import SHAPES


@dataclass(frozen=True)
class Settings:
    """Every number that turns findings into weights; weights are log10 likelihood ratios."""

    cap: float = setting(
        2.0, "log10 of odds", "100 to 1 is the most that one family may say, so that no single register convicts"
    )
    breach: float = setting(2.0, "log10 of odds", "a rule in force was broken in writing: the full weight")
    practice: float = setting(1.0, "log10 of odds", "a plain fact that no rule forbade: 10 to 1")
    look_alike: float = setting(
        -0.301030, "log10 of odds", "the hits are mostly explained by a lawful population, which halves the odds"
    )
    mostly: float = setting(
        0.5,
        "explained of the explained and flagged hits, at least",
        "from then on most of them are lawful; they must be as many as the detector's floor asks",
    )


SETTINGS = Settings()


def contributions_of(
    findings: pl.DataFrame, counts: pl.DataFrame, detectors: Sequence[Detector], settings: Settings = SETTINGS
) -> pl.DataFrame:
    """One row for each party-level finding of a stable detector: weight, cap, counted, and a sentence.

    ``counts`` has detector, party_id, explained, indeterminate and ``breaches`` (flagged hits of grade breach). A rate
    weighs log10 of min(-1 / (e p ln p), 100), the most that its p can say, and nothing from p = 1/e up; a deterministic
    detector weighs by its grade. Findings below the floors or with verdict indeterminate weigh nothing. In each family
    the largest weight counts, and the lowest negative one; the weights are rounded to six decimals and the sum of the
    counted ones is the score. Returns ``SHAPES["contributions"]``.
    """
    stable = _floors_of([item for item in detectors if item.status == "stable"])
    weighed = (
        findings.filter(pl.col("unit_kind") == "party")
        .join(stable, on="detector", how="inner")
        .join(counts, on=["detector", "party_id"], how="left")
        .with_columns(met=meets_floors(pl.col("observed"), pl.col("n"), pl.col("effect")))
        .with_columns(weight=_weight(settings).round(6).fill_null(0.0), cap=pl.lit(settings.cap))
        .sort(
            ["party_id", "family", "p", "observed", "finding_id"],
            descending=[False, False, False, True, False],
            nulls_last=True,
        )
    )
    place = ["party_id", "family"]
    first = pl.int_range(pl.len()).over(place) == pl.col("weight").arg_max().over(place)
    last = pl.int_range(pl.len()).over(place) == pl.col("weight").arg_min().over(place)
    counted = (first & (pl.col("weight") > 0)) | (last & (pl.col("weight") < 0))
    return SHAPES["contributions"].canonical(weighed.with_columns(counted=counted).with_columns(sentence=_sentence()))


def _weight(settings: Settings) -> pl.Expr:
    p = pl.col("p")
    # Sellke, Bayarri, Berger 2001: no alternative can make a p more telling than this
    bound = (-1 / (e * p * p.log())).clip(1, 10**settings.cap).log10()
    by_chance = pl.when(p < 1 / e).then(bound).otherwise(0.0)
    by_grade = pl.when(pl.col("breaches") >= pl.col("min_flagged")).then(settings.breach).otherwise(settings.practice)
    hits = pl.col("explained") + pl.col("observed")
    lawful = (hits >= pl.col("min_flagged")) & (pl.col("explained") >= settings.mostly * hits)
    return (
        pl.when(pl.col("verdict") == "indeterminate")
        .then(0.0)
        .when(pl.col("met"))
        .then(pl.when(p.is_not_null()).then(by_chance).otherwise(by_grade))
        .when(lawful)
        .then(settings.look_alike)
        .otherwise(0.0)
    )


def _sentence() -> pl.Expr:
    why = (
        pl.when(pl.col("verdict") == "indeterminate")
        .then(pl.lit("deciding data are missing"))
        .when(pl.col("weight") < 0)
        .then(pl.lit("most of its hits have a lawful look-alike"))
        .when(pl.col("weight") == 0)
        .then(pl.lit("below the floors or within chance"))
        .when(pl.col("counted"))
        .then(pl.lit("the strongest of its family"))
        .otherwise(pl.lit("another of its family is stronger"))
    )
    return pl.format("{} (weight {}: {}).", pl.col("reason").str.strip_suffix("."), pl.col("weight"), why)


def _floors_of(detectors: Sequence[Detector]) -> pl.DataFrame:
    schema = {
        "detector": pl.String(),
        "min_tested": pl.Int64(),
        "min_flagged": pl.Int64(),
        "min_share": pl.Float64(),
        "min_effect": pl.Float64(),
    }
    rows = [
        (
            item.id,
            item.floors.min_tested,
            item.floors.min_flagged,
            float(item.floors.min_share),
            float(item.floors.min_effect),
        )
        for item in detectors
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")
