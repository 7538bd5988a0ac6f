"""What a unit is measured against: its peers without its own control group, or a documented reference rate."""

import numpy as np
import polars as pl

from graphkit.algorithms.count_tests import betabinomial_tail
from graphkit.algorithms.one_unit_off import one_unit_off
from graphkit.algorithms.robust_baseline import fit_without_each
from graphkit.model import ReferenceRate

MIN_PEERS = 10
"""With fewer peers than this a fit says too little, and the reference rate stands in."""

LARGEST, SMALLEST = ("p_without_one", "p_most", "mean_most"), ("p_least", "mean_least")
"""What p and mean may become: with any one other unit left out, and with one more or less at all."""


def with_baselines(tests: pl.DataFrame, reference_rate: ReferenceRate, *, by_city: bool = False) -> pl.DataFrame:
    """``tests`` of one rate detector, with ``baseline`` (city, peers or reference), ``peers_n``, mean, icc and ``p``.

    Peers are the units of the same kind and month (a party-level unit has none: all its kind) with something decidable,
    outside the unit's own control group; with fewer than ten the detector's reference rate stands in. ``by_city`` takes
    those of the unit's own city where ten or more are left of them. ``p`` holds what peers leave open of mean and icc
    (:mod:`graphkit.algorithms.robust_baseline`); it is ``nan`` where nothing is decidable.

    ``LARGEST`` and ``SMALLEST`` are what p and mean of a party-level unit may become
    (:class:`graphkit.algorithms.one_unit_off.OneUnitOff`), also where one peer more or less changes who stands in;
    those of a month stay as they are. ``peers_anywhere`` are its peers of all cities.
    """
    nationwide = _of_strata(tests.sort("peer_kind", "month", "unit_id"), reference_rate)
    return _with_city_peers(nationwide) if by_city else nationwide


def _with_city_peers(nationwide: pl.DataFrame) -> pl.DataFrame:
    in_cities = nationwide.filter(pl.col("city").is_not_null())
    fitted = _fitted(in_cities.sort("peer_kind", "month", "city", maintain_order=True), "peer_kind", "month", "city")
    near = fitted.filter(pl.col("peers_n") >= MIN_PEERS).with_columns(baseline=pl.lit("city"))
    rest = nationwide.join(near, on="unit_id", how="anti", maintain_order="left")
    one_short = fitted.filter(pl.col("peers_n") == MIN_PEERS - 1)
    just_enough = nationwide.join(near.filter(pl.col("peers_n") == MIN_PEERS), on="unit_id", how="semi")
    return pl.concat(
        [_with_either(rest, one_short, (*LARGEST[1:], *SMALLEST)), _with_either(near, just_enough, LARGEST + SMALLEST)]
    )


def _with_either(tests: pl.DataFrame, otherwise: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """``tests`` with what ``columns`` may become where one unit more or less puts others in the place of its peers."""
    joined = tests.join(
        otherwise.select("unit_id", pl.col(columns).name.suffix("_then")),
        on="unit_id",
        how="left",
        maintain_order="left",
    )
    either = [
        (pl.max_horizontal if name in LARGEST else pl.min_horizontal)(name, f"{name}_then").alias(name)
        for name in columns
    ]
    return joined.with_columns(either).select(tests.columns)


def _of_strata(tests: pl.DataFrame, reference_rate: ReferenceRate) -> pl.DataFrame:
    fitted = _fitted(tests, "peer_kind", "month").with_columns(peers_anywhere="peers_n")
    k, n, peers_n = (fitted[name].to_numpy() for name in ("flagged", "n", "peers_n"))
    documented = np.full(len(k), np.nan)
    tested = (n > 0) & (peers_n <= MIN_PEERS)
    documented[tested] = betabinomial_tail(k[tested], n[tested], reference_rate.mean, reference_rate.icc)
    by_rate = pl.Series(documented, dtype=pl.Float64())
    few = pl.col("peers_n") < MIN_PEERS
    at_the_rate = fitted.with_columns(
        mean=pl.lit(reference_rate.mean),
        icc=pl.lit(reference_rate.icc),
        p=by_rate,
        p_without_one=by_rate,
        p_most=by_rate,
        p_least=by_rate,
        mean_most=pl.lit(reference_rate.mean),
        mean_least=pl.lit(reference_rate.mean),
    )
    one_short = fitted.filter(pl.col("peers_n") == MIN_PEERS - 1)
    just_enough = at_the_rate.filter(pl.col("peers_n") == MIN_PEERS)
    return pl.concat(
        [
            _with_either(
                at_the_rate.filter(few).with_columns(baseline=pl.lit("reference")),
                one_short,
                (*LARGEST[1:], *SMALLEST),
            ),
            _with_either(fitted.filter(~few), just_enough, LARGEST + SMALLEST),
        ]
    )


def _fitted(tests: pl.DataFrame, *stratum: str) -> pl.DataFrame:
    """``tests``, in order of the columns ``stratum``, with what the others of its stratum say of each."""
    k, n = tests["flagged"].to_numpy(), tests["n"].to_numpy()
    groups = tests["group_id"].rank("dense").to_numpy()
    # months are a watch-list: nobody is exported by one
    of_parties = tests["month"].is_null().to_numpy()
    peers_n = np.zeros(len(k), dtype=np.int64)
    columns = {name: np.full(len(k), np.nan) for name in ("mean", "icc", "p", *LARGEST, *SMALLEST)}
    number = tests.select(pl.struct(stratum).rle_id().cast(pl.Int64)).to_series().to_numpy()
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    for at in map(slice, begins, np.append(begins[1:], len(k))):
        group = np.unique(groups[at], return_inverse=True)[1].reshape(-1)
        usable = np.bincount(group, weights=n[at] > 0)
        peers_n[at] = usable.sum() - usable[group]
        if peers_n[at].max() < MIN_PEERS - 1:
            # the reference rate stands in for all of them, and would with one more
            continue
        fits = fit_without_each(k[at], n[at], group)
        off = one_unit_off(k[at], n[at], group, np.where(of_parties[at], fits.p, np.nan))
        mean = fits.mean[group]
        usual = {"p_without_one": fits.p, "p_most": fits.p, "p_least": fits.p, "mean_most": mean, "mean_least": mean}
        moved = {name: np.where(np.isnan(getattr(off, name)), by, getattr(off, name)) for name, by in usual.items()}
        for name, values in ({"mean": mean, "icc": fits.icc[group], "p": fits.p} | moved).items():
            columns[name][at] = values
    return tests.with_columns(
        *(pl.Series(name, values, dtype=pl.Float64()) for name, values in columns.items()),
        baseline=pl.lit("peers"),
        peers_n=pl.Series(peers_n, dtype=pl.Int64()),
    )
