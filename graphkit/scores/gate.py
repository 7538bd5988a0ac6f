"""The export gate: what must hold before a party is called flagged to the outside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from graphkit.algorithms.thresholds import setting
from graphkit.scores.verdicts import ALPHA


@dataclass(frozen=True)
class Settings:
    """The bounds of the gate."""

    eb05_at_least: float = setting(
        2.0,
        "times what peers show, at least",
        "where two families stand out, each must be above it with 95 % after shrinking: twice what peers show",
    )
    cars_proven: int = setting(
        100,
        "flagged cars of the control group, or of the trade set, in one detector, at least",
        "so many stand for themselves, however many companies share them; the case is then proven car by car (our "
        "judgement)",
    )
    bound_at_least: float = setting(
        0.5,
        "of the seller's flagged cars",
        "what a buyer is found in counts for the seller whom a rule binds to it, where it is on half of the cars that "
        "the rule flagged (our judgement)",
    )
    undecided_at_most: float = setting(
        0.05,
        "of the tested cars",
        "coverage counts as complete where at most this share is undecidable (our judgement)",
    )
    times_floor: float = setting(
        2.0,
        "times the detector's least effect, at least",
        "a single family must be well beyond its floor (our judgement)",
    )
    times_floor_documented: float = setting(
        3.0,
        "times the detector's least effect, at least, where only a reference rate is left",
        "a rate from documents may be off for this market, so that twice the floor says too little (our judgement)",
    )
    q_at_twice_at_most: float = setting(
        0.001,
        "q at twice the reference rate, where only that is left",
        "honest units may be twice as bad as documented; the finding must stand all the same (our judgement)",
    )


SETTINGS = Settings()


@dataclass(frozen=True)
class Proof:
    """What the gate reads of one party-level finding; counts are cars, ``breaches`` flagged hits that broke a rule.

    All is the party's own, except ``of_group`` and ``of_set``: the flagged cars of its control group in that detector,
    and of its trade set where the detector finds sets (else 0), its own among them. ``decided`` are its tested cars
    without the undecidable ones.
    ``is_documented``: fewer than ten peers were left, so that only the reference rate stands behind its q.
    ``is_near_the_bound``: with one unit more or less among its peers it may stand where it does not, or the reverse.
    ``of_buyers`` are findings at the buyers of the same cars, where the rule binds the seller to them.
    """

    title: str
    family: str
    verdict: str
    flagged: int
    of_group: int
    of_set: int
    tested: int
    decided: int
    indeterminate: int
    breaches: int
    effect: float | None
    q: float | None
    q_without_one: float | None
    eb05: float | None
    is_documented: bool
    q_at_twice_the_rate: float | None
    is_deterministic: bool
    min_tested: int
    min_flagged: int
    min_share: float
    min_effect: float
    untested: str
    missing: str | None
    is_near_the_bound: bool
    of_buyers: tuple["OfBuyer", ...] = ()


@dataclass(frozen=True)
class OfBuyer:
    """A finding at the buyer of flagged cars, whose rule binds the seller: ``cars`` of them are flagged in both."""

    buyer_id: str
    cars: int
    proof: Proof


def gate_failed(proofs: Sequence[Proof]) -> str | None:
    """None where the party may be exported as flagged, else one sentence that says what failed.

    A finding counts when it met its floors with nothing decisive missing (its verdict is flagged). Then one of three
    must hold: a rule in force was broken by as many cars as the floor asks; findings of two families have q ≤ 0.05 and
    EB05 ≥ 2; or one finding is proven car by car: at least 100 flagged cars, complete coverage, an effect of at least
    twice the floor, every look-alike tested, and q ≤ 0.05 where a null applies. That q must also hold with any one
    other unit left out. Where fewer than ten peers leave only the reference rate, a finding counts only with 100
    flagged cars, complete coverage, three times the floor, and q ≤ 0.001 at twice that rate. The 100 cars are those of
    the control group, so that nobody escapes who shares them among companies, or of the trade set, where the rule of
    the detector shows that its companies act together; all the rest is the party's own, and where the 100 are not, its
    own cars must meet every floor. Where the rule of a finding beyond its peers binds the seller to its buyer, the
    family of what the buyer is found in may be the second: see :func:`that_bind`.
    """
    standing = [proof for proof in proofs if proof.verdict == "flagged"]
    if not standing:
        missing = [proof.missing for proof in proofs if proof.verdict == "indeterminate" and proof.missing]
        if missing:
            return f"Deciding data are missing: {missing[0]}."
        return "No finding meets its effect floor beyond chance."
    if any(proof.breaches >= proof.min_flagged for proof in standing):
        return None
    beyond = [proof for proof in standing if _is_beyond_peers(proof)]
    families = {one.family for proof in beyond for one in (proof, *(of.proof for of in that_bind(proof)))}
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


def that_bind(proof: Proof) -> list[OfBuyer]:
    """The findings at buyers that count for the seller: the buyer's stands beyond its peers, and is on at least half of
    the seller's flagged cars and on as many as the floors of both detectors ask.
    """
    least = max(proof.min_flagged, SETTINGS.bound_at_least * proof.flagged)
    return [
        one
        for one in proof.of_buyers
        if one.proof.verdict == "flagged"
        and one.cars >= max(least, one.proof.min_flagged)
        and _is_beyond_peers(one.proof)
    ]


def may_change_by_one(proofs: Sequence[Proof]) -> bool:
    """Whether one unit more or less among the peers of these findings may change what the gate says of the party.

    All findings near the bound, those of buyers among them, are held at their best at once, and then at their worst: so
    more parties are told to be near the bound than can change.
    """
    best, worst = _at_best(proofs), _at_worst(proofs)
    return gate_failed(best) is None and gate_failed(worst) is not None


def _at_best(proofs: Sequence[Proof]) -> list[Proof]:
    raised = [
        replace(proof, of_buyers=tuple(replace(one, proof=_at_best([one.proof])[0]) for one in proof.of_buyers))
        for proof in proofs
    ]
    return [
        replace(proof, verdict="flagged", effect=inf, q=0.0, q_without_one=0.0, eb05=inf, is_documented=False)
        if proof.is_near_the_bound
        else proof
        for proof in raised
    ]


def _at_worst(proofs: Sequence[Proof]) -> list[Proof]:
    return [
        replace(proof, of_buyers=tuple(one for one in proof.of_buyers if not one.proof.is_near_the_bound))
        for proof in proofs
        if not proof.is_near_the_bound
    ]


def _is_beyond_peers(proof: Proof) -> bool:
    if proof.is_documented and _short_of_cars(proof) is not None:
        return False
    return _short_of_chance(proof) is None and proof.eb05 is not None and proof.eb05 >= SETTINGS.eb05_at_least


def _short_of_chance(proof: Proof) -> str | None:
    if proof.q is None or proof.q > ALPHA:
        return f"its q is above {ALPHA:g}"
    if proof.q_without_one is None or proof.q_without_one > ALPHA:
        return f"its q is above {ALPHA:g} with one other unit left out"
    return None


def _short_of_proof(proof: Proof) -> str | None:
    short = _short_of_cars(proof)
    if short is not None:
        return short
    if proof.untested:
        return f"look-alikes were not tested ({proof.untested.replace(';', ', ')})"
    return None if proof.is_deterministic else _short_of_chance(proof)


def _short_of_cars(proof: Proof) -> str | None:
    """What cars, coverage and effect lack; where only the reference rate is left they are held to more."""
    times, rate = SETTINGS.times_floor, ""
    if proof.is_documented:
        times, rate = SETTINGS.times_floor_documented, " at the reference rate"
    if max(proof.of_group, proof.of_set) < SETTINGS.cars_proven:
        return f"{_cars(proof)}, {SETTINGS.cars_proven} are needed{rate}"
    if proof.flagged < SETTINGS.cars_proven and not _meets_floors(proof):
        return f"{_cars(proof)}, and its own miss the floors of the detector"
    if proof.indeterminate > SETTINGS.undecided_at_most * proof.tested:
        return f"{proof.indeterminate:,} of {proof.tested:,} cars are undecidable"
    if proof.effect is None or proof.effect < times * proof.min_effect:
        return f"its effect is below {times * proof.min_effect:g}{rate}"
    twice = proof.q_at_twice_the_rate
    if proof.is_documented and (twice is None or twice > SETTINGS.q_at_twice_at_most):
        return f"its q is above {SETTINGS.q_at_twice_at_most:g} at twice the reference rate"
    return None


def _cars(proof: Proof) -> str:
    most, whose = max((proof.of_group, "control group"), (proof.of_set, "trade set"))
    if most == proof.flagged:
        return f"{proof.flagged:,} flagged cars"
    return f"{proof.flagged:,} flagged cars of its own and {most:,} of its {whose}"


def _meets_floors(proof: Proof) -> bool:
    """Whether the party's own cars do, all its months together."""
    return (
        proof.decided >= proof.min_tested
        and proof.flagged >= proof.min_flagged
        and proof.flagged >= proof.min_share * proof.decided
    )
