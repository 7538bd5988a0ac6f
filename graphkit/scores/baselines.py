"""What a unit is measured against: its peers without its own control group, or a documented reference rate."""

import numpy as np
import polars as pl

from graphkit.algorithms.robust_baseline import fit_without_each
from graphkit.model import ReferenceRate

MIN_PEERS = 10
"""With fewer peers than this a fit says too little, and the reference rate stands in."""


def with_baselines(tests: pl.DataFrame, reference_rate: ReferenceRate) -> pl.DataFrame:
    """``tests`` of one rate detector, with ``mean``, ``icc``, ``baseline`` (peers or reference) and ``peers_n``.

    Peers are the units of the same kind and month (a party-level unit has none: all its kind) with something decidable,
    outside the unit's own control group; with fewer than ten the detector's reference rate stands in.
    """
    parts = tests.sort("peer_kind", "month", "unit_id").partition_by("peer_kind", "month", maintain_order=True)
    return (
        pl.concat([_one_stratum(part, reference_rate) for part in parts])
        if parts
        else _one_stratum(tests, reference_rate)
    )


def _one_stratum(tests: pl.DataFrame, reference_rate: ReferenceRate) -> pl.DataFrame:
    k, n = tests["flagged"].to_numpy(), tests["n"].to_numpy()
    group = tests["group_id"].rank("dense").to_numpy().astype(np.int64) - 1
    usable = np.bincount(group, weights=n > 0)
    peers_n = (usable.sum() - usable[group]).astype(np.int64)
    mean, icc = (of_group[group] for of_group in fit_without_each(k, n, group))
    few = peers_n < MIN_PEERS
    if few.any():
        mean[few], icc[few] = reference_rate.mean, reference_rate.icc
    return tests.with_columns(
        mean=pl.Series(mean, dtype=pl.Float64()),
        icc=pl.Series(icc, dtype=pl.Float64()),
        baseline=pl.Series(np.where(few, "reference", "peers").tolist(), dtype=pl.String()),
        peers_n=pl.Series(peers_n, dtype=pl.Int64()),
    )
