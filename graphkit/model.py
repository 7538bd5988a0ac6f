"""The vocabulary that every room speaks: market, outcome, verdict, grade, and what a detector must declare."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Literal, get_args

import narwhals as nw

from graphkit.algorithms.frames import Frames, Lazy
from graphkit.algorithms.thresholds import thresholds
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import DEDUCTIONS

Role = Literal["manufacturer", "dealer", "insurer", "exporter", "vendor", "lessor", "registration_agent"]
Accountable = Literal["manufacturer", "dealer", "exporter", "buyer_company"]
Family = Literal["booking", "buyer", "circular_cars", "circular_money", "export", "accounting"]
Status = Literal["stable", "experimental"]

FAMILIES: tuple[str, ...] = get_args(Family)
"""Registers that speak for themselves: cars that go round are seen in invoices, money that does in payments."""

USED_KM = 100
"""A car that ran more was driven by somebody: the bound of the Japanese code for cars registered and unused."""

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
class Market:
    """Everything a detector may read; frozen, and lazy so that every engine can answer.

    ``tables`` holds each input table of ``tables.inputs.TABLES`` (an empty one where no file gave it), with party ids
    already resolved to canonical ones. ``ledger``, ``flows``, ``identities``, ``control``, ``groups``, ``relations``
    and ``proofs`` have the columns of ``tables.outputs``. ``undone`` (row_key, times) are the invoices to persons that
    were undone at once, and how often those of the seller were with what is one person. ``shadows`` (table, vin) lists
    the vehicles whose absence from a table cannot be read, because a quarantined or orphaned row of it could be that
    vehicle. ``rules`` are the dated rules of ``data/reference/rules.csv``.
    """

    tables: Frames
    ledger: Lazy
    flows: Lazy
    identities: Lazy
    control: Lazy
    groups: Lazy
    relations: Lazy
    proofs: Lazy
    undone: Lazy
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
            undone=_in_memory(self.undone),
            shadows=_in_memory(self.shadows),
        )


def _in_memory(frame: Lazy) -> Lazy:
    return frame.collect("polars").lazy()


@dataclass(frozen=True)
class Outcome:
    """What a detector gives: hits, the exposure they are a share of, and the rows that prove them.

    ``hits``: subject_kind and subject_id (``graphkit.tables.subjects``), unit_id, accountable_id, counterparty_id,
    on_date, verdict, grade, look_alike, missing, rule, value, value_unit, reason, received_on. ``exposure``: unit_id,
    unit_kind, party_id, city, month, tested, flagged, explained, indeterminate, clear. ``evidence``: subject_id,
    ordinal, table, row_key, role.
    ``shuffled`` (unit_id, draw, flagged) is what would have been flagged in each of ``draws`` shuffles, units without a
    hit left out; only a detector whose null is a shuffle gives it, and none where nothing was flagged.
    """

    hits: Lazy
    exposure: Lazy
    evidence: Lazy
    shuffled: Lazy | None = None
    draws: int = 0


@dataclass(frozen=True)
class Reference:
    """Where a reader can look up what a rule rests on.

    ``publication`` is who published it and under which title; ``dated`` the year, month or day; ``number`` what finds
    the place: an article, paragraph, volume and page, docket or headline. ``address`` is given only where it was read.
    """

    publication: str
    dated: str
    number: str
    address: str | None = None

    def __post_init__(self) -> None:
        """Refuse a reference that nobody could look up."""
        if not all((self.publication, self.dated[:4].isdigit(), self.number)):
            raise ValueError(f"a reference must name publication, date (a year first) and number: {self}")

    def __str__(self) -> str:
        said = f"{self.publication}, {self.number} ({self.dated})"
        return f"{said}, {self.address}" if self.address else said


def _known_tables(who: str, tables: Mapping[str, Sequence[str]]) -> None:
    for table, columns in tables.items():
        if table not in TABLES:
            raise ValueError(f"{who} names a table that does not exist: {table}; use one of {', '.join(TABLES)}")
        unknown = [column for column in columns if column not in TABLES[table].columns]
        if unknown:
            raise ValueError(f"{who} names a column that {table} does not have: {unknown[0]}")


@dataclass(frozen=True)
class LookAlike:
    """A lawful population that meets a detector's rule on paper; ``needs`` are the tables without which it is untested.

    A detector that cannot judge a car without them has them among its own ``needs``; of one car whose row is missing it
    names the fact that is missing. Those of which it reads the absence stand in its ``reads_absence_of``.
    """

    id: str
    title: str
    told_apart_by: str
    needs: tuple[str, ...]
    references: tuple[Reference, ...]

    def __post_init__(self) -> None:
        """Refuse a look-alike that leaves out what its reader needs."""
        if not all((self.id, self.title, self.told_apart_by, self.needs, self.references)):
            raise ValueError(f"look-alike {self.id or '?'} must state title, told_apart_by, needs and references")
        _known_tables(f"look-alike {self.id}", dict.fromkeys(self.needs, ()))


@dataclass(frozen=True)
class Floors:
    """The effect floors of a detector: a unit below any of them is never flagged, however small its p.

    ``min_tested`` and ``min_flagged`` are cars; ``min_share`` is flagged / tested; ``min_effect`` is observed /
    expected for tested nulls and the plain share for a deterministic one.
    """

    min_tested: int
    min_flagged: int
    min_share: float
    min_effect: float
    why: str

    def __post_init__(self) -> None:
        """Refuse floors without a reason, or that let a unit through without a car."""
        if not self.why:
            raise ValueError("floors must say why")
        if self.min_tested < 1 or self.min_flagged < 1 or not 0 < self.min_share <= 1 or self.min_effect <= 0:
            raise ValueError(f"floors must be above nothing, and a share at most 1: {self}")


@dataclass(frozen=True)
class ReferenceRate:
    """The share of hits among honest units, for lack of peers: ``mean``, and ``icc`` for how much units differ.

    ``why`` says on what the judgement rests, ``source`` what was published, in words where nothing was.
    """

    mean: float
    icc: float
    why: str
    source: str

    def __post_init__(self) -> None:
        """Refuse a rate that is no share, or that nothing stands behind."""
        if not (0 < self.mean < 1 and 0 < self.icc < 1 and self.why and self.source):
            raise ValueError(f"a reference rate needs mean and icc between 0 and 1, why and source: {self}")


@dataclass(frozen=True)
class Unused:
    """What shows that nobody used an exported car: at most ``max_km``, read ``reading_days`` or less before it left."""

    max_km: int
    reading_days: int


@dataclass(frozen=True)
class Deduction:
    """The column of the restatement in which a detector's flagged cars are taken out of what was booked.

    A car that meets several is taken out once, in the first of them in the order of the columns, which is the order of
    its life. ``moved_to`` says in words which event gives ``received_on`` of the hits: a car with that day was sold
    after all, and is counted in its month. A breach says nothing of the use of a car: where ``unused`` is given, one
    that was used stays, and one of which that is not known is left open.
    """

    column: str
    moved_to: str = ""
    unused: Unused | None = None

    def __post_init__(self) -> None:
        """Refuse a column that the restatement does not have."""
        if self.column not in DEDUCTIONS:
            raise ValueError(f"the restatement has no column {self.column}: add it to graphkit/tables/outputs.py")


@dataclass(frozen=True)
class Tally:
    """Cars that stand beside a finding's flagged ones: those of its decided hits of which ``holds`` is true.

    ``holds`` reads the columns of ``SHAPES["hits"]``; ``words`` follow the number in the sentence of the finding, which
    leaves out one that is 0 where ``tells_none`` is false.
    """

    id: str
    words: str
    holds: nw.Expr
    tells_none: bool = True

    def __post_init__(self) -> None:
        """Refuse a number without words."""
        if not (self.id and self.words):
            raise ValueError(f"a tally needs an id and the words that follow its number: {self}")


@dataclass(frozen=True)
class Detector:
    """One way in which sales are inflated; everything that is printed about it, checked when it is made.

    ``detect(market, settings)`` is pure. ``needs`` names the tables and columns without which it is not run,
    ``reads_absence_of`` the tables in which it takes a missing row for a missing event, so that each of them must be
    complete before anything is flagged. ``severity`` is the harm if true and ``confidence`` the chance that a flagged
    hit is what it says, both 0 to 1. ``assumptions`` are printed with every finding. ``reference_rate`` stands in where
    peers are few, and a detector whose null is a rate has one. ``deduction`` is None where its cars stay in what was
    booked. ``tallies`` are counted beside the flagged cars and told with them. ``peers_of_a_city`` says why peers are
    those of the same city where it has ten; without it they are those of the whole country. ``doubts`` are
    missing facts that are a weak tie and no gap in the records: what lacks one is undecided, and the verdict of the
    unit and the export gate do not count it as such. ``act_together`` says why companies whom its flagged cars join, as
    seller and buyer, act together: the export gate then counts their cars together. ``binds_seller`` says why a flagged
    car shows the seller's own part in the payment of that very sale: what the buyer is found in on the same cars then
    counts at the gate for the seller, never the reverse. ``unlisted`` is what undecided cars lack that are
    counted and not listed, since nothing points at them.
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
    look_alikes: tuple[LookAlike, ...]
    references: tuple[Reference, ...]
    needs: Mapping[str, tuple[str, ...]]
    reads_absence_of: tuple[str, ...]
    floors: Floors
    settings: Any
    detect: Callable[[Market, Any], Outcome]
    assumptions: tuple[str, ...] = ()
    reference_rate: ReferenceRate | None = None
    deduction: Deduction | None = None
    tallies: tuple[Tally, ...] = ()
    peers_of_a_city: str | None = None
    doubts: tuple[str, ...] = ()
    act_together: str | None = None
    binds_seller: str | None = None
    unlisted: str = ""

    def __post_init__(self) -> None:
        """Refuse a detector that leaves out what its reader needs, or names what does not exist."""
        who = f"detector {self.id or '?'}"
        empty = [
            name for name in ("id", "title", "look_alikes", "references", "needs", "version") if not getattr(self, name)
        ]
        if empty:
            raise ValueError(f"{who} must state {', '.join(empty)}")
        if not (0 < self.severity <= 1 and 0 < self.confidence <= 1):
            raise ValueError(f"{who}: severity and confidence lie above 0 and up to 1")
        if not self.id.replace("_", "").isalnum() or self.id != self.id.lower():
            raise ValueError(f"{who}: the id is snake_case")
        for name, kind in (("look_alikes", LookAlike), ("references", Reference)):
            strange = [item for item in getattr(self, name) if not isinstance(item, kind)]
            if strange:
                raise ValueError(f"{who}: {name} holds {strange[0]!r}, which is no {kind.__name__}")
        _known_tables(who, self.needs)
        _known_tables(who, dict.fromkeys(self.reads_absence_of, ()))
        thresholds(self.settings)
        if (self.null is Null.RATE) != (self.reference_rate is not None):
            raise ValueError(f"{who}: a reference rate is stated where the null is a rate, and only there")
        for name in ("act_together", "binds_seller"):
            self._says_why_of_both_sides(who, name)

    def _says_why_of_both_sides(self, who: str, name: str) -> None:
        why: str | None = getattr(self, name)
        is_of_sales = self.accountable == "dealer" and {"seller_id", "buyer_id"} <= set(self.needs.get("sales", ()))
        if why is not None and not (why and is_of_sales):
            raise ValueError(f"{who}: {name} says why, and only where the seller answers for what it sold to the buyer")

    @property
    def look_alike_ids(self) -> tuple[str, ...]:
        """The look-alikes by id, in order."""
        return tuple(look_alike.id for look_alike in self.look_alikes)
