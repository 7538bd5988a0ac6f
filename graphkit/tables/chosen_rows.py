"""The rows of a file that one source is made of, those that its status keeps apart, and those of its other sources."""

from dataclasses import replace

import polars as pl

from graphkit.tables.inputs import Table
from graphkit.tables.quarantine import REASONS_SCHEMA
from graphkit.tables.raw_table import RawTable
from graphkit.tables.row_choice import VOID, of_part, states
from graphkit.tables.sources import Source


def chosen(raw: RawTable, table: Table, source: Source) -> tuple[RawTable, pl.DataFrame, pl.DataFrame]:
    """A file's rows of one source, the reasons that keep some of them apart, and the lines of other sources of it."""
    reasons = pl.DataFrame(schema=REASONS_SCHEMA)
    if not source.where and not source.status:
        return raw, reasons, pl.DataFrame(schema={"line": pl.Int64(), "text": pl.String()})
    mine = of_part(raw, source.where)
    found = states(raw, source.status)["state"]
    texts = raw.text_of(pl.int_range(raw.rows.height, eager=True))
    lines = raw.rows.select("line", text=texts)
    void = lines.filter(mine & (found == VOID)).select("line", kind=pl.lit(VOID), text="text")
    kept = mine & (found != VOID)
    reasons = pl.DataFrame({"line": lines["line"], "reason": found}).filter(kept & (found != "valid"))
    reasons = reasons.select(
        source_id=pl.lit(source.source_id),
        line="line",
        ordinal=pl.lit(len(table.columns), dtype=pl.Int64),
        column=pl.lit(None, dtype=pl.String),
        reason="reason",
    )
    narrowed = replace(
        raw,
        rows=raw.rows.filter(kept),
        texts=None if raw.texts is None else raw.texts.filter(kept),
        skipped=pl.concat([raw.skipped, void]),
        broken=raw.broken,
    )
    return narrowed, reasons, lines.filter(~mine)
