from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.detectors import DETECTORS as EVERY
from graphkit.restatement import restate
from graphkit.tables.outputs import SHAPES


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return SHAPES[name].canonical(pl.DataFrame(rows, schema=dict(SHAPES[name].schema)))


def car(vin: str, insured: date | None, sold: date | None, **more: Any) -> dict[str, Any]:
    return {
        "vin": vin, "manufacturer_id": "M1", "dealer_id": "D1", "first_insured_on": insured, "end_sale_on": sold,
        "first_policy_city": "临海", "plate_city": "Elsewhere", "is_mid_life": False,
    } | more  # fmt: skip


def hit(vin: str, detector: str, verdict: str = "flagged") -> dict[str, Any]:
    return {
        "hit_id": f"{detector}/{vin}", "detector": detector, "subject_kind": "vehicle", "subject_id": vin,
        "unit_id": f"unit of {detector}", "verdict": verdict,
    }  # fmt: skip


MAY, JULY = date(2024, 5, 20), date(2024, 7, 2)
CARS = [
    car("V1", MAY, MAY),
    car("V2", MAY, JULY),
    car("V3", MAY, JULY),
    car("V4", MAY, date(2024, 5, 31)),
    car("V5", MAY, None),
    car("V6", None, JULY, first_policy_city=None),
    car("V7", JULY, JULY, is_mid_life=True),
    car("V8", None, None),
]
DETECTORS = ("pre_insured", "related_party_sales", "circular_sales", "zero_mileage_export")
FINDINGS = [{"finding_id": f"f-{name}", "detector": name, "unit_id": f"unit of {name}"} for name in DETECTORS]


def restated(*hits: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, str]]]:
    tables = (shaped("ledger", CARS), shaped("hits", list(hits)), shaped("findings", FINDINGS))
    rows, vehicles = restate(EVERY, *tables)
    assert vehicles["vin"].n_unique() == vehicles.height
    assert rows.select(DETECTED).sum().row(0) == tuple((vehicles["deduction"] == name).sum() for name in DETECTED)
    by_vin = {row["vin"]: (row["deduction"], row["finding_id"]) for row in vehicles.iter_rows(named=True)}
    return {row["month"]: row for row in rows.iter_rows(named=True)}, by_vin


DETECTED = ("pre_insured", "related_party_absorbed", "returned", "zero_mileage_exported")


def test_a_car_is_reported_in_the_month_it_was_first_insured_or_invoiced() -> None:
    months, vehicles = restated()
    assert {month: row["reported"] for month, row in months.items()} == {"2024-05": 5, "2024-07": 1}
    assert (months["2024-05"]["city"], months["2024-07"]["city"]) == ("临海", "Elsewhere")
    assert months["2024-05"]["supportable_low"] == months["2024-05"]["supportable_high"] == 5
    assert not vehicles


@pytest.mark.parametrize("later", range(1, 4))
def test_a_car_is_taken_out_for_what_came_first_in_its_life(later: int) -> None:
    order = [
        ("pre_insured", "pre_insured"),
        ("related_party_sales", "related_party_absorbed"),
        ("circular_sales", "returned"),
        ("zero_mileage_export", "zero_mileage_exported"),
    ]
    for earlier in range(later):
        # whatever the order of hits and of the names of their units
        both = [hit("V5", order[at][0]) | {"unit_id": f"unit {9 - at}"} for at in (later, earlier)]
        for hits in (both, both[::-1]):
            vehicles = restate(EVERY, shaped("ledger", CARS), shaped("hits", hits), shaped("findings", []))[1]
            assert vehicles["deduction"].to_list() == [order[earlier][1]]


def test_a_finding_is_that_of_the_unit_and_of_the_detector() -> None:
    findings = [{"finding_id": f"f-{name}", "detector": name, "unit_id": "dealer_month/D1"} for name in DETECTORS]
    met = {"V2": "zero_mileage_export", "V5": "pre_insured"}
    hits = [hit(vin, name) | {"unit_id": "dealer_month/D1"} for vin, name in met.items()]
    vehicles = restate(EVERY, shaped("ledger", CARS), shaped("hits", hits), shaped("findings", findings))[1]
    assert dict(vehicles.select("vin", "finding_id").iter_rows()) == {vin: f"f-{name}" for vin, name in met.items()}


def test_each_car_is_subtracted_once_whatever_it_meets() -> None:
    months, vehicles = restated(
        hit("V2", "pre_insured"), hit("V2", "related_party_sales"), hit("V2", "zero_mileage_export"),
        hit("V1", "zero_mileage_export"), hit("V1", "related_party_sales"), hit("V3", "zero_mileage_export"),
        hit("V5", "zero_mileage_export"), hit("V5", "circular_sales"),
    )  # fmt: skip
    assert vehicles == {
        "V1": ("related_party_absorbed", "f-related_party_sales"),
        "V2": ("pre_insured", "f-pre_insured"),
        "V3": ("zero_mileage_exported", "f-zero_mileage_export"),
        "V5": ("returned", "f-circular_sales"),
    }
    row = months["2024-05"]
    assert [row[name] for name in ("reported", *DETECTED, "supportable_high")] == [5, 1, 1, 1, 1, 1]


def test_a_pre_insured_car_that_an_end_user_got_within_the_month_stays() -> None:
    months, vehicles = restated(hit("V4", "pre_insured"), hit("V5", "pre_insured"), hit("V3", "pre_insured"))
    assert set(vehicles) == {"V3", "V5"}
    assert months["2024-05"]["supportable_high"] == 3


LEFT = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("grade", "km", "read_on", "taken", "low"),
    [
        ("breach", 100, date(2026, 1, 1), 1, 0),
        ("breach", 101, date(2026, 1, 1), 0, 1),
        ("breach", 101, date(2025, 6, 1), 0, 1),
        ("breach", 100, date(2025, 12, 31), 0, 0),
        ("breach", None, None, 0, 0),
        # the practice has told the kilometres itself
        ("practice", None, None, 1, 0),
    ],
)
def test_a_breach_takes_out_a_car_that_nobody_used(
    grade: str, km: int | None, read_on: date | None, taken: int, low: int
) -> None:
    cars = [car("V1", MAY, MAY, exported_on=LEFT, km_last=km, km_on=read_on)]
    hits = [hit("V1", "zero_mileage_export") | {"grade": grade}]
    rows, vehicles = restate(EVERY, shaped("ledger", cars), shaped("hits", hits), shaped("findings", []))
    assert vehicles.height == taken
    assert rows.select("supportable_high", "supportable_low").row(0) == (1 - taken, low)


END, NEXT = date(2024, 5, 31), date(2024, 6, 1)


@pytest.mark.parametrize(
    ("days", "is_taken"),
    [
        ({"end_sale_on": END}, False),
        ({"end_sale_on": NEXT}, True),
        # handed over before the invoice is received too, and on the day of the policy
        ({"end_sale_on": NEXT, "handed_over_on": END}, False),
        ({"end_sale_on": None, "handed_over_on": END}, False),
        ({"end_sale_on": END, "handed_over_on": NEXT}, False),
        ({"end_sale_on": NEXT, "handed_over_on": NEXT}, True),
        ({"end_sale_on": None, "handed_over_on": None}, True),
    ],
)
def test_a_car_is_pre_insured_unless_somebody_had_it_by_the_end_of_the_month(
    days: dict[str, Any], is_taken: bool
) -> None:
    cars = [car("V1", MAY, None, **days)]
    _, vehicles = restate(
        EVERY, shaped("ledger", cars), shaped("hits", [hit("V1", "pre_insured")]), shaped("findings", [])
    )
    assert vehicles.height == is_taken


def test_a_car_of_which_it_is_not_known_whether_it_had_a_life_before_is_reported() -> None:
    cars = [car("V1", MAY, MAY, is_mid_life=None), car("V2", MAY, MAY, is_mid_life=True)]
    rows, _ = restate(EVERY, shaped("ledger", cars), shaped("hits", []), shaped("findings", []))
    assert rows["reported"].to_list() == [1]


def test_rows_are_by_maker_dealer_city_and_month_and_only_cars_are_taken_out() -> None:
    cars = [
        car("V1", MAY, None), car("V2", MAY, None, dealer_id="D2"), car("V3", MAY, None, manufacturer_id="M2"),
        car("V4", MAY, None, first_policy_city="台州"), car("V5", JULY, None), car("V6", MAY, None, dealer_id=None),
    ]  # fmt: skip
    party = hit("V1", "pre_insured") | {"subject_kind": "party"}
    rows, vehicles = restate(EVERY, shaped("ledger", cars), shaped("hits", [party]), shaped("findings", []))
    assert rows.select("maker_id", "dealer_id", "city", "month", "reported").sort(pl.all()).rows() == [
        ("M1", None, "临海", "2024-05", 1),
        ("M1", "D1", "临海", "2024-05", 1),
        ("M1", "D1", "临海", "2024-07", 1),
        ("M1", "D1", "台州", "2024-05", 1),
        ("M1", "D2", "临海", "2024-05", 1),
        ("M2", "D1", "临海", "2024-05", 1),
    ]
    assert vehicles.is_empty()


def test_undecidable_cars_lower_only_the_low_bound_and_only_once() -> None:
    months, vehicles = restated(
        hit("V2", "pre_insured", "indeterminate"), hit("V2", "related_party_sales", "indeterminate"),
        hit("V3", "pre_insured", "indeterminate"), hit("V3", "related_party_sales"),
        hit("V4", "pre_insured", "indeterminate"), hit("V5", "pre_insured", "explained"),
    )  # fmt: skip
    row = months["2024-05"]
    assert (row["supportable_low"], row["supportable_high"]) == (3, 4)
    assert vehicles == {"V3": ("related_party_absorbed", "f-related_party_sales")}


def test_hits_of_other_detectors_and_of_cars_never_booked_take_nothing_out() -> None:
    months, vehicles = restated(hit("V1", "insured_not_plated"), hit("V7", "pre_insured"), hit("V8", "pre_insured"))
    assert not vehicles and months["2024-05"]["supportable_low"] == 5
