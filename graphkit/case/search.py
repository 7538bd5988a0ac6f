"""Finding a party, car or document by a piece of its name or number."""

from collections.abc import Mapping

import polars as pl

from graphkit.tables.inputs import TABLES

SCHEMA = {"kind": pl.String(), "id": pl.String(), "name": pl.String(), "matched": pl.String(), "table": pl.String()}
MOST = 200
"""Rows given at most: a text that matches more is too short to search by."""


def search(text: str, tables: Mapping[str, pl.DataFrame], identities: pl.DataFrame) -> pl.DataFrame:
    """The parties, cars and documents with ``text`` in a name, code or number; width, case and spaces play no part.

    Gives ``kind`` (party, vehicle, document), ``id``, ``name``, ``matched`` (the text that holds it) and the ``table``,
    parties first.
    """
    wanted = pl.select(_key(pl.lit(text, dtype=pl.String))).item()
    if not wanted:
        return pl.DataFrame(schema=SCHEMA)
    found = [
        _matches(identities.with_columns(id=pl.col("party_id"), table=pl.lit("parties")), "party", column, wanted)
        for column in ("party_id", "name", "uscc", "lei")
    ]
    for name, frame in tables.items():
        table = TABLES[name]
        named = frame.with_columns(table=pl.lit(name), name=pl.lit(None, dtype=pl.String))
        if table.has_vin:
            found.append(_matches(named.with_columns(id=pl.col("vin")), "vehicle", "vin", wanted))
        if len(table.key) == 1 and table.key[0] not in ("vin", "party_id"):
            key = table.key[0]
            found.append(_matches(named.with_columns(id=pl.col(key)), "document", key, wanted))
    order = pl.col("kind").replace_strict({"party": 0, "vehicle": 1, "document": 2}, return_dtype=pl.Int8)
    return (
        pl.concat(found)
        .with_columns(rank=order)
        .unique(["kind", "id"], keep="first", maintain_order=True)
        .sort("rank", "id", "table", maintain_order=True)
        .drop("rank")
        .head(MOST)
    )


def _matches(frame: pl.DataFrame, kind: str, column: str, wanted: str) -> pl.DataFrame:
    return frame.filter(_key(pl.col(column)).str.contains(wanted, literal=True)).select(
        kind=pl.lit(kind),
        id=pl.col("id"),
        name=pl.col("name"),
        matched=pl.col(column),
        table=pl.col("table"),
    )


def _key(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")
