"""What every detector declares, a row a neighbour: each table that it reads incomplete or with a row that cannot be
read, each need missing, each bound at it and one beyond. The expected rows are data, beside and under edges/.

``edges/<detector>.csv`` is about the folder ``exact_windows`` of its cases, in which the records are complete exactly
as far as the guilty car needs them; ``expected_edges.csv`` of a case says which car stands for which bound.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from graphkit.algorithms.thresholds import thresholds
from graphkit.detectors import DETECTORS
from graphkit.identity.resolve import resolve
from graphkit.model import Detector, Market
from graphkit.scores.collect import lacks
from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES
from tests.detectors.markets import (
    BY_ID,
    CASES,
    FOLDERS,
    covered,
    folders_of,
    found,
    found_in,
    given,
    load_file,
    market_of,
    run_of,
    tables_of,
    with_quarantine,
)

EDGES = Path(__file__).parent / "edges"
HEADER = ["table", "change", "subject_id", "verdict", "grade", "missing"]
GUILTY, ELSEWHERE, NO_VIN = "LSAAA1134R0111100", "LZZBB2BB5SB777777", "UNKNOWN"
DAY = timedelta(days=1)

ROWS = {
    "sales": "sale_id,vin,seller_id,buyer_id,kind,invoiced_on\nX999,{vin},D01,P01,retail,{day}\n",
    "registrations": "registration_id,vin,owner_id,city,plated_on\nX999,{vin},P01,甲市,{day}\n",
    "exports": "export_id,vin,exporter_id,cleared_on,declared_as,destination\nX999,{vin},D01,{day},new,KZ\n",
    "declared_stock": "vin,holder_id,status,valid_from\n{vin},D01,demo,{day}\n",
}
"""One row of each table that a detector may read for absence."""

UNREADABLE = {
    "an unreadable row of the car": (GUILTY, "2025-13-45"),
    "an unreadable row of any car": (NO_VIN, "2025-01-05"),
    "an unreadable row of another car": (ELSEWHERE, "2025-13-45"),
}

NO_BOUND = {
    "draws": "how often chance is asked has no edge",
    "fewest": "tests/trade/test_trade_sets.py",
    "most": "tests/trade/test_trade_sets.py",
    "inside_share": "tests/trade/test_trade_sets.py",
}
"""Settings whose bounds no car of a case can stand for, and where they are tested."""


def _less(span: Span, change: str) -> list[Span]:
    """What is left of a complete span."""
    first, last = span.first or date.min, span.last or date.max
    middle = first + (last - first) // 2
    return {
        "not complete": [Span(span.table, first, last, complete=False)],
        "of a city only": [Span(span.table, first, last, place="甲市", complete=True)],
        "begins a day late": [Span(span.table, first + DAY, last, complete=True)],
        "ends a day early": [Span(span.table, first, last - DAY, complete=True)],
        "a day is missing": [
            Span(span.table, first, middle - DAY, complete=True),
            Span(span.table, middle + DAY, last, complete=True),
        ],
    }[change]


LESS_COVERAGE = ("not complete", "of a city only", "begins a day late", "ends a day early", "a day is missing")
CHANGES = (*LESS_COVERAGE, *UNREADABLE)
READ = [(detector, table) for detector in DETECTORS for table in detector.reads_absence_of]


@cache
def expected(detector_id: str) -> pl.DataFrame:
    path = EDGES / f"{detector_id}.csv"
    if not path.exists():
        return pl.DataFrame(schema=dict.fromkeys(HEADER, pl.String()))
    return pl.read_csv(path, infer_schema=False, comment_prefix="#")


def exact(detector: Detector) -> Path:
    folder = CASES / detector.id / "exact_windows"
    assert folder in FOLDERS, (
        f"add the case {folder}: its car {GUILTY} is flagged, another is explained, and its coverage.toml has only the "
        f"tables of reads_absence_of, {', '.join(detector.reads_absence_of)}, complete as far as that car needs them"
    )
    return folder


def changed(detector: Detector, table: str, change: str, tmp_path: Path) -> Market:
    folder = exact(detector)
    if change in LESS_COVERAGE:
        spans = given(folder).spans
        assert any(span.table == table and span.complete for span in spans), f"{folder}/coverage.toml: {table} complete"
        less = [left for span in spans if span.table == table for left in _less(span, change)]
        return covered(market_of(folder), [*(span for span in spans if span.table != table), *less])
    assert table in ROWS, f"add a row of {table} to ROWS of {__file__}"
    vin, day = UNREADABLE[change]
    path = tmp_path / f"{table}.csv"
    path.write_text(ROWS[table].format(vin=vin, day=day), encoding="utf-8")
    lost = load_file(path, table)
    assert (lost.rows.height, lost.quarantine.height) == (0, 1)
    assert not given(folder).quarantine
    return with_quarantine(market_of(folder), {table: lost.quarantine})


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("detector", "table"), READ, ids=lambda one: getattr(one, "id", one))
def test_absence_is_read_only_where_every_row_would_be_there(
    detector: Detector, table: str, change: str, tmp_path: Path
) -> None:
    rows = expected(detector.id).filter(table=table, change=change).select(HEADER[2:])
    hits = found_in(changed(detector, table, change, tmp_path), detector).hits
    assert rows.height, (
        f"{EDGES / detector.id}.csv, under the header {','.join(HEADER)}: for each listed car of exact_windows a row "
        f"`{table},{change},…` with its verdict, its grade and, where it is indeterminate, the facts that are missing; "
        f"found, and to be judged by hand: {hits.select(HEADER[2:]).sort('subject_id').rows()}"
    )
    found_so, written = (frame.select(HEADER[2:]).sort("subject_id").to_dicts() for frame in (hits, rows))
    assert found_so == written, f"{EDGES / detector.id}.csv, {table}, {change}, or what {detector.id} reads there"


SPARED = "an unreadable row of another car"


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)
def test_the_guilty_car_is_flagged_before_and_the_rows_are_of_what_is_declared(detector: Detector) -> None:
    if detector.reads_absence_of:
        folder = exact(detector)
        hits = found(folder).hits
        assert hits.filter(subject_id=GUILTY)["verdict"].to_list() == ["flagged"], f"{folder}: {GUILTY} is flagged"
        assert "explained" in hits["verdict"], f"{folder}: another car is explained"
        # no other table need be complete
        complete = {span.table for span in given(folder).spans if span.complete}
        assert complete == set(detector.reads_absence_of), f"{folder}/coverage.toml: complete is what is declared alone"
    told = expected(detector.id)
    assert set(told.columns) == set(HEADER)
    lost = told.filter(subject_id=GUILTY, verdict="indeterminate").select("table", "change")
    wanted = {(table, change) for table in detector.reads_absence_of for change in CHANGES if change != SPARED}
    assert set(told["table"]) == set(detector.reads_absence_of)
    assert set(lost.rows()) == wanted, (
        f"{EDGES / detector.id}.csv: {GUILTY} is indeterminate for each table of reads_absence_of and each change "
        f"except {SPARED}"
    )


def test_every_file_of_edges_is_of_a_detector() -> None:
    assert {path.stem for path in EDGES.glob("*.csv")} <= {*BY_ID, "needs"}


NEEDS = pl.read_csv(EDGES / "needs.csv", infer_schema=False, comment_prefix="#")


def test_the_needs_are_those_that_are_written_down() -> None:
    declared = [
        (detector.id, table, " ".join(columns)) for detector in DETECTORS for table, columns in detector.needs.items()
    ]
    written = NEEDS.select("detector", "table", "columns").rows()
    assert written == declared, (
        f"{EDGES / 'needs.csv'}, a row for each of a detector's needs, in the order of DETECTORS and of its needs: "
        f"add {[','.join(row) for row in declared if row not in written]}, "
        f"remove {[','.join(row) for row in written if row not in declared]}; the last column is what is told to be "
        "lacking where the table is empty, mostly its name, and empty where the detector runs all the same"
    )


@pytest.mark.parametrize(("detector_id", "table", "columns", "told"), NEEDS.rows(), ids=lambda one: one or "nothing")
def test_a_detector_is_not_run_without_what_it_needs(
    detector_id: str, table: str, columns: str, told: str | None
) -> None:
    detector = BY_ID[detector_id]
    folder = next(iter(folders_of(detector)))
    one = given(folder)
    resolved = tables_of(market_of(folder))
    assert lacks(detector, resolved) == ()
    for column in columns.split():
        emptied = resolved[table].with_columns(pl.lit(None, resolved[table].schema[column]).alias(column))
        assert lacks(detector, {**resolved, table: emptied}) == (f"{table}.{column}",)
    without = {**one.tables, table: TABLES[table].empty()}
    assert lacks(detector, resolve(without).tables) == ((told,) if told else ())


@pytest.mark.parametrize(
    ("detector_id", "table", "told"),
    NEEDS.filter(pl.col("told").is_null() | (pl.col("table") != pl.col("told")) | (pl.col("table") == "exports"))
    .select("detector", "table", "told")
    .rows(),
    ids=lambda one: one or "nothing",
)
def test_who_lacks_what_it_needs_is_told_and_accuses_nobody(detector_id: str, table: str, told: str | None) -> None:
    one = given(next(iter(folders_of(BY_ID[detector_id]))))
    without = replace(one, tables={**one.tables, table: TABLES[table].empty()})
    results = run_of(without, only=(detector_id,))
    assert results.not_run == ({detector_id: (told,)} if told else {})
    assert "flagged" not in results.frames["hits"]["verdict"]
    assert told is None or results.frames["exposure"].is_empty()


BOUND = (
    "under the header of,bound,subject_id,verdict a row for a car at the bound of each threshold and look-alike, "
    "and one for the car beyond it; a car that is clear is `not listed`. A setting for which no car can stand "
    "is named in NO_BOUND of tests/detectors/test_edges.py"
)


@cache
def bounds(detector_id: str) -> pl.DataFrame:
    """The rows of ``expected_edges.csv`` of all cases of a detector, with the verdict that was found."""
    parts = []
    for folder in folders_of(BY_ID[detector_id]):
        path = folder / "expected_edges.csv"
        if path.exists():
            rows = pl.read_csv(path, infer_schema=False)
            cars = set(market_of(folder).ledger.collect().to_native()["vin"])
            hits = found(folder).hits.select("subject_id", found="verdict")
            assert set(rows["subject_id"]) <= cars, f"{path} names a car that its case does not have"
            rows = rows.join(hits, on="subject_id", how="left")
            parts.append(rows.with_columns(pl.col("found").fill_null("not listed")))
    assert parts, f"write {CASES / detector_id / 'edges' / 'expected_edges.csv'}: {BOUND}"
    return pl.concat(parts)


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)
def test_every_threshold_and_look_alike_decides_at_its_bound(detector: Detector) -> None:
    told = bounds(detector.id)
    where = CASES / detector.id / "edges" / "expected_edges.csv"
    assert told["found"].to_list() == told["verdict"].to_list(), (
        f"{where}: {told.filter(pl.col('found') != pl.col('verdict')).to_dicts()}"
    )
    declared = {*detector.look_alike_ids, *(threshold.name for threshold in thresholds(detector.settings))}
    assert declared - set(NO_BOUND) == set(told["of"]), f"{where}: {BOUND}"
    for name in sorted(set(told["of"])):
        assert told.filter(of=name)["verdict"].n_unique() > 1, f"{name} needs a car on each side: {where}"


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)
def test_every_kind_of_evidence_is_expected_somewhere(detector: Detector) -> None:
    written: set[str] = set()
    seen: set[str] = set()
    for folder in folders_of(detector):
        seen |= set(found(folder).evidence["role"])
        path = folder / "expected_evidence.csv"
        if path.exists():
            written |= set(pl.read_csv(path, infer_schema=False)["role"])
    assert written == seen, (
        f"in an expected_evidence.csv of a case under {CASES / detector.id}, under the header "
        f"hit_id,ordinal,table,row_key,role and for every hit of that case: {detector.id}/<subject_id>, its place from "
        "1 on, the table, the row's key and the role"
    )
