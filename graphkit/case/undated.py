"""Register rows without a begin, as a list of shareholders drawn today has them: since when may they be assumed?"""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.known_on import LINKS

if TYPE_CHECKING:
    import pandas as pd

UNDATED = {
    "table": pl.String(),
    "undated": pl.Int64(),
    "rows": pl.Int64(),
    "counts_from": pl.Date(),
    "line": pl.String(),
}
QUESTION = (
    "Since when may rows without valid_from be assumed? Before counts_from they prove nothing. Where a document says "
    "it, add the line with its day to the [[coverage]] of the table"
)
_LINE = "assume_since = YYYY-MM-DD"


def undated(tables: Mapping[str, pl.DataFrame | pl.LazyFrame], coverage: Coverage) -> pl.DataFrame:
    """The registers of which that is to be asked: table, undated, rows, counts_from (null: on no day), line.

    Nothing is asked where ``assume_since`` answers it, nor where every dated row of the case lies after that day.

    >>> held = pl.DataFrame({"valid_from": [None]}, schema={"valid_from": pl.Date})
    >>> undated({"ownership": held}, Coverage())["line"].to_list()
    ['[[coverage]] table = "ownership": assume_since = YYYY-MM-DD']
    """
    rows = []
    for name in (one for one in LINKS if one in tables):
        empty = pl.col("valid_from").is_null().sum()
        number, total = tables[name].lazy().select(empty, total=pl.len()).collect().row(0)
        if not number:
            continue
        spans = [span for span in coverage.spans if span.table == name]
        counts_from = coverage.register_date(name)
        first = _first_event(tables)
        is_answered = any(span.assume_since for span in spans)
        if is_answered or (counts_from and (first is None or counts_from <= first)):
            continue
        rows.append((name, number, total, counts_from, f'[[coverage]] table = "{name}": {_LINE}'))
    return pl.DataFrame(rows, schema=UNDATED, orient="row")


def asked_once(found: "pd.DataFrame") -> str:
    """The one question of an import about all undated rows."""
    said = [f"{row.undated} of {row.rows} in {row.table}" for row in found.itertuples()]
    return (
        f"since when may rows without valid_from be assumed ({', '.join(said)})? Where a document says it, add "
        f"{_LINE} to the [[coverage]] of the table; else they count from the day of the extract on"
    )


def _first_event(tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> date | None:
    days = [
        tables[name].lazy().select(pl.col(table.dated).min()).collect().item()
        for name, table in TABLES.items()
        if table.dated and name in tables
    ]
    return min((day for day in days if isinstance(day, date)), default=None)
