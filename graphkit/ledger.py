"""One row a vehicle: its life in order, drawn from every table that names its VIN."""

from typing import Any

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.frames import Frames
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

Lazy = nw.LazyFrame[Any]

MID_LIFE_DAYS = 30
"""A car first seen more than this many days after its first registration is mid-life: a policy may start shortly
after the plate.
"""

RENEWED_AFTER_DAYS = 183
"""A policy that begins so many days after the plate is another one than that for the plate: half a year."""


def build_ledger(tables: Frames, coverage: Coverage) -> Lazy:
    """One row a VIN that any table names, with the columns of ``SHAPES["ledger"]``.

    ``wholesaled_on`` and ``wholesaler_id`` are those of the first wholesale invoice, ``dealer_id`` is the dealer that
    held the car when it was booked as sold; on which day it got the car no column says, since the first wholesale may
    have gone to another. The *first policy* is the earliest that is compulsory or whose kind is not
    given, without those cancelled before they began; the *end sale* is the first retail invoice to a party that is no
    dealer. ``first_registered_on`` is what an entry states, else the first plate, but only where registrations are
    complete since the car was built and that entry does not say that it is a later one. ``violations`` names the
    records that contradict one another. ``km_unsold`` is the highest reading up to the day on which the end user got
    the car, ``km_first_owner`` what it ran from the first plate until that owner gave it up, with the day of the last
    such reading; ``renewed_on`` when the first owner insured it again. Gaps are in days. Written once for every engine
    that narwhals speaks to.
    """
    spine = _every_vin(tables)
    vehicles = tables["vehicles"].select("vin", "manufacturer_id", "built_on", is_defined=nw.lit(True))
    ends = _end_sales(tables)
    policies = _first_policies(tables)
    plates = _first_plates(tables)
    registered, resales = _registration_days(tables), _resales(tables)
    exports = _first(tables["exports"], "cleared_on", "export_id").select(
        "vin",
        "export_id",
        "exporter_id",
        "declared_as",
        "destination",
        "maker_letter",
        "applied_on",
        nw.col("cleared_on").alias("exported_on"),
    )
    lives = spine.join(vehicles, on="vin", how="left")
    for part in (
        _first_wholesales(tables),
        ends,
        _dealers(tables, ends, policies),
        policies,
        plates,
        registered,
        resales,
        _earliest(tables["listings"], "listed_on"),
        exports,
        _foreign_plates(tables),
        _earliest(tables["claims"], "claimed_on"),
        _last_readings(tables, exports),
        _driven_before_sale(tables, ends, exports),
        _driven_by_first_owner(tables, (plates, resales, registered, exports)),
        _renewals(tables, plates),
        _declared(tables, policies),
    ):
        lives = lives.join(part, on="vin", how="left")
    return _with_order(lives, coverage).select(*SHAPES["ledger"].schema)


def _every_vin(tables: Frames) -> Lazy:
    named = [tables[name].select("vin", "vin_check") for name, table in TABLES.items() if table.has_vin]
    return nw.concat(named, how="vertical").unique(subset=["vin"], keep="first", order_by=["vin_check"])


def _first(events: Lazy, day: str, key: str) -> Lazy:
    return events.unique(subset=["vin"], keep="first", order_by=[day, key])


def _earliest(events: Lazy, day: str) -> Lazy:
    return events.group_by("vin").agg(nw.col(day).min())


def _first_wholesales(tables: Frames) -> Lazy:
    wholesales = tables["sales"].filter(nw.col("kind") == "wholesale")
    return _first(wholesales, "invoiced_on", "sale_id").select(
        "vin", nw.col("invoiced_on").alias("wholesaled_on"), nw.col("seller_id").alias("wholesaler_id")
    )


def _end_sales(tables: Frames) -> Lazy:
    dealers = tables["parties"].filter(nw.col("roles").str.contains("dealer", literal=True))
    retail = (
        tables["sales"]
        .filter(nw.col("kind") == "retail")
        .join(dealers.select(nw.col("party_id").alias("buyer_id")), on="buyer_id", how="anti")
    )
    first = retail.unique(subset=["vin"], keep="first", order_by=["invoiced_on", "sequence", "sale_id"])
    return first.select(
        "vin",
        nw.col("invoiced_on").alias("end_sale_on"),
        nw.col("seller_id").alias("end_seller_id"),
        nw.col("buyer_id").alias("end_buyer_id"),
        nw.col("sale_id").alias("end_sale_id"),
        "handed_over_on",
    )


def _dealers(tables: Frames, ends: Lazy, policies: Lazy) -> Lazy:
    """The buyer of the last wholesale or swap up to the day on which the car was booked, else of the next one: a dealer
    that took over a car which another had already booked does not answer for it. A dealer that had it insured for
    itself held it, whatever the day of its invoice.
    """
    stocked = (
        tables["sales"]
        .filter(nw.col("kind").is_in(("wholesale", "swap")))
        .join(ends.select("vin", "end_sale_on"), on="vin", how="left")
        .join(policies.select("vin", "first_insured_on", "first_insured_id"), on="vin", how="left")
        .filter(nw.col("end_sale_on").is_null() | (nw.col("invoiced_on") <= nw.col("end_sale_on")))
        .with_columns(booked_on=nw.min_horizontal("first_insured_on", "end_sale_on"))
    )
    stocked = stocked.with_columns(days=days_between(nw.col("invoiced_on"), nw.col("booked_on")).fill_null(0))
    stocked = stocked.with_columns(
        is_insured=nw.when(nw.col("buyer_id") == nw.col("first_insured_id")).then(nw.lit(1)).otherwise(nw.lit(0)),
        is_before=nw.when(nw.col("days") >= 0).then(nw.lit(1)).otherwise(nw.lit(0)),
        nearness=-nw.col("days").abs(),
    )
    order = ["is_insured", "is_before", "nearness", "invoiced_on", "sequence", "sale_id"]
    held = stocked.unique(subset=["vin"], keep="last", order_by=order)
    return held.select("vin", nw.col("buyer_id").alias("dealer_id"))


def _compulsory(tables: Frames) -> Lazy:
    # a policy cancelled before it began (a slip of the clerk) was never in force
    return tables["policies"].filter(
        nw.col("kind").is_null() | (nw.col("kind") == "compulsory"),
        ~(nw.col("cancelled_on") < nw.col("starts_on")).fill_null(False),
    )


def _first_policies(tables: Frames) -> Lazy:
    return _first(_compulsory(tables), "starts_on", "policy_id").select(
        "vin",
        nw.col("starts_on").alias("first_insured_on"),
        nw.col("insured_id").alias("first_insured_id"),
        nw.col("insurer_id").alias("first_insurer_id"),
        nw.col("policy_id").alias("first_policy_id"),
        nw.col("kind").alias("first_policy_kind"),
        nw.col("use").alias("first_policy_use"),
        nw.col("city").alias("first_policy_city"),
        nw.col("cancelled_on").alias("first_policy_cancelled_on"),
    )


def _first_plates(tables: Frames) -> Lazy:
    # plated and transferred on one day: the entry that says it is the first one is
    said = nw.when(nw.col("event") == "first").then(nw.lit(0)).when(nw.col("event").is_null()).then(nw.lit(1))
    entries = tables["registrations"].with_columns(rank=said.otherwise(nw.lit(2)))
    first = entries.unique(subset=["vin"], keep="first", order_by=["plated_on", "rank", "registration_id"])
    return first.select(
        "vin",
        nw.col("plated_on").alias("first_plated_on"),
        nw.col("owner_id").alias("first_owner_id"),
        nw.col("registration_id").alias("first_registration_id"),
        nw.col("event").alias("first_event"),
        nw.col("city").alias("plate_city"),
        "use",
    )


def _registration_days(tables: Frames) -> Lazy:
    entries = tables["registrations"].with_columns(
        stated_on=nw.coalesce(
            nw.col("first_registered_on"), nw.when(nw.col("event") == "first").then(nw.col("plated_on"))
        )
    )
    return entries.group_by("vin").agg(
        nw.col("stated_on").min(), nw.col("deregistered_on").min(), nw.col("awaiting_export_on").min()
    )


def _resales(tables: Frames) -> Lazy:
    sold = tables["sales"].filter(nw.col("kind") == "resale").select("vin", resold_on=nw.col("invoiced_on"))
    transferred = tables["registrations"].filter(nw.col("event") == "transfer")
    moved = transferred.select("vin", resold_on=nw.col("plated_on"))
    return nw.concat([sold, moved], how="vertical").group_by("vin").agg(nw.col("resold_on").min())


def _foreign_plates(tables: Frames) -> Lazy:
    return _first(tables["foreign_registrations"], "registered_on", "country").select(
        "vin",
        nw.col("registered_on").alias("foreign_registered_on"),
        nw.col("country").alias("foreign_country"),
    )


def _readings_at_home(tables: Frames, exports: Lazy) -> Lazy:
    # a reading taken abroad says nothing about what the car had run when it left
    return (
        tables["odometer"]
        .join(exports.select("vin", "exported_on"), on="vin", how="left")
        .filter(nw.col("exported_on").is_null() | (nw.col("read_on") <= nw.col("exported_on")))
        .select("vin", "read_on", "km")
    )


def _last_readings(tables: Frames, exports: Lazy) -> Lazy:
    readings = _readings_at_home(tables, exports)
    last = readings.unique(subset=["vin"], keep="last", order_by=["read_on", "km"])
    most = readings.group_by("vin").agg(nw.col("km").max().alias("km_most"))
    return last.join(most, on="vin", how="left").select(
        "vin", "km_most", nw.col("km").alias("km_last"), nw.col("read_on").alias("km_on")
    )


def _driven_before_sale(tables: Frames, ends: Lazy, exports: Lazy) -> Lazy:
    """What the car had run when its end user got it, or has run by now where nobody did."""
    received_on = nw.min_horizontal("end_sale_on", "handed_over_on")
    readings = _readings_at_home(tables, exports).join(
        ends.select("vin", received_on=received_on), on="vin", how="left"
    )
    before = readings.filter(nw.col("received_on").is_null() | (nw.col("read_on") <= nw.col("received_on")))
    return before.group_by("vin").agg(
        nw.col("km").max().alias("km_unsold"), nw.col("read_on").max().alias("km_unsold_on")
    )


def _driven_by_first_owner(tables: Frames, ends_of_keeping: tuple[Lazy, Lazy, Lazy, Lazy]) -> Lazy:
    """What the car ran between its first plate and the day on which that owner gave it up."""
    plates, resales, registered, exports = ends_of_keeping
    days = plates.select("vin", "first_plated_on")
    for part in (resales, registered.select("vin", "deregistered_on"), exports.select("vin", "exported_on")):
        days = days.join(part, on="vin", how="left")
    days = days.with_columns(left_on=nw.min_horizontal("resold_on", "deregistered_on", "exported_on"))
    readings = tables["odometer"].join(days.select("vin", "first_plated_on", "left_on"), on="vin", how="inner")
    readings = readings.filter(nw.col("left_on").is_null() | (nw.col("read_on") <= nw.col("left_on")))
    is_before = nw.col("read_on") < nw.col("first_plated_on")
    at_first = readings.filter(is_before).group_by("vin").agg(nw.col("km").max().alias("km_at_first"))
    later = (
        readings.filter(~is_before)
        .group_by("vin")
        .agg(nw.col("km").max(), nw.col("read_on").max().alias("km_first_owner_on"))
    )
    return later.join(at_first, on="vin", how="left").select(
        "vin", "km_first_owner_on", km_first_owner=nw.col("km") - nw.col("km_at_first").fill_null(0)
    )


def _renewals(tables: Frames, plates: Lazy) -> Lazy:
    """The first compulsory policy that the first owner took out half a year or more after its plate."""
    owned = _compulsory(tables).join(plates.select("vin", "first_plated_on", "first_owner_id"), on="vin", how="inner")
    renewed = owned.filter(
        nw.col("insured_id") == nw.col("first_owner_id"),
        days_between(nw.col("first_plated_on"), nw.col("starts_on")) >= RENEWED_AFTER_DAYS,
    )
    return renewed.group_by("vin").agg(nw.col("starts_on").min().alias("renewed_on"))


def _declared(tables: Frames, policies: Lazy) -> Lazy:
    entries = (
        tables["declared_stock"]
        .join(policies.select("vin", "first_insured_on"), on="vin", how="left")
        .with_columns(
            held_when_insured=nw.when(
                (nw.col("valid_from") <= nw.col("first_insured_on"))
                & (nw.col("valid_to").is_null() | (nw.col("valid_to") >= nw.col("first_insured_on")))
            )
            .then(nw.lit(1))
            .otherwise(nw.lit(0))
        )
    )
    best = entries.unique(subset=["vin"], keep="last", order_by=["held_when_insured", "valid_from", "holder_id"])
    return best.select(
        "vin",
        nw.col("status").alias("declared_status"),
        nw.col("holder_id").alias("declared_holder_id"),
        nw.col("valid_from").alias("declared_from"),
        nw.col("valid_to").alias("declared_to"),
    )


def _with_order(lives: Lazy, coverage: Coverage) -> Lazy:
    whole_life = coverage.covers("registrations", nw.col("built_on"), nw.col("first_plated_on"))
    # where the first entry we hold is a transfer, an earlier one is missing whatever the extract claims
    is_first = whole_life & nw.col("first_event").is_null()
    first_registered_on = nw.coalesce(nw.col("stated_on"), nw.when(is_first).then(nw.col("first_plated_on")))
    seen_on = nw.min_horizontal("wholesaled_on", "end_sale_on", "first_insured_on")
    left_on = nw.coalesce("applied_on", "awaiting_export_on", "exported_on")
    registered_by = nw.coalesce("first_registered_on", "first_plated_on")
    out_of_order = {
        "insured_before_built": nw.col("first_insured_on") < nw.col("built_on"),
        "invoiced_before_built": nw.col("end_sale_on") < nw.col("built_on"),
        "plated_before_built": nw.col("first_plated_on") < nw.col("built_on"),
        "exported_before_registered": (nw.col("declared_as") == "used") & (left_on < nw.col("first_registered_on")),
        "odometer_ran_back": nw.col("km_last") < nw.col("km_most"),
    }
    lives = lives.with_columns(first_registered_on=first_registered_on, is_stub=nw.col("is_defined").is_null())
    broken = nw.concat_str(
        [nw.when(is_broken).then(nw.lit(name)) for name, is_broken in out_of_order.items()],
        separator=";",
        ignore_nulls=True,
    )
    return lives.with_columns(
        gap_insured_to_sold=days_between(nw.col("first_insured_on"), nw.col("end_sale_on")),
        gap_insured_to_plated=days_between(nw.col("first_insured_on"), nw.col("first_plated_on")),
        gap_sold_to_plated=days_between(nw.col("end_sale_on"), nw.col("first_plated_on")),
        gap_registered_to_exported=days_between(nw.col("first_registered_on"), left_on),
        violations=nw.when(broken != "").then(broken),
        is_mid_life=(seen_on > plus_days(registered_by, MID_LIFE_DAYS)).fill_null(False),
    )
