"""A promise of completeness against the rows: a table without a row, or one that falls silent long before its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES

SILENT_DAYS = 30
"""A table may be silent for so long before its end, whatever its rhythm: offices close for weeks (our judgement)."""
TIMES_THE_LONGEST_GAP = 3
"""An end without rows must be so many times the longest gap between two days with rows; a table that is rare by nature
has long gaps, and its end may be one of them. Of events that come by chance, 10 days of them, about one table in a
hundred is asked about in vain (our judgement)."""
DAYS_OF_A_RHYTHM = 10
"""Fewer days with rows show no rhythm (our judgement)."""


@dataclass(frozen=True)
class Doubt:
    """A span that is stated as complete, and why its rows contradict it."""

    span: Span
    why: str

    def __str__(self) -> str:
        return f"{self.span.table} complete from {self.span.first} to {self.span.last}: {self.why}"


def doubts(coverage: Coverage, tables: Mapping[str, pl.DataFrame]) -> tuple[Doubt, ...]:
    """The complete spans that the loaded rows contradict and nobody has confirmed.

    >>> span = Span("odometer", date(2024, 1, 1), date(2024, 12, 31), complete=True)
    >>> [doubt.why for doubt in doubts(Coverage((span,)), {"odometer": pl.DataFrame({"read_on": []})})]
    ['the case has no row of it']
    """
    found = []
    for span in coverage.spans:
        if span.complete and not span.confirmed and (why := _why(span, tables[span.table])):
            found.append(Doubt(span, why))
    return tuple(found)


def relied_on(coverage: Coverage, doubted: Sequence[Doubt]) -> Coverage:
    """The coverage in which what is doubted is not complete."""
    spans = {doubt.span for doubt in doubted}
    return Coverage(tuple(replace(span, complete=False) if span in spans else span for span in coverage.spans))


def _why(span: Span, rows: pl.DataFrame) -> str:
    if rows.is_empty():
        return "the case has no row of it"
    dated = TABLES[span.table].dated
    if not dated or span.first is None or span.last is None:
        return ""
    every = rows[dated].drop_nulls().unique().sort()
    if len(every) < DAYS_OF_A_RHYTHM:
        return ""
    days = every.filter(every.is_between(span.first, span.last))
    if days.is_empty():
        return "no row of it lies in these days"
    last: date = days[-1]
    silent = (span.last - last).days
    longest = max((gap.days for gap in days.diff().drop_nulls()), default=0)
    if len(days) < DAYS_OF_A_RHYTHM or silent <= max(SILENT_DAYS, TIMES_THE_LONGEST_GAP * longest):
        return ""
    return f"its rows end on {last}, {silent} days before, and were never more than {longest} days apart"
