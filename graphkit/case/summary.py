"""What a run says, in a page of plain sentences that a person can read."""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import polars as pl

from graphkit.case.runs import Run
from graphkit.detectors import DETECTORS
from graphkit.model import Verdict
from graphkit.scores.sentences import titled
from graphkit.tables.outputs import DEDUCTIONS
from graphkit.tables.subjects import STEP

CLUSTERS = 5
"""Clusters that the summary names; the rest are counted."""


def summary(run: Run, case: Path, name: str) -> str:
    """What was booked and reported, what each detector found, the clusters with their reason, and where files are."""
    frames = run.frames()
    parts = [
        f"{name}: as of {run.about['settings']['as_of']}, regime {run.about['settings']['regime']}",
        *_titled("What was booked as sold", _booked(frames)),
        *_titled("What the makers reported", _reported(frames)),
        *_titled("What published figures alone say", _aggregates(frames["aggregates"])),
        *_titled("What was found", chain(_found(frames, run), _passed_over(run))),
        *_titled("Stated as complete, not relied on", iter(run.about.get("not_relied_on", ()))),
        *_titled("Flagged parties", _flagged(frames["scores"])),
        *_titled("Clusters", _clusters(frames["clusters"], run)),
        *_titled("Files", _files(run, case)),
    ]
    return "\n".join(parts)


def _titled(title: str, lines: Iterator[str]) -> list[str]:
    said = [f"  {line}" for line in lines]
    return ["", title, *said] if said else []


def _booked(frames: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    restated = frames["restatement"]
    if restated.is_empty():
        return
    figures = ("booked", "moved_in", "moved_beyond", *DEDUCTIONS, "supportable_low", "supportable_high")
    names = _names(frames)
    makers = (
        restated.group_by("maker_id").agg(pl.col(figures).sum()).sort("booked", "maker_id", descending=[True, False])
    )
    for row in makers.iter_rows(named=True):
        taken = [f"{row[name]:,} {name.replace('_', ' ')}" for name in DEDUCTIONS if row[name]]
        less = f", less {', '.join(taken)}" if taken else ""
        moved = f", {row['moved_in']:,} of them moved in to a later month" if row["moved_in"] else ""
        beyond = f", {row['moved_beyond']:,} sold after the last booked month" if row["moved_beyond"] else ""
        held = _span(row["supportable_low"], row["supportable_high"])
        maker = names.get(row["maker_id"]) or row["maker_id"] or "no maker named"
        yield f"{maker}: {row['booked']:,} booked{less}{moved}{beyond}; {held} supportable"


def _reported(frames: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    names = _names(frames)
    compared = frames["reported"].filter(pl.col("missing").is_null())
    far = pl.max_horizontal(pl.col("difference_low").abs(), pl.col("difference_high").abs())
    ordered = compared.with_columns(far=far).sort("maker_id", "series", -pl.col("far"), "period", "city")
    for (maker_id, series), rows in ordered.group_by("maker_id", "series", maintain_order=True):
        row = rows.row(0, named=True)
        place = f" in {row['city']}" if row["city"] else ""
        count = f"{rows.height:,} {'total' if rows.height == 1 else 'totals'} compared"
        yield (
            f"{names.get(maker_id) or maker_id}, {series}: {count}; furthest apart in {row['period']}{place}: "
            f"{_span(row['reported_low'], row['reported_high'])} reported, {row['counted']:,} counted"
        )
    open_totals = frames["reported"].height - compared.height
    if open_totals:
        what = "total says" if open_totals == 1 else "totals say"
        yield f"{open_totals:,} reported {what} nothing: the records are incomplete (see reported, the column missing)"


def _names(frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    return dict(frames["identities"].select("party_id", "name").iter_rows())


def _span(low: float, high: float) -> str:
    return f"{low:,.10g}" if low == high else f"{low:,.10g} to {high:,.10g}"


def _aggregates(aggregates: pl.DataFrame) -> Iterator[str]:
    for row in aggregates.iter_rows(named=True):
        said = str(row["sentence"])
        marks = [row["cohort"] or "", row["source"] or ""]
        missing = [mark for mark in marks if mark not in said]
        yield f"{said} [{'; '.join([*missing, 'bound: ' + (row['bound'] or 'none')])}]"


def _found(frames: Mapping[str, pl.DataFrame], run: Run) -> Iterator[str]:
    not_run, as_of = run.about["not_run"], run.about["settings"]["as_of"]
    # the maker's roll-up of a detector counts the same cars again
    units = frames["units"].filter(pl.col("unit_kind") != "maker_city_month")
    counted = frames["exposure"].join(units, on="unit_id").group_by("detector")
    counts = {row["detector"]: row for row in counted.agg(pl.col(pl.Int64).sum()).iter_rows(named=True)}
    # who passed a car on is in its own unit's count, and adds no car
    steps = frames["hits"].filter(pl.col("subject_kind") == STEP).group_by("detector", "verdict").len()
    passed_on = {(detector, verdict): number for detector, verdict, number in steps.iter_rows()}
    at_party = frames["findings"].filter(pl.col("unit_kind") == "party", pl.col("verdict") == "flagged")
    parties = dict(at_party.group_by("detector").len().iter_rows())
    for detector in DETECTORS:
        if detector.id in not_run:
            yield f"{titled(detector)}: not run, by {as_of} the case has no {', no '.join(not_run[detector.id])}"
        elif detector.id in counts:
            row = counts[detector.id]
            cars = {word: row[word] - passed_on.get((detector.id, word), 0) for word in Verdict}
            share = f" ({cars[Verdict.FLAGGED] / row['tested']:.1%})" if row["tested"] else ""
            beyond = parties.get(detector.id, 0)
            yield (
                f"{titled(detector)}: {cars[Verdict.FLAGGED]:,} of {row['tested']:,} cars{share}, "
                f"{cars[Verdict.EXPLAINED]:,} explained, {cars[Verdict.INDETERMINATE]:,} undecided; "
                f"{beyond:,} {'party' if beyond == 1 else 'parties'} beyond chance"
            )


def _passed_over(run: Run) -> Iterator[str]:
    number = run.about["payments_passed_over"]
    if number:
        what = "payment from a buyer to its seller is" if number == 1 else "payments from a buyer to its seller are"
        yield f"{number:,} {what} matched with no car"


def _flagged(scores: pl.DataFrame) -> Iterator[str]:
    flagged = scores.filter("flagged").sort("score", "party_id", descending=[True, False])
    for row in flagged.iter_rows(named=True):
        yield f"{row['name'] or row['party_id']} ({row['party_id']}), score {row['score']:.1f}: {row['reason_1']}"


def _clusters(clusters: pl.DataFrame, run: Run) -> Iterator[str]:
    top = clusters.sort("units", "cluster_id", descending=[True, False])
    for row in top.head(CLUSTERS).iter_rows(named=True):
        page = run.views / f"{row['cluster_id']}.html"
        yield f"{row['cluster_id']}: {row['reason']}" + (f" → {page}" if page.exists() else "")
    if top.height > CLUSTERS:
        yield f"and {top.height - CLUSTERS:,} more"


def _files(run: Run, case: Path) -> Iterator[str]:
    yield f"{run.path}: findings, hits, scores as .csv and .parquet, run.json"
    yield f"next: graphkit findings {case}; graphkit explain {case} FINDING; graphkit query {case}"
