"""The rows of a file that one source is made of, those that its status keeps apart, and those of its other sources."""

import polars as pl

from graphkit.tables.quarantine import APART_SCHEMA
from graphkit.tables.raw_table import RawTable
from graphkit.tables.row_choice import VOID, of_part, states
from graphkit.tables.sources import Source


def chosen(raw: RawTable, source: Source) -> tuple[RawTable, pl.DataFrame, pl.DataFrame]:
    """A file's rows of one source, its lines that are kept apart (``APART_SCHEMA``), and the lines of other sources."""
    if not source.where and not source.status:
        return raw, pl.DataFrame(schema=APART_SCHEMA), pl.DataFrame(schema={"line": pl.Int64(), "text": pl.String()})
    mine = of_part(raw, source.where)
    found = states(raw, source.status)["state"]
    texts = raw.text_of(pl.int_range(raw.rows.height, eager=True))
    lines = raw.rows.select("line", text=texts)
    kept = mine & (found != VOID)
    reasons = pl.DataFrame({"line": lines["line"], "reason": found}).filter(kept & (found != "valid"))
    apart = reasons.select("line", column=pl.lit(None, dtype=pl.String), reason="reason")
    return raw.only(kept, mine & (found == VOID), VOID), apart, lines.filter(~mine)
