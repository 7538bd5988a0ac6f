"""What stands beside the picture for a party: score, findings in full, and the rows that prove them."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from graphkit.views.cars import Cars
from graphkit.views.evidence import Lines
from graphkit.views.frames import Frames, text_day

_FINDING = (
    "finding_id",
    "detector",
    "status",
    "family",
    "unit_kind",
    "month",
    "first_month",
    "last_month",
    "verdict",
    "reason",
    "observed",
    "n",
    "expected",
    "effect",
    "effect_low",
    "effect_high",
    "p",
    "q",
    "q_without_one",
    "peers_n",
    "baseline",
    "look_alikes_tested",
    "look_alikes_untested",
    "missing",
    "assumptions",
    "denial",
)
_VERDICTS = ["flagged", "indeterminate", "explained"]
MAX_FINDINGS = 200
MAX_EVIDENCE = 1_500
"""The most evidence rows listed for all who answer for them together; half as many again for the other sides."""
MAX_EVIDENCE_OF_ONE = 60
MAX_MONTHS = 12


def party_panels(parties: pl.DataFrame, cars: Cars, lines: Lines, frames: Frames) -> dict[str, dict[str, Any]]:
    """Panels by node id; ``lines`` are the source lines of each hit.

    A panel: roles, score, band, flagged, gate_failed, exculpatory, missing, reasons, findings (the
    party's own, flagged first, each with its months), evidence (per detector: rows, and how many there are in all).
    An evidence row: VIN, day, value, unit, and its source lines as (file number, line).
    """
    findings = _findings(parties, frames)
    evidence = _evidence(parties, cars, lines)
    reasons = _reasons(frames)
    facts = (
        "roles",
        "city",
        "score",
        "band",
        "flagged",
        "gate_failed",
        "exculpatory",
        "missing",
        "is_stub",
    )
    panels = {}
    for row in parties.iter_rows(named=True):
        party = row["party_id"]
        panels[f"party/{party}"] = {
            **{fact: row[fact] for fact in facts if row[fact] not in (None, "", False)},
            **{
                part: of[party]
                for part, of in (("reasons", reasons), ("findings", findings), ("evidence", evidence))
                if of.get(party)
            },
        }
    return panels


def _reasons(frames: Frames) -> Mapping[str, list[str]]:
    rows = frames.result("scores").select("party_id", "reason_1", "reason_2", "reason_3")
    return {party: [reason for reason in reasons if reason] for party, *reasons in rows.iter_rows()}


def _findings(parties: pl.DataFrame, frames: Frames) -> dict[str, list[dict[str, Any]]]:
    ranked = (
        frames.result("findings")
        .join(parties.select("party_id", "units"), on="party_id", how="semi")
        .with_columns(
            pl.col("verdict").replace_strict({v: i for i, v in enumerate(_VERDICTS)}, default=9).alias("rank")
        )
        .sort("rank", "observed", "detector", "unit_id", descending=[False, True, False, False])
    )
    own = ranked.filter(pl.col("unit_kind") == "party").head(MAX_FINDINGS)
    monthly = (
        ranked.filter(pl.col("unit_kind") != "party", pl.col("month").is_not_null())
        .group_by("party_id", "detector", maintain_order=True)
        .head(MAX_MONTHS)
        .sort("party_id", "detector", "month", "unit_id")
    )
    months: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for party, detector, *cells in monthly.select(
        "party_id", "detector", "month", "observed", "n", "expected", "q", "verdict"
    ).iter_rows():
        months.setdefault((party, detector), []).append(tuple(cells))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in own.select("party_id", *_FINDING).iter_rows(named=True):
        party = row.pop("party_id")
        card = {key: value for key, value in row.items() if value not in (None, "")}
        found.setdefault(party, []).append(card | {"months": months.get((party, row["detector"]), [])})
    return found


def _evidence(parties: pl.DataFrame, cars: Cars, lines: Lines) -> dict[str, list[dict[str, Any]]]:
    hits = cars.hits.rename({"subject_id": "vin"})
    sides = pl.concat(
        [
            hits.with_columns(pl.col("accountable_id").alias("party_id"), pl.lit(False).alias("is_other_side")),
            hits.filter(pl.col("counterparty_id") != pl.col("accountable_id")).with_columns(
                pl.col("counterparty_id").alias("party_id"), pl.lit(True).alias("is_other_side")
            ),
        ]
    ).join(parties.select("party_id"), on="party_id", how="semi")
    groups = ["party_id", "detector", "is_other_side"]
    totals = sides.group_by(groups).len("total")
    ordered = sides.sort(*groups, "on_date", "vin", "hit_id")
    shown = pl.concat(
        ordered.filter(pl.col("is_other_side") == is_other).group_by(groups, maintain_order=True).head(share)
        for is_other, share in _shares(totals)
    ).sort(*groups, "on_date", "vin", "hit_id")
    cells = shown.select("hit_id", "vin", text_day("on_date"), "value", "value_unit", "reason")
    rows = (
        shown.select(groups)
        .with_columns(cells.to_struct("cell"))
        .group_by(groups, maintain_order=True)
        .agg("cell")
        .join(totals, on=groups)
        .sort(groups)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for party, detector, other, listed, total in rows.iter_rows():
        found.setdefault(party, []).append(
            {
                "detector": detector,
                "is_other_side": other,
                "total": total,
                # one sentence a table: those of the other rows differ only in what the columns show
                "example": None if other else listed[0]["reason"],
                "rows": [
                    [c["vin"], c["on_date"], c["value"], c["value_unit"], lines.get(c["hit_id"], [])] for c in listed
                ],
            }
        )
    return found


def _shares(totals: pl.DataFrame) -> list[tuple[bool, int]]:
    # how many rows each party gets, the less the more parties there are
    others = int(totals["is_other_side"].sum())
    answering = totals.height - others
    return [
        (False, max(5, min(MAX_EVIDENCE_OF_ONE, MAX_EVIDENCE // max(1, answering)))),
        (True, max(1, min(MAX_EVIDENCE_OF_ONE // 2, MAX_EVIDENCE // 2 // max(1, others)))),
    ]
