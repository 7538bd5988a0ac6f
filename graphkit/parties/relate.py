"""Ownership and control in; who controls whom, the groups, and the related among those that deal out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.model import Coverage
from graphkit.parties.control import control_over_time
from graphkit.parties.groups import groups
from graphkit.parties.relations import relations
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
    """Work out control, groups and relations from resolved ``tables`` (ownership, control_agreements) on all days.

    ``flows`` says which parties deal with each other (source_id, target_id).
    Raises ``CaseError`` for an unknown regime.
    """
    control, control_proofs = control_over_time(tables, coverage, identities, as_of)
    related, relation_proofs = relations(flows, control, control_proofs, identities, regime)
    return Parties(
        control=control,
        proofs=SHAPES["proofs"].canonical(pl.concat([control_proofs, relation_proofs])),
        groups=groups(control, identities),
        relations=related,
    )
