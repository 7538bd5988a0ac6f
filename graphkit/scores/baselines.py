"""What a unit is measured against: its peers without its own control group, or a documented reference rate."""

import numpy as np
import polars as pl

from graphkit.algorithms.count_tests import betabinomial_tail
from graphkit.algorithms.robust_baseline import fit_without_each
from graphkit.model import ReferenceRate

MIN_PEERS = 10
"""With fewer peers than this a fit says too little, and the reference rate stands in."""


def with_baselines(tests: pl.DataFrame, reference_rate: ReferenceRate, *, by_city: bool = False) -> pl.DataFrame:
    """``tests`` of one rate detector, with ``baseline`` (city, peers or reference), ``peers_n``, mean, icc and ``p``.

    Peers are the units of the same kind and month (a party-level unit has none: all its kind) with something decidable,
    outside the unit's own control group; with fewer than ten the detector's reference rate stands in. ``by_city`` takes
    those of the unit's own city where ten or more are left of them. ``p`` holds what peers leave open of mean and icc
    (:mod:`graphkit.algorithms.robust_baseline`); it is ``nan`` where nothing is decidable.
    """
    parts = tests.sort("peer_kind", "month", "unit_id").partition_by("peer_kind", "month", maintain_order=True)
    if not parts:
        return _one_stratum(tests, reference_rate)
    nationwide = pl.concat([_one_stratum(part, reference_rate) for part in parts])
    return _with_city_peers(nationwide, reference_rate) if by_city else nationwide


def _with_city_peers(nationwide: pl.DataFrame, reference_rate: ReferenceRate) -> pl.DataFrame:
    in_cities = nationwide.filter(pl.col("city").is_not_null())
    parts = in_cities.partition_by("peer_kind", "month", "city", maintain_order=True)
    of_city = [_one_stratum(part, reference_rate).filter(pl.col("baseline") == "peers") for part in parts]
    near = pl.concat([in_cities.clear(), *of_city]).with_columns(baseline=pl.lit("city"))
    rest = nationwide.join(near, on="unit_id", how="anti", maintain_order="left")
    return pl.concat([rest, near])


def _one_stratum(tests: pl.DataFrame, reference_rate: ReferenceRate) -> pl.DataFrame:
    k, n = tests["flagged"].to_numpy(), tests["n"].to_numpy()
    group = tests["group_id"].rank("dense").to_numpy().astype(np.int64) - 1
    usable = np.bincount(group, weights=n > 0)
    peers_n = (usable.sum() - usable[group]).astype(np.int64)
    fits = fit_without_each(k, n, group)
    mean, icc, p = fits.mean[group], fits.icc[group], fits.p
    few = peers_n < MIN_PEERS
    mean[few], icc[few] = reference_rate.mean, reference_rate.icc
    alone = few & (n > 0)
    p[alone] = betabinomial_tail(k[alone], n[alone], reference_rate.mean, reference_rate.icc)
    return tests.with_columns(
        mean=pl.Series(mean, dtype=pl.Float64()),
        icc=pl.Series(icc, dtype=pl.Float64()),
        p=pl.Series(p, dtype=pl.Float64()),
        baseline=pl.Series(np.where(few, "reference", "peers").tolist(), dtype=pl.String()),
        peers_n=pl.Series(peers_n, dtype=pl.Int64()),
    )
