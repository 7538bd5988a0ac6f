"""Answers about one party or one pair, computed from the registers when they are asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.algorithms.intervals import merge
from graphkit.parties.control import control_over_time
from graphkit.parties.neighbourhood import neighbourhood
from graphkit.parties.regimes import checked
from graphkit.parties.relation_proofs import with_proofs
from graphkit.parties.relations import PAIR, Ties, chosen, ties, weighted
from graphkit.parties.shared import indicated, shared
from graphkit.tables.coverage import Coverage

EXCLUDED = "excluded"
"""The verdict on a tie that is there and makes nobody related under the regime."""


@dataclass(frozen=True)
class Registers:
    """What an answer is computed from: resolved tables, identities, coverage, and the day of what was known."""

    tables: Mapping[str, pl.DataFrame]
    identities: pl.DataFrame
    coverage: Coverage
    as_of: date


@dataclass(frozen=True)
class Answer:
    """``relations`` as ``SHAPES["relations"]``, with the verdict excluded for ties that do not count; ``proofs``."""

    relations: pl.DataFrame
    proofs: pl.DataFrame


def related_to(party_id: str, registers: Registers, regime: str) -> Answer:
    """Whoever is tied to a party, related or not: by which rule and tier, on which days, and what proves it.

    Raises ``CaseError`` for an unknown regime. Ties that only a common state owner makes are left out.
    """
    checked(regime)
    around = _around([party_id], registers)
    others = _named_in(around, registers).filter(pl.col("other") != party_id)
    in_common = shared(registers.tables["parties"], [party_id])
    sharers = in_common.filter(pl.col("party_id") != party_id).select(other="party_id")
    pairs = (
        pl.concat([others, sharers])
        .unique()
        .select(
            party_a=pl.min_horizontal(pl.lit(party_id), "other"), party_b=pl.max_horizontal(pl.lit(party_id), "other")
        )
    )
    return _answer(pairs.sort(PAIR), around, in_common, registers, regime, is_listing=True)


def between(one: str, other: str, registers: Registers, regime: str) -> Answer:
    """All that ties two parties to one another, related or not; empty where no register does."""
    checked(regime)
    pair = pl.DataFrame({"party_a": [min(one, other)], "party_b": [max(one, other)]})
    in_common = shared(registers.tables["parties"], [one, other])
    return _answer(pair, _around([one, other], registers), in_common, registers, regime, is_listing=False)


def _around(parties: list[str], registers: Registers) -> dict[str, pl.DataFrame]:
    states = registers.identities.filter("is_state")["canonical_id"].unique()
    return neighbourhood(pl.Series(parties, dtype=pl.String), registers.tables, states)


def _named_in(tables: Mapping[str, pl.DataFrame], registers: Registers) -> pl.DataFrame:
    ends = {
        "ownership": ("owner_id", "owned_id"),
        "control_agreements": ("controller_id", "controlled_id"),
        "positions": ("person_id", "company_id"),
    }
    return (
        pl.concat([tables[name].select(other=end) for name, both in ends.items() for end in both]).drop_nulls().unique()
    )


def _answer(
    pairs: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    in_common: pl.DataFrame,
    registers: Registers,
    regime: str,
    *,
    is_listing: bool,
) -> Answer:
    known = (registers.identities, registers.coverage, registers.as_of)
    control, control_proofs = control_over_time(tables, known[1], known[0], known[2])
    found = ties(pairs, tables, control, *known, regime, noticed=True)
    sharing = indicated(pairs, in_common)
    counted = weighted(chosen(found.rows.filter("counts")))
    # who is related anyway needs no list of what would not have sufficed
    related = counted.filter(pl.col("tier") == "A", pl.col("verdict") == "proven")
    excluded = _excluded(found, is_listing=is_listing).join(related, on=PAIR, how="anti")
    rows = [frame.select(sharing.columns) for frame in (counted, sharing, excluded)]
    relations, proofs = with_proofs(pl.concat(rows), regime, tables, control_proofs, found.capacities)
    return Answer(relations, proofs)


def _excluded(found: Ties, *, is_listing: bool) -> pl.DataFrame:
    """Ties that make nobody related, the best of each rule, on the days on which they are there."""
    rows = found.rows.filter(~pl.col("counts"))
    if is_listing:
        rows = rows.filter(pl.col("rule") != "R10")
    best = chosen(rows.with_columns(tier="rule"))
    keys = [*PAIR, "rule"]
    spans = merge(best, keys).join(best.group_by(keys).agg(pl.col("legs").first()), on=keys)
    return weighted(spans).with_columns(tier=pl.lit("none"), verdict=pl.lit(EXCLUDED))
