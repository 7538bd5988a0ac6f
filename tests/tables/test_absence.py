"""Absence: which cars a row that was not loaded, or is misspelt, may be about."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.tables.absence import shadows
from graphkit.tables.inputs import TABLES
from graphkit.tables.quarantine import IDENTICAL, QUARANTINE_SCHEMA, vin_in_text
from graphkit.tables.stubs import vehicle_stubs

GOOD = ["LMVAA1AAXRA000001", "LMVAA1AA1RA000002", "LZZBB2BB5SB777777", "WMVAA1AA0RA000009"]
VEHICLES = pl.DataFrame({"vin": GOOD, "vin_check": ["valid", "valid", "valid", "not_applicable"]})


def quarantined(*vins: str | None, reason: str = "price: is wrong") -> pl.DataFrame:
    rows = [{"source_id": "s1", "line": line, "vin": vin, "reason": reason} for line, vin in enumerate(vins, start=2)]
    return pl.DataFrame(rows, schema=dict(QUARANTINE_SCHEMA))


def shadowed(*vins: str | None, table: str = "registrations") -> set[str]:
    found = shadows({"vehicles": VEHICLES}, {table: quarantined(*vins)})
    assert set(found["table"]) <= {table}
    return set(found["vin"])


@pytest.mark.parametrize(
    ("read", "cars"),
    [
        ("LZZBB2BB5SB777777", {"LZZBB2BB5SB777777"}),
        ("LMVAA1AAXRA000001", {"LMVAA1AAXRA000001"}),
        ("WMVAA1AA0RA000008", set()),
        ("LZZBB2BB5SB777778", {"LZZBB2BB5SB777777"}),
        ("LZZBB2BB5SB777O7O", {"LZZBB2BB5SB777777"}),
        ("LZZBB2BB5SB77O7OO", set()),
        ("LZZBB2BB5SB77777", {"LZZBB2BB5SB777777"}),
        ("LZZBB2BB5SB7777", {"LZZBB2BB5SB777777"}),
        ("LZZBB2BB5SB777", {"*"}),
        ("ZZBB2BB5SB777777", {"LZZBB2BB5SB777777"}),
        ("LZZBB2B5SB777777", {"LZZBB2BB5SB777777"}),
        ("LZZBB2BB5SB777777X", {"LZZBB2BB5SB777777"}),
        ("XXLZZBB2BB5SB777777", {"LZZBB2BB5SB777777"}),
        ("XXXLZZBB2BB5SB777777", {"*"}),
        ("LMVAA1AA5RA000002", {"LMVAA1AA1RA000002", "LMVAA1AAXRA000001"}),
        (None, {"*"}),
        ("UNKNOWN", {"*"}),
        # as long as a VIN, but without a digit it is no VIN
        ("NOTYETREGISTERED", {"*"}),
    ],
)
def test_a_quarantined_row_shadows_the_cars_that_it_may_be(read: str | None, cars: set[str]) -> None:
    assert shadowed(read) == cars


@pytest.mark.parametrize(
    ("torn", "cars"),
    [
        (f"S1,{GOOD[0]},x", {GOOD[0]}),
        (f"S1,{GOOD[0]},{GOOD[0].lower()}", {GOOD[0]}),
        # of two cars nobody knows which one the row is about
        (f"S1,{GOOD[0]},{GOOD[1]}", {"*"}),
        (f"12345678901234567,{GOOD[0]}", {GOOD[0]}),
        ("12345678901234567,x", {"*"}),
    ],
)
def test_a_record_without_cells_shadows_the_one_car_that_its_text_names_else_every_car(
    torn: str, cars: set[str]
) -> None:
    vin = pl.select(vin_in_text(pl.lit(torn))).item()
    assert shadowed(vin) == cars


def test_an_identical_copy_of_a_loaded_row_shadows_nothing() -> None:
    lost = quarantined(None, GOOD[0], reason=IDENTICAL)
    assert shadows({"vehicles": VEHICLES}, {"sales": lost}).is_empty()


def test_every_table_read_for_absence_is_looked_at_and_no_other() -> None:
    read = {"registrations", "sales", "policies", "exports", "declared_stock"}
    lost = {name: quarantined(GOOD[0]) for name in TABLES}
    assert set(shadows({"vehicles": VEHICLES}, lost)["table"]) == read


def test_a_misspelt_orphan_shadows_the_cars_near_it_and_a_shared_or_valid_one_none() -> None:
    typo, shared = "LZZBB2BB5SB777778", "LMVAA1AA5RA000001"
    tables = {
        "vehicles": VEHICLES,
        "sales": pl.DataFrame({"vin": [GOOD[0], shared], "vin_check": ["valid", "invalid"]}),
        "policies": pl.DataFrame({"vin": [typo, shared], "vin_check": ["invalid", "invalid"]}),
    }
    found = shadows(tables, {})
    assert found.select("table", "vin").rows() == [("policies", "LZZBB2BB5SB777777")]
    assert typo in found["reason"][0]


letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@pytest.mark.no_cover
@given(
    vin=st.sampled_from(GOOD[:3]), places=st.lists(st.tuples(st.integers(0, 16), st.sampled_from(letters)), max_size=4)
)
@settings(derandomize=True, deadline=None, max_examples=80)
def test_two_typos_anywhere_are_found_and_three_are_not(vin: str, places: list[tuple[int, str]]) -> None:
    read = list(vin)
    for place, letter in places:
        read[place] = letter
    # an O makes the text misspelt whatever its check digit is
    read[0] = "O"
    wrong = sum(left != right for left, right in zip(read, vin, strict=True))
    assert (vin in shadowed("".join(read))) == (wrong <= 2)


def test_vehicles_that_no_vehicle_file_defines_are_listed_with_their_tables() -> None:
    tables = {
        "vehicles": VEHICLES.head(1),
        "sales": pl.DataFrame({"vin": [GOOD[1], GOOD[0], GOOD[1]]}),
        "policies": pl.DataFrame({"vin": [GOOD[1], GOOD[2]]}).lazy(),
    }
    assert vehicle_stubs(tables).rows() == [(GOOD[1], "policies;sales"), (GOOD[2], "policies")]
