"""Sets of whole-number intervals, both ends inclusive: sweep, merge and subtract, per key."""

from collections.abc import Sequence

import polars as pl


def sweep(rows: pl.DataFrame, keys: Sequence[str], weights: Sequence[str] = ()) -> pl.DataFrame:
    """Cut the intervals of each key at every end and add up the weights that lie over each piece.

    Parameters
    ----------
    rows
        ``keys``, ``first``, ``last`` and integer ``weights``; intervals may overlap.

    Returns
    -------
    ``keys``, ``first``, ``last``, ``weights``: disjoint pieces in order, only where at least one interval lies.

    Example
    -------
    >>> rows = pl.DataFrame({"k": ["a", "a"], "first": [1, 3], "last": [4, 9], "w": [10, 5]})
    >>> sweep(rows, ["k"], ["w"]).rows()
    [('a', 1, 2, 10), ('a', 3, 4, 15), ('a', 5, 9, 5)]
    """
    if rows.is_empty():
        return rows.select(*keys, "first", "last", *(pl.col(w).cast(pl.Int64) for w in weights))
    one = pl.lit(1, dtype=pl.Int64).alias("_open")
    opens = rows.select(*keys, "first", *(pl.col(w).cast(pl.Int64) for w in weights), one)
    closes = rows.select(*keys, pl.col("last") + 1, *(-pl.col(w).cast(pl.Int64) for w in weights), -one)
    closes = closes.rename({"last": "first"})
    sums = [*weights, "_open"]
    return (
        pl.concat([opens, closes], how="vertical_relaxed")
        .group_by(*keys, "first")
        .agg(pl.col(sums).sum())
        .sort(*keys, "first")
        # a key's changes add up to nothing, so one running sum serves all keys
        .with_columns(pl.col(sums).cum_sum(), last=pl.col("first").shift(-1) - 1)
        .filter(pl.col("_open") > 0)
        .select(*keys, "first", "last", *weights)
    )


def merge(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The union of each key's intervals: overlapping and touching ones become one.

    Example
    -------
    >>> rows = pl.DataFrame({"k": ["a", "a", "a"], "first": [1, 3, 11], "last": [2, 9, 12]})
    >>> merge(rows, ["k"]).rows()
    [('a', 1, 9), ('a', 11, 12)]
    """
    pieces = sweep(rows, keys)
    if pieces.height < 2:
        return pieces
    follows = (pl.col("first") == pl.col("last").shift(1) + 1) & pl.all_horizontal(
        *(pl.col(key).eq_missing(pl.col(key).shift(1)) for key in keys)
    )
    return (
        pieces.with_columns(_island=(~follows.fill_null(False)).cum_sum())
        .group_by(*keys, "_island", maintain_order=True)
        .agg(pl.col("first").first(), pl.col("last").last())
        .drop("_island")
    )


def subtract(rows: pl.DataFrame, less: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The parts of each key's intervals in ``rows`` that no interval of the same key in ``less`` covers, merged.

    Example
    -------
    >>> rows = pl.DataFrame({"k": ["a"], "first": [1], "last": [9]})
    >>> subtract(rows, pl.DataFrame({"k": ["a"], "first": [4], "last": [5]}), ["k"]).rows()
    [('a', 1, 3), ('a', 6, 9)]
    """
    columns = [*keys, "first", "last"]
    if rows.is_empty() or less.is_empty():
        return merge(rows, keys)
    both = pl.concat(
        [rows.select(*columns, _in=pl.lit(1), _out=pl.lit(0)), less.select(*columns, _in=pl.lit(0), _out=pl.lit(1))],
        how="vertical_relaxed",
    )
    return merge(sweep(both, keys, ["_in", "_out"]).filter((pl.col("_in") > 0) & (pl.col("_out") == 0)), keys)
