"""What makers reported beside our own counts, on books small enough to count by hand."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.reported import beside_reported
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.tables.periods import days_of

APRIL, MAY, JUNE = date(2024, 4, 30), date(2024, 5, 1), date(2024, 6, 1)


def car(vin: str, insured: date | None, sold: date | None, **more: Any) -> dict[str, Any]:
    return {
        "vin": vin, "manufacturer_id": "M1", "first_insured_on": insured, "end_sale_on": sold,
        "first_policy_city": "临海", "is_mid_life": False,
    } | more  # fmt: skip


CARS = [
    car("V1", MAY, MAY),
    car("V2", date(2024, 5, 31), JUNE),
    car("V3", APRIL, MAY, first_policy_city="台州"),
    car("V4", None, MAY, first_policy_city=None, plate_city="台州"),
    car("V5", MAY, MAY, is_mid_life=True),
    car("V6", MAY, MAY, manufacturer_id="M2"),
    # nobody knows whether it had a life before, and nobody has the other yet
    car("V7", MAY, None, manufacturer_id="M3", is_mid_life=None),
    car("V8", None, None, manufacturer_id="M4"),
]
YEAR = (date(2024, 1, 1), date(2024, 12, 31))
COMPLETE = Coverage(tuple(Span(table, *YEAR, complete=True) for table in ("policies", "sales")))


def report(**more: Any) -> dict[str, Any]:
    return {
        "reporter_id": "M1", "subject_id": "M1", "period": "2024-05", "series": "insured", "statistic": "total",
        "units": 5.0,
    } | more  # fmt: skip


def beside(*reports: dict[str, Any], coverage: Coverage = COMPLETE) -> list[dict[str, Any]]:
    counts = pl.DataFrame(reports, schema=TABLES["reported_counts"].loaded_schema())
    ledger = SHAPES["ledger"].canonical(pl.DataFrame(CARS, schema=dict(SHAPES["ledger"].schema)))
    return beside_reported(counts, ledger, coverage).to_dicts()


@pytest.mark.parametrize(
    ("told", "counted", "booked"),
    [
        # insured counts first policies, retail first invoices to end users; booked is the earlier of both
        ({}, 2, 3),
        ({"series": "retail"}, 3, 3),
        ({"statistic": None}, 2, 3),
        ({"city": "临海"}, 2, 2),
        ({"city": "台州"}, 0, 1),
        ({"city": "台州", "series": "retail"}, 2, 1),
        ({"period": "2024-04"}, 1, 1),
        ({"period": "2024-04/2024-05"}, 3, 4),
        ({"period": "2024"}, 3, 4),
        ({"period": "2024", "series": "retail"}, 4, 4),
    ],
)
def test_a_total_stands_beside_the_cars_of_its_series_period_and_city(
    told: dict[str, Any], counted: int, booked: int
) -> None:
    (row,) = beside(report(**told))
    assert (row["counted"], row["booked"], row["difference_low"]) == (counted, booked, 5 - counted)
    assert (row["maker_id"], row["missing"]) == ("M1", None)


@pytest.mark.parametrize(("maker", "counted"), [("M2", 1), ("M3", 1), ("M4", 0)])
def test_a_car_of_which_no_life_before_is_known_counts_and_a_maker_without_any_sold_is_told_so(
    maker: str, counted: int
) -> None:
    (row,) = beside(report(reporter_id=maker, subject_id=maker))
    assert (row["maker_id"], row["counted"], row["booked"], row["difference_low"]) == (
        maker,
        counted,
        counted,
        5 - counted,
    )


def test_a_range_keeps_both_ends() -> None:
    (row,) = beside(report(units=1.0, units_high=4.0))
    numbers = ("reported_low", "reported_high", "difference_low", "difference_high")
    assert [row[name] for name in numbers] == [1, 4, -1, 2]


@pytest.mark.parametrize(
    "told",
    [
        {"series": "wholesale"}, {"series": "exported"}, {"statistic": "monthly_mean"}, {"units": None},
        {"reporter_id": "A1"}, {"reporter_id": "M9", "subject_id": "M9"},
    ],
)  # fmt: skip
def test_what_is_no_total_of_end_users_by_the_maker_itself_stands_beside_nothing(told: dict[str, Any]) -> None:
    assert beside(report(**told)) == []


@pytest.mark.parametrize(
    ("table", "first", "last", "is_told"),
    [
        ("policies", date(2024, 5, 1), date(2024, 5, 31), True),
        ("policies", date(2024, 5, 2), date(2024, 5, 31), False),
        ("policies", date(2024, 5, 1), date(2024, 5, 30), False),
        ("sales", date(2024, 5, 1), date(2024, 5, 31), False),
    ],
)
def test_a_difference_is_told_only_where_the_records_hold_the_whole_period(
    table: str, first: date, last: date, is_told: bool
) -> None:
    (row,) = beside(report(), coverage=Coverage((Span(table, first, last, complete=True),)))
    assert (row["difference_low"], row["difference_high"]) == ((3, 3) if is_told else (None, None))
    assert row["missing"] == (None if is_told else "policies complete nationwide from 2024-05-01 to 2024-05-31")
    assert (row["counted"], row["booked"]) == (2, 3)


def test_a_period_is_a_year_a_month_or_months_from_and_to() -> None:
    assert days_of("2024") == YEAR
    assert days_of("2023-02") == (date(2023, 2, 1), date(2023, 2, 28))
    assert days_of("2023-11/2024-02") == (date(2023, 11, 1), date(2024, 2, 29))
    assert days_of("2023/2024-03") == (date(2023, 1, 1), date(2024, 3, 31))
