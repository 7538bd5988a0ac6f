"""The ledger read a second time: one car after the other, from its own rows, with nothing but lists and loops."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from graphkit.tables.coverage import Span

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]


def plain_ledger(tables: Tables, spans: Iterable[Span]) -> list[Row]:
    """One row a VIN that any table names, in order of VIN, with every column of the ledger."""
    cars: dict[str, dict[str, list[Row]]] = defaultdict(lambda: {name: [] for name in tables})
    for name, rows in tables.items():
        for row in rows:
            if "vin" in row:
                cars[row["vin"]][name].append(row)
    dealers = {row["party_id"] for row in tables["parties"] if "dealer" in (row["roles"] or "").split(";")}
    known = covered_days(spans, "registrations")
    return [_life(vin, cars[vin], dealers, known) for vin in sorted(cars)]


def covered_days(spans: Iterable[Span], table: str) -> set[date]:
    """Every day on which the table is complete in the whole country."""
    return {
        span.first + timedelta(days)
        for span in spans
        if span.table == table and span.complete and span.place == "CN" and span.first and span.last
        for days in range((span.last - span.first).days + 1)
    }


def is_whole(known: set[date], first: date | None, last: date | None) -> bool:
    """Whether each day from the first to the last is known."""
    if first is None or last is None:
        return False
    if first > last:
        # no definition says what holds between a day and an earlier one: the ledger asks for one known day of them
        return any(day in known for day in _days(last, first))
    return all(day in known for day in _days(first, last))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days) for days in range((last - first).days + 1)]


def _life(vin: str, rows: Mapping[str, list[Row]], dealers: set[str], known: set[date]) -> Row:
    car = rows["vehicles"][0] if rows["vehicles"] else {}
    sold = _end_sale(rows["sales"], dealers)
    insured = _first_policy(rows["policies"])
    plated = _first_plate(rows["registrations"])
    left = _first(rows["exports"], "cleared_on", "export_id")
    wholesale = _first([row for row in rows["sales"] if row["kind"] == "wholesale"], "invoiced_on", "sale_id")
    abroad = _first(rows["foreign_registrations"], "registered_on", "country")
    stated = [row["first_registered_on"] or (row["plated_on"] if row["event"] == "first" else None)
              for row in rows["registrations"]]  # fmt: skip
    sold_on = [row["invoiced_on"] for row in rows["sales"] if row["kind"] == "resale"]
    passed_on = [row["plated_on"] for row in rows["registrations"] if row["event"] == "transfer"]
    readings = [row for row in rows["odometer"] if not left or row["read_on"] <= left["cleared_on"]]
    last_reading = _last(readings, "read_on", "km")
    gone_on = _earliest(
        [*sold_on, *passed_on, left.get("cleared_on"), *(row["deregistered_on"] for row in rows["registrations"])]
    )
    declared = _declared(rows["declared_stock"], insured.get("starts_on"))
    life = {
        "vin": vin,
        "vin_check": min(row["vin_check"] for named in rows.values() for row in named),
        "is_stub": not rows["vehicles"],
        "manufacturer_id": car.get("manufacturer_id"),
        "built_on": car.get("built_on"),
        "wholesaled_on": wholesale.get("invoiced_on"),
        "wholesaler_id": wholesale.get("seller_id"),
        "dealer_id": _dealer(rows["sales"], sold.get("invoiced_on"), insured),
        "first_insured_on": insured.get("starts_on"),
        "first_insured_id": insured.get("insured_id"),
        "first_insurer_id": insured.get("insurer_id"),
        "first_policy_id": insured.get("policy_id"),
        "first_policy_kind": insured.get("kind"),
        "first_policy_use": insured.get("use"),
        "first_policy_city": insured.get("city"),
        "first_policy_cancelled_on": insured.get("cancelled_on"),
        "end_sale_on": sold.get("invoiced_on"),
        "end_seller_id": sold.get("seller_id"),
        "end_buyer_id": sold.get("buyer_id"),
        "end_sale_id": sold.get("sale_id"),
        "handed_over_on": sold.get("handed_over_on"),
        "first_plated_on": plated.get("plated_on"),
        "first_owner_id": plated.get("owner_id"),
        "first_registration_id": plated.get("registration_id"),
        "first_event": plated.get("event"),
        "plate_city": plated.get("city"),
        "use": plated.get("use"),
        "first_registered_on": _earliest(stated),
        "deregistered_on": _earliest(row["deregistered_on"] for row in rows["registrations"]),
        "awaiting_export_on": _earliest(row["awaiting_export_on"] for row in rows["registrations"]),
        "resold_on": _earliest([*sold_on, *passed_on]),
        "listed_on": _earliest(row["listed_on"] for row in rows["listings"]),
        "applied_on": left.get("applied_on"),
        "exported_on": left.get("cleared_on"),
        "export_id": left.get("export_id"),
        "exporter_id": left.get("exporter_id"),
        "declared_as": left.get("declared_as"),
        "destination": left.get("destination"),
        "maker_letter": left.get("maker_letter"),
        "foreign_registered_on": abroad.get("registered_on"),
        "foreign_country": abroad.get("country"),
        "claimed_on": _earliest(row["claimed_on"] for row in rows["claims"]),
        "km_last": last_reading.get("km"),
        "km_on": last_reading.get("read_on"),
        **_driven(readings, sold, plated, gone_on),
        "renewed_on": _earliest(
            row["starts_on"]
            for row in rows["policies"]
            if row["kind"] != "voluntary"
            and not (row["cancelled_on"] and row["cancelled_on"] < row["starts_on"])
            and plated
            and row["insured_id"]
            and row["insured_id"] == plated["owner_id"]
            and (row["starts_on"] - plated["plated_on"]).days >= 183
        ),
        "declared_status": declared.get("status"),
        "declared_holder_id": declared.get("holder_id"),
        "declared_from": declared.get("valid_from"),
        "declared_to": declared.get("valid_to"),
    }
    no_earlier = is_whole(known, life["built_on"], life["first_plated_on"])
    if life["first_registered_on"] is None and life["first_event"] is None and no_earlier:
        life["first_registered_on"] = life["first_plated_on"]
    return life | _order(life, most_km=max((row["km"] for row in readings), default=0))


def _driven(readings: list[Row], sold: Row, plated: Row, gone_on: date | None) -> Row:
    """What the car had run before its end user got it, and what its first owner drove."""
    received_on = _earliest([sold.get("invoiced_on"), sold.get("handed_over_on")])
    unsold = [row for row in readings if not received_on or row["read_on"] <= received_on]
    kept = [row for row in readings if plated and (not gone_on or row["read_on"] <= gone_on)]
    owned = [row for row in kept if row["read_on"] >= plated["plated_on"]]
    at_first = max((row["km"] for row in kept if row["read_on"] < plated["plated_on"]), default=0)
    return {
        "km_unsold": max((row["km"] for row in unsold), default=None),
        "km_unsold_on": max((row["read_on"] for row in unsold), default=None),
        "km_first_owner": max((row["km"] for row in owned), default=0) - at_first if owned else None,
        "km_first_owner_on": max((row["read_on"] for row in owned), default=None),
    }


def _end_sale(sales: list[Row], dealers: set[str]) -> Row:
    """The first retail invoice to somebody who is no dealer."""
    retail = [row for row in sales if row["kind"] == "retail" and row["buyer_id"] not in dealers]
    return _first(retail, "invoiced_on", "sequence", "sale_id")


def _first_policy(policies: list[Row]) -> Row:
    """The first policy that every car must have, or may be that; one that was taken back before it began is none."""
    in_force = [row for row in policies if not row["cancelled_on"] or row["cancelled_on"] >= row["starts_on"]]
    return _first([row for row in in_force if row["kind"] != "voluntary"], "starts_on", "policy_id")


def _first_plate(entries: list[Row]) -> Row:
    """The first entry of the vehicle office; of one day the one that says it is the first, then one that may be."""
    told = {"first": 0, None: 1}
    ranked = [row | {"rank": told.get(row["event"], 2)} for row in entries]
    return _first(ranked, "plated_on", "rank", "registration_id")


def _dealer(sales: list[Row], end_sale_on: date | None, insured: Row) -> str | None:
    """Who held the car when it was booked as sold: one that insured it for itself, else the last that had taken it
    over by then, else the next that did so before an end user bought it.
    """
    stocked = [row for row in sales if row["kind"] in ("wholesale", "swap")]
    if end_sale_on:
        stocked = [row for row in stocked if row["invoiced_on"] <= end_sale_on]
    own = [row for row in stocked if row["buyer_id"] and row["buyer_id"] == insured.get("insured_id")]
    stocked = own or stocked
    booked_on = _earliest([insured.get("starts_on"), end_sale_on])
    by_then = [row for row in stocked if not booked_on or row["invoiced_on"] <= booked_on]
    if not by_then:
        next_day = _earliest(row["invoiced_on"] for row in stocked)
        by_then = [row for row in stocked if row["invoiced_on"] == next_day]
    return _last(by_then, "invoiced_on", "sequence", "sale_id").get("buyer_id")


def _declared(entries: list[Row], insured_on: date | None) -> Row:
    """The last entry of the registers of demo and display cars, best one that held on the day of the first policy."""
    held = [
        row
        for row in entries
        if insured_on and row["valid_from"] <= insured_on and (not row["valid_to"] or insured_on <= row["valid_to"])
    ]
    return _last(held or entries, "valid_from", "holder_id")


def _order(life: Row, most_km: int) -> Row:
    """The days between what happened, what contradicts it, and whether the car had a life before we first see it."""
    built, registered = life["built_on"], life["first_registered_on"]
    left_on = life["applied_on"] or life["awaiting_export_on"] or life["exported_on"]
    km = most_km if life["km_last"] is None else life["km_last"]
    contradictions = [
        ("insured_before_built", _is_before(life["first_insured_on"], built)),
        ("invoiced_before_built", _is_before(life["end_sale_on"], built)),
        ("plated_before_built", _is_before(life["first_plated_on"], built)),
        ("exported_before_registered", life["declared_as"] == "used" and _is_before(left_on, registered)),
        ("odometer_ran_back", km < most_km),
    ]
    seen_on = _earliest([life["wholesaled_on"], life["end_sale_on"], life["first_insured_on"]])
    days_on_the_road = _gap(registered or life["first_plated_on"], seen_on)
    return {
        "gap_insured_to_sold": _gap(life["first_insured_on"], life["end_sale_on"]),
        "gap_insured_to_plated": _gap(life["first_insured_on"], life["first_plated_on"]),
        "gap_sold_to_plated": _gap(life["end_sale_on"], life["first_plated_on"]),
        "gap_registered_to_exported": _gap(registered, left_on),
        "violations": ";".join(name for name, is_so in contradictions if is_so) or None,
        # a policy may start shortly after the plate: thirty days
        "is_mid_life": days_on_the_road is not None and days_on_the_road > 30,
    }


def _gap(first: date | None, last: date | None) -> int | None:
    return (last - first).days if first and last else None


def _is_before(one: date | None, other: date | None) -> bool:
    return bool(one and other and one < other)


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)


def _first(rows: list[Row], *by: str) -> Row:
    return min(rows, key=_in_order(by), default={})


def _last(rows: list[Row], *by: str) -> Row:
    return max(rows, key=_in_order(by), default={})


def _in_order(by: tuple[str, ...]) -> Callable[[Row], list[tuple[bool, Any]]]:
    # what is not given comes before everything that is
    return lambda row: [(row[name] is not None, row[name]) for name in by]
