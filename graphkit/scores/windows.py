"""Each party's best window of months: a scheme of a few months is not thinned by quiet years."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from graphkit.algorithms.thresholds import setting
from graphkit.model import Detector, Null
from graphkit.scores.verdicts import ALPHA, meets_floors


@dataclass(frozen=True)
class Settings:
    """How long a window is."""

    window_months_at_most: int = setting(
        6,
        "consecutive calendar months",
        "cars are pushed to meet a quarter or a half-year; each longer window would raise what every party's p is "
        "multiplied by (our judgement)",
    )


SETTINGS = Settings()

P = ("p", "p_without_one", "p_most", "p_least", "p_at_twice_the_rate")
"""Every p of a test; the correction holds for each."""

Measure = Callable[[pl.DataFrame], pl.DataFrame]
"""Measures the party-level tests of one detector that sum these month units."""


def over_all_months(whole: pl.DataFrame) -> pl.DataFrame:
    """The measured party-level tests of all months, as they stand beside those of windows."""
    nothing = pl.lit(None, pl.String())
    return whole.with_columns(first_month=nothing, last_month=nothing)


def best_windows(
    detector: Detector, months: pl.DataFrame, whole: pl.DataFrame, measure: Measure, *, tests: int
) -> pl.DataFrame:
    """One row for each test of ``whole`` (one detector's parties, measured over all months) in its best window.

    Windows are all runs of 1 to ``window_months_at_most`` calendar months between the detector's first and last. A
    party's best is the one with the smallest p among those in which it meets every floor (of equal ones the shorter,
    then the earlier). Each of its ``P`` is multiplied by the number of windows, at most 1: corrected for having looked.
    A party without such a window has p = 1, and so has one that stands over all its months whatever windows show among
    so many ``tests``: its finding is that of all its months. ``first_month`` and ``last_month`` are null there.
    A detector without a null is not asked.
    """
    if detector.null is Null.DETERMINISTIC or whole.is_empty():
        return _nothing(whole)
    own = (
        months.filter(pl.col("detector") == detector.id, pl.col("month").is_not_null())
        .join(whole.select("party_id", "peer_kind"), on=["party_id", "peer_kind"], how="semi")
        .with_columns(at=_number(pl.col("month")))
    )
    windows = _windows(own)
    asked = whole.filter(pl.col("p").is_not_nan(), ~_stands_for_itself(tests))["party_id"].implode()
    found = [_nothing(whole)]
    for first, last in _promising(own.filter(pl.col("party_id").is_in(asked)), windows, detector):
        measured = measure(own.filter(pl.col("at").is_between(first, last)).drop("at"))
        standing = measured.filter(
            pl.col("party_id").is_in(asked), meets_floors(pl.col("flagged"), pl.col("n"), pl.col("effect"))
        ).with_columns(first_month=pl.lit(_text(first)), last_month=pl.lit(_text(last)))
        found.append(standing.select(found[0].columns))
    best = (
        pl.concat(found)
        .with_columns(length=_number(pl.col("last_month")) - _number(pl.col("first_month")))
        .sort("party_id", "p", "length", "first_month")
        .unique("party_id", keep="first", maintain_order=True)
        .drop("length")
        .with_columns((pl.col(name) * len(windows)).clip(upper_bound=1.0) for name in P)
    )
    rest = whole.join(best, on="party_id", how="anti", maintain_order="left")
    return pl.concat([best, over_all_months(rest).with_columns(_one(name) for name in P)])


def _nothing(whole: pl.DataFrame) -> pl.DataFrame:
    return over_all_months(whole.clear())


def _one(name: str) -> pl.Expr:
    # without anything decidable there is no test, and without a p none to replace
    return pl.when(pl.col(name).is_nan()).then(pl.col(name)).otherwise(pl.col(name) * 0.0 + 1.0).alias(name)


def _stands_for_itself(tests: int) -> pl.Expr:
    """Whether a test is flagged whatever the other ``tests`` of its family show, with one unit more or less as well."""
    moved = pl.col("effect") * pl.col("mean") / pl.col("mean_most")
    effect = pl.when(pl.col("mean_most") == pl.col("mean")).then("effect").otherwise(moved)
    met = meets_floors(pl.col("flagged"), pl.col("n"), effect)
    is_small = pl.max_horizontal("p", "p_without_one", "p_most") * tests <= ALPHA
    return (met & is_small & (pl.col("undecided") <= pl.col("n"))).fill_null(False)


def _windows(own: pl.DataFrame) -> list[tuple[int, int]]:
    if own.is_empty():
        return []
    first, last = own.select(first=pl.col("at").min(), last=pl.col("at").max()).row(0)
    lengths = range(1, SETTINGS.window_months_at_most + 1)
    return [(at, at + length - 1) for length in lengths for at in range(first, last - length + 2)]


def _promising(asked: pl.DataFrame, windows: list[tuple[int, int]], detector: Detector) -> Iterator[tuple[int, int]]:
    """The windows in which a party meets the floors of counts; where nobody does nothing is measured."""
    if asked.is_empty():
        return
    party = asked["party_id"].rank("dense").to_numpy().astype(np.int64) - 1
    start, end = windows[0][0], max(last for _, last in windows)
    sums = np.zeros((2, int(party.max()) + 1, end - start + 2), dtype=np.int64)
    for counts, name in zip(sums, ("flagged", "n"), strict=True):
        np.add.at(counts, (party, asked["at"].to_numpy() - start + 1), asked[name].to_numpy())
    flagged, n = sums.cumsum(axis=2)
    floors = detector.floors
    for first, last in windows:
        k, of = (total[:, last - start + 1] - total[:, first - start] for total in (flagged, n))
        met = (of >= floors.min_tested) & (k >= floors.min_flagged) & (k >= float(floors.min_share) * of)
        if met.any():
            yield first, last


def _number(month: pl.Expr) -> pl.Expr:
    return month.str.head(4).cast(pl.Int64) * 12 + month.str.tail(2).cast(pl.Int64) - 1


def _text(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def chosen(judged: pl.DataFrame) -> pl.DataFrame:
    """Of each party's two judged tests the finding: that of all its months, unless only its window's is flagged.

    ``judged`` has the tests of all months and those of windows (``is_window``), with ``near_the_bound``. Where the test
    of all months does not stand at its worst the window could take its place, so that what is near of it counts too.
    The finding of a window has ``whole_flagged`` and ``whole_n``: the numbers over all months.
    """
    key = ["detector", "unit_id"]
    of_windows = judged.filter(pl.col("is_window"))
    whole = judged.filter(~pl.col("is_window")).join(
        of_windows.select(
            *key,
            window_verdict="verdict",
            window_near="near_the_bound",
            window_stands="stands_at_best",
        ),
        on=key,
        how="left",
        maintain_order="left",
    )
    is_taken = (pl.col("verdict") != "flagged") & (pl.col("window_verdict") == "flagged").fill_null(False)
    either = pl.col("window_near") | (pl.col("stands_at_best") & pl.col("window_stands"))
    marked = whole.with_columns(
        is_taken=is_taken,
        near=pl.col("near_the_bound") | (~pl.col("stands_at_worst") & either).fill_null(False),
    )
    kept = marked.select(*key, "is_taken", "near", of_all_flagged="flagged", of_all_n="n")
    found = judged.join(kept, on=key, how="left", maintain_order="left").filter(
        pl.col("is_window") == pl.col("is_taken")
    )
    return found.with_columns(
        near_the_bound="near",
        whole_flagged=pl.when("is_taken").then("of_all_flagged"),
        whole_n=pl.when("is_taken").then("of_all_n"),
    ).drop("is_taken", "near", "of_all_flagged", "of_all_n")
