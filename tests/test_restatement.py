from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def hit(vin: str, detector: str, verdict: str = "flagged", received_on: date | None = None) -> dict[str, Any]:
    return {
        "hit_id": f"{detector}/{vin}", "detector": detector, "subject_kind": "vehicle", "subject_id": vin,
        "unit_id": f"unit of {detector}", "verdict": verdict, "received_on": received_on,
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
ORDER = (
    ("pre_insured", "pre_insured"),
    ("related_party_sales", "related_party_absorbed"),
    ("shell_buyer", "bought_by_shell"),
    ("collusive_cluster", "traded_in_cluster"),
    ("circular_payments", "paid_in_circle"),
    ("circular_sales", "returned"),
    ("insured_not_plated", "never_plated"),
    ("zero_mileage_export", "zero_mileage_exported"),
)
DETECTORS, DETECTED = zip(*ORDER, strict=True)
FINDINGS = [{"finding_id": f"f-{name}", "detector": name, "unit_id": f"unit of {name}"} for name in DETECTORS]


def restated(*hits: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[str, str]]]:
    tables = (shaped("ledger", CARS), shaped("hits", list(hits)), shaped("findings", FINDINGS))
    rows, vehicles = restate(EVERY, *tables)
    out = vehicles.filter(pl.col("direction") == "out")
    assert out["vin"].n_unique() == out.height
    assert rows.select(DETECTED).sum().row(0) == tuple((out["deduction"] == name).sum() for name in DETECTED)
    by_vin = {row["vin"]: (row["deduction"], row["finding_id"]) for row in out.iter_rows(named=True)}
    return {row["month"]: row for row in months_of(rows).iter_rows(named=True)}, by_vin


def months_of(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("month").agg(pl.col("city").first(), pl.col(pl.Int64).sum()).sort("month")


def directions(vehicles: pl.DataFrame) -> list[tuple[str, str, str]]:
    return vehicles.select("vin", "month", "direction").rows()


def test_a_car_is_booked_in_the_month_it_was_first_insured_or_invoiced() -> None:
    months, vehicles = restated()
    assert {month: row["booked"] for month, row in months.items()} == {"2024-05": 5, "2024-07": 1}
    assert (months["2024-05"]["city"], months["2024-07"]["city"]) == ("临海", "Elsewhere")
    assert months["2024-05"]["supportable_low"] == months["2024-05"]["supportable_high"] == 5
    assert not vehicles


@pytest.mark.parametrize("later", range(1, 8))
def test_a_car_is_taken_out_for_what_came_first_in_its_life(later: int) -> None:
    for earlier in range(later):
        # whatever the order of hits and of the names of their units
        both = [hit("V5", ORDER[at][0]) | {"unit_id": f"unit {9 - at}"} for at in (later, earlier)]
        for hits in (both, both[::-1]):
            vehicles = restate(EVERY, shaped("ledger", CARS), shaped("hits", hits), shaped("findings", []))[1]
            assert vehicles["deduction"].to_list() == [ORDER[earlier][1]]


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
    assert [row[name] for name in ("booked", *DETECTED, "supportable_high")] == [5, 1, 1, 0, 0, 0, 1, 0, 1, 1]


def test_a_pre_insured_car_that_an_end_user_got_within_the_month_stays() -> None:
    months, vehicles = restated(
        hit("V4", "pre_insured", received_on=date(2024, 5, 31)), hit("V5", "pre_insured"),
        hit("V3", "pre_insured", received_on=JULY),
    )  # fmt: skip
    assert set(vehicles) == {"V3", "V5"}
    assert [months["2024-05"][name] for name in ("moved_in", "pre_insured", "supportable_high")] == [0, 2, 3]
    assert [months["2024-07"][name] for name in ("booked", "moved_in", "supportable_high")] == [1, 1, 2]


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
    assert directions(vehicles) == [("V1", "2024-05", "out")] * taken + [("V1", "2024-05", "open")] * (
        not taken and not low
    )
    assert rows.select("supportable_high", "supportable_low").row(0) == (1 - taken, low)


END, NEXT = date(2024, 5, 31), date(2024, 6, 1)


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize(
    ("received_on", "listed"),
    [
        (END, []),
        # June comes before the last booked month, so the car has a row to move to
        (NEXT, [("V1", "2024-05", "out"), ("V1", "2024-06", "in")]),
        (None, [("V1", "2024-05", "out")]),
    ],
)
def test_a_car_goes_to_the_month_in_which_an_end_user_got_it(
    detector: str, received_on: date | None, listed: list[tuple[str, str, str]]
) -> None:
    tables = (shaped("ledger", CARS), shaped("hits", [hit("V1", detector, received_on=received_on)]))
    rows, vehicles = restate(EVERY, *tables, shaped("findings", []))
    assert directions(vehicles) == listed
    by_month = {row["month"]: (row["booked"], row["moved_in"], row["supportable_high"]) for row in rows.to_dicts()}
    june = {"2024-06": (0, 1, 1)} if received_on == NEXT else {}
    assert by_month == {"2024-05": (5, 0, 5 - bool(listed)), "2024-07": (1, 0, 1)} | june
    moved = vehicles.filter(pl.col("direction") == "in")
    assert moved.select("maker_id", "dealer_id", "city").rows() == [("M1", "D1", "临海")] * moved.height


def test_a_car_moves_when_its_last_doubt_has_ended_and_never_while_one_is_left() -> None:
    hits = [
        hit("V1", "pre_insured", received_on=NEXT), hit("V1", "insured_not_plated", received_on=JULY),
        hit("V2", "pre_insured", received_on=JULY), hit("V2", "circular_sales"),
        # what is undecided keeps nobody from moving, but is open where the car then stands
        hit("V3", "pre_insured", received_on=JULY), hit("V3", "zero_mileage_export", "indeterminate"),
        hit("V4", "pre_insured", "indeterminate", JULY),
    ]  # fmt: skip
    rows, vehicles = restate(EVERY, shaped("ledger", CARS), shaped("hits", hits), shaped("findings", FINDINGS))
    assert vehicles.select("vin", "month", "direction", "deduction", "finding_id").rows() == [
        ("V1", "2024-05", "out", "pre_insured", "f-pre_insured"),
        ("V1", "2024-07", "in", "pre_insured", "f-pre_insured"),
        ("V2", "2024-05", "out", "pre_insured", "f-pre_insured"),
        ("V3", "2024-05", "out", "pre_insured", "f-pre_insured"),
        ("V3", "2024-07", "in", "pre_insured", "f-pre_insured"),
        ("V3", "2024-07", "open", "zero_mileage_exported", "f-zero_mileage_export"),
        ("V4", "2024-05", "open", "pre_insured", "f-pre_insured"),
    ]
    low_high = months_of(rows).select("month", "booked", "moved_in", "supportable_low", "supportable_high").rows()
    assert low_high == [("2024-05", 5, 0, 1, 2), ("2024-07", 1, 2, 2, 3)]


def test_a_car_that_was_sold_after_the_last_booked_month_is_a_total_of_its_own() -> None:
    hits = [
        hit("V1", "pre_insured", received_on=date(2024, 7, 31)),
        hit("V2", "pre_insured", received_on=date(2024, 8, 1)),
        hit("V2", "insured_not_plated", "indeterminate"),
    ]
    rows, vehicles = restate(EVERY, shaped("ledger", CARS), shaped("hits", hits), shaped("findings", []))
    assert directions(vehicles) == [
        ("V1", "2024-05", "out"), ("V1", "2024-07", "in"), ("V2", "2024-05", "out"), ("V2", "2024-08", "in"),
    ]  # fmt: skip
    numbers = (
        months_of(rows).select("month", "booked", "moved_in", "pre_insured", "supportable_low", "moved_beyond").rows()
    )
    assert numbers == [("2024-05", 5, 0, 2, 3, 1), ("2024-07", 1, 1, 0, 2, 0)]


def test_a_car_of_which_it_is_not_known_whether_it_had_a_life_before_is_booked() -> None:
    cars = [car("V1", MAY, MAY, is_mid_life=None), car("V2", MAY, MAY, is_mid_life=True)]
    rows, _ = restate(EVERY, shaped("ledger", cars), shaped("hits", []), shaped("findings", []))
    assert rows["booked"].to_list() == [1]


def test_rows_are_by_maker_dealer_city_and_month_and_only_cars_are_taken_out() -> None:
    cars = [
        car("V1", MAY, None), car("V2", MAY, None, dealer_id="D2"), car("V3", MAY, None, manufacturer_id="M2"),
        car("V4", MAY, None, first_policy_city="台州"), car("V5", JULY, None), car("V6", MAY, None, dealer_id=None),
    ]  # fmt: skip
    party = hit("V1", "pre_insured") | {"subject_kind": "party"}
    rows, vehicles = restate(EVERY, shaped("ledger", cars), shaped("hits", [party]), shaped("findings", []))
    assert rows.select("maker_id", "dealer_id", "city", "month", "booked").sort(pl.all()).rows() == [
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
        hit("V4", "pre_insured", "indeterminate", date(2024, 5, 31)), hit("V5", "pre_insured", "explained"),
    )  # fmt: skip
    row = months["2024-05"]
    assert (row["supportable_low"], row["supportable_high"]) == (3, 4)
    assert vehicles == {"V3": ("related_party_absorbed", "f-related_party_sales")}


def test_a_detector_on_trial_takes_nothing_out() -> None:
    hits = shaped(
        "hits", [hit("V2", "pre_insured"), hit("V3", "pre_insured", "indeterminate"), hit("V5", "shell_buyer")]
    )
    on_trial = [replace(item, status="experimental") if item.id == "pre_insured" else item for item in EVERY]
    rows, vehicles = restate(on_trial, shaped("ledger", CARS), hits, shaped("findings", FINDINGS))
    assert vehicles.select("vin", "deduction", "direction").rows() == [("V5", "bought_by_shell", "out")]
    assert months_of(rows).select("month", "supportable_low", "supportable_high").rows() == [
        ("2024-05", 4, 4), ("2024-07", 1, 1),
    ]  # fmt: skip


def test_a_breach_of_a_rule_that_asks_nothing_of_its_use_takes_the_car_out_whatever_it_drove() -> None:
    asks = {item.id for item in EVERY if item.deduction and item.deduction.unused}
    for detector in set(DETECTORS) - asks:
        assert restated(hit("V5", detector) | {"grade": "breach"})[1].keys() == {"V5"}


def test_of_two_units_of_one_detector_the_first_names_the_finding() -> None:
    units = [hit("V5", "pre_insured") | {"unit_id": f"unit {number}"} for number in (3, 1, 2)]
    findings = [
        {"finding_id": f"f {one['unit_id']}", "detector": "pre_insured", "unit_id": one["unit_id"]} for one in units
    ]
    for hits in (units, units[::-1]):
        vehicles = restate(EVERY, shaped("ledger", CARS), shaped("hits", hits), shaped("findings", findings))[1]
        assert vehicles["finding_id"].to_list() == ["f unit 1"]


def test_hits_on_cars_never_booked_take_nothing_out() -> None:
    months, vehicles = restated(hit("V7", "pre_insured"), hit("V8", "pre_insured"))
    assert not vehicles and months["2024-05"]["supportable_low"] == 5


def plain(cars: list[dict[str, Any]], hits: list[dict[str, Any]]) -> tuple[Counter[Any], set[Any]]:
    """The restatement read car by car: a counter by row and number, and the cars with month and direction."""
    counts: Counter[Any] = Counter()
    listed = set()
    booked_on = {
        one["vin"]: min(days)
        for one in cars
        if (days := [day for day in (one["first_insured_on"], one["end_sale_on"]) if day]) and not one["is_mid_life"]
    }
    last = max(f"{day:%Y-%m}" for day in booked_on.values())
    for one in cars:
        if one["vin"] not in booked_on:
            continue
        month = f"{booked_on[one['vin']]:%Y-%m}"
        row = (one["manufacturer_id"], one["dealer_id"], one["first_policy_city"])
        counts[*row, month, "booked"] += 1
        asked = [
            met
            for met in hits
            if met["subject_id"] == one["vin"] and not (met["received_on"] and f"{met['received_on']:%Y-%m}" <= month)
        ]
        told = [met for met in asked if met["verdict"] == "flagged"]
        stands = month
        if told:
            column = dict(ORDER)[min(told, key=lambda met: DETECTORS.index(met["detector"]))["detector"]]
            counts[*row, month, column] += 1
            listed.add((one["vin"], month, "out"))
            days = [met["received_on"] for met in told]
            stands = "" if None in days else f"{max(days):%Y-%m}"
            if stands:
                listed.add((one["vin"], stands, "in"))
                counts[(*row, stands, "moved_in") if stands <= last else (*row, month, "moved_beyond")] += 1
        if stands and stands <= last and any(met["verdict"] == "indeterminate" for met in asked):
            listed.add((one["vin"], stands, "open"))
            counts[*row, stands, "open"] += 1
    return counts, listed


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.data())
def test_every_number_is_to_the_car_whatever_findings_overlap(data: st.DataObject) -> None:
    days = st.dates(date(2024, 1, 1), date(2024, 6, 30))
    cars = [
        car(
            f"V{number}", data.draw(st.none() | days), data.draw(days),
            dealer_id=data.draw(st.sampled_from(["D1", "D2", None])),
            first_policy_city=data.draw(st.sampled_from(["临海", "台州"])),
            is_mid_life=data.draw(st.booleans()) and number > 0,
        )
        for number in range(data.draw(st.integers(1, 12)))
    ]  # fmt: skip
    verdicts = st.sampled_from(["flagged", "flagged", "indeterminate", "explained"])
    hits = [
        hit(one["vin"], name, data.draw(verdicts), data.draw(st.none() | st.dates(date(2024, 1, 1), date(2024, 9, 30))))
        for one in cars
        for name in data.draw(st.lists(st.sampled_from(DETECTORS), max_size=4, unique=True))
    ]
    counts, listed = plain(cars, hits)
    rows, vehicles = restate(EVERY, shaped("ledger", cars), shaped("hits", hits), shaped("findings", []))
    assert sorted(directions(vehicles)) == sorted(listed)
    assert rows.height == len({key[:4] for key in counts if key[4] != "moved_beyond"})
    for row in rows.iter_rows(named=True):
        key = (row["maker_id"], row["dealer_id"], row["city"], row["month"])
        numbers = ("booked", "moved_in", "moved_beyond", *DETECTED)
        assert {name: row[name] for name in numbers} == {name: counts[*key, name] for name in numbers}
        assert row["supportable_high"] == row["booked"] + row["moved_in"] - sum(row[name] for name in DETECTED)
        assert row["supportable_low"] == row["supportable_high"] - counts[*key, "open"]
    out, moved = ({vin for vin, _, way in listed if way == direction} for direction in ("out", "in"))
    never_sold_here = len(out - moved) + rows["moved_beyond"].sum()
    assert rows["booked"].sum() - rows["supportable_high"].sum() == never_sold_here
