"""The score of each accountable party: its weights of evidence, its band, and whether it passes the export gate."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from graphkit.model import Detector, Null
from graphkit.scores.bound_sellers import shared_with_buyers
from graphkit.scores.doubts import doubtful
from graphkit.scores.gate import OfBuyer, Proof, gate_failed, may_change_by_one, that_bind
from graphkit.scores.group_cars import cars_of_groups
from graphkit.scores.set_cars import cars_of_sets
from graphkit.scores.tested import month_units, party_units
from graphkit.scores.weights import contributions_of
from graphkit.tables.outputs import SHAPES

_NEAR = "Near the bound: one party more or less among its peers may change whether it is exported as flagged."

BANDS = ((2.0, "strong"), (1.0, "elevated"), (0.5, "watch"))
"""The word from which score up: log10 likelihood ratios of 100, 10 and about 3 to 1 (Jeffreys' steps)."""


def score(
    detectors: Sequence[Detector],
    findings: pl.DataFrame,
    hits: pl.DataFrame,
    exposure: pl.DataFrame,
    units: pl.DataFrame,
    identities: pl.DataFrame,
    groups: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``SHAPES["scores"]`` and ``SHAPES["contributions"]``: why each party stands where it stands.

    One row for each company or government body that a file defines (no stub, never a person) and that a stable detector
    tested, also where it found nothing. Only stable detectors count. The counted contributions of a party sum to its
    score. ``gate_failed`` says what keeps a party from being exported as flagged; it is null where flagged.
    """
    stable = [item for item in detectors if item.status == "stable"]
    counts = _counts(exposure, units, identities, hits)
    weak = doubtful(stable, hits.rename({"accountable_id": "party_id"}), "party_id")
    parties = (
        identities.filter(
            (pl.col("party_id") == pl.col("canonical_id")) & (pl.col("kind") != "person") & ~pl.col("is_stub")
        )
        .join(
            counts.filter(pl.col("detector").is_in([item.id for item in stable]) & (pl.col("tested") > 0)),
            on="party_id",
            how="semi",
        )
        .sort("party_id")
    )
    contributions = contributions_of(findings, counts, stable).join(parties, on="party_id", how="semi")
    shared = cars_of_groups(hits, groups, identities).join(
        cars_of_sets(stable, hits, identities), on=["detector", "party_id"], how="full", coalesce=True
    )
    evidence = _evidence(findings, _without_doubts(counts, weak), contributions, shared)
    by_id = {item.id: item for item in stable}
    proofs = _proofs(evidence, by_id, shared_with_buyers(stable, hits))
    rows = [
        {"party_id": party["party_id"], "name": party["name"], "roles": party["roles"]}
        | _summary(evidence.get(party["party_id"], []), proofs.get(party["party_id"], []), by_id)
        for party in parties.iter_rows(named=True)
    ]
    scores = SHAPES["scores"]
    return (
        scores.canonical(pl.DataFrame(rows, schema=dict(scores.schema))),
        SHAPES["contributions"].canonical(contributions),
    )


def _counts(exposure: pl.DataFrame, units: pl.DataFrame, identities: pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    breaches = (
        hits.filter((pl.col("verdict") == "flagged") & (pl.col("grade") == "breach"))
        .group_by("detector", pl.col("accountable_id").alias("party_id"))
        .agg(breaches=pl.len().cast(pl.Int64()))
    )
    months = month_units(exposure, units, identities, SHAPES["groups"].empty())
    return (
        party_units(months)
        .join(breaches, on=["detector", "party_id"], how="left")
        .select(
            "detector",
            "party_id",
            "tested",
            "explained",
            "indeterminate",
            pl.col("breaches").fill_null(0),
            of_party="flagged",
        )
    )


def _without_doubts(counts: pl.DataFrame, weak: pl.DataFrame) -> pl.DataFrame:
    # the gate asks whether the records are complete, and a weak tie is no gap in them
    joined = counts.join(weak, on=["detector", "party_id"], how="left")
    return joined.with_columns(pl.col("indeterminate") - pl.col("doubtful").fill_null(0)).drop("doubtful")


def _evidence(
    findings: pl.DataFrame, counts: pl.DataFrame, contributions: pl.DataFrame, shared: pl.DataFrame
) -> dict[str, list[dict[str, Any]]]:
    """Each party's findings with their weights, the heaviest first."""
    joined = (
        contributions.select("finding_id", "weight", "counted", "sentence")
        .join(findings, on="finding_id", how="inner")
        .join(counts, on=["detector", "party_id"], how="left")
        .join(shared, on=["detector", "party_id"], how="left")
        # a maker answers for the cars it built, which hits name by their dealer; all months count
        .with_columns(
            of_group=pl.max_horizontal("of_group", "of_party", "observed"), of_set=pl.col("of_set").fill_null(0)
        )
        .sort(["party_id", "weight", "observed", "finding_id"], descending=[False, True, True, False])
    )
    by_party: dict[str, list[dict[str, Any]]] = {}
    for row in joined.iter_rows(named=True):
        by_party.setdefault(row["party_id"], []).append(row)
    return by_party


def _proofs(
    evidence: Mapping[str, Sequence[Mapping[str, Any]]], detectors: Mapping[str, Detector], shared: pl.DataFrame
) -> dict[str, list[Proof]]:
    """What the gate reads of each party's findings, in their order, with those at buyers that may count for it."""
    of_buyers: dict[tuple[str, str], list[OfBuyer]] = {}
    by_finding = {(party, row["detector"]): row for party, rows in evidence.items() for row in rows}
    for row in shared.iter_rows(named=True):
        if found := by_finding.get((row["buyer_id"], row["buyer_detector"])):
            one = OfBuyer(row["buyer_id"], row["cars"], _proof(found, detectors[found["detector"]]))
            of_buyers.setdefault((row["party_id"], row["detector"]), []).append(one)
    return {
        party: [
            replace(
                _proof(row, detectors[row["detector"]]), of_buyers=tuple(of_buyers.get((party, row["detector"]), ()))
            )
            for row in rows
        ]
        for party, rows in evidence.items()
    }


def _summary(
    evidence: Sequence[Mapping[str, Any]], proofs: Sequence[Proof], detectors: Mapping[str, Detector]
) -> dict[str, Any]:
    total = round(sum(row["weight"] for row in evidence if row["counted"]), 6)
    failed, near = gate_failed(proofs), may_change_by_one(proofs)
    exculpatory = [*_exculpatory(evidence, detectors), *([_NEAR] if near and not failed else [])]
    told = zip(evidence, proofs, strict=True)
    reasons: list[str | None] = [
        " ".join((row["reason"], *_of_buyers(proof))) for row, proof in told if row["weight"] > 0
    ]
    reasons += [None, None, None]
    q = [row["q"] for row in evidence if row["q"] is not None]
    missing = dict.fromkeys(row["missing"] for row in evidence if row["missing"])
    return {
        "score": total,
        "band": next((word for least, word in BANDS if total >= least), "none"),
        "q": min(q) if q else None,
        "families": ";".join(sorted({row["family"] for row in evidence if row["counted"] and row["weight"] > 0})),
        "flagged": failed is None,
        "gate_failed": f"{failed} {_NEAR}" if failed and near else failed,
        "near_the_bound": near,
        "reason_1": reasons[0],
        "reason_2": reasons[1],
        "reason_3": reasons[2],
        "exculpatory": " ".join(exculpatory) or None,
        "missing": "; ".join(missing) or None,
    }


def _of_buyers(proof: Proof) -> list[str]:
    return [
        f"The buyer {one.buyer_id} is itself found in “{one.proof.title}”, on {one.cars:,} of these cars."
        for one in that_bind(proof)
    ]


def _exculpatory(evidence: Sequence[Mapping[str, Any]], detectors: Mapping[str, Detector]) -> list[str]:
    said = [
        f"{detectors[row['detector']].title}: {row['explained']:,} hits are explained by a lawful look-alike."
        for row in evidence
        if row["explained"]
    ]
    return said + list(dict.fromkeys(f"The party says: {row['denial']}" for row in evidence if row["denial"]))


def _proof(row: Mapping[str, Any], detector: Detector) -> Proof:
    return Proof(
        title=detector.title,
        family=row["family"],
        verdict=row["verdict"],
        flagged=row["observed"],
        of_group=row["of_group"],
        of_set=row["of_set"],
        tested=row["tested"] or 0,
        decided=row["n"],
        indeterminate=row["indeterminate"] or 0,
        breaches=row["breaches"] or 0,
        effect=row["effect"],
        q=row["q"],
        q_without_one=row["q_without_one"],
        eb05=row["eb05"],
        is_documented=row["baseline"] == "reference",
        q_at_twice_the_rate=row["q_at_twice_the_rate"],
        is_deterministic=detector.null is Null.DETERMINISTIC,
        min_tested=detector.floors.min_tested,
        min_flagged=detector.floors.min_flagged,
        min_share=float(detector.floors.min_share),
        min_effect=detector.floors.min_effect,
        untested=row["look_alikes_untested"] or "",
        missing=row["missing"],
        is_near_the_bound=row["near_the_bound"] or False,
    )
