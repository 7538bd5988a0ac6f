"""Suggested merges side by side, and the merges that stand: what a person needs to see to decide who is one party."""

from collections.abc import Mapping

import polars as pl

from graphkit.identity.references import stems
from graphkit.identity.resolve import Resolved

FACTS = ("name", "kind", "uscc", "city", "address", "phone")
"""What is shown of both parties, beside the rows that mention them."""

MERGES = ("party_id", "name", "canonical_id", "canonical_name", "basis", "reason")


def side_by_side(suggestions: pl.DataFrame, parties: pl.DataFrame, resolved: Resolved) -> pl.DataFrame:
    """``suggestions`` with the facts of both parties beside one another: name_a, name_b, uscc_a, uscc_b, …, rows_b.

    ``parties`` is the loaded table. Where several rows are one party already, all their different facts are shown.
    ``rows_a`` and ``rows_b`` count the rows of each table that mention the party.
    """
    wanted = pl.concat([suggestions["party_a"], suggestions["party_b"]]).unique()
    facts = _facts(parties, resolved, wanted).join(_mentions(resolved.tables, wanted), on="party_id", how="left")
    for end in ("a", "b"):
        one = facts.rename({name: f"{name}_{end}" for name in (*FACTS, "rows")})
        suggestions = suggestions.join(
            one, left_on=f"party_{end}", right_on="party_id", how="left", maintain_order="left"
        )
    beside = [f"{name}_{end}" for name in (*FACTS, "rows") for end in ("a", "b")]
    others = [name for name in suggestions.columns if name not in ("party_a", "party_b", *beside)]
    return suggestions.select("party_a", "party_b", *beside, *others)


def merges(resolved: Resolved) -> pl.DataFrame:
    """Every party id that stands for another: party_id, name, canonical_id, canonical_name, basis and reason.

    With them the parties that could not be joined although something joins them, with the reason; their canonical_id is
    their own.
    """
    who = resolved.identities
    names = who.select(canonical_id="party_id", canonical_name="name")
    doubtful = pl.col("is_undecided") & ~pl.col("is_stub")
    shown = who.filter((pl.col("party_id") != pl.col("canonical_id")) | doubtful)
    rows = shown.join(names, on="canonical_id", how="left").select(MERGES)
    return rows.sort("canonical_id", "party_id")


def _facts(parties: pl.DataFrame, resolved: Resolved, wanted: pl.Series) -> pl.DataFrame:
    """Per wanted party every different fact that its rows give, in one text."""
    ids = resolved.identities.filter(pl.col("canonical_id").is_in(wanted.implode()))
    defined = ids.select("party_id", "canonical_id").join(parties, on="party_id")
    stubs = ids.filter("is_stub").select("canonical_id", "name", "kind", "city", "uscc")
    rows = pl.concat([defined, stubs], how="diagonal")
    several = [pl.col(name).drop_nulls().unique().sort().str.join(" / ").replace("", None) for name in FACTS]
    return rows.group_by(party_id="canonical_id").agg(several)


def _mentions(tables: Mapping[str, pl.DataFrame], wanted: pl.Series) -> pl.DataFrame:
    """How many rows of each table mention each wanted party, as one text: ``sales 12, policies 3``."""
    counts = [
        frame.select(party_id=f"{stem}_id" if f"{stem}_id" in frame.columns else stem, table=pl.lit(table))
        for table, frame in tables.items()
        if table != "parties"
        for stem in stems(table)
    ]
    none = pl.DataFrame(schema={"party_id": pl.String(), "table": pl.String()})
    rows = pl.concat([none, *(count.filter(pl.col("party_id").is_in(wanted.implode())) for count in counts)])
    by_table = rows.group_by("party_id", "table").len().sort("party_id", pl.col("len") * -1, "table")
    said = pl.format("{} {}", "table", "len").str.join(", ")
    return by_table.group_by("party_id", maintain_order=True).agg(rows=said)
