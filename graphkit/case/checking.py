"""What a case holds and what can be done with it: rows, quarantine, stubs, coverage, detectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphkit.case.deciding import Decided
from graphkit.case.questions import open_questions
from graphkit.case.settings import Settings
from graphkit.case.undated import QUESTION, undated
from graphkit.tables.coverage_entries import to_entries
from graphkit.tables.inputs import TABLES
from graphkit.tables.layout import HEADER
from graphkit.tables.promises import Doubt

if TYPE_CHECKING:
    import pandas as pd

CONFIRMED = "confirmed = true"
"""The line of a coverage entry by which its user says that it holds, whatever the rows look like."""
LINES_ASKED = "Put into case.toml only where you know that the extract holds every event of the country on these days"


@dataclass(frozen=True)
class Check:
    """The state of a case, each part a table.

    ``loaded``: table, files, rows, quarantined. ``quarantined``: table, reason, rows, an example's file and line:
    faults that differ only in what they quote are one.
    ``unread``: table, cells (``use: 4 of 880 not read``), an example with its file and line; the cells are empty now.
    ``questions``: files, table, line, answer: what only its user can say before files are loaded, once for all that
    wait for it, as the line of ``case.toml`` to fill in the entry of one. ``skipped``: table, file, kind (header,
    repeated header, total, note, void, no holder), lines (how many), where (which): what is no data in a file.
    ``stubs``: kind, rows, examples of parties and cars that rows refer to and no file defines.
    ``contradictions``: register rows that cannot be as they stand, with reason, file and line; they prove nothing. On
    the page those of one reason are one line with their number.
    ``detectors``: detector, status, can_run, lacks, tested, undecided (cars), decided_first_by. ``wanted``:
    detector, missing, cars (undecided that lack it), alone (those that lack nothing else), you_have. ``coverage``:
    table, from, to, place, complete, as_of, assume_since, confirmed. ``doubted``: table, from, to, reason, line: what
    ``coverage`` promises and the rows contradict; no run relies on it before the line stands in its entry.
    ``undated``: table, undated, rows, counts_from, line: registers with rows without a begin (``case.undated``).
    ``lines`` are the entries of ``case.toml`` by which undecided cars would be decided, one a table: true only of
    extracts that hold every event of these days.
    """

    loaded: "pd.DataFrame"
    quarantined: "pd.DataFrame"
    unread: "pd.DataFrame"
    skipped: "pd.DataFrame"
    questions: "pd.DataFrame"
    stubs: "pd.DataFrame"
    contradictions: "pd.DataFrame"
    detectors: "pd.DataFrame"
    wanted: "pd.DataFrame"
    coverage: "pd.DataFrame"
    doubted: "pd.DataFrame"
    undated: "pd.DataFrame"
    lines: tuple[str, ...]

    def __str__(self) -> str:
        texts = [f"{title}\n{frame.to_string(index=False) if len(frame) else 'none'}" for title, frame in self.parts()]
        return "\n\n".join([*texts, *self.asked()])

    def _contradicted(self) -> "pd.DataFrame":
        rows = pl.from_pandas(self.contradictions)
        if rows.is_empty():
            return self.contradictions
        grouped = rows.group_by("table", _fault(pl.col("reason")), maintain_order=True)
        example = pl.col("from_id", "to_id", "file", "line").first()
        told = grouped.agg(example, reason=_example(pl.col("reason")), rows=pl.len())
        return told.select("table", "reason", "rows", "from_id", "to_id", "file", "line").to_pandas()

    def asked(self) -> tuple[str, ...]:
        """The lines of ``case.toml`` that would decide more, under what is to be known before they are written."""
        return (LINES_ASKED, *self.lines) if self.lines else ()

    def parts(self) -> "Iterator[tuple[str, pd.DataFrame]]":
        """Each part with its heading, in the order in which it is read."""
        if len(self.questions):
            yield (
                "Asked before files are loaded; fill the line in the [[source]] of one of them in case.toml",
                self.questions,
            )
        yield "Loaded", self.loaded
        yield "Quarantined, and why", self.quarantined
        yield "Cells not read, in rows that are loaded without them", self.unread
        yield "Lines that are no data", self.skipped
        yield "Referred to but not defined", self.stubs
        yield "Register rows that cannot be as they stand", self._contradicted()
        yield "What each detector will decide", self.detectors
        yield "What the undecided cars lack, what decides most first", self.wanted
        yield "Coverage (complete = false lets no absence be read; confirm it in case.toml)", self.coverage
        if len(self.doubted):
            yield "Stated as complete, and contradicted by the rows: not relied on until confirmed there", self.doubted
        if len(self.undated):
            yield QUESTION, self.undated


def check_case(
    settings: Settings,
    tables: Mapping[str, pl.DataFrame],
    quarantine: Mapping[str, pl.DataFrame],
    unread: pl.DataFrame,
    skipped: Mapping[str, pl.DataFrame],
    stubs: pl.DataFrame,
    contradictions: pl.DataFrame,
    decided: Decided,
    doubted: Sequence[Doubt],
) -> Check:
    """Check loaded tables; ``unread`` lists the cells that could not be read, ``stubs`` the undefined parties and cars
    (kind, id), ``contradictions`` the rows that ``parties.contradictions`` found.

    ``decided`` is what ``deciding`` found of the resolved tables, in which a party known by name has an id;
    ``doubted`` are the promises that the loaded rows contradict.
    """
    return Check(
        loaded=_loaded(settings, tables, quarantine).to_pandas(),
        quarantined=_quarantined(quarantine).to_pandas(),
        unread=_unread(unread, tables).to_pandas(),
        skipped=_skipped(skipped).to_pandas(),
        questions=open_questions(settings).to_pandas(),
        stubs=_stubs(stubs).to_pandas(),
        contradictions=_contradictions(settings, contradictions).to_pandas(),
        detectors=decided.detectors.to_pandas(),
        wanted=decided.wanted.to_pandas(),
        coverage=_coverage(settings).to_pandas(),
        doubted=_doubted(doubted).to_pandas(),
        undated=undated(tables, settings.covers()).to_pandas(),
        lines=decided.lines,
    )


def _loaded(
    settings: Settings, tables: Mapping[str, pl.DataFrame], quarantine: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    rows = [
        {
            "table": name,
            "files": len(settings.sources_of(name)),
            "rows": tables[name].height,
            "quarantined": quarantine[name].height if name in quarantine else 0,
        }
        for name in TABLES
        if settings.sources_of(name)
    ]
    return pl.DataFrame(rows, schema={"table": pl.String, "files": pl.Int64, "rows": pl.Int64, "quarantined": pl.Int64})


def _quarantined(quarantine: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    schema = {"table": pl.String, "reason": pl.String, "rows": pl.UInt32, "file": pl.String, "line": pl.Int64}
    parts = [pl.DataFrame(schema=schema)]
    for frame in quarantine.values():
        grouped = frame.sort("name", "line").group_by("table", _fault(pl.col("reason")), maintain_order=True)
        example = {"file": pl.col("name").first(), "line": pl.col("line").first()}
        parts.append(grouped.agg(reason=_example(pl.col("reason")), rows=pl.len(), **example).select(*schema))
    return pl.concat(parts).sort("table", "rows", "reason", descending=[False, True, False])


def _fault(reason: pl.Expr) -> pl.Expr:
    """The pattern of a reason: what it quotes and the numbers in it are of one row alone."""
    return reason.str.replace_all(r"'.*?'( is |$)", "'…'$1").str.replace_all(r"\d+", "0").alias("fault")


def _example(reason: pl.Expr) -> pl.Expr:
    """The first reason of a pattern, with the number of other texts of it."""
    others = reason.n_unique() - 1
    return (
        pl.when(others > 0)
        .then(pl.format("{} (and so {} other texts)", reason.first(), others))
        .otherwise(reason.first())
    )


def _skipped(skipped: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    schema = {"table": pl.String, "file": pl.String, "kind": pl.String, "lines": pl.UInt32, "where": pl.String}
    grouped = {
        # a line of a file that feeds a table twice is still one
        table: frame.select("name", "kind", "line")
        .unique()
        .sort("name", "line")
        .group_by("name", "kind", maintain_order=True)
        .agg("line")
        for table, frame in skipped.items()
    }
    rows = [
        {"table": table, "file": name, "kind": kind, "lines": len(lines), "where": _spans(lines)}
        for table, frame in grouped.items()
        for name, kind, lines in frame.rows()
        # the header on the first line is where everybody looks for it
        if (kind, lines) != (HEADER, [1])
    ]
    return pl.DataFrame(rows, schema=schema)


def _spans(lines: Sequence[int]) -> str:
    """Ascending lines as text, those that follow one another as a span: ``1-2, 49``."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def _unread(unread: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    loaded = [
        frame.group_by("source_id").agg(of=pl.len()).with_columns(table=pl.lit(name)) for name, frame in tables.items()
    ]
    cells = unread.sort("table", "name", "source_id", "line").group_by(
        "table", "column", "source_id", maintain_order=True
    )
    counted = cells.agg(
        pl.len(), example=pl.col("text").first(), file=pl.col("name").first(), line=pl.col("line").first()
    ).join(pl.concat(loaded), on=["table", "source_id"], maintain_order="left")
    return counted.select(
        "table", pl.format("{}: {} of {} not read", "column", "len", "of").alias("cells"), "example", "file", "line"
    )


def _stubs(stubs: pl.DataFrame) -> pl.DataFrame:
    ids = pl.col("id").sort()
    return stubs.group_by("kind").agg(rows=pl.len(), examples=ids.head(5).str.join(", ")).sort("kind")


def _contradictions(settings: Settings, found: pl.DataFrame) -> pl.DataFrame:
    files = {entry.source_id: entry.title for entry in settings.source}
    file = pl.col("source_id").replace_strict(files, default=None, return_dtype=pl.String)
    return found.with_columns(file=file).select("table", "from_id", "to_id", "reason", "file", "line")


def _doubted(doubted: Sequence[Doubt]) -> pl.DataFrame:
    rows = [(one.span.table, one.span.first, one.span.last, one.why, CONFIRMED) for one in doubted]
    schema = {"table": pl.String, "from": pl.Date, "to": pl.Date, "reason": pl.String, "line": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _coverage(settings: Settings) -> pl.DataFrame:
    rows = to_entries(settings.coverage)
    schema = {
        "table": pl.String,
        "from": pl.Date,
        "to": pl.Date,
        "place": pl.String,
        "complete": pl.Boolean,
        "as_of": pl.Date,
        "assume_since": pl.Date,
        "confirmed": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema)
