"""The key of a row as one text, and what of a key is written for a party that came by name."""

import polars as pl

from graphkit.tables.inputs import Table


def row_key(table: Table) -> pl.Expr:
    """The key columns' text joined with ``|``; ``%`` and ``|`` inside a part are percent-encoded, null is empty.

    A party that came by name and not by id is written ``name~uscc~city``, so that rows about different names have
    different keys.
    """
    return pl.concat_str([_part(table, column) for column in table.key], separator="|").alias("row_key")


def _part(table: Table, column: str) -> pl.Expr:
    part = pl.col(column).cast(pl.String)
    if column in table.parties:
        stem = column.removesuffix("_id")
        named = [pl.col(f"{stem}_{piece}").fill_null("") for piece in ("name", "uscc", "city")]
        by_name = pl.when(pl.col(f"{stem}_name").is_not_null()).then(pl.concat_str(named, separator="~"))
        part = pl.coalesce(part, by_name)
    return part.fill_null("").str.replace_many(["%", "|"], ["%25", "%7C"])
