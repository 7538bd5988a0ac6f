"""What a case holds and what can be done with it: rows, quarantine, stubs, coverage, detectors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphkit.case.questions import open_questions
from graphkit.case.settings import Settings
from graphkit.detectors import DETECTORS
from graphkit.scores.collect import lacks
from graphkit.tables.coverage_entries import to_entries
from graphkit.tables.inputs import TABLES
from graphkit.tables.layout import HEADER

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Check:
    """The state of a case, each part a table.

    ``loaded``: table, files, rows, quarantined. ``quarantined``: table, reason, rows, an example's file and line.
    ``unread``: table, cells (``use: 4 of 880 not read``), an example with its file and line; the cells are empty now.
    ``questions``: files, table, line, answer: what only its user can say before files are loaded, once for all that
    wait for it, as the line of ``case.toml`` to fill in the entry of one. ``skipped``: table, file, kind (header,
    repeated header, total, note, void, no holder), lines (how many), where (which): what is no data in a file.
    ``stubs``: kind, rows, examples of parties and cars that rows refer to and no file defines.
    ``contradictions``: register rows that cannot be as they stand, with reason, file and line; they prove nothing.
    ``detectors``: detector, status, can_run, lacks. ``coverage``: table, from, to, place, complete, as_of,
    assume_since.
    """

    loaded: "pd.DataFrame"
    quarantined: "pd.DataFrame"
    unread: "pd.DataFrame"
    skipped: "pd.DataFrame"
    questions: "pd.DataFrame"
    stubs: "pd.DataFrame"
    contradictions: "pd.DataFrame"
    detectors: "pd.DataFrame"
    coverage: "pd.DataFrame"

    def __str__(self) -> str:
        texts = [f"{title}\n{frame.to_string(index=False) if len(frame) else 'none'}" for title, frame in self.parts()]
        return "\n\n".join(texts)

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
        yield "Register rows that cannot be as they stand", self.contradictions
        yield "Detectors", self.detectors
        yield "Coverage (complete = false lets no absence be read; confirm it in case.toml)", self.coverage


def check_case(
    settings: Settings,
    tables: Mapping[str, pl.DataFrame],
    quarantine: Mapping[str, pl.DataFrame],
    unread: pl.DataFrame,
    skipped: Mapping[str, pl.DataFrame],
    resolved: Mapping[str, pl.DataFrame],
    stubs: pl.DataFrame,
    contradictions: pl.DataFrame,
) -> Check:
    """Check loaded tables; ``unread`` lists the cells that could not be read, ``stubs`` the undefined parties and cars
    (kind, id), ``contradictions`` the rows that ``parties.contradictions`` found.

    What detectors lack is judged on the ``resolved`` tables, in which a party known by name has an id, as in a run.
    """
    return Check(
        loaded=_loaded(settings, tables, quarantine).to_pandas(),
        quarantined=_quarantined(quarantine).to_pandas(),
        unread=_unread(unread, tables).to_pandas(),
        skipped=_skipped(skipped).to_pandas(),
        questions=open_questions(settings).to_pandas(),
        stubs=_stubs(stubs).to_pandas(),
        contradictions=_contradictions(settings, contradictions).to_pandas(),
        detectors=_detectors(resolved).to_pandas(),
        coverage=_coverage(settings).to_pandas(),
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
        grouped = frame.sort("name", "line").group_by("table", "reason", maintain_order=True)
        parts.append(grouped.agg(rows=pl.len(), file=pl.col("name").first(), line=pl.col("line").first()))
    return pl.concat(parts).sort("table", "rows", "reason", descending=[False, True, False])


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


def _detectors(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    rows = []
    for detector in DETECTORS:
        missing = lacks(detector, tables)
        rows.append(
            {"detector": detector.id, "status": detector.status, "can_run": not missing, "lacks": ", ".join(missing)}
        )
    return pl.DataFrame(
        rows, schema={"detector": pl.String, "status": pl.String, "can_run": pl.Boolean, "lacks": pl.String}
    )


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
    }
    return pl.DataFrame(rows, schema=schema)
