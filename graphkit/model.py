"""The vocabulary that every room speaks: market, coverage, detector, outcome, floors, verdict, grade."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal

import narwhals as nw

Role = Literal["manufacturer", "dealer", "insurer", "exporter", "vendor", "lessor", "registration_agent"]
Accountable = Literal["manufacturer", "dealer", "exporter", "buyer_company"]
Family = Literal["booking", "buyer", "circular", "export", "accounting"]
Status = Literal["stable", "experimental"]
Lazy = nw.LazyFrame[Any]
Frames = Mapping[str, Lazy]

NATIONWIDE = "CN"
"""The place of a coverage span that holds for the whole country."""

REGIMES = ("asbe36_current", "asbe36_2006", "ias24", "cn_exchange", "asc850", "eu_close_link")
DEFAULT_REGIME = "asbe36_current"


class Verdict(StrEnum):
    """What a hit amounts to: the rule is met, a lawful reason explains it, or deciding data are missing."""

    FLAGGED = "flagged"
    EXPLAINED = "explained"
    INDETERMINATE = "indeterminate"


class Grade(StrEnum):
    """Whether a rule in force on that day was broken, or a practice was seen that no rule forbids."""

    BREACH = "breach"
    PRACTICE = "practice"


class Null(StrEnum):
    """How chance is judged: a share of those tested, a count over time, a shuffle, or not at all."""

    RATE = "rate"
    COUNT = "count"
    SHUFFLE = "shuffle"
    DETERMINISTIC = "deterministic"


@dataclass(frozen=True)
class Span:
    """One statement about what an extract contains: ``table`` holds every event of ``place`` from ``first`` to
    ``last``.

    Only a span with ``complete`` lets absence be read. ``as_of`` and ``assume_since`` are for registers without dates:
    an undated link holds from ``assume_since`` if given, else from ``as_of``.
    """

    table: str
    first: date | None = None
    last: date | None = None
    place: str = NATIONWIDE
    complete: bool = False
    as_of: date | None = None
    assume_since: date | None = None


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
                spans.append(
                    Span(span.table, span.first, last, span.place, span.complete, span.as_of, span.assume_since)
                )
        return Coverage(tuple(spans))


@dataclass(frozen=True)
class Market:
    """Everything a detector may read; frozen, and lazy so that every engine can answer.

    ``tables`` holds each input table of ``tables.inputs.TABLES`` (an empty one where no file gave it), with party ids
    already resolved to canonical ones. ``ledger``, ``flows``, ``identities``, ``control``, ``groups``, ``relations``
    and ``proofs`` have the columns of ``tables.outputs``. ``shadows`` (table, vin) lists the vehicles whose absence
    from a table cannot be read, because a quarantined or orphaned row of it could be that vehicle. ``rules`` are the
    dated rules of ``data/reference/rules.csv``.
    """

    tables: Frames
    ledger: Lazy
    flows: Lazy
    identities: Lazy
    control: Lazy
    groups: Lazy
    relations: Lazy
    proofs: Lazy
    shadows: Lazy
    coverage: Coverage
    regime: str
    as_of: date
    rules: Mapping[str, date] = field(default_factory=dict)

    def in_memory(self, tables: Sequence[str], ledger: Sequence[str] = ()) -> "Market":
        """The market with these tables, these columns of the ledger, and who is who, in memory, whatever its engine:
        for detectors that work in arrays, or read one table off many times.
        """
        return replace(
            self,
            tables={name: _in_memory(self.tables[name]) for name in tables},
            ledger=_in_memory(self.ledger.select(*ledger)) if ledger else self.ledger,
            identities=_in_memory(self.identities),
            groups=_in_memory(self.groups),
            control=_in_memory(self.control),
            proofs=_in_memory(self.proofs),
            shadows=_in_memory(self.shadows),
        )


def _in_memory(frame: Lazy) -> Lazy:
    return frame.collect("polars").lazy()


@dataclass(frozen=True)
class Outcome:
    """What a detector gives: hits, the exposure they are a share of, and the rows that prove them.

    ``hits``: subject_kind, subject_id, unit_id, accountable_id, counterparty_id, on_date, verdict, grade, look_alike,
    missing, rule, value, value_unit, reason. ``exposure``: unit_id, unit_kind, party_id, city, month, tested, flagged,
    explained, indeterminate, clear. ``evidence``: subject_id, ordinal, table, row_key, role. ``shuffled`` (unit_id,
    draw, flagged) is what would have been flagged in each of ``draws`` shuffles, units without a hit left out; only a
    detector whose null is a shuffle gives it, and none where nothing was flagged.
    """

    hits: Lazy
    exposure: Lazy
    evidence: Lazy
    shuffled: Lazy | None = None
    draws: int = 0


@dataclass(frozen=True)
class LookAlike:
    """A lawful population that meets a detector's rule on paper; ``needs`` are the tables without which it is
    untested.
    """

    id: str
    title: str
    told_apart_by: str
    needs: tuple[str, ...]
    references: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a look-alike that leaves out what its reader needs."""
        if not all((self.id, self.title, self.told_apart_by, self.needs, self.references)):
            raise ValueError(f"look-alike {self.id or '?'} must state title, told_apart_by, needs and references")


@dataclass(frozen=True)
class Floors:
    """The effect floors of DOMAIN: a unit below any of them is never flagged, however small its p.

    ``min_tested`` and ``min_flagged`` are cars; ``min_share`` is flagged / tested; ``min_effect`` is observed /
    expected for tested nulls and the plain share for a deterministic one.
    """

    min_tested: int
    min_flagged: int
    min_share: float
    min_effect: float
    why: str


@dataclass(frozen=True)
class Detector:
    """One way in which sales are inflated; everything that is printed about it, checked when it is made.

    ``detect(market, settings)`` is pure. ``needs`` names the tables and columns without which it is not run.
    ``look_alikes`` are ids of ``graphkit.look_alikes``; ``severity`` is the harm if true and ``confidence`` the chance
    that a flagged hit is what it says, both 0 to 1. ``assumptions`` are printed with every finding.
    """

    id: str
    title: str
    family: Family
    accountable: Accountable
    null: Null
    severity: float
    confidence: float
    status: Status
    version: str
    look_alikes: tuple[str, ...]
    references: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    floors: Floors
    settings: Any
    detect: Callable[[Market, Any], Outcome]
    assumptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a detector that leaves out what its reader needs."""
        empty = [
            name for name in ("id", "title", "look_alikes", "references", "needs", "version") if not getattr(self, name)
        ]
        if empty:
            raise ValueError(f"detector {self.id or '?'} must state {', '.join(empty)}")
        if not (0 < self.severity <= 1 and 0 < self.confidence <= 1):
            raise ValueError(f"detector {self.id}: severity and confidence lie above 0 and up to 1")
        if not self.id.replace("_", "").isalnum() or self.id != self.id.lower():
            raise ValueError(f"detector {self.id}: the id is snake_case")
