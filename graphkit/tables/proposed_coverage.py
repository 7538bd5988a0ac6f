"""What extracts may cover, proposed from their rows and from what they state: never complete, for the user to confirm.

Detectors read what is *not* there for months after an event, and in several tables at once. A table of few rows tells
nothing of when its extract was drawn, so all tables are proposed over the days of all rows together. A table that stops
dead before them, when its last weeks were as full as ever, was drawn earlier, and is proposed to its own last day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from graphkit.tables.coverage import Span
from graphkit.tables.coverage_entries import REGISTERS
from graphkit.tables.inputs import TABLES

WITHIN = 0.9
"""The share of a file's rows that must lie within the period that it states, for the period to be that of its rows."""
WEEKS = timedelta(days=60)
"""The days at the end of a table that tell how many rows may be expected after it."""
ENOUGH = 20
"""Rows within them, and rows then expected up to the common end, from which none at all says that the extract ended."""
STRAY = timedelta(days=366)
"""A last row that is so far behind the other 99 of 100 is a slip of the pen, and no day of an extract."""

Days = tuple[date, date]


@dataclass(frozen=True)
class Extract:
    """What a file states of one table: the ``period`` that it was asked for, the day that it was ``drawn_on``."""

    table: str
    source_id: str
    period: Days | None = None
    drawn_on: date | None = None


def propose(tables: Mapping[str, pl.DataFrame | pl.LazyFrame], extracts: Sequence[Extract] = ()) -> tuple[Span, ...]:
    """The spans of every table that has rows, none of them complete: that only the user can say.

    A dated table spans the periods that its files state, else the days of all dated tables together. A register gets
    the latest day that its files state, else the last day of any row (it was drawn no earlier than the extract it came
    with) as its ``as_of``; without a dated table it gets no span.

    >>> day = [date(2024, 1, 5), date(2024, 3, 1)]
    >>> tables = {"odometer": pl.DataFrame({"read_on": day}), "sales": pl.DataFrame({"invoiced_on": day[:1]})}
    >>> {span.table: span.last.isoformat() for span in propose(tables)}
    {'sales': '2024-03-01', 'odometer': '2024-03-01'}
    """
    dated = {name: _days(tables[name], name) for name, table in TABLES.items() if table.dated and name in tables}
    dated = {name: days for name, days in dated.items() if days.height}
    ends = [_without_strays(days["day"]) for days in dated.values()]
    if not ends:
        return ()
    all_days = min(first for first, _ in ends), max(last for _, last in ends)
    spans: list[Span] = []
    for name, days in dated.items():
        stated = _stated(days, [one for one in extracts if one.table == name and one.period])
        spans += [Span(name, first, last) for first, last in stated or [_together(days["day"], all_days)]]
    registers = []
    for name in REGISTERS:
        if name in tables and tables[name].lazy().select(pl.len()).collect().item():
            drawn = [one.drawn_on for one in extracts if one.table == name and one.drawn_on]
            registers.append(Span(name, as_of=max(drawn, default=all_days[1])))
    return (*registers, *spans)


def _days(table: pl.DataFrame | pl.LazyFrame, name: str) -> pl.DataFrame:
    """The day of each row of a dated table, with its source where it has one."""
    frame = table.lazy()
    has_source = "source_id" in frame.collect_schema().names()
    source = pl.col("source_id") if has_source else pl.lit(None, dtype=pl.String).alias("source_id")
    return frame.select(source, day=pl.col(str(TABLES[name].dated))).drop_nulls("day").sort("day").collect()


def _without_strays(days: pl.Series) -> Days:
    """The first and last of some sorted days; of many without the few that are years behind all others."""
    first, last = days[0], days[-1]
    usual = days[int(0.99 * (len(days) - 1))]
    return first, days.filter(days <= usual + STRAY)[-1] if len(days) >= ENOUGH else last


def _together(days: pl.Series, all_days: Days) -> Days:
    """The days of all tables, but the own first or last of a table that begins or stops dead within them."""
    first, last = days[0], days[-1]
    window = min(WEEKS, last - first + timedelta(days=1))
    before = (days <= first + window).sum() * ((first - all_days[0]) / window)
    after = (days >= last - window).sum() * ((all_days[1] - last) / window)
    dense = ((days <= first + window).sum() >= ENOUGH, (days >= last - window).sum() >= ENOUGH)
    return (
        first if dense[0] and before >= ENOUGH else min(first, all_days[0]),
        last if dense[1] and after >= ENOUGH else max(last, all_days[1]),
    )


def _stated(days: pl.DataFrame, extracts: Sequence[Extract]) -> list[Days]:
    """The periods that the files of a table state, merged, with the days of files beside them that lie elsewhere."""
    periods: list[Days] = []
    for one in extracts:
        own = days.filter(pl.col("source_id") == one.source_id)["day"]
        if one.period and len(own) and own.is_between(*one.period).mean() >= WITHIN:  # type: ignore[operator]
            periods.append(one.period)
    if not periods:
        return []
    told = {one.source_id for one in extracts}
    others = days.filter(~pl.col("source_id").is_in(sorted(told)))
    for (_,), own_days in others.group_by("source_id", maintain_order=True):
        middle = own_days["day"][own_days.height // 2]
        if not any(first <= middle <= last for first, last in periods):
            periods.append((own_days["day"][0], own_days["day"][-1]))
    merged: list[Days] = []
    for first, last in sorted(periods):
        if merged and first <= merged[-1][1] + timedelta(days=1):
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged
