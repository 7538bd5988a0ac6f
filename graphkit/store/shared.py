"""Addresses, phones and e-mails that several parties share: an indicator, never a tie in itself."""

import polars as pl

from graphkit.files import hash_text
from graphkit.store.batches import End, Links

KINDS = ("address", "phone", "email")
"""The columns of ``parties`` that two parties may share."""

MOST = 10
"""Shared by more parties than this it says nothing about them (a business centre, a registration agent)."""


def identifiers(parties: pl.DataFrame) -> pl.DataFrame:
    """What 2 to 10 parties share: identifier_id, kind, value, parties (how many)."""
    return (
        _shared(parties)
        .unique("identifier_id")
        .select("identifier_id", "kind", "value", "parties")
        .sort("identifier_id")
    )


def identifier_links(parties: pl.DataFrame) -> Links:
    """``(:Party)-[:HAS]->(:Identifier)`` for them."""
    rows = _shared(parties).select("party_id", "identifier_id").sort("identifier_id", "party_id")
    return Links("HAS", End("Party", "party_id", "party_id"), End("Identifier", "identifier_id", "identifier_id"), rows)


def _shared(parties: pl.DataFrame) -> pl.DataFrame:
    known = parties.select("party_id", *KINDS).unpivot(
        KINDS, index="party_id", variable_name="kind", value_name="given"
    )
    # full-width forms, letter case and blanks do not make another address
    value = pl.col("given").str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")
    named = (
        known.with_columns(value=value)
        .filter(pl.col("value").str.len_chars() > 0)
        .unique(["party_id", "kind", "value"])
    )
    counted = named.with_columns(parties=pl.len().over("kind", "value").cast(pl.Int64))
    shared = counted.filter(pl.col("parties").is_between(2, MOST))
    keys = pl.struct("kind", "value").map_elements(
        lambda key: hash_text("identifier", key["kind"], key["value"]), return_dtype=pl.String
    )
    return shared.with_columns(identifier_id=keys)
