"""Money that goes round once: circles of which no two share a step, first in, first out."""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from graphkit.algorithms.cycle_threads import TooManyCyclesError
from graphkit.trade.circles import BOUNDS, Bounds, Steps, ordered_circles


def rounds(
    steps: Steps, groups: pl.DataFrame | None, bounds: Bounds = BOUNDS, *, told: Collection[str] = ()
) -> tuple[pl.DataFrame, int]:
    """The circles in which no step stands twice, first in, first out, and the days within which they were looked for.

    They are taken in the order in which they began and ended, so that the same money goes round once; those in
    ``told``, the row keys of a circle in their order, joined by ``|``, before all others. They are numbered in time.
    Columns are those of :func:`graphkit.trade.circles.circles`. Of circles too many to list in the window those within
    half of it are taken, or a quarter, …
    """
    # numba takes half a second to load, and the rule book needs none of it
    from graphkit.algorithms.disjoint import first_disjoint

    try:
        found = ordered_circles(steps, groups, bounds)
    except TooManyCyclesError:
        if not bounds.window_days:
            raise
        return rounds(steps, groups, replace(bounds, window_days=bounds.window_days // 2), told=told)
    # rows of a day may stand in any order, and the smallest keys then come first
    order = found.group_by("circle").agg(
        pl.col("steps", "on_date").first(), last_on=pl.col("on_date").last(), key=pl.col("row_key").str.join("|")
    )
    order = order.with_columns(rank=~pl.col("key").is_in(list(told)))
    order = order.sort("rank", "on_date", "last_on", "key").with_row_index("at")
    placed = found.join(order.select("circle", "at"), on="circle").sort("at", "step")
    numbers = placed["row_key"].rank("dense").cast(pl.Int64).to_numpy()
    taken = order.filter(first_disjoint(order["steps"].to_numpy(), numbers)).sort("on_date", "last_on", "key")
    numbered = taken.select("circle").with_row_index("round", 1)
    kept = found.join(numbered, on="circle").with_columns(circle=pl.col("round").cast(pl.Int64)).drop("round")
    return kept.sort("circle", "step"), bounds.window_days
