"""Addresses, phones and e-mails that several parties share: an indicator, never a tie in itself."""

import polars as pl

from graphkit.files import hash_text
from graphkit.parties.shared import shared
from graphkit.store.batches import End, Links

KINDS = ("address", "phone", "email")
"""What two parties may share that is drawn."""


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
    rows = shared(parties).filter(pl.col("kind").is_in(KINDS))
    keys = pl.struct("kind", "value").map_elements(
        lambda key: hash_text("identifier", key["kind"], key["value"]), return_dtype=pl.String
    )
    return rows.with_columns(identifier_id=keys)
