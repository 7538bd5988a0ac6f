"""A few cars with the whole of their row in the ledger, value by value: what is not named is not known."""

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from graphkit.ledger import build_ledger
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

Row = dict[str, Any]


def told(records: dict[str, list[Row]], *spans: Span) -> Row:
    """The ledger's row of the car V, without what is null."""
    given = {"parties": [{"party_id": "D1", "roles": "dealer"}, {"party_id": "D2", "roles": "vendor;dealer"}]} | records
    tables = {}
    for name, table in TABLES.items():
        schema = table.loaded_schema()
        blank = dict.fromkeys(schema) | ({"vin": "V", "vin_check": "valid"} if table.has_vin else {})
        tables[name] = pl.DataFrame([blank | row for row in given.get(name, [])], schema=schema)
    lazy = {name: nw.from_native(frame.lazy()) for name, frame in tables.items()}
    built = build_ledger(lazy, Coverage(spans)).collect().to_native()
    (row,) = SHAPES["ledger"].canonical(built).to_dicts()
    return {column: value for column, value in row.items() if value is not None}


def on(month: int, day: int, year: int = 2024) -> date:
    return date(year, month, day)


STUB = {"vin": "V", "vin_check": "valid", "is_stub": True, "is_mid_life": False}
CAR = STUB | {"is_stub": False}


def test_an_ordinary_car() -> None:
    assert told({
        "vehicles": [{"manufacturer_id": "M1", "built_on": on(1, 10)}],
        "sales": [
            {"sale_id": "S1", "seller_id": "M1", "buyer_id": "D1", "kind": "wholesale", "invoiced_on": on(2, 1)},
            {"sale_id": "S2", "seller_id": "D1", "buyer_id": "P1", "kind": "retail", "invoiced_on": on(2, 28),
             "handed_over_on": on(3, 3)},
        ],
        "policies": [{"policy_id": "Q1", "insurer_id": "I1", "insured_id": "P1", "starts_on": on(3, 2),
                      "kind": "compulsory", "use": "private", "city": "甲市"}],
        "registrations": [{"registration_id": "G1", "owner_id": "P1", "city": "乙市", "plated_on": on(3, 5),
                           "event": "first", "use": "private"}],
        "odometer": [{"read_on": on(3, 5), "km": 12}, {"read_on": on(9, 1), "km": 4_000}],
    }) == CAR | {
        "manufacturer_id": "M1", "built_on": on(1, 10), "wholesaled_on": on(2, 1), "wholesaler_id": "M1",
        "dealer_id": "D1", "first_insured_on": on(3, 2), "first_insured_id": "P1", "first_insurer_id": "I1",
        "first_policy_id": "Q1", "first_policy_kind": "compulsory", "first_policy_use": "private",
        "first_policy_city": "甲市", "end_sale_on": on(2, 28), "end_seller_id": "D1", "end_buyer_id": "P1",
        "end_sale_id": "S2", "handed_over_on": on(3, 3), "first_registered_on": on(3, 5), "first_plated_on": on(3, 5),
        "first_owner_id": "P1", "first_registration_id": "G1", "first_event": "first", "plate_city": "乙市",
        "use": "private", "km_last": 4_000, "km_on": on(9, 1), "km_first_owner": 4_000, "km_first_owner_on": on(9, 1),
        "gap_insured_to_sold": -3, "gap_insured_to_plated": 3,
        "gap_sold_to_plated": 6,
    }  # fmt: skip


def test_a_car_that_its_dealer_insured_for_itself_passed_on_and_sold() -> None:
    sale = {"seller_id": "D1", "invoiced_on": on(3, 1)}
    assert told({
        "vehicles": [{"built_on": on(3, 2)}],
        "sales": [
            {"sale_id": "W1", "seller_id": "M1", "buyer_id": "D1", "kind": "wholesale", "invoiced_on": on(2, 1)},
            {"sale_id": "W2", "seller_id": "D1", "buyer_id": "D2", "kind": "swap", "invoiced_on": on(2, 9)},
            # to a dealer: no end sale; of the two others of the day the one without a number comes first
            sale | {"sale_id": "R0", "buyer_id": "D2", "kind": "retail", "sequence": 1},
            sale | {"sale_id": "R1", "buyer_id": "C1", "kind": "retail", "sequence": 2},
            sale | {"sale_id": "R2", "buyer_id": "C2", "kind": "retail"},
            sale | {"sale_id": "B1", "buyer_id": "C3", "kind": "resale", "invoiced_on": on(6, 1)},
        ],
        "policies": [
            # of one kind only, taken back before it began, and the one that counts
            {"policy_id": "Q1", "insured_id": "P1", "starts_on": on(2, 1), "kind": "voluntary"},
            {"policy_id": "Q2", "insured_id": "P2", "starts_on": on(2, 5), "cancelled_on": on(2, 4)},
            {"policy_id": "Q3", "insured_id": "D1", "starts_on": on(2, 20), "cancelled_on": on(2, 20)},
        ],
        "declared_stock": [
            {"holder_id": "D1", "status": "demo", "valid_from": on(2, 10), "valid_to": on(2, 20)},
            {"holder_id": "D2", "status": "display", "valid_from": on(2, 21)},
        ],
    }) == CAR | {
        "built_on": on(3, 2), "wholesaled_on": on(2, 1), "wholesaler_id": "M1", "dealer_id": "D1",
        "first_insured_on": on(2, 20), "first_insured_id": "D1", "first_policy_id": "Q3",
        "first_policy_cancelled_on": on(2, 20), "end_sale_on": on(3, 1), "end_seller_id": "D1", "end_buyer_id": "C2",
        "end_sale_id": "R2", "resold_on": on(6, 1), "declared_status": "demo", "declared_holder_id": "D1",
        "declared_from": on(2, 10), "declared_to": on(2, 20), "gap_insured_to_sold": 10,
        "violations": "insured_before_built;invoiced_before_built",
    }  # fmt: skip


def test_what_a_first_owner_drove_is_counted_from_its_plate_to_the_day_it_gave_the_car_up() -> None:
    plate = {"registration_id": "G1", "owner_id": "C1", "city": "甲市", "plated_on": on(3, 5), "event": "first"}
    policy = {"insured_id": "C1", "kind": "compulsory"}
    life = told({
        "vehicles": [{}],
        "sales": [{"sale_id": "S1", "seller_id": "D1", "buyer_id": "C1", "kind": "retail", "invoiced_on": on(3, 1)}],
        "policies": [policy | {"policy_id": "Q1", "starts_on": on(3, 4)},
                     # half a year after the plate, a day too early; of another; taken back
                     policy | {"policy_id": "Q2", "starts_on": on(9, 3)}, policy | {"policy_id": "Q3", "starts_on":
                     on(9, 4)}, policy | {"policy_id": "Q4", "insured_id": "C2", "starts_on": on(9, 4)},
                     policy | {"policy_id": "Q5", "starts_on": on(9, 4), "cancelled_on": on(9, 3)}],
        "registrations": [plate, plate | {"registration_id": "G2", "owner_id": "P1", "plated_on": on(8, 1),
                                          "event": "transfer"}],
        "odometer": [{"read_on": day, "km": km} for day, km in
                     ((on(2, 28), 30), (on(3, 1), 31), (on(3, 2), 40), (on(3, 5), 45), (on(8, 1), 140),
                      (on(8, 2), 999))],
    })  # fmt: skip
    assert (life["km_unsold"], life["km_unsold_on"]) == (31, on(3, 1))
    assert (life["km_first_owner"], life["km_first_owner_on"]) == (100, on(8, 1))
    assert life["renewed_on"] == on(9, 4)


def test_a_car_that_is_only_in_records_and_left_the_country() -> None:
    left = {"exporter_id": "E1", "declared_as": "used", "destination": "XX"}
    assert told({
        "registrations": [
            {"registration_id": "G2", "owner_id": "P2", "city": "乙市", "plated_on": on(4, 1), "event": "transfer"},
            {"registration_id": "G1", "owner_id": "P1", "city": "甲市", "plated_on": on(4, 1), "event": "first",
             "awaiting_export_on": on(5, 2), "deregistered_on": on(5, 9)},
        ],
        # the last reading was taken abroad
        "odometer": [{"read_on": on(5, day), "km": km} for day, km in ((1, 90), (20, 40), (21, 9))],
        "exports": [
            left | {"export_id": "X2", "cleared_on": on(5, 20), "maker_letter": True, "declared_as": "new"},
            left | {"export_id": "X1", "cleared_on": on(5, 20), "applied_on": on(3, 31), "maker_letter": False},
        ],
        "foreign_registrations": [{"country": "XX", "registered_on": on(7, 1)}, {"country": "AA", "registered_on":
                                   on(7, 1)}],
        "claims": [{"claim_id": "K1", "kind": "rebate", "claimed_on": on(8, 1)}],
        "listings": [{"listing_id": "L1", "listed_on": on(4, 30)}, {"listing_id": "L2", "listed_on": on(4, 20)}],
    }) == STUB | {
        "first_registered_on": on(4, 1), "first_plated_on": on(4, 1), "first_owner_id": "P1",
        "first_registration_id": "G1", "first_event": "first", "plate_city": "甲市", "deregistered_on": on(5, 9),
        "resold_on": on(4, 1), "listed_on": on(4, 20), "awaiting_export_on": on(5, 2), "applied_on": on(3, 31),
        "exported_on": on(5, 20), "export_id": "X1", "exporter_id": "E1", "declared_as": "used", "destination": "XX",
        "maker_letter": False, "foreign_registered_on": on(7, 1), "foreign_country": "AA", "claimed_on": on(8, 1),
        "km_last": 40, "km_on": on(5, 20), "km_unsold": 90, "km_unsold_on": on(5, 20), "gap_registered_to_exported": -1,
        "violations": "exported_before_registered;odometer_ran_back",
    }  # fmt: skip


@pytest.mark.parametrize(("first", "last", "event", "is_known"), [
    (on(1, 10), on(3, 1), None, True),
    (on(1, 11), on(3, 1), None, False),
    (on(1, 10), on(2, 29), None, False),
    (on(1, 10), on(3, 1), "transfer", False),
])  # fmt: skip
def test_a_plate_is_the_first_one_if_no_earlier_one_can_be_missing(
    first: date, last: date, event: str | None, is_known: bool
) -> None:
    plate = {"registration_id": "G1", "owner_id": "P1", "city": "甲市", "plated_on": on(3, 1), "event": event}
    row = told(
        {"vehicles": [{"built_on": on(1, 10)}], "registrations": [plate]},
        Span("registrations", first, last, complete=True),
    )
    assert row.get("first_registered_on") == (on(3, 1) if is_known else None)


@pytest.mark.parametrize(("seen_on", "is_mid_life"), [(on(3, 30), False), (on(3, 31), False), (on(4, 1), True)])
@pytest.mark.parametrize("record", ["policies", "wholesale", "retail"])
@pytest.mark.parametrize("stated", [on(3, 1), None])
def test_a_car_first_seen_more_than_thirty_days_after_its_registration_is_mid_life(
    seen_on: date, is_mid_life: bool, record: str, stated: date | None
) -> None:
    # the entry itself is of later where it states the first registration
    plate = {"registration_id": "G1", "city": "甲市", "plated_on": on(9, 1) if stated else on(3, 1),
             "first_registered_on": stated}  # fmt: skip
    records = {"registrations": [plate]} | (
        {"policies": [{"policy_id": "Q1", "starts_on": seen_on}]}
        if record == "policies"
        else {"sales": [{"sale_id": "S1", "kind": record, "invoiced_on": seen_on}]}
    )
    assert told(records)["is_mid_life"] == is_mid_life
