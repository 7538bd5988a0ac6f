"""The rows that are not loaded: their file, line, text and every reason; and what can still be read of them."""

from collections.abc import Iterable, Mapping

import polars as pl

from graphkit.tables import vins
from graphkit.tables.cells import to_half_width

QUARANTINE_SCHEMA: Mapping[str, pl.DataType] = {
    "source_id": pl.String(),
    "name": pl.String(),
    "table": pl.String(),
    "line": pl.Int64(),
    "column": pl.String(),
    "reason": pl.String(),
    "text": pl.String(),
    "vin": pl.String(),
    "day": pl.Date(),
}
"""``column`` lists the columns at fault (``;`` between; null where the whole record is), ``reason`` every reason,
``vin`` the row's VIN in its one spelling where one can be read, well-formed or not, ``day`` the row's own day where it
can."""

IDENTICAL = "is an identical copy of a loaded row"
"""The reason of a repeated row: nothing is lost with it."""
RECORDED = "is recorded in another file as well, and counts once"
"""How the reason of a row begins that another file has under another number; what it knows beside is not lost."""

REASONS_SCHEMA = {
    "source_id": pl.String(),
    "line": pl.Int64(),
    "piece": pl.Int64(),
    "ordinal": pl.Int64(),
    "column": pl.String(),
    "reason": pl.String(),
}


APART_SCHEMA = {"line": pl.Int64(), "column": pl.String(), "reason": pl.String()}
"""The lines of one source that are kept apart whole, whatever rows they feed."""


def joined_reasons(reasons: pl.DataFrame) -> pl.DataFrame:
    """Reasons (``REASONS_SCHEMA``) → one row a line, in the contract's order of columns."""
    return (
        reasons.sort("source_id", "line", "ordinal", "reason")
        .group_by("source_id", "line", maintain_order=True)
        .agg(
            pl.col("column").drop_nulls().unique(maintain_order=True).str.join(";"),
            pl.col("reason").unique(maintain_order=True).str.join("; "),
        )
        .with_columns(column=pl.when(pl.col("column") != "").then(pl.col("column")))
    )


def vin_in_text(text: pl.Expr) -> pl.Expr:
    """The one VIN that stands in the text of a record without cells; null where there is none, or more than one.

    >>> pl.DataFrame({"t": ["S1,LMVAA1AA0RA000001,x", "S1,x"]}).select(vin_in_text(pl.col("t")))["t"].to_list()
    ['LMVAA1AA0RA000001', None]
    """
    found = _vins(text)
    return pl.when(found.list.len() == 1).then(found.list.first())


def holds_vin(text: pl.Expr) -> pl.Expr:
    """Whether one or more VINs stand in a text."""
    return _vins(text).list.len() > 0


def _vins(text: pl.Expr) -> pl.Expr:
    codes = to_half_width(text).str.to_uppercase().str.extract_all(r"[A-Z0-9]+")
    code = pl.element()
    # seventeen digits without a letter are a serial number, not a VIN
    return codes.list.eval(code.filter(vins.is_well_formed(code) & code.str.contains("[A-Z]")).unique())


def collected(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Quarantined rows of several sources as one table with exactly ``QUARANTINE_SCHEMA``, in canonical order."""
    shaped = [part.select(pl.col(name).cast(dtype) for name, dtype in QUARANTINE_SCHEMA.items()) for part in parts]
    return pl.concat([pl.DataFrame(schema=dict(QUARANTINE_SCHEMA)), *shaped]).sort("source_id", "line")
