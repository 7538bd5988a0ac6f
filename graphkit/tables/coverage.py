"""What an extract contains, so that the absence of a row can be read."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import narwhals as nw

NATIONWIDE = "CN"
"""The place of a coverage span that holds for the whole country."""


@dataclass(frozen=True)
class Span:
    """One statement about what an extract contains: ``table`` holds every event of ``place`` from ``first`` to
    ``last``.

    Only a span with ``complete`` lets absence be read; ``confirmed`` says that it is so although the rows speak against
    it (:mod:`graphkit.tables.promises`). ``as_of`` and ``assume_since`` are for registers without dates:
    an undated link holds from ``assume_since`` if given, else from ``as_of``.
    """

    table: str
    first: date | None = None
    last: date | None = None
    place: str = NATIONWIDE
    complete: bool = False
    as_of: date | None = None
    assume_since: date | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class Coverage:
    """What the extracts of a case contain. A missing row is not a missing event unless a span says *complete*."""

    spans: tuple[Span, ...] = ()

    def complete_spans(self, table: str) -> list[tuple[date, date]]:
        """The nationwide complete periods of a table, merged and in order; both ends inclusive.

        >>> Coverage((Span("sales", date(2024, 1, 1), date(2024, 6, 30), complete=True),
        ...           Span("sales", date(2024, 7, 1), date(2024, 12, 31), complete=True))).complete_spans("sales")
        [(datetime.date(2024, 1, 1), datetime.date(2024, 12, 31))]
        """
        pieces = sorted(
            (span.first, span.last)
            for span in self.spans
            if span.table == table
            and span.complete
            and span.place == NATIONWIDE
            and span.first is not None
            and span.last is not None
        )
        merged: list[tuple[date, date]] = []
        for first, last in pieces:
            if merged and first <= merged[-1][1] + timedelta(days=1):
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return merged

    def covers(self, table: str, first: nw.Expr, last: nw.Expr) -> nw.Expr:
        """A boolean expression: is ``table`` complete nationwide on every day from ``first`` to ``last``? Never
        null.
        """
        inside = nw.lit(False)
        for start, end in self.complete_spans(table):
            inside = inside | ((first >= nw.lit(start)) & (last <= nw.lit(end)))
        return inside.fill_null(False)

    def register_date(self, table: str) -> date | None:
        """The day from which an undated link of a register holds, or None when nothing says so."""
        days = [span.assume_since or span.as_of for span in self.spans if span.table == table]
        known = [day for day in days if day is not None]
        return min(known) if known else None

    def drawn_on(self, table: str) -> date | None:
        """The day on which a register was last drawn, or None when nothing says so.

        >>> Coverage((Span("ownership", as_of=date(2025, 1, 10)),)).drawn_on("ownership")
        datetime.date(2025, 1, 10)
        """
        days = [span.as_of for span in self.spans if span.table == table and span.as_of is not None]
        return max(days) if days else None

    def last_day(self) -> date | None:
        """The last covered day of any table: the default ``as_of`` of a run, so that no clock is read."""
        days = [day for span in self.spans for day in (span.last, span.as_of) if day is not None]
        return max(days) if days else None

    def known_on(self, as_of: date) -> "Coverage":
        """The same statements as they could be made on ``as_of``: nothing is covered after it."""
        spans = []
        for span in self.spans:
            last = min(span.last, as_of) if span.last else None
            if span.first is None or span.first <= as_of:
                spans.append(replace(span, last=last))
        return Coverage(tuple(spans))
