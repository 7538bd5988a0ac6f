"""The life of a simulated car is one that a car can have: each step from who has it, and in the order of days."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import polars as pl
import pytest

from graphkit.simulate import simulate

Tables = Mapping[str, pl.DataFrame]

IN_ORDER = [
    ("policies", ["issued_on", "starts_on", "ends_on"]),
    ("policies", ["starts_on", "cancelled_on"]),
    ("registrations", ["first_registered_on", "plated_on", "awaiting_export_on", "deregistered_on"]),
    ("exports", ["applied_on", "licensed_on", "cleared_on"]),
    ("declared_stock", ["valid_from", "valid_to"]),
]
"""Days of one row that never come the other way round; those that are not known are passed over."""


@pytest.fixture(scope="module")
def tables() -> Tables:
    """With one id for the buyer that has two."""
    found = simulate(seed=5, scale=0.03).tables
    return {
        name: rows.with_columns(pl.col(pl.String).replace("C909", "C010")) if name != "parties" else rows
        for name, rows in found.items()
    }


def _days(first: str, last: str) -> pl.Expr:
    return (pl.col(last) - pl.col(first)).dt.total_days()


def test_who_sells_a_car_has_bought_it_or_built_it(tables: Tables) -> None:
    steps = tables["sales"].sort("vin", "invoiced_on", "sale_id")
    steps = steps.with_columns(had=pl.col("buyer_id").shift(1).over("vin")).join(tables["vehicles"], on="vin")
    assert steps.filter(pl.col("had") != pl.col("seller_id")).is_empty()
    # years-old cars come from a vendor, and nobody knows from where
    new = steps.filter(pl.col("had").is_null(), pl.col("kind") != "resale")
    assert new.height > 6000
    assert new.filter(pl.col("seller_id") != pl.col("manufacturer_id")).is_empty()
    assert steps.filter(pl.col("invoiced_on") < pl.col("built_on")).is_empty()
    assert steps.filter(pl.col("handed_over_on") < pl.col("invoiced_on")).is_empty()


@pytest.mark.parametrize(("table", "days"), IN_ORDER, ids=lambda part: "-".join([part] if type(part) is str else part))
def test_the_days_of_a_row_come_in_their_order(table: str, days: list[str], tables: Tables) -> None:
    for first, last in pairwise(days):
        known = tables[table].drop_nulls([first, last])
        assert known.height > 50, (first, last)
        assert known.filter(pl.col(first) > pl.col(last)).is_empty(), (first, last)


def test_a_second_plate_is_that_of_the_next_buyer_on_the_day_of_the_sale(tables: Tables) -> None:
    bought = tables["sales"].filter(pl.col("kind") != "wholesale").select("vin", "invoiced_on", owner_id="buyer_id")
    moved = (
        tables["registrations"]
        .filter(pl.col("event") == "transfer")
        .join(tables["vehicles"].filter(pl.col("built_on") >= date(2023, 1, 1)), on="vin", how="semi")
    )
    assert moved.height > 200
    assert moved.join(bought, left_on=["vin", "owner_id", "plated_on"],
                      right_on=["vin", "owner_id", "invoiced_on"], how="anti").is_empty()  # fmt: skip


def test_who_advertises_a_car_has_it_and_sells_it_within_weeks(tables: Tables) -> None:
    sold = tables["sales"].select("vin", "invoiced_on", vendor_id="seller_id")
    offered = tables["listings"].join(sold, on=["vin", "vendor_id"])
    assert offered["listing_id"].n_unique() == tables["listings"].height > 500
    assert offered.group_by("listing_id").agg(_days("listed_on", "invoiced_on").max())["invoiced_on"].min() >= 0


def test_a_car_that_left_the_country_is_neither_insured_nor_plated_nor_sold_after(tables: Tables) -> None:
    gone = tables["exports"].select("vin", "cleared_on", "exporter_id")
    for table, day in (("policies", "starts_on"), ("registrations", "plated_on"), ("sales", "invoiced_on")):
        assert tables[table].join(gone, on="vin").filter(pl.col(day) > pl.col("cleared_on")).is_empty(), table
    for table, day in (("foreign_registrations", "registered_on"), ("claims", "claimed_on")):
        after = tables[table].join(gone, on="vin")
        assert after.height == tables[table].height > 200
        assert after.filter(pl.col(day) <= pl.col("cleared_on")).is_empty(), table
    claimed = tables["claims"].join(gone, on="vin")
    assert claimed.filter(pl.col("claimant_id") != pl.col("exporter_id")).is_empty()


def test_a_car_has_one_compulsory_policy_at_a_time_unless_it_changes_hands(tables: Tables) -> None:
    policies = tables["policies"].filter(pl.col("kind") == "compulsory").sort("vin", "starts_on", "policy_id")
    ended = pl.min_horizontal(pl.col("ends_on") + pl.duration(days=1), "cancelled_on")
    following = policies.with_columns(
        until=ended.shift(1).over("vin"), whose=pl.col("insured_id").shift(1).over("vin")
    ).drop_nulls("until")
    assert following.height > 500
    twice = following.filter(pl.col("starts_on") < pl.col("until"))
    assert twice.filter(pl.col("insured_id") == pl.col("whose")).is_empty()
    # who insures it then has bought it on that day
    bought = tables["sales"].select("vin", starts_on="invoiced_on", insured_id="buyer_id")
    assert twice.join(bought, on=["vin", "starts_on", "insured_id"], how="anti").is_empty()


def test_a_car_whose_insurance_was_withdrawn_is_insured_anew(tables: Tables) -> None:
    withdrawn = tables["policies"].drop_nulls("cancelled_on").select("vin", withdrawn_on="cancelled_on")
    assert withdrawn.height > 60
    after = tables["policies"].join(withdrawn, on="vin").filter(pl.col("starts_on") >= pl.col("withdrawn_on"))
    assert withdrawn.join(after, on="vin", how="anti").is_empty()


def test_who_holds_a_declared_car_is_insured_and_sells_it_after(tables: Tables) -> None:
    held = tables["declared_stock"]
    booked = held.join(tables["policies"].filter(pl.col("kind") == "compulsory"), on="vin").sort("starts_on")
    first = booked.unique("vin", keep="first", maintain_order=True)
    assert first.height == held.height
    assert first.filter(pl.col("insured_id") != pl.col("holder_id")).is_empty()
    assert first.filter(~pl.col("starts_on").is_between("valid_from", "valid_to")).is_empty()
    sold = held.join(tables["sales"].filter(pl.col("kind") == "retail"), on="vin")
    assert sold.height > 200
    assert sold.filter(pl.col("invoiced_on") <= pl.col("valid_to")).is_empty()
    assert sold.filter(pl.col("seller_id") != pl.col("holder_id")).is_empty()


def test_a_dealer_that_passes_a_car_on_is_another_one(tables: Tables) -> None:
    sales = tables["sales"]
    assert sales.filter(pl.col("seller_id") == pl.col("buyer_id")).is_empty()
    makers = pl.col("seller_id").str.starts_with("M")
    assert sales.filter(pl.col("kind") == "wholesale", ~makers).height > 10


def test_one_company_in_twelve_stands_in_the_register_without_its_code(tables: Tables) -> None:
    companies = tables["parties"].filter(pl.col("party_id").str.starts_with("C"))
    assert 1 / 14 < companies["uscc"].null_count() / companies.height < 1 / 10


def test_no_row_is_dated_after_the_last_covered_day(tables: Tables) -> None:
    days = {
        "sales": "invoiced_on", "policies": "starts_on", "endorsements": "changed_on", "registrations": "plated_on",
        "odometer": "read_on", "listings": "listed_on", "exports": "cleared_on", "claims": "claimed_on",
        "foreign_registrations": "registered_on", "payments": "paid_on",
    }  # fmt: skip
    latest = {table: tables[table][day].max() for table, day in days.items()}
    assert max(latest.values()) == date(2026, 6, 30), "some register has rows up to the last day"
