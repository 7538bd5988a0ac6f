"""The contract of every table that lies between the rooms or leaves a run, with its canonical order."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import polars as pl

TEXT, INT, REAL, DAY, FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Date(), pl.Boolean()


@dataclass(frozen=True)
class Shape:
    """A table that graphkit makes: its columns and types in order, and the columns that give its canonical order."""

    name: str
    schema: Mapping[str, Any]
    order: tuple[str, ...]

    def canonical(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with exactly this shape's columns and types, in canonical order: equal content, equal bytes.

        Raises ``polars.exceptions.ColumnNotFoundError`` where a column of the shape is missing.
        """
        return (
            frame.select(pl.col(name).cast(dtype) for name, dtype in self.schema.items())
            .sort(self.order, nulls_last=False)
            .rechunk()
        )

    def empty(self) -> pl.DataFrame:
        """No rows, with every column and type."""
        return pl.DataFrame(schema=dict(self.schema))


def _shape(name: str, order: str, /, **schema: Any) -> Shape:
    return Shape(name, MappingProxyType(schema), tuple(order.split()))


_SHAPES = (
    _shape(
        "identities", "party_id",
        party_id=TEXT, canonical_id=TEXT, name=TEXT, name_key=TEXT, kind=TEXT, roles=TEXT, city=TEXT, uscc=TEXT, lei=TEXT,
        is_stub=FLAG, is_state=FLAG, is_listed=FLAG, is_undecided=FLAG, basis=TEXT, reason=TEXT,
    ),
    _shape(
        "ledger", "vin",
        vin=TEXT, vin_check=TEXT, is_stub=FLAG, manufacturer_id=TEXT, built_on=DAY, wholesaled_on=DAY, wholesaler_id=TEXT, dealer_id=TEXT,
        first_insured_on=DAY, first_insured_id=TEXT, first_insurer_id=TEXT, first_policy_id=TEXT, first_policy_kind=TEXT,
        first_policy_use=TEXT, first_policy_city=TEXT, first_policy_cancelled_on=DAY,
        end_sale_on=DAY, end_seller_id=TEXT, end_buyer_id=TEXT, end_sale_id=TEXT, handed_over_on=DAY,
        first_registered_on=DAY, first_plated_on=DAY, first_owner_id=TEXT, first_registration_id=TEXT, first_event=TEXT,
        plate_city=TEXT, use=TEXT, deregistered_on=DAY, resold_on=DAY, listed_on=DAY,
        awaiting_export_on=DAY, applied_on=DAY, exported_on=DAY, export_id=TEXT, exporter_id=TEXT, declared_as=TEXT,
        destination=TEXT, maker_letter=FLAG, foreign_registered_on=DAY, foreign_country=TEXT, claimed_on=DAY,
        km_last=INT, km_on=DAY, declared_status=TEXT, declared_holder_id=TEXT, declared_from=DAY, declared_to=DAY,
        gap_insured_to_sold=INT, gap_insured_to_plated=INT, gap_sold_to_plated=INT, gap_registered_to_exported=INT,
        violations=TEXT, is_mid_life=FLAG,
    ),
    _shape(
        "flows", "kind source_id target_id on_date table row_key",
        source_id=TEXT, target_id=TEXT, kind=TEXT, on_date=DAY, vin=TEXT, amount=REAL, currency=TEXT, table=TEXT, row_key=TEXT,
    ),
    _shape(
        "control", "controller_id controlled_id valid_from valid_to verdict basis",
        controller_id=TEXT, controlled_id=TEXT, basis=TEXT, verdict=TEXT, valid_from=DAY, valid_to=DAY, proof_id=TEXT,
    ),
    _shape(
        "relations", "party_a party_b regime rule valid_from valid_to verdict",
        party_a=TEXT, party_b=TEXT, regime=TEXT, rule=TEXT, tier=TEXT, verdict=TEXT, valid_from=DAY, valid_to=DAY, proof_id=TEXT,
    ),
    _shape(
        "proofs", "proof_id ordinal",
        proof_id=TEXT, ordinal=INT, from_id=TEXT, to_id=TEXT, table=TEXT, row_key=TEXT, share_low=INT, share_high=INT,
    ),
    _shape("groups", "party_id valid_from", party_id=TEXT, group_id=TEXT, valid_from=DAY, valid_to=DAY),
    _shape("shadows", "table vin", table=TEXT, vin=TEXT, reason=TEXT),
    _shape(
        "hits", "detector subject_id unit_id",
        hit_id=TEXT, detector=TEXT, version=TEXT, subject_kind=TEXT, subject_id=TEXT, unit_id=TEXT, accountable_id=TEXT,
        counterparty_id=TEXT, on_date=DAY, verdict=TEXT, grade=TEXT, look_alike=TEXT, missing=TEXT, rule=TEXT, value=REAL,
        value_unit=TEXT, reason=TEXT,
    ),
    _shape(
        "exposure", "detector unit_id",
        detector=TEXT, unit_id=TEXT, tested=INT, flagged=INT, explained=INT, indeterminate=INT, clear=INT,
    ),
    _shape("units", "unit_id", unit_id=TEXT, unit_kind=TEXT, party_id=TEXT, city=TEXT, month=TEXT),
    _shape("evidence", "hit_id ordinal", hit_id=TEXT, ordinal=INT, table=TEXT, row_key=TEXT, role=TEXT, source_id=TEXT, line=INT),
    _shape("sources", "table name source_id", source_id=TEXT, table=TEXT, name=TEXT, format=TEXT, encoding=TEXT, rows=INT, loaded=INT, quarantined=INT),
    _shape(
        "findings", "detector unit_kind unit_id",
        finding_id=TEXT, detector=TEXT, version=TEXT, family=TEXT, unit_id=TEXT, unit_kind=TEXT, party_id=TEXT, month=TEXT,
        observed=INT, n=INT, expected=REAL, baseline=TEXT, peers_n=INT, effect=REAL, effect_low=REAL, effect_high=REAL,
        p=REAL, q=REAL, eb05=REAL, severity=REAL, confidence=REAL, verdict=TEXT, reason=TEXT,
        look_alikes_tested=TEXT, look_alikes_untested=TEXT, missing=TEXT, assumptions=TEXT, denial=TEXT, regime=TEXT, as_of=DAY,
    ),
    _shape(
        "scores", "party_id",
        party_id=TEXT, name=TEXT, roles=TEXT, score=REAL, band=TEXT, q=REAL, families=TEXT, flagged=FLAG, gate_failed=TEXT,
        reason_1=TEXT, reason_2=TEXT, reason_3=TEXT, exculpatory=TEXT, missing=TEXT,
    ),
    _shape(
        "contributions", "party_id finding_id family",
        party_id=TEXT, finding_id=TEXT, family=TEXT, weight=REAL, cap=REAL, counted=FLAG, sentence=TEXT,
    ),
    _shape(
        "clusters", "cluster_id",
        cluster_id=TEXT, anchor_id=TEXT, units=INT, families=TEXT, reason=TEXT, content_hash=TEXT,
    ),
    _shape(
        "cluster_members", "cluster_id party_id",
        cluster_id=TEXT, party_id=TEXT, standing=TEXT, role=TEXT, units=INT, first_on=DAY, last_on=DAY,
    ),
    _shape(
        "restatement", "maker_id dealer_id city month",
        maker_id=TEXT, dealer_id=TEXT, city=TEXT, month=TEXT, reported=INT, pre_insured=INT, related_party_absorbed=INT,
        zero_mileage_exported=INT, supportable_low=INT, supportable_high=INT,
    ),
    _shape("restated_vehicles", "vin", vin=TEXT, deduction=TEXT, finding_id=TEXT),
    _shape(
        "aggregates", "subject_id city period measure reporter_id",
        subject_id=TEXT, reporter_id=TEXT, city=TEXT, period=TEXT, measure=TEXT, unit=TEXT, value_low=REAL, value_high=REAL,
        bound=TEXT, cohort=TEXT, source=TEXT, sentence=TEXT,
    ),
)

SHAPES: Mapping[str, Shape] = MappingProxyType({shape.name: shape for shape in _SHAPES})
"""Every table of a run, by name; each is one Parquet file in the run's folder."""
