"""What findings touch, read a second time: which rows of tables and results stay, one row after the other."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

Row = dict[str, Any]
Rows = dict[str, list[Row]]

OF_CARS = {
    "vehicles": ("manufacturer_id",), "sales": ("seller_id", "buyer_id"), "policies": ("insurer_id", "insured_id"),
    "registrations": ("owner_id",), "odometer": (), "listings": ("vendor_id",), "exports": ("exporter_id",),
    "foreign_registrations": (), "claims": ("claimant_id",), "declared_stock": ("holder_id",),
}  # fmt: skip
"""The tables of which a row is about one car, and who deals in it there."""

OF_TWO = {
    "ownership": ("owner_id", "owned_id"), "positions": ("person_id", "company_id"),
    "kinship": ("person_id", "relative_id"), "control_agreements": ("controller_id", "controlled_id"),
    "payments": ("payer_id", "payee_id"), "reported_counts": ("reporter_id", "subject_id"),
    "control": ("controller_id", "controlled_id"), "relations": ("party_a", "party_b"),
    "flows": ("source_id", "target_id"),
}  # fmt: skip


def plain_touched(tables: Mapping[str, pl.DataFrame], results: Mapping[str, pl.DataFrame]) -> tuple[Rows, Rows]:
    """The rows that stay, by table and by result, in their order."""
    given = {name: frame.to_dicts() for name, frame in tables.items()}
    found = {name: frame.to_dicts() for name, frame in results.items()}
    every = given | found
    cars = {
        hit["subject_id"].split("/")[0]
        for hit in found["hits"]
        if hit["subject_kind"] in ("vehicle", "step") and hit["verdict"] == "flagged"
    }
    parties = {row["party_id"] for row in found["findings"] if row["verdict"] == "flagged"}
    parties |= {row["party_id"] for row in found["cluster_members"]} | {row["anchor_id"] for row in found["clusters"]}
    parties |= {row[who] for name, dealers in OF_CARS.items() for row in given[name] if row["vin"] in cars
                for who in dealers}  # fmt: skip
    parties -= {None}

    def are_in(name: str) -> Callable[[Row], bool]:
        return lambda row: all(row[end] in parties or row[end] is None for end in OF_TWO[name])

    proofs = {row["proof_id"] for name in ("control", "relations") for row in found[name] if are_in(name)(row)} - {None}
    parties |= {row[end] for row in found["proofs"] if row["proof_id"] in proofs for end in ("from_id", "to_id")}
    policies = {row["policy_id"] for row in given["policies"] if row["vin"] in cars}
    stays: dict[str, Callable[[Row], bool]] = {
        **{name: lambda row: row["vin"] in cars for name in (*OF_CARS, "ledger")},
        **{name: are_in(name) for name in OF_TWO},
        **{name: lambda row: row["party_id"] in parties for name in ("parties", "findings", "found")},
        "endorsements": lambda row: row["policy_id"] in policies,
        "shadows": lambda row: row["vin"] in cars or row["vin"] == "*",
    }
    kept = {name: [row for row in rows if name not in stays or stays[name](row)] for name, rows in every.items()}
    return {name: kept[name] for name in given}, {name: kept[name] for name in found}
