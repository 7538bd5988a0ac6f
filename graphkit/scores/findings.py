"""Findings: each unit with hits against what its peers would expect, with p, q, effect and a sentence."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from graphkit.algorithms.count_tests import (
    betabinomial_tail,
    eb05,
    gamma_prior,
    rate_ratio_interval,
    share_interval,
)
from graphkit.algorithms.false_discovery import q_values
from graphkit.files import hash_text
from graphkit.model import Detector, Null, ReferenceRate
from graphkit.scores.against_shuffles import against_shuffles, by_month_and_party
from graphkit.scores.baselines import LARGEST, MIN_PEERS, SMALLEST, with_baselines
from graphkit.scores.collect import NOTHING_SHUFFLED, Shuffled
from graphkit.scores.doubts import doubtful
from graphkit.scores.makers import NOBODY_BUILT, held_elsewhere, one_dealer
from graphkit.scores.near_the_bound import with_one_unit_off
from graphkit.scores.sentences import missing_of, reason_of
from graphkit.scores.tallies import NOTHING_TALLIED, in_words
from graphkit.scores.tested import control_groups, month_units, party_units
from graphkit.scores.verdicts import verdict
from graphkit.scores.windows import best_windows, chosen, over_all_months
from graphkit.tables.outputs import SHAPES

_WHO = "who the party is: no file defines it, or another bears its name"

_WHOSE = "whether the maker had a part in it: one dealer held its flagged cars but a few, and answers for them"

_SURE = 0.99
"""Twice a rate is at most this: a share of all is no rate to be surprised at."""


def find(
    detectors: Sequence[Detector],
    hits: pl.DataFrame,
    exposure: pl.DataFrame,
    units: pl.DataFrame,
    identities: pl.DataFrame,
    groups: pl.DataFrame,
    *,
    regime: str,
    as_of: date,
    denials: Mapping[str, str],
    untested: Mapping[str, tuple[str, ...]],
    shuffled: Shuffled = NOTHING_SHUFFLED,
    tallies: pl.DataFrame = NOTHING_TALLIED,
    built: pl.DataFrame = NOBODY_BUILT,
) -> pl.DataFrame:
    """The findings of a run: one row for each unit, of a month and of a party, with a flagged, explained or open hit.

    ``denials`` maps a party id to what it says against the finding; ``untested`` a detector id to the look-alikes that
    could not be tested because their tables are absent; ``tallies`` is what stands beside the flagged cars; ``built``
    is who built which car (vin, maker_id). A rate is judged by beta-binomial tails against
    :mod:`graphkit.scores.baselines`, what chance deals out by ``shuffled`` (:mod:`graphkit.scores.against_shuffles`);
    each party is asked twice, over all its months and in its best window of months (:mod:`graphkit.scores.windows`;
    that one is the finding where only it is flagged, with its counts and ``first_month`` and ``last_month``). q is
    Benjamini-Hochberg over all these tests of every such detector together, those without a hit included with p = 1,
    and Benjamini-Yekutieli over the months (a watch-list).
    What one other unit more or less changes of it is in :mod:`graphkit.scores.near_the_bound`.
    A deterministic detector has no p: ``effect`` is the plain share with Wilson's interval, else observed / expected.
    What would flag a party that is a stub or whose identity is undecided is indeterminate: nobody knows whom it names;
    and so is what would flag a maker for the cars of one dealer (:mod:`graphkit.scores.makers`).
    Counts are cars; ``n`` are the decidable ones. Returns ``SHAPES["findings"]``. Raises ``ValueError`` for a detector
    whose null has no test yet.
    """
    if not detectors:
        return SHAPES["findings"].empty()
    months = month_units(exposure, units, identities, groups)
    dated = _without_doubts(months, detectors, hits, "unit_id")
    by_month = _judge(_measured(dated, detectors, by_month_and_party(shuffled, months)), "by").with_columns(
        # a watch-list: nobody is exported by a month alone
        q_without_one=pl.lit(None, pl.Float64()),
        near_the_bound=pl.lit(False),
        first_month=pl.lit(None, pl.String()),
        last_month=pl.lit(None, pl.String()),
        whole_flagged=pl.lit(None, pl.Int64()),
        whole_n=pl.lit(None, pl.Int64()),
    )
    by_party = _of_parties(detectors, dated, hits, shuffled)
    judged = _unless_unknown(pl.concat([by_month, by_party.select(by_month.columns)]), identities)
    judged = one_dealer(judged, held_elsewhere(hits, built, control_groups(groups)))
    shown = judged.filter(pl.sum_horizontal("flagged", "explained", "indeterminate") > 0)
    described = shown.join(missing_of(hits, shown), on=["detector", "unit_id"], how="left").join(
        _stated(detectors, untested), on="detector", how="left"
    )
    by_id = {detector.id: detector for detector in detectors}
    beside = in_words(detectors, tallies)
    reasons = [
        reason_of(by_id[row["detector"]], row, beside.get((row["detector"], row["unit_id"]), ()))
        for row in described.iter_rows(named=True)
    ]
    ids = [hash_text(*row, regime) for row in described.select("detector", "unit_id").iter_rows()]
    return SHAPES["findings"].canonical(
        described.with_columns(
            finding_id=pl.Series(ids, dtype=pl.String()),
            observed=pl.col("flagged"),
            reason=pl.Series(reasons, dtype=pl.String()),
            missing=pl.concat_str(
                "missing",
                pl.when("is_nobody").then(pl.lit(_WHO)),
                pl.when("is_one_dealer").then(pl.lit(_WHOSE)),
                separator="; ",
                ignore_nulls=True,
            ).replace("", None),
            denial=pl.col("party_id").replace_strict(dict(denials), default=None, return_dtype=pl.String()),
            regime=pl.lit(regime),
            as_of=pl.lit(as_of),
        )
    )


def _unless_unknown(judged: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    open_ids = identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()
    is_nobody = pl.col("party_id").is_in(open_ids.implode()).fill_null(False) & (pl.col("verdict") == "flagged")
    return judged.with_columns(is_nobody=is_nobody).with_columns(
        verdict=pl.when("is_nobody").then(pl.lit("indeterminate")).otherwise("verdict"),
        near_the_bound=pl.col("near_the_bound") & ~pl.col("party_id").is_in(open_ids.implode()).fill_null(False),
    )


def _of_parties(
    detectors: Sequence[Detector], dated: pl.DataFrame, hits: pl.DataFrame, shuffled: Shuffled
) -> pl.DataFrame:
    """One judged row for each detector and party: over all months, or in the party's best window of months."""
    tests = _without_doubts(party_units(dated), detectors, hits, "party_id")
    whole = _measured(tests, detectors, by_month_and_party(shuffled, dated))
    # each is asked twice
    family = 2 * int(whole["p"].is_not_nan().sum())
    windows = []
    for detector in detectors:
        counts = Shuffled(shuffled.counts.filter(pl.col("detector") == detector.id), shuffled.draws)

        def measure(inside: pl.DataFrame, detector: Detector = detector, counts: Shuffled = counts) -> pl.DataFrame:
            undecided = inside.group_by("party_id").agg(pl.col("undecided").sum())
            sums = party_units(inside).join(undecided, on="party_id", how="left", maintain_order="left")
            return _effects(sums, detector, by_month_and_party(counts, inside))

        own = whole.filter(pl.col("detector") == detector.id)
        windows.append(best_windows(detector, dated, own, measure, tests=family))
    both = [over_all_months(whole).with_columns(is_window=pl.lit(False))]
    both += [part.with_columns(is_window=pl.lit(True)).select(both[0].columns) for part in windows]
    return chosen(with_one_unit_off(_judge(pl.concat(both), "bh")))


def _without_doubts(tests: pl.DataFrame, detectors: Sequence[Detector], hits: pl.DataFrame, by: str) -> pl.DataFrame:
    # a weak tie is no gap in the records: it keeps no finding from standing
    named = hits.rename({"accountable_id": "party_id"})
    counted = tests.join(doubtful(detectors, named, by), on=["detector", by], how="left", maintain_order="left")
    undecided = pl.col("indeterminate") - pl.col("doubtful").fill_null(0)
    return counted.with_columns(undecided=undecided).drop("doubtful")


def _measured(tests: pl.DataFrame, detectors: Sequence[Detector], drawn: Shuffled) -> pl.DataFrame:
    measured = [_effects(tests.filter(pl.col("detector") == item.id), item, drawn) for item in detectors]
    return pl.concat([part.select(sorted(part.columns)) for part in measured])


def _judge(every: pl.DataFrame, method: Literal["bh", "by"]) -> pl.DataFrame:
    q = q_values(every["p"].to_numpy(), method)
    # how sure it would be were honest units twice as bad as documented, among the same tests
    is_documented = pl.col("baseline") == "reference"
    harder = every.select(pl.when(is_documented).then("p_at_twice_the_rate").otherwise("p")).to_series()
    q_harder = q_values(harder.to_numpy(), method)
    return every.with_columns(
        q=pl.Series(q, dtype=pl.Float64()).fill_nan(None),
        q_at_twice_the_rate=pl.when(is_documented).then(pl.Series(q_harder, dtype=pl.Float64()).fill_nan(None)),
    ).with_columns(
        pl.col("p", "effect", "effect_low", "effect_high", "eb05").fill_nan(None), verdict=verdict(pl.col("undecided"))
    )


def _effects(tests: pl.DataFrame, detector: Detector, drawn: Shuffled) -> pl.DataFrame:
    if detector.reference_rate is not None:
        by_city = detector.peers_of_a_city is not None
        measured = _against_baseline(tests, detector.reference_rate, by_city=by_city)
    elif detector.null is Null.SHUFFLE:
        counts = drawn.counts.filter(pl.col("detector") == detector.id)
        measured = _unmoved(against_shuffles(tests, counts, drawn.draws.get(detector.id, 0)))
    elif detector.null is Null.DETERMINISTIC:
        measured = _unmoved(_plain_share(tests))
    else:
        raise ValueError(f"{detector.id} declares the null {detector.null.value}, for which there is no test yet")
    floors = detector.floors
    return measured.with_columns(
        deterministic=pl.lit(detector.null is Null.DETERMINISTIC),
        min_tested=pl.lit(floors.min_tested),
        min_flagged=pl.lit(floors.min_flagged),
        min_share=pl.lit(float(floors.min_share)),
        min_effect=pl.lit(float(floors.min_effect)),
    )


def _unmoved(measured: pl.DataFrame) -> pl.DataFrame:
    """The columns of what peers and reference rate may make of a unit, for one that is measured against neither."""
    alone = {name: pl.col(name.partition("_")[0]) for name in (*LARGEST, *SMALLEST)}
    return measured.with_columns(
        **alone, p_at_twice_the_rate=pl.lit(None, pl.Float64()), peers_anywhere=pl.lit(None, pl.Int64())
    )


def _against_baseline(tests: pl.DataFrame, reference_rate: ReferenceRate, *, by_city: bool) -> pl.DataFrame:
    based = with_baselines(tests, reference_rate, by_city=by_city)
    k, n, mean, icc, p = (based[name].to_numpy() for name in ("flagged", "n", "mean", "icc", "p"))
    p_at_twice = p.copy()
    # with one peer fewer, those that have just enough may be judged at the reference rate
    hit = (k > 0) & (based["peers_anywhere"] <= MIN_PEERS).to_numpy()
    p_at_twice[hit] = betabinomial_tail(k[hit], n[hit], min(2 * reference_rate.mean, _SURE), reference_rate.icc)
    expected = n * mean
    low, high = rate_ratio_interval(k, n, mean, icc)
    shrunken = eb05(k, expected, gamma_prior(k, expected))
    return based.drop("p").with_columns(
        expected=pl.Series(expected, dtype=pl.Float64()),
        effect=pl.Series(k / np.where(n > 0, expected, np.nan), dtype=pl.Float64()),
        effect_low=pl.Series(np.where(n > 0, low, np.nan), dtype=pl.Float64()),
        effect_high=pl.Series(np.where(n > 0, high, np.nan), dtype=pl.Float64()),
        p=based["p"],
        eb05=pl.Series(np.where(n > 0, shrunken, np.nan), dtype=pl.Float64()),
        p_at_twice_the_rate=pl.Series(p_at_twice, dtype=pl.Float64()),
    )


def _plain_share(tests: pl.DataFrame) -> pl.DataFrame:
    k, n = tests["flagged"].to_numpy(), tests["n"].to_numpy()
    low, high = share_interval(k, n)
    nothing = pl.lit(None, pl.Float64())
    return tests.with_columns(
        mean=nothing,
        icc=nothing,
        baseline=pl.lit(None, pl.String()),
        peers_n=pl.lit(None, pl.Int64()),
        expected=nothing,
        effect=pl.Series(k / np.where(n > 0, n, np.nan), dtype=pl.Float64()),
        effect_low=pl.Series(np.where(n > 0, low, np.nan), dtype=pl.Float64()),
        effect_high=pl.Series(np.where(n > 0, high, np.nan), dtype=pl.Float64()),
        p=pl.lit(float("nan")),
        eb05=nothing,
    )


def _stated(detectors: Sequence[Detector], untested: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    rows = []
    for item in detectors:
        missing = [name for name in item.look_alike_ids if name in untested.get(item.id, ())]
        rows.append(
            {
                "detector": item.id,
                "version": item.version,
                "status": item.status,
                "family": item.family,
                "severity": float(item.severity),
                "confidence": float(item.confidence),
                "look_alikes_tested": ";".join(name for name in item.look_alike_ids if name not in missing),
                "look_alikes_untested": ";".join(missing),
                "assumptions": " ".join(item.assumptions),
            }
        )
    return pl.DataFrame(rows)
