"""The sentences of a finding: why, with numbers, and what is missing to decide the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from graphkit.model import Detector, Null

_NAMED = 3


def titled(detector: Detector) -> str:
    """The title of a detector; that of an experimental one says that nothing rests on it."""
    title = detector.title.rstrip(".")
    return title if detector.status == "stable" else f"{title} (experimental: nothing rests on it)"


def reason_of(detector: Detector, row: Mapping[str, Any], beside: Sequence[str] = ()) -> str:
    """One sentence with the numbers of a finding: how many of how many, what was expected from whom, how sure.

    ``row`` has the columns of a judged unit: flagged, n, explained, indeterminate, expected, baseline, peers_n, mean,
    effect, effect_low, effect_high, q, q_without_one, first_month, last_month, whole_flagged, whole_n. ``beside`` are
    the numbers that stand beside the flagged cars, in words; they are of all months.
    """
    title = titled(detector)
    if row["n"] == 0:
        return f"{title}: none of {row['tested']:,} cars can be decided."
    share = f"{row['flagged']:,} of {row['n']:,} cars ({percent(row['flagged'] / row['n'])})"
    if detector.null is Null.DETERMINISTIC:
        middle = f", interval {percent(row['effect_low'])} to {percent(row['effect_high'])}"
    elif row["expected"] is None:
        middle = ""
    elif detector.null is Null.SHUFFLE:
        high = "no bound" if row["effect_high"] is None else f"{row['effect_high']:,.1f}"
        middle = (
            f", {row['expected']:,.3f} expected by {row['peers_n']:,} shuffles: {row['effect']:,.1f} times as many "
            f"(interval {row['effect_low']:,.1f} to {high}, q {row['q']:.2g})"
        )
    else:
        source = _source(detector, row)
        middle = (
            f", {row['expected']:,.1f} expected {source}: {row['effect']:.1f} times as many "
            f"(interval {row['effect_low']:.1f} to {row['effect_high']:.1f}, {_chance(row)})"
        )
    rest = " and ".join(f"{row[name]:,} {word}" for name, word in _REST if row[name])
    tallied = ", ".join(beside)
    if row["first_month"] is None:
        return f"{title}: {'; '.join(part for part in (share + middle, rest, tallied) if part)}."
    over_all = ", ".join((f"in all months {row['whole_flagged']:,} of {row['whole_n']:,} cars", *beside))
    return f"{title}: {_window(row)} {'; '.join(part for part in (share + middle, rest, over_all) if part)}."


def _window(row: Mapping[str, Any]) -> str:
    if row["first_month"] == row["last_month"]:
        return f"in {row['first_month']}, its most telling month,"
    return f"from {row['first_month']} to {row['last_month']}, its most telling months,"


def _chance(row: Mapping[str, Any]) -> str:
    if row["q_without_one"] is None or row["baseline"] == "reference":
        return f"q {row['q']:.2g}"
    return f"q {row['q']:.2g}, {row['q_without_one']:.2g} at most with one other left out"


def _source(detector: Detector, row: Mapping[str, Any]) -> str:
    peers = f"{row['peers_n']:,} peers"
    if row["baseline"] == "city":
        return f"from {peers} of the same city"
    if row["baseline"] == "peers":
        return f"from {peers}" if detector.peers_of_a_city is None else f"from {peers} nationwide"
    return f"at the reference rate of {percent(row['mean'])} ({peers} are too few)"


_REST = (("explained", "explained by a lawful look-alike"), ("indeterminate", "undecidable"))


def percent(share: float) -> str:
    """A share as text with one decimal.

    >>> percent(0.5532)
    '55.3 %'
    """
    return f"{100 * share:.1f} %"


def missing_of(hits: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """What would decide the undecidable cars of each unit in ``shown``: detector, unit_id, missing (null if nothing).

    The most frequent three reasons of the unit's own hits; a maker's unit, whose cars' hits name the dealer, takes
    those of the detector.
    """
    open_hits = hits.filter((pl.col("verdict") == "indeterminate") & pl.col("missing").is_not_null())
    units = shown.select("detector", "unit_id", "unit_kind", "party_id", "tested", "indeterminate")
    by_unit = _most_frequent(open_hits, "unit_id").rename({"needed": "of_unit"})
    by_party = _most_frequent(open_hits.rename({"accountable_id": "party_id"}), "party_id")
    by_party = by_party.rename({"needed": "of_party"}).with_columns(unit_kind=pl.lit("party"))
    by_detector = _most_frequent(open_hits).rename({"needed": "of_detector"})
    said = (
        units.join(by_unit, on=["detector", "unit_id"], how="left")
        .join(by_party, on=["detector", "unit_kind", "party_id"], how="left")
        .join(by_detector, on="detector", how="left")
        .with_columns(needed=pl.coalesce("of_unit", "of_party", "of_detector", pl.lit("more data")))
    )
    return said.select(
        "detector",
        "unit_id",
        missing=pl.when(pl.col("indeterminate") > 0).then(
            pl.format(
                "{} of {} cars are undecidable; needed: {}", pl.col("indeterminate"), pl.col("tested"), pl.col("needed")
            )
        ),
    )


def _most_frequent(open_hits: pl.DataFrame, *keys: str) -> pl.DataFrame:
    return (
        open_hits.group_by("detector", *keys, "missing")
        .len()
        .sort(["detector", *keys, "len", "missing"], descending=[False, *(False for _ in keys), True, False])
        .group_by("detector", *keys, maintain_order=True)
        .agg(needed=pl.col("missing").head(_NAMED).str.join("; "))
    )
