"""Which promises of completeness the rows contradict, and which a table that is rare by nature does not."""

from datetime import date, timedelta

import polars as pl
import pytest

from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.promises import doubts, relied_on

FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
YEAR = Span("exports", FIRST, LAST, complete=True)


def exports(*days: int) -> dict[str, pl.DataFrame]:
    """Exports on days of 2024, counted from its first."""
    cleared = [FIRST + timedelta(days=day) for day in days]
    return {"exports": pl.DataFrame({"cleared_on": cleared}, schema={"cleared_on": pl.Date})}


def every(gap: int, until: int) -> dict[str, pl.DataFrame]:
    return exports(*range(0, until, gap))


def why(tables: dict[str, pl.DataFrame], span: Span = YEAR) -> list[str]:
    return [doubt.why for doubt in doubts(Coverage((span,)), tables)]


def test_a_table_without_a_row_or_with_none_in_its_days_is_asked_about() -> None:
    assert why(exports()) == ["the case has no row of it"]
    assert why(exports(*range(366, 376))) == ["no row of it lies in these days"]
    # so few rows show no rhythm
    assert why(exports(*range(366, 375))) == []


def test_rows_that_end_long_before_the_stated_end_are_asked_about_with_what_speaks_against_it() -> None:
    assert why(every(2, 300)) == ["its rows end on 2024-10-25, 67 days before, and were never more than 2 days apart"]


@pytest.mark.parametrize(("silent", "is_doubted"), [(30, False), (31, True)])
def test_a_month_of_silence_is_nothing(silent: int, is_doubted: bool) -> None:
    assert bool(why(every(1, 366 - silent))) == is_doubted


@pytest.mark.parametrize(("silent", "is_doubted"), [(60, False), (61, True)])
def test_a_table_that_was_as_silent_before_may_end_so(silent: int, is_doubted: bool) -> None:
    # twenty days without a row in spring: three times as long is the bound
    days = [day for day in range(366 - silent) if not 60 < day < 80]
    assert bool(why(exports(*days))) == is_doubted


def test_the_exports_of_a_small_town_end_early_by_nature() -> None:
    assert why(exports(3, 40, 44, 101, 102, 150, 163, 170, 201)) == []
    assert why(exports(3, 40, 44, 101, 102, 150, 163, 170, 201, 230, 231, 240)) == []


def test_only_what_is_stated_as_complete_and_not_confirmed_is_asked_about() -> None:
    assert why(exports(), Span("exports", FIRST, LAST)) == []
    assert why(exports(), Span("exports", FIRST, LAST, complete=True, confirmed=True)) == []


def test_what_is_doubted_is_not_complete_and_the_rest_stays() -> None:
    sold = Span("sales", FIRST, LAST, complete=True)
    coverage = Coverage((YEAR, sold))
    tables = exports() | {"sales": pl.DataFrame({"invoiced_on": [FIRST, LAST]})}
    relied = relied_on(coverage, doubts(coverage, tables))
    assert relied.complete_spans("exports") == [] and relied.complete_spans("sales") == [(FIRST, LAST)]
