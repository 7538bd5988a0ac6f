"""Holdings that cannot be as they stand: in a person, in the owner itself, or of more than all of a company."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.model import Coverage
from graphkit.parties.misplaced import misplaced_holdings
from graphkit.parties.overheld import overheld


def contradictions(
    tables: Mapping[str, pl.DataFrame], identities: pl.DataFrame, coverage: Coverage, as_of: date
) -> pl.DataFrame:
    """Each such row of ``ownership``: row_key, owner_id, owned_id, source_id, line, reason; in order.

    They are reported and never scaled: what rests on them is no proven control. ``tables`` are resolved.
    """
    columns = ("row_key", "owner_id", "owned_id", "source_id", "line")
    over = overheld(tables, coverage, as_of).with_columns(
        reason=pl.format(
            "from {} on its holders together have {} %",
            pl.col("valid_from").dt.to_string().fill_null("the first day"),
            pl.col("held") / 10_000,
        )
    )
    rows = over.explode("row_keys").select("reason", row_key="row_keys").unique("row_key", maintain_order=True)
    too_much = tables["ownership"].select(columns).join(rows, on="row_key")
    return pl.concat([misplaced_holdings(tables, identities).select(*columns, "reason"), too_much]).sort(
        "row_key", "line", "reason"
    )
