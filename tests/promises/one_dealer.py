"""``python -m tests.promises.one_dealer --count 1000``: one honest dealer more or less changes hardly any verdict.

A stratum has 9 to 60 honest dealers and up to 30 in a hundred guilty ones, from hardly more than the honest to nearly
all, counted by one detector, each fourth by two of two families. Every change is printed, and whether the dealer was
told to be near the bound.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import permutations

import numpy as np
import polars as pl

from graphkit.detectors import DETECTORS
from graphkit.model import Detector, Null
from graphkit.scores.findings import find
from graphkit.scores.score import score
from graphkit.tables.outputs import SHAPES
from tests.algorithms.random_strata import guilty_shares, honest_hits

MOST = 0.01
"""Of the dealers that come or go so many may change an export verdict."""

_RATES = [item for item in DETECTORS if item.null is Null.RATE and item.status == "stable"]
_PAIRS = [pair for pair in permutations(_RATES, 2) if pair[0].family != pair[1].family]


@dataclass(frozen=True)
class Stratum:
    """One detector or two, and a row for each dealer and detector; the last dealer comes, the one before may go."""

    name: str
    detectors: tuple[Detector, ...]
    rows: pl.DataFrame

    def verdicts(self, *without: str) -> dict[str, tuple[bool, bool]]:
        """Whether each dealer is exported, and whether it is near the bound, where these dealers are not there."""
        scores = scored(self.detectors, self.rows.filter(~pl.col("party_id").is_in(without)))
        return {party: (flagged, near) for party, flagged, near in scores.iter_rows()}


@dataclass(frozen=True)
class Change:
    """A dealer whose export verdict another one changed."""

    words: str
    was_told: bool
    is_one_more: bool


def strata(count: int, seed: int) -> Iterator[Stratum]:
    """``count`` strata, those of one seed always the same."""
    for number in range(count):
        draw = np.random.default_rng([seed, number])
        honest = int(draw.integers(9, 61))
        detectors = _PAIRS[draw.integers(len(_PAIRS))][: 2 if number % 4 == 1 else 1]
        guilty = int(draw.integers(0, int(0.3 / 0.7 * honest) + 1))
        parts = [_counted(draw, item, honest, guilty) for item in detectors]
        names = [f"G{at:02}" for at in range(guilty)] + [f"D{at:02}" for at in range(honest)]
        cities = draw.integers(0, 3, len(names)) if number % 3 == 0 else np.zeros(len(names), dtype=int)
        groups = draw.integers(0, len(names), len(names)) if number % 5 == 0 else np.arange(len(names))
        groups[-2:] = [len(names), len(names) + 1]
        dealers = pl.DataFrame(
            {"party_id": names, "city": [f"city {at}" for at in cities], "group_id": [f"group {at}" for at in groups]}
        )
        rows = pl.concat([pl.concat([dealers, part], how="horizontal") for part in parts])
        yield Stratum(f"stratum {number}", detectors, rows)


def _counted(draw: np.random.Generator, detector: Detector, honest: int, guilty: int) -> pl.DataFrame:
    rate = detector.reference_rate
    assert rate is not None
    # a market may be better or worse than documented
    mean = rate.mean * float(draw.uniform(0.5, 1.5))
    tested = draw.integers(30, 1_500, guilty + honest) if draw.random() < 0.5 else np.full(guilty + honest, 600)
    flagged = honest_hits(draw, mean, rate.icc, tested)
    if guilty:
        shares = guilty_shares(draw, flagged / tested, guilty)
        flagged[: len(shares)] = np.round(tested[: len(shares)] * shares)
    return pl.DataFrame({"detector": [detector.id] * len(tested), "tested": tested, "flagged": flagged})


def scored(detectors: tuple[Detector, ...], rows: pl.DataFrame) -> pl.DataFrame:
    """party_id, flagged and near_the_bound of the dealers of these rows."""
    dealers = rows.unique("party_id", maintain_order=True)
    counts = rows.with_columns(
        unit_id=pl.format("dealer_month/{}/2024-05", "party_id"),
        unit_kind=pl.lit("dealer_month"),
        month=pl.lit("2024-05"),
        explained=pl.lit(0),
        indeterminate=pl.lit(0),
        clear=pl.col("tested") - pl.col("flagged"),
    )
    identities = _shaped(
        "identities",
        dealers.with_columns(
            canonical_id="party_id",
            name="party_id",
            kind=pl.lit("company"),
            roles=pl.lit("dealer"),
            is_stub=pl.lit(False),
            is_undecided=pl.lit(False),
        ),
    )
    groups = _shaped("groups", dealers.select("party_id", "group_id"))
    exposure, units = _shaped("exposure", counts), _shaped("units", counts.unique("unit_id"))
    hits = SHAPES["hits"].empty()
    findings = find(
        detectors, hits, exposure, units, identities, groups,
        regime="ias24", as_of=date(2024, 12, 31), denials={}, untested={},
    )  # fmt: skip
    scores, _ = score(detectors, findings, hits, exposure, units, identities, groups)
    return scores.select("party_id", "flagged", "near_the_bound")


def _shaped(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    unknown = [pl.lit(None, kind).alias(name) for name, kind in SHAPES[table].schema.items() if name not in frame]
    return SHAPES[table].canonical(frame.with_columns(unknown))


def changes(stratum: Stratum) -> tuple[dict[str, tuple[bool, bool]], list[Change]]:
    """The verdicts of a stratum, and those that one honest dealer more, or one fewer, changes."""
    *_, goes, comes = stratum.rows["party_id"].unique(maintain_order=True).to_list()
    before = stratum.verdicts(comes)
    found = []
    for word, after in (("more", stratum.verdicts()), ("fewer", stratum.verdicts(comes, goes))):
        for party in sorted(before.keys() & after.keys()):
            (was, told), (became, _) = before[party], after[party]
            if was != became:
                kept = "near the bound" if told else "NOT told to be near the bound"
                words = f"{stratum.name}: {party} was {_word(was)} and is {_word(became)} with one {word}; {kept}"
                found.append(Change(words, told, word == "more"))
    return before, found


def _word(is_exported: bool) -> str:
    return "exported" if is_exported else "not exported"


@dataclass(frozen=True)
class Counted:
    """What strata showed; each is tried twice, with one dealer more and with one fewer."""

    exported: int
    told: int
    tries: int
    found: tuple[Change, ...]
    tries_with_a_change: int

    @property
    def untold(self) -> list[str]:
        """The changes of dealers that were not told to be near the bound, a sentence each."""
        return [change.words for change in self.found if not change.was_told]


def counted(count: int, seed: int) -> Counted:
    """The changes of so many strata."""
    exported = told = changed = 0
    found: list[Change] = []
    for stratum in strata(count, seed):
        before, of_stratum = changes(stratum)
        exported += sum(flagged for flagged, _ in before.values())
        told += sum(near for _, near in before.values())
        changed += len({change.is_one_more for change in of_stratum})
        found += of_stratum
    return Counted(exported, told, 2 * count, tuple(found), changed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.promises.one_dealer", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="how many strata")
    parser.add_argument("--seed", type=int, default=1, help="which strata")
    given = parser.parse_args()
    seen = counted(given.count, given.seed)
    for change in seen.found:
        print(change.words, flush=True)
    print(f"{given.count:,} strata, {seen.exported:,} dealers exported, {seen.told:,} told to be near the bound")
    print(
        f"{seen.tries_with_a_change} of {seen.tries:,} dealers that came or went changed an export verdict; "
        f"{len(seen.untold)} of {len(seen.found)} such verdicts were not told to be near the bound"
    )
    return int(bool(seen.untold) or seen.tries_with_a_change > MOST * seen.tries)


if __name__ == "__main__":
    sys.exit(main())
