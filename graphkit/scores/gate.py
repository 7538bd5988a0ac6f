"""The export gate: what must hold before a party is called flagged to the outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphkit.scores.verdicts import ALPHA

EB05_AT_LEAST = 2.0
"""In two families the shrunken ratio must be above this with 95 %: twice what peers show (DESIGN: the export gate)."""

CARS_PROVEN = 100
"""So many flagged cars of one family stand for themselves; the case is then proven car by car."""

UNDECIDED_AT_MOST = 0.05
"""Coverage counts as complete where at most this share of the tested cars is undecidable (our judgement)."""

TIMES_FLOOR = 2.0
"""A single family needs an effect this many times the detector's floor."""


@dataclass(frozen=True)
class Proof:
    """What the gate reads of one party-level finding; counts are cars, ``breaches`` flagged hits that broke a rule."""

    title: str
    family: str
    verdict: str
    flagged: int
    tested: int
    indeterminate: int
    breaches: int
    effect: float | None
    q: float | None
    eb05: float | None
    is_deterministic: bool
    min_flagged: int
    min_effect: float
    untested: str
    missing: str | None


def gate_failed(proofs: Sequence[Proof]) -> str | None:
    """None where the party may be exported as flagged, else one sentence that says what failed.

    A finding counts when it met its floors with nothing decisive missing (its verdict is flagged). Then one of three
    must hold: a rule in force was broken by as many cars as the floor asks; findings of two families have q ≤ 0.05 and
    EB05 ≥ 2; or one finding is proven car by car: at least 100 flagged cars, complete coverage, an effect of at least
    twice the floor, every look-alike tested, and q ≤ 0.05 where a null applies.
    """
    standing = [proof for proof in proofs if proof.verdict == "flagged"]
    if not standing:
        missing = [proof.missing for proof in proofs if proof.verdict == "indeterminate" and proof.missing]
        if missing:
            return f"Deciding data are missing: {missing[0]}."
        return "No finding meets its effect floor beyond chance."
    if any(proof.breaches >= proof.min_flagged for proof in standing):
        return None
    families = {proof.family for proof in standing if _is_beyond_peers(proof)}
    if len(families) >= 2:
        return None
    short = [_short_of_proof(proof) for proof in standing]
    if None in short:
        return None
    closest = max(standing, key=lambda proof: (proof.flagged, proof.title))
    return (
        f"Only {len(families)} of two families stands out from its peers, no rule was broken outright, and "
        f"“{closest.title}” is not proven car by car: {_short_of_proof(closest)}."
    )


def _is_beyond_peers(proof: Proof) -> bool:
    return proof.q is not None and proof.q <= ALPHA and proof.eb05 is not None and proof.eb05 >= EB05_AT_LEAST


def _short_of_proof(proof: Proof) -> str | None:
    if proof.flagged < CARS_PROVEN:
        return f"{proof.flagged:,} flagged cars, {CARS_PROVEN} are needed"
    if proof.indeterminate > UNDECIDED_AT_MOST * proof.tested:
        return f"{proof.indeterminate:,} of {proof.tested:,} cars are undecidable"
    if proof.effect is None or proof.effect < TIMES_FLOOR * proof.min_effect:
        return f"its effect is below {TIMES_FLOOR * proof.min_effect:g}"
    if proof.untested:
        return f"look-alikes were not tested ({proof.untested.replace(';', ', ')})"
    if not proof.is_deterministic and (proof.q is None or proof.q > ALPHA):
        return f"its q is above {ALPHA:g}"
    return None
