"""What an import took → its report: a row a table, with the rows that went in and the lines that are no data."""

from collections.abc import Sequence

import polars as pl

from graphkit.case.folder import Folder
from graphkit.case.loading import read_quarantine, read_tables, sources_frame
from graphkit.case.settings import Settings
from graphkit.case.taking import Taken

REPORT = {
    "file": pl.String(),
    "table": pl.String(),
    "status": pl.String(),
    "rows": pl.Int64(),
    "loaded": pl.Int64(),
    "quarantined": pl.Int64(),
    "skipped": pl.Int64(),
    "unmapped": pl.String(),
    "stated": pl.String(),
    "reason": pl.String(),
    "notes": pl.String(),
}
"""``skipped`` counts the lines that are no data: header, notes, totals; rows = loaded + quarantined. ``stated`` is what
no column says, and where it was read instead: a title, a label, a name. ``notes`` say how cells were read that a person
may have seen otherwise: hidden rows, numbers that a sheet rounded, bare day numbers, lines in another encoding."""


def report(folder: Folder, settings: Settings, taken: Sequence[Taken], statements: Sequence[str]) -> pl.DataFrame:
    """A row a table, and one a file or sheet that gave none, with the columns of ``REPORT``; statements come last."""
    counts = sources_frame(folder, settings, read_tables(folder), read_quarantine(folder)).select(
        "source_id", "table", "rows", "loaded", "quarantined", "skipped"
    )
    rows = [
        {
            "file": one.name,
            "table": one.entry.table if one.entry else None,
            "status": one.status,
            "source_id": one.entry.source_id if one.entry else None,
            "unmapped": ", ".join(one.unmapped) or None,
            "stated": "; ".join(one.entry.read_outside) or None if one.entry else None,
            "reason": one.reason,
            "notes": "; ".join(one.notes) or None,
        }
        for one in taken
    ]
    rows += [{"file": name, "status": "coverage and denials taken over"} for name in statements]
    schema = {
        "source_id": pl.String(),
        **{name: REPORT[name] for name in ("file", "table", "status", "unmapped", "stated", "reason", "notes")},
    }
    told = pl.DataFrame(rows, schema=schema)
    return told.join(counts, on=["source_id", "table"], how="left", maintain_order="left").select(*REPORT)
