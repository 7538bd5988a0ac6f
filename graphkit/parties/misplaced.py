"""Holdings that cannot be as they stand: in a person, or of a company in itself. They are reported, not guessed at."""

from collections.abc import Mapping

import polars as pl

from graphkit.tables.inputs import TABLES

_PERSON = "a person cannot be owned"
_ITSELF = "a company cannot own itself"


def misplaced_holdings(tables: Mapping[str, pl.DataFrame], identities: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``ownership`` whose owned party is a person, or the owner itself, in order.

    Returns row_key, owner_id, owned_id, source_id, line, reason. ``tables`` are resolved, as for
    ``control_over_time``: two ids that were merged are one party. A holding in a person gives no control to anybody; a
    company's holding in itself gives none either, but takes its part of the 100 %.
    """
    rows = tables.get("ownership", TABLES["ownership"].empty())
    reason = (
        pl.when(pl.col("owned_id").is_in(persons(identities).implode()))
        .then(pl.lit(_PERSON))
        .when(pl.col("owned_id") == pl.col("owner_id"))
        .then(pl.lit(_ITSELF))
    )
    columns = ("row_key", "owner_id", "owned_id", "source_id", "line")
    return rows.select(*columns, reason=reason).filter(pl.col("reason").is_not_null()).sort("row_key", "line")


def persons(identities: pl.DataFrame) -> pl.Series:
    """The ids of the natural persons."""
    return identities.filter(pl.col("kind") == "person")["canonical_id"].unique()
