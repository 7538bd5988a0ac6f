"""Ownership and control in; who controls whom, the groups, and the related among those that deal out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.parties.control import control_over_time
from graphkit.parties.groups import groups
from graphkit.parties.regimes import checked
from graphkit.parties.relation_proofs import with_proofs
from graphkit.parties.relations import chosen, pairs_of, ties, weighted
from graphkit.parties.shared import indicators
from graphkit.tables.coverage import Coverage
from graphkit.tables.outputs import SHAPES


@dataclass(frozen=True)
class Parties:
    """How parties are tied to one another, each table as its shape in ``SHAPES``."""

    control: pl.DataFrame
    proofs: pl.DataFrame
    groups: pl.DataFrame
    relations: pl.DataFrame


def relate(
    tables: Mapping[str, pl.DataFrame],
    flows: pl.DataFrame,
    coverage: Coverage,
    identities: pl.DataFrame,
    regime: str,
    as_of: date,
) -> Parties:
    """Work out control, groups and relations on all days.

    ``tables`` are resolved: ownership, control_agreements, positions, kinship, parties. ``flows`` says which parties
    deal with each other (source_id, target_id): relations are those among them.
    Raises ``CaseError`` for an unknown regime.
    """
    checked(regime)
    control, control_proofs = control_over_time(tables, coverage, identities, as_of)
    pairs = pairs_of(flows)
    found = ties(pairs, tables, control, identities, coverage, as_of, regime)
    sharing = indicators(pairs, tables["parties"])
    best = pl.concat([weighted(chosen(found.rows)).select(sharing.columns), sharing])
    related, relation_proofs = with_proofs(best, regime, tables, control_proofs, found.capacities)
    return Parties(
        control=control,
        proofs=SHAPES["proofs"].canonical(pl.concat([control_proofs, relation_proofs])),
        groups=groups(control, identities),
        relations=related,
    )
