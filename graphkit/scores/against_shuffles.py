"""What a unit is measured against where chance is a shuffle: what so many shuffles of the same market gave it."""

import numpy as np
import polars as pl

from graphkit.algorithms.count_tests import (
    Floats,
    GammaPrior,
    eb05,
    shuffled_ratio_interval,
    shuffled_tail,
)
from graphkit.scores.collect import Shuffled
from graphkit.scores.tested import party_unit_id

ENOUGH = 10
"""Draws that reached a count, from which on their share alone says how likely it is (Besag and Clifford, Sequential
Monte Carlo p-values, Biometrika 78, 1991, stop at such a number).
"""


def against_shuffles(tests: pl.DataFrame, counts: pl.DataFrame, draws: int) -> pl.DataFrame:
    """``tests`` of one detector with mean, icc, baseline, peers_n (the draws), expected, effect, p, eb05.

    ``counts`` has unit_id, draw and flagged. Where at least ``ENOUGH`` draws reached the unit's count, p is theirs:
    (draws that did + 1) / (draws + 1). Where fewer did it is that or the tail in closed form
    (:func:`graphkit.algorithms.count_tests.shuffled_tail`), the larger, and where none did the tail, which goes on
    where draws end. Events of one draw come in clumps: their size is the variance of the draws by their mean, the
    unit's own or that of all units, the larger. Where nothing was flagged nothing was drawn: p is 1 and nothing is
    expected.
    """
    if not draws:
        nothing = pl.lit(None, pl.Float64())
        return tests.with_columns(
            # what is undecided could be beyond any chance
            mean=pl.lit(0.0),
            icc=nothing,
            baseline=pl.lit("shuffles"),
            peers_n=pl.lit(0, pl.Int64()),
            expected=nothing,
            effect=nothing,
            effect_low=nothing,
            effect_high=nothing,
            p=pl.when(pl.col("n") > 0).then(1.0).otherwise(float("nan")),
            eb05=nothing,
        )
    unit = ["unit_id"]
    reached = pl.col("flagged_drawn") >= pl.max_horizontal("flagged", 1)
    drawn = (
        counts.rename({"flagged": "flagged_drawn"})
        .join(tests.select("unit_id", "flagged"), on=unit)
        .group_by(unit)
        .agg(
            total=pl.col("flagged_drawn").sum(),
            squares=(pl.col("flagged_drawn") ** 2).sum(),
            reached=reached.sum(),
        )
    )
    known = tests.join(drawn, on=unit, how="left", maintain_order="left").with_columns(
        pl.col("total", "squares", "reached").fill_null(0)
    )
    numbers: list[Floats] = [
        known[name].to_numpy().astype(np.float64) for name in ("flagged", "n", "total", "squares", "reached")
    ]
    k, n, total, squares, times = numbers
    clump = _clumps(total, squares, draws)
    tail, drawn_p = shuffled_tail(k, total, draws, clump), (times + 1) / (draws + 1)
    p = np.where(times >= ENOUGH, drawn_p, np.where(times > 0, np.maximum(tail, drawn_p), tail))
    p[k == 0] = 1.0
    # one more draw and one more event: what chance gives is never quite nothing
    expected = (total + 1) / (draws + 1)
    low, high = shuffled_ratio_interval(k, total, draws, clump)
    # the units have nothing in common that chance did not give them: no prior is fitted to them
    shrunken = eb05(k, expected, GammaPrior(1.0, 1.0))
    is_tested = n > 0

    def told(values: Floats) -> pl.Series:
        return pl.Series(np.where(is_tested & np.isfinite(values), values, np.nan), dtype=pl.Float64())

    return known.drop("total", "squares", "reached").with_columns(
        mean=told(expected / np.where(is_tested, n, 1.0)).fill_nan(None),
        icc=pl.lit(None, pl.Float64()),
        baseline=pl.lit("shuffles"),
        peers_n=pl.lit(draws, pl.Int64()),
        expected=pl.Series(expected, dtype=pl.Float64()),
        effect=told(k / expected),
        effect_low=told(low),
        effect_high=told(high),
        p=told(p),
        eb05=told(shrunken),
    )


def by_month_and_party(shuffled: Shuffled, months: pl.DataFrame) -> Shuffled:
    """The shuffled counts of the units of a month, and their sums by draw for the units of their parties."""
    named = shuffled.counts.join(months.select("detector", "unit_id", "party_id"), on=["detector", "unit_id"])
    parties = named.select("party_id").unique()
    ids = pl.Series([party_unit_id(party) for party in parties["party_id"]], dtype=pl.String())
    sums = named.join(parties.with_columns(ids.alias("of_party")), on="party_id").group_by(
        "detector", "draw", unit_id="of_party"
    )
    of_parties = sums.agg(pl.col("flagged").sum()).select(shuffled.counts.columns)
    return Shuffled(pl.concat([shuffled.counts, of_parties]), shuffled.draws)


def _clumps(total: Floats, squares: Floats, draws: int) -> Floats:
    """How many events come at a time: variance by mean, of the unit and of all, at least 1."""
    mean = total / draws
    variance = squares / draws - mean**2
    own = variance / np.where(mean > 0, mean, 1.0)
    every = variance.sum() / mean.sum() if mean.sum() > 0 else 1.0
    return np.maximum(np.maximum(own, every), 1.0)
