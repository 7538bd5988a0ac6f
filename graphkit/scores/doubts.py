"""Cars that are undecided because a tie is weak, not because records are missing: they hold back no export."""

from collections.abc import Sequence

import polars as pl

from graphkit.model import Detector


def doubtful(detectors: Sequence[Detector], hits: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """How many undecided hits lack only facts that their detector calls ``doubts``: detector, ``keys``, doubtful.

    A hit that lacks a record besides is undecided for that record, and not counted.
    """
    found = [
        hits.filter(
            pl.col("detector") == detector.id,
            pl.col("verdict") == "indeterminate",
            pl.col("missing").str.split("; ").list.set_difference(list(detector.doubts)).list.len() == 0,
        )
        for detector in detectors
        if detector.doubts
    ]
    counted = pl.concat([hits.clear(), *found]).group_by("detector", *keys)
    return counted.agg(doubtful=pl.len().cast(pl.Int64))
