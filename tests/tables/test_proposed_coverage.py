"""Coverage is proposed of all tables together, of what files state, and not beyond where a table stops dead."""

from datetime import date, timedelta

import polars as pl
import pytest

from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.proposed_coverage import Extract, propose

FIRST, LAST = date(2024, 1, 5), date(2024, 12, 30)
YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def daily(first: date, last: date, times: int = 1) -> list[date]:
    return [first + timedelta(days=day) for day in range((last - first).days + 1) for _ in range(times)]


def spans(tables: dict[str, pl.DataFrame], *extracts: Extract) -> dict[str, tuple[date | None, date | None]]:
    return {span.table: (span.first, span.last) for span in propose(tables, extracts)}


def sales(*sources: tuple[str, list[date]]) -> dict[str, pl.DataFrame]:
    rows = [(source, day) for source, days in sources for day in days]
    return {"sales": pl.DataFrame(rows, schema=["source_id", "invoiced_on"], orient="row")}


def test_dated_tables_span_the_days_of_all_and_registers_stand_as_of_the_last() -> None:
    tables = {name: table.empty() for name, table in TABLES.items()}
    tables["odometer"] = pl.DataFrame({"read_on": [FIRST]})
    tables["sales"] = pl.DataFrame({"invoiced_on": [LAST]})
    tables["kinship"] = pl.DataFrame({"person_id": ["P1"]})
    assert set(propose(tables)) == {
        Span("odometer", FIRST, LAST),
        Span("sales", FIRST, LAST),
        Span("kinship", as_of=LAST),
    }


def test_every_register_that_has_rows_gets_a_day_and_no_other_table_does() -> None:
    rows = {name: pl.DataFrame({"row_key": ["1"]}) for name, table in TABLES.items() if not table.dated}
    proposed = propose(rows | {"sales": pl.DataFrame({"invoiced_on": [LAST]})})
    registers = {span.table for span in proposed if span.as_of == LAST}
    assert registers == {"parties", "ownership", "positions", "kinship", "control_agreements"}
    assert {span.table for span in proposed} == {*registers, "sales"}


def test_nothing_dated_gives_no_span() -> None:
    assert propose({"kinship": pl.DataFrame({"person_id": ["P1"]})}) == ()


def test_a_table_that_stops_dead_is_proposed_to_its_own_end_and_one_that_fades_out_to_the_end_of_all() -> None:
    later = date(2025, 3, 30)
    fading = [*daily(date(2023, 1, 1), date(2024, 12, 31)), date(2025, 1, 20), date(2025, 2, 19)]
    tables = {
        "policies": pl.DataFrame({"starts_on": daily(*YEAR, times=3)}),
        "registrations": pl.DataFrame({"plated_on": fading}),
        "declared_stock": pl.DataFrame({"valid_from": [date(2024, 2, 1), date(2024, 6, 1)]}),
        "odometer": pl.DataFrame({"read_on": [later]}),
    }
    assert spans(tables) == {
        "policies": YEAR,
        "registrations": (date(2023, 1, 1), later),
        "declared_stock": (date(2023, 1, 1), later),
        "odometer": (date(2023, 1, 1), later),
    }


def test_a_slip_of_the_pen_moves_no_other_table() -> None:
    tables = {
        "policies": pl.DataFrame({"starts_on": [*daily(*YEAR), date(2042, 1, 1)]}),
        "odometer": pl.DataFrame({"read_on": [FIRST]}),
    }
    assert spans(tables)["odometer"] == YEAR


def test_the_period_that_a_file_states_is_proposed_where_its_rows_lie_within() -> None:
    asked = Extract("sales", "a", YEAR)
    assert spans(sales(("a", [FIRST, LAST])), asked) == {"sales": YEAR}
    assert spans(sales(("a", [FIRST, date(2025, 2, 1)])), asked) == {"sales": (FIRST, date(2025, 2, 1))}
    # a few rows beside the period do not speak against it
    assert spans(sales(("a", [*daily(*YEAR), date(2025, 1, 1)])), asked) == {"sales": YEAR}
    # a period of a file without rows says nothing of those of another
    assert spans(sales(("b", [FIRST, LAST])), asked) == {"sales": (FIRST, LAST)}


def test_periods_of_several_files_are_one_where_they_meet_and_two_where_a_gap_is_between() -> None:
    half = (date(2024, 1, 1), date(2024, 6, 30)), (date(2024, 7, 1), date(2024, 12, 31))
    tables = sales(("a", [date(2024, 2, 1)]), ("b", [date(2024, 8, 1)]))
    found = propose(tables, [Extract("sales", "a", half[0]), Extract("sales", "b", half[1])])
    assert [(span.first, span.last) for span in found] == [YEAR]
    later = (date(2024, 7, 2), date(2024, 12, 31))
    found = propose(tables, [Extract("sales", "a", half[0]), Extract("sales", "b", later)])
    assert [(span.first, span.last) for span in found] == [half[0], later]


@pytest.mark.parametrize(
    ("days", "last"), [(daily(date(2024, 7, 1), LAST), LAST), ([FIRST, date(2024, 5, 1)], date(2024, 6, 30))]
)
def test_a_file_that_states_nothing_adds_its_days_only_where_most_lie_elsewhere(days: list[date], last: date) -> None:
    half = Extract("sales", "a", (date(2024, 1, 1), date(2024, 6, 30)))
    found = propose(sales(("a", [FIRST]), ("b", days)), [half])
    assert (found[0].first, found[-1].last) == (date(2024, 1, 1), last)


def test_a_register_stands_as_of_the_latest_day_that_its_files_state() -> None:
    drawn = date(2025, 1, 10)
    tables = {"sales": pl.DataFrame({"invoiced_on": [date(2025, 3, 1)]})}
    registers = {name: pl.DataFrame({"source_id": ["a"]}) for name in ("parties", "ownership")}
    found = propose(tables | registers, [Extract("parties", "a", drawn_on=drawn)])
    assert {span.table: span.as_of for span in found if span.as_of} == {
        "parties": drawn,
        "ownership": date(2025, 3, 1),
    }
