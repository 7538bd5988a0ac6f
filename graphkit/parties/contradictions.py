"""Register rows that cannot be as they stand: a person who is owned, oneself as owner or relative, over 100 %."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.parties.misplaced import misplaced_holdings
from graphkit.parties.overheld import overheld
from graphkit.tables.coverage import Coverage


def contradictions(
    tables: Mapping[str, pl.DataFrame], identities: pl.DataFrame, coverage: Coverage, as_of: date
) -> pl.DataFrame:
    """Each such row: table, row_key, from_id, to_id, source_id, line, reason; in order.

    They are reported and never scaled or guessed at: what rests on them is no proven control, and no family tie.
    ``tables`` are resolved, so two ids that are one party count as one.
    """
    over = overheld(tables, coverage, as_of).with_columns(
        reason=pl.format(
            "from {} on its holders together have {} %",
            pl.col("valid_from").dt.to_string().fill_null("the first day"),
            pl.col("held") / 10_000,
        )
    )
    reasons = over.explode("row_keys").select("reason", row_key="row_keys").unique("row_key", maintain_order=True)
    too_much = tables["ownership"].join(reasons, on="row_key")
    kinship = tables["kinship"].filter(pl.col("person_id") == pl.col("relative_id"))
    parts = (
        ("ownership", "owner_id", "owned_id", misplaced_holdings(tables, identities)),
        ("ownership", "owner_id", "owned_id", too_much),
        (
            "kinship",
            "person_id",
            "relative_id",
            kinship.with_columns(reason=pl.lit("a person is no relative of itself")),
        ),
    )
    rows = [
        found.select("row_key", "source_id", "line", "reason", table=pl.lit(name), from_id=start, to_id=end)
        for name, start, end, found in parts
    ]
    columns = ("table", "row_key", "from_id", "to_id", "source_id", "line", "reason")
    return pl.concat(rows).select(columns).sort("table", "row_key", "line", "reason")
