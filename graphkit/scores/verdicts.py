"""When a unit counts as flagged: effect floors first, chance second, and nothing decisive may be missing."""

import polars as pl

ALPHA = 0.05
"""A finding stands where its q is at most this: one in twenty of the findings called out would be chance."""


def meets_floors(flagged: pl.Expr, n: pl.Expr, effect: pl.Expr) -> pl.Expr:
    """Whether these counts pass the detector's floors: columns min_tested, min_flagged, min_share, min_effect."""
    return (
        (n >= pl.col("min_tested"))
        & (flagged >= pl.col("min_flagged"))
        & (flagged >= pl.col("min_share") * n)
        & (effect >= pl.col("min_effect"))
    )


def verdict(undecided: pl.Expr) -> pl.Expr:
    """The word for a finding: flagged, explained, indeterminate or unremarkable.

    *indeterminate*: more cars are undecidable than decidable, or the floors are missed only because of undecidable
    cars. *flagged*: the floors are met, and q ≤ 0.05 or the detector is deterministic. *explained*: hits there were,
    and each has a lawful look-alike. *unremarkable*: the rest. Needs the counts, ``mean`` (null for a deterministic
    detector), ``effect``, ``q`` and the floors; ``undecided`` are the undecidable cars.
    """
    worst = pl.col("flagged") + undecided
    everything = pl.col("n") + undecided
    worst_effect = worst / everything / pl.col("mean").fill_null(1.0)
    met = meets_floors(pl.col("flagged"), pl.col("n"), pl.col("effect"))
    would = (undecided > 0) & meets_floors(worst, everything, worst_effect)
    beyond_chance = pl.col("deterministic") | (pl.col("q") <= ALPHA).fill_null(False)
    return (
        pl.when(undecided > pl.col("n"))
        .then(pl.lit("indeterminate"))
        .when(met & beyond_chance)
        .then(pl.lit("flagged"))
        .when(~met & would)
        .then(pl.lit("indeterminate"))
        .when((pl.col("flagged") == 0) & (undecided == 0) & (pl.col("explained") > 0))
        .then(pl.lit("explained"))
        .otherwise(pl.lit("unremarkable"))
    )
