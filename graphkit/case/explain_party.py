"""A party explained: who it is, who controls it and whom, what was found about it, and what its score is made of."""

from collections.abc import Mapping

import polars as pl

from graphkit.explanation import Explanation, Section, cited

IDENTITY = ("party_id", "name", "kind", "roles", "city", "uscc", "lei", "basis", "reason")
FINDING = ("finding_id", "detector", "unit_id", "observed", "n", "verdict", "q", "reason")


def explain_party(
    party_id: str,
    frames: Mapping[str, pl.DataFrame],
    tables: Mapping[str, pl.DataFrame],
    files: Mapping[str, str],
    denial: str | None,
) -> Explanation:
    """Explain one party by its canonical id, each link with the rows that prove it."""
    identities = frames["identities"]
    names = dict(identities.select("party_id", "name").iter_rows())
    merged = identities.filter(pl.col("canonical_id") == party_id)
    is_person = merged.filter(pl.col("party_id") == party_id)["kind"].to_list() == ["person"]
    control = frames["control"].filter((pl.col("controller_id") == party_id) | (pl.col("controlled_id") == party_id))
    relations = frames["relations"].filter((pl.col("party_a") == party_id) | (pl.col("party_b") == party_id))
    control_rows = _named(control, names, "controller_id", "controlled_id")
    relation_rows = _named(relations, names, "party_a", "party_b")
    sections = [
        Section("Identity", (), merged.select(IDENTITY)),
        Section("Control", _none(control, "no control link is on record"), control_rows),
        Section("Relations", _none(relations, "related to nobody it deals with"), relation_rows),
        Section("Proof", (), _proof(control, relations, frames["proofs"], tables, files)),
        Section("Findings", (), _findings(party_id, frames["findings"])),
        Section("Score", ("a person is never scored",)) if is_person else _score(party_id, frames),
        Section("Clusters", (), _clusters(party_id, frames)),
        Section("Denial", (denial or "none is on record",)),
    ]
    return Explanation("party", party_id, f"{names.get(party_id) or party_id} ({party_id})", tuple(sections))


def _findings(party_id: str, findings: pl.DataFrame) -> pl.DataFrame:
    own = findings.filter(pl.col("party_id") == party_id)
    order = [pl.col("verdict") != "flagged", pl.col("unit_kind") != "party", pl.col("q"), pl.col("unit_id")]
    return own.sort(order, nulls_last=True).select(FINDING)


def _none(frame: pl.DataFrame, otherwise: str) -> tuple[str, ...]:
    return (otherwise,) if frame.is_empty() else ()


def _named(frame: pl.DataFrame, names: Mapping[str, str], *columns: str) -> pl.DataFrame:
    for column in columns:
        name = pl.col(column).replace_strict(dict(names), default=None, return_dtype=pl.String)
        frame = frame.insert_column(
            frame.get_column_index(column) + 1,
            frame.select(name.alias(f"{column.removesuffix('_id')}_name")).to_series(),
        )
    return frame


def _proof(
    control: pl.DataFrame,
    relations: pl.DataFrame,
    proofs: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    files: Mapping[str, str],
) -> pl.DataFrame:
    sought = pl.concat([control["proof_id"], relations["proof_id"]]).drop_nulls().unique().to_list()
    steps = proofs.filter(pl.col("proof_id").is_in(sought)).sort("proof_id", "ordinal")
    return cited(steps, tables, files).drop("row_key", "share_low", "share_high")


def _score(party_id: str, frames: Mapping[str, pl.DataFrame]) -> Section:
    contributions = frames["contributions"].filter(pl.col("party_id") == party_id)
    lines: tuple[str, ...] = ()
    for score in frames["scores"].filter(pl.col("party_id") == party_id).iter_rows(named=True):
        gate = "exported as flagged" if score["flagged"] else f"not exported as flagged: {score['gate_failed']}"
        reasons = (score[f"reason_{number}"] for number in (1, 2, 3))
        lines = (f"{score['score']:.2f} ({score['band']}), {gate}", *(reason for reason in reasons if reason))
    shown = contributions.sort("weight", descending=True).select(
        "counted", "weight", "family", "finding_id", "sentence"
    )
    return Section("Score", lines or ("it has no score",), shown)


def _clusters(party_id: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    member = frames["cluster_members"].filter(pl.col("party_id") == party_id)
    return member.join(frames["clusters"].select("cluster_id", "reason"), on="cluster_id", how="left").drop("party_id")
