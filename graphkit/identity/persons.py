"""Persons without a key: one person where name, birth year and a company in common agree, and nothing less."""

import polars as pl

from graphkit.identity.merges import joined, pairs_of

_SAME = ("name_key", "birth_year", "company_id")


def merged_persons(parties: pl.DataFrame, ties: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """:func:`graphkit.identity.merges.merged` parties with persons joined by name, birth year and a shared company.

    ``ties`` has ``person_id`` and ``company_id`` (canonical) of every office and holding. Two different person keys, or
    two persons judged apart, never come together.
    """
    met = namesakes_born_alike(parties).join(ties, left_on="party_id", right_on="person_id").unique()
    met = met.filter(pl.struct(_SAME).is_duplicated())
    if met.is_empty():
        return parties
    rows = parties.filter(pl.col("canonical_id").is_in(met["canonical_id"].unique().implode())).with_row_index("n")
    rows = rows.with_columns(pl.col("n").cast(pl.Int64)).with_columns(label=pl.col("n").min().over("canonical_id"))
    rows = rows.with_columns(key_of=pl.col("person_key").min().over("label"))
    edges = met.join(rows.select("party_id", "n"), on="party_id").select(
        source="n", target=pl.col("n").min().over(_SAME)
    )
    apart = pairs_of(rows, judged.filter(~pl.col("is_same")))
    rows = joined(rows, "met", edges, apart, ("key_of",), pl.lit(None, pl.String))
    rows = rows.join(rows.select(label="n", met_id="party_id"), on="label", how="left", maintain_order="left")
    moved = rows.filter(pl.col("met_id") != pl.col("canonical_id")).select(
        "party_id",
        "met_id",
        met_reason=pl.format("Has the same name and birth year as {}, and a company in common with it.", "met_id"),
    )
    moved_rows = parties.join(moved, on="party_id", how="left", maintain_order="left")
    is_moved = pl.col("met_id").is_not_null()
    return moved_rows.with_columns(
        canonical_id=pl.coalesce("met_id", "canonical_id"),
        basis=pl.when(is_moved).then(pl.lit("name_birth_company")).otherwise("basis"),
        reason=pl.coalesce("met_reason", "reason"),
    ).drop("met_id", "met_reason")


def namesakes_born_alike(parties: pl.DataFrame) -> pl.DataFrame:
    """The persons who share name and birth year with another: party_id, canonical_id, name_key, birth_year."""
    dated = parties.filter(
        pl.col("kind") == "person", pl.all_horizontal(pl.col("name_key", "birth_year").is_not_null())
    )
    return dated.filter(pl.struct("name_key", "birth_year").is_duplicated()).select(
        "party_id", "canonical_id", "name_key", "birth_year"
    )
