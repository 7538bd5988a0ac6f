"""A tiny market of counts: dealers with so many cars tested and flagged, and detectors that only carry settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.look_alikes import declared_stock, gift_insurance
from graphkit.model import Detector, Floors, Null, Reference, ReferenceRate
from graphkit.scores.collect import NOTHING_SHUFFLED, Shuffled
from graphkit.scores.findings import find
from graphkit.scores.makers import NOBODY_BUILT
from graphkit.tables.outputs import SHAPES

MakeDetector = Callable[..., Detector]
UNIT = ("detector", "party_id", "tested", "flagged", "explained", "indeterminate")


@dataclass(frozen=True)
class NoSettings:
    pass


def never(market: Any, settings: Any) -> Any:
    raise AssertionError("scores never run a detector")


def make_detector(detector_id: str = "pre_insured", **changes: Any) -> Detector:
    facts: dict[str, Any] = {
        "id": detector_id,
        "title": f"Title of {detector_id}",
        "family": "booking",
        "accountable": "dealer",
        "null": Null.RATE,
        "severity": 0.8,
        "confidence": 0.8,
        "status": "stable",
        "version": "1",
        "look_alikes": (declared_stock.LOOK_ALIKE, gift_insurance.LOOK_ALIKE),
        "references": (Reference("A publication", "2024", "page 1"),),
        "needs": {"sales": ("vin",)},
        "floors": Floors(min_tested=30, min_flagged=10, min_share=0.1, min_effect=2.0, why="test"),
        "reads_absence_of": (),
        "settings": NoSettings(),
        "detect": never,
    }
    if changes.get("null", Null.RATE) is Null.RATE:
        facts["reference_rate"] = ReferenceRate(0.03, 0.02, why="test", source="test")
    return Detector(**(facts | changes))


class Counts:
    """Exposure, units, hits and identities from rows of (detector, party, tested, flagged, explained, undecided)."""

    def __init__(self, rows: Sequence[tuple[Any, ...]], *, month: str = "2024-05", kind: str = "dealer_month") -> None:
        given = pl.DataFrame(rows, schema=list(UNIT), orient="row")
        self.frame = given.with_columns(
            unit_id=pl.format("{}/{}/{}", pl.lit(kind), "party_id", pl.lit(month)),
            unit_kind=pl.lit(kind),
            city=pl.lit(None, pl.String()),
            month=pl.lit(month),
            clear=pl.col("tested") - pl.col("flagged") - pl.col("explained") - pl.col("indeterminate"),
        )

    @property
    def exposure(self) -> pl.DataFrame:
        return SHAPES["exposure"].canonical(self.frame)

    @property
    def units(self) -> pl.DataFrame:
        return SHAPES["units"].canonical(self.frame.unique("unit_id"))

    def identities(self, **changes: Mapping[str, Any]) -> pl.DataFrame:
        rows = [
            {
                "party_id": party,
                "canonical_id": party,
                "name": f"Name {party}",
                "kind": "company",
                "roles": "dealer",
                "is_stub": False,
                "is_undecided": False,
            }
            | dict(changes.get(party, {}))
            for party in sorted(set(self.frame["party_id"]))
        ]
        return SHAPES["identities"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["identities"].schema)))

    def hits(self, *, grade: str = "practice", missing: str = "registrations after 2024-05-31") -> pl.DataFrame:
        verdicts = ("flagged", "explained", "indeterminate")
        rows = [
            {
                "hit_id": f"{row['detector']}/{row['party_id']}-{word}-{number}",
                "detector": row["detector"],
                "version": "1",
                "subject_kind": "vehicle",
                "subject_id": f"{row['party_id']}-{word}-{number}",
                "unit_id": row["unit_id"],
                "accountable_id": row["party_id"],
                "verdict": word,
                "grade": grade,
                "missing": missing if word == "indeterminate" else None,
            }
            for row in self.frame.iter_rows(named=True)
            for word in verdicts
            for number in range(row[word])
        ]
        return SHAPES["hits"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["hits"].schema)))


def findings_of(
    counts: Counts,
    *detectors: Detector,
    groups: Sequence[tuple[str, str]] = (),
    hits: pl.DataFrame | None = None,
    identities: pl.DataFrame | None = None,
    denials: Mapping[str, str] | None = None,
    untested: Mapping[str, tuple[str, ...]] | None = None,
    shuffled: Shuffled = NOTHING_SHUFFLED,
    built: pl.DataFrame = NOBODY_BUILT,
) -> pl.DataFrame:
    members = [{"party_id": party, "group_id": group} for party, group in groups]
    return find(
        detectors,
        counts.hits() if hits is None else hits,
        counts.exposure,
        counts.units,
        counts.identities() if identities is None else identities,
        pl.DataFrame(members, schema=dict(SHAPES["groups"].schema)),
        regime="ias24",
        as_of=date(2024, 12, 31),
        denials=denials or {},
        untested=untested or {},
        shuffled=shuffled,
        built=built,
    )


@pytest.fixture
def detector() -> MakeDetector:
    return make_detector


@pytest.fixture
def counted() -> type[Counts]:
    return Counts


@pytest.fixture
def found() -> Callable[..., pl.DataFrame]:
    return findings_of
