"""What a case is told to hold, on rows that can be counted by eye."""

from datetime import date
from typing import Any

import polars as pl

from graphkit.case.checking import Check, check_case
from graphkit.case.deciding import undecidable
from graphkit.case.settings import Settings
from graphkit.case.source_entry import SourceEntry
from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.tables.quarantine import QUARANTINE_SCHEMA

NOTHING = pl.DataFrame(schema={"kind": pl.String, "id": pl.String})
NO_ROWS = {name: table.empty() for name, table in TABLES.items()}
FOUND = dict.fromkeys(("table", "from_id", "to_id", "reason", "source_id"), pl.String) | {"line": pl.Int64}


def source(letter: str, name: str, table: str) -> SourceEntry:
    columns = {one: one for one in TABLES[table].required}
    return SourceEntry(source_id=letter * 64, name=name, table=table, columns=columns)


SETTINGS = Settings(
    name="harbour",
    source=(source("b", "two.csv", "sales"), source("a", "one.csv", "sales"), source("c", "holders.csv", "ownership")),
).model_copy(update={"coverage": (Span("sales", date(2024, 1, 1), date(2024, 12, 31), complete=True),)})


def loaded(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def checked(
    tables: dict[str, pl.DataFrame] | None = None,
    quarantine: dict[str, pl.DataFrame] | None = None,
    stubs: pl.DataFrame = NOTHING,
    contradictions: pl.DataFrame | None = None,
) -> Check:
    found = pl.DataFrame(schema=FOUND) if contradictions is None else contradictions
    unread, decided = SHAPES["unread_cells"].empty(), undecidable(NO_ROWS)
    return check_case(SETTINGS, NO_ROWS | (tables or {}), quarantine or {}, unread, {}, stubs, found, decided, [])


def refused(*rows: tuple[str, str, int, str], table: str = "sales") -> pl.DataFrame:
    facts = [
        {"table": table, "reason": why, "name": file, "line": line, "text": text} for why, file, line, text in rows
    ]
    return pl.DataFrame(facts, schema=dict(QUARANTINE_SCHEMA))


def test_each_table_of_which_there_are_files_is_told_with_its_rows_and_those_refused() -> None:
    sold = loaded("sales", {"sale_id": "S1"}, {"sale_id": "S2"})
    lost = refused(("bad date", "one.csv", 3, "x"))
    # rows without a file are not of the case
    told = checked({"sales": sold, "vehicles": loaded("vehicles", {"vin": "V"})}, {"sales": lost}).loaded
    assert told.to_numpy().tolist() == [["ownership", 1, 0, 0], ["sales", 2, 2, 1]]


def test_what_was_refused_is_counted_by_reason_the_most_frequent_first_with_the_first_line() -> None:
    lost = refused(
        ("bad date", "two.csv", 2, "a"), ("no VIN", "two.csv", 9, "b"), ("bad date", "one.csv", 7, "c"),
        ("bad date", "one.csv", 5, "d"), ("a share", "one.csv", 4, "e"),
    )  # fmt: skip
    other = refused(("no name", "holders.csv", 2, "f"), table="ownership")
    assert checked(quarantine={"sales": lost, "ownership": other}).quarantined.to_numpy().tolist() == [
        ["ownership", "no name", 1, "holders.csv", 2],
        ["sales", "bad date", 3, "one.csv", 5],
        ["sales", "a share", 1, "one.csv", 4],
        ["sales", "no VIN", 1, "two.csv", 9],
    ]


def test_faults_of_one_pattern_are_one_line_with_an_example() -> None:
    lost = refused(
        *((f"invoiced_on: '{number}/13' is not a date", "one.csv", number, "x") for number in range(3, 203)),
        ("invoiced_on: '7' is not a date; vin: 'it's' is not a VIN", "one.csv", 300, "x"),
        ("price: '7' is not a number", "one.csv", 301, "x"),
    )
    assert checked(quarantine={"sales": lost}).quarantined.to_numpy().tolist() == [
        ["sales", "invoiced_on: '3/13' is not a date (and so 199 other texts)", 200, "one.csv", 3],
        ["sales", "invoiced_on: '7' is not a date; vin: 'it's' is not a VIN", 1, "one.csv", 300],
        ["sales", "price: '7' is not a number", 1, "one.csv", 301],
    ]


def test_holdings_over_the_whole_are_all_told_and_one_line_of_the_page() -> None:
    rows = [("ownership", f"P{n}", "D1", f"held {n} %", "c" * 64, n) for n in range(101, 301)]
    told = checked(contradictions=pl.DataFrame(rows, schema=FOUND, orient="row"))
    assert len(told.contradictions) == 200
    (line,) = [line for line in str(told).splitlines() if "held" in line]
    assert " ".join(line.split()) == "ownership held 101 % (and so 199 other texts) 200 P101 D1 holders.csv 101"


def test_what_no_file_defines_is_counted_with_the_first_five_ids() -> None:
    rows = [("vehicle", "V1"), *(("party", f"P{number}") for number in (6, 2, 5, 1, 4, 3))]
    stubs = pl.DataFrame(rows, schema=NOTHING.schema, orient="row")
    assert checked(stubs=stubs).stubs.to_numpy().tolist() == [["party", 6, "P1, P2, P3, P4, P5"], ["vehicle", 1, "V1"]]


def test_a_register_row_that_cannot_be_is_told_with_its_file_and_line() -> None:
    rows = [("ownership", "P1", "D1", "over the whole", "c" * 64, 4), ("ownership", "P2", "D1", "to itself", "gone", 5)]
    told = checked(contradictions=pl.DataFrame(rows, schema=FOUND, orient="row")).contradictions
    assert list(told.columns) == ["table", "from_id", "to_id", "reason", "file", "line"]
    assert told.astype(object).where(told.notna(), None).to_numpy().tolist() == [
        ["ownership", "P1", "D1", "over the whole", "holders.csv", 4],
        ["ownership", "P2", "D1", "to itself", None, 5],
    ]


def test_the_page_of_a_check_has_every_part_under_its_heading() -> None:
    told = checked(quarantine={"sales": refused(("bad date", "one.csv", 3, "x"))})
    parts = str(told).split("\n\n")
    assert [part.split("\n")[0].split(" (")[0] for part in parts] == [
        "Loaded", "Quarantined, and why", "Cells not read, in rows that are loaded without them",
        "Lines that are no data", "Referred to but not defined", "Register rows that cannot be as they stand",
        "What each detector will decide", "What the undecided cars lack, what decides most first", "Coverage",
    ]  # fmt: skip
    assert all(parts[place].endswith("\nnone") for place in (2, 3, 4, 7)) and "one.csv" in parts[1]
    assert told.coverage[["table", "from", "to", "complete"]].to_numpy().tolist() == [
        ["sales", pl.Series([date(2024, 1, 1)]).to_pandas()[0], pl.Series([date(2024, 12, 31)]).to_pandas()[0], True]
    ]
