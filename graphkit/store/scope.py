"""The part of a case that its findings touch, for databases that shall not hold every car."""

from collections.abc import Mapping, Sequence

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.subjects import STEP, VEHICLE, car

Frames = Mapping[str, pl.DataFrame]

_TIES = ("ownership", "positions", "kinship", "control_agreements", "payments", "reported_counts")
"""The tables whose rows tie two parties, and no car."""

_DERIVED: Mapping[str, tuple[str, str]] = {
    "control": ("controller_id", "controlled_id"),
    "relations": ("party_a", "party_b"),
    "flows": ("source_id", "target_id"),
}
"""What a run derived between two parties."""

_OF_PARTIES = ("findings", "found")
"""What a run says of one party."""


def touched(tables: Frames, results: Frames) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Tables and results with what the findings rest on, whole; the rest is left out.

    Kept are: the cars that a flagged hit is about, with every record of theirs; the parties that a flagged finding or a
    cluster names, with everybody that their proofs name; everybody who deals in those cars; and the ties, control,
    relations, trade and reported counts among all of these.
    """
    flagged = results["hits"].filter(pl.col("subject_kind").is_in([VEHICLE, STEP]), pl.col("verdict") == "flagged")
    vins = flagged.select(car().unique()).to_series()
    cars = {name: frame.filter(_among("vin", vins)) for name, frame in tables.items() if TABLES[name].has_vin}
    seen = [
        results["findings"].filter(pl.col("verdict") == "flagged")["party_id"],
        results["cluster_members"]["party_id"],
        results["clusters"]["anchor_id"],
        *(frame[column] for name, frame in cars.items() for column in TABLES[name].parties),
    ]
    parties = pl.concat([column.alias("party_id") for column in seen]).drop_nulls().unique()
    ties = [_between(results[name], ends, parties) for name, ends in _DERIVED.items() if "proof_id" in results[name]]
    proofs = results["proofs"].filter(_among("proof_id", pl.concat([rows["proof_id"] for rows in ties])))
    parties = pl.concat([parties, proofs["from_id"].alias("party_id"), proofs["to_id"].alias("party_id")]).unique()

    kept = cars | {name: _between(tables[name], TABLES[name].parties, parties) for name in _TIES if name in tables}
    kept["parties"] = tables["parties"].filter(_among("party_id", parties))
    if "endorsements" in tables and "policies" in cars:
        kept["endorsements"] = tables["endorsements"].filter(_among("policy_id", cars["policies"]["policy_id"]))
    derived = {name: _between(results[name], ends, parties) for name, ends in _DERIVED.items()}
    of_parties = {name: results[name].filter(_among("party_id", parties)) for name in _OF_PARTIES if name in results}
    ledger = results["ledger"].filter(_among("vin", vins))
    shadows = results["shadows"].filter((pl.col("vin") == "*") | _among("vin", vins))
    return kept, {**results, **derived, **of_parties, "ledger": ledger, "shadows": shadows}


def _among(column: str, values: pl.Series) -> pl.Expr:
    return pl.col(column).is_in(values.implode())


def _between(frame: pl.DataFrame, ends: Sequence[str], parties: pl.Series) -> pl.DataFrame:
    """The rows whose ends are all kept or not known."""
    return frame.filter(pl.all_horizontal(pl.col(end).is_null() | _among(end, parties) for end in ends))
