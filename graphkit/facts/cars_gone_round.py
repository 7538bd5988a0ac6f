"""Whose a car was that went round: before, in between, at the end and afterwards."""

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.frames import Lazy
from graphkit.facts.control_on_day import with_group
from graphkit.facts.outcome import with_party, with_shadows
from graphkit.look_alikes import (
    company_cars,
    dealer_swap,
    fleet_use,
    group_transfer,
    leaseback,
    returned_sale,
    trade_in,
)
from graphkit.model import Market

LIFE = (
    "vin", "first_owner_id", "first_plated_on", "first_registration_id", "use", "km_first_owner", "km_first_owner_on",
    "renewed_on", "deregistered_on", "exported_on", "awaiting_export_on",
)  # fmt: skip
"""The columns of the ledger that are read."""

BOOKED_COLUMNS = ("booked_on", "booked_key")
"""What :func:`with_booking` adds."""

_CAR = ("circle", "seller_id", "user_id", "user_on", "user_sequence", "user_sale", "user_key", "plate_key")


def kinds_of(steps: Lazy) -> Lazy:
    """Of each circle, what the kinds of its invoices say."""
    kind = nw.col("kind")
    marked = steps.select(
        "circle",
        is_returned=returned_sale.given_back(kind).cast(nw.Int64),
        is_swapped=dealer_swap.exchanged(kind).cast(nw.Int64),
        is_leased_back=leaseback.leased_back(kind).cast(nw.Int64),
        is_traded_in=trade_in.traded_in(kind).cast(nw.Int64),
        is_retail=(kind == "retail").fill_null(False).cast(nw.Int64),
    )
    return marked.group_by("circle").agg(
        nw.col("is_returned", "is_swapped", "is_leased_back", "is_traded_in", "is_retail").max()
    )


def passed_through(steps: Lazy, market: Market, *, undone_days: int, often: int) -> Lazy:
    """Of each circle, what is known of the parties between its first seller and its last buyer, each 1 or 0.

    ``is_open``: who one of them is; ``is_undone``: the sale may have been undone, within ``undone_days`` and fewer than
    ``often`` times; ``is_financed``, ``is_driven`` (a person's own car), ``is_in_fleet``; and ``is_unread`` and
    ``is_fleet_unread`` where registrations do not tell.
    """
    sold_on = steps.select(
        "circle", sold_on="on_date", back_amount="amount", back_currency="currency", step=nw.col("step") - 1
    )
    between = steps.filter(nw.col("step") < nw.col("steps")).join(sold_on, on=["circle", "step"])
    between = with_party(between, market, "to_id", "owner")
    roles = market.identities.filter(nw.col("party_id") == nw.col("canonical_id")).select("roles", to_id="party_id")
    between = with_shadows(between.join(roles, on="to_id", how="left"), market, "registrations")
    plates = market.tables["registrations"].select("vin", "plated_on", "use", to_id="owner_id")
    driven = (
        between.select("circle", "step", "vin", "to_id", "on_date", "sold_on")
        .join(plates, on=["vin", "to_id"])
        .filter(trade_in.plated_between(nw.col("plated_on"), nw.col("on_date"), nw.col("sold_on")))
        .select(
            "circle",
            "step",
            plates=nw.lit(1),
            rented=fleet_use.rented_out(nw.col("use"), nw.col("plated_on"), nw.col("sold_on")).cast(nw.Int64),
        )
        .group_by("circle", "step")
        .agg(nw.col("plates", "rented").max())
    )
    between = between.join(market.ledger, on="vin", how="left").join(
        market.undone.select("row_key", "times"), on="row_key", how="left"
    )
    # a person with whom sales are undone again and again is judged like a company
    is_often = (nw.col("times") >= often).fill_null(False)
    is_undone = (nw.col("steps") == 2) & returned_sale.undone_within(
        undone_days, nw.col("on_date"), nw.col("sold_on"), nw.col("owner_kind")
    )
    is_company = is_often & is_undone
    is_person = (nw.col("owner_kind") == "person").fill_null(False) & ~is_company
    is_plated = (nw.col("plates") == 1).fill_null(False)
    is_in_fleet = (nw.col("rented") == 1).fill_null(False) | fleet_use.driven_until(
        nw.col("to_id"), nw.col("on_date"), nw.col("sold_on")
    )
    could_be_fleet = days_between(nw.col("on_date"), nw.col("sold_on")) >= fleet_use.KEPT_DAYS
    is_read = market.coverage.covers("registrations", nw.col("on_date"), nw.col("sold_on"))
    marked = between.join(driven, on=["circle", "step"], how="left").select(
        "circle",
        is_open=nw.col("owner_open").cast(nw.Int64),
        is_undone=(is_undone & ~is_company).cast(nw.Int64),
        is_financed=leaseback.may_be_financed(nw.col("roles")).cast(nw.Int64),
        is_driven=(is_person & is_plated).cast(nw.Int64),
        is_unread=(is_person & ~is_plated & (~is_read | nw.col("registrations_shadowed"))).cast(nw.Int64),
        is_in_fleet=(~is_person & is_in_fleet).cast(nw.Int64),
        is_fleet_unread=(~is_person & could_be_fleet & (~is_read | nw.col("registrations_shadowed"))).cast(nw.Int64),
    )
    found = ("is_open", "is_undone", "is_financed", "is_driven", "is_unread", "is_in_fleet", "is_fleet_unread")
    return marked.group_by("circle").agg(nw.col(*found).max())


def inside_its_group(steps: Lazy, market: Market) -> Lazy:
    """Each step with ``is_inside``, 1 where it lies inside the control group of its circle's seller as of the first
    step, else 0, and ``is_at_home``, 1 where its seller does: circle, step, from_id, to_id, seller_id, first_on, both.
    """
    first = steps.filter(nw.col("step") == 1).select("circle", seller_id="from_id", first_on="on_date")
    told = ("circle", "step", "from_id", "to_id", "seller_id", "first_on")
    keep: tuple[str, ...] = told
    found = steps.join(first, on="circle").select(*keep)
    for party in ("seller_id", "from_id", "to_id"):
        found = with_group(found, market, party, "first_on", keep)
        keep = (*keep, f"{party}_group")
    home = nw.col("seller_id_group")
    is_at_home = nw.col("from_id_group") == home
    is_inside = is_at_home & (nw.col("to_id_group") == home)
    return found.select(*told, is_inside=is_inside.cast(nw.Int64), is_at_home=is_at_home.cast(nw.Int64))


def told_inside(inside: Lazy, max_length: int) -> Lazy:
    """Of each circle, how many of its steps lie inside the seller's control group, and which, in words: circle,
    inside, told_inside.
    """
    words = nw.concat_str(nw.col("from_id"), nw.lit(" to "), nw.col("to_id"))
    places = [f"told_{step}" for step in range(1, max_length + 1)]
    told = inside.with_columns(
        nw.when((nw.col("is_inside") == 1) & (nw.col("step") == step)).then(words).alias(place)
        for step, place in enumerate(places, start=1)
    )
    told = told.group_by("circle").agg(nw.col("is_inside").sum().alias("inside"), nw.col(*places).max())
    steps = nw.concat_str([nw.col(place) for place in places], separator=", ", ignore_nulls=True)
    text = nw.when(nw.col("inside") > 0).then(nw.concat_str(nw.lit("; inside its control group: "), steps))
    return told.select("circle", "inside", told_inside=text.otherwise(nw.lit("")))


def with_holders(found: Lazy, steps: Lazy, market: Market) -> Lazy:
    """The circles (circle, vin, first_on, back_on, …) with ``is_held``: somebody in between was insured for the car or
    had it plated before it was back; ``is_unheld``: whoever was or had is known, and was nobody in between;
    ``is_seen``: no such row can be lacking.
    """
    insured = market.tables["policies"].select("vin", since="starts_on", holder_id="insured_id")
    plated = market.tables["registrations"].select("vin", since="plated_on", holder_id="owner_id")
    names = nw.concat([insured, plated], how="vertical")
    between = steps.filter(nw.col("step") < nw.col("steps")).select("circle", holder_id="to_id", is_between=nw.lit(1))
    held = found.select("circle", "vin", "back_on").join(names, on="vin")
    held = held.filter(group_transfer.taken_by(nw.col("since"), nw.col("back_on")))
    held = with_party(held, market, "holder_id", "holder").join(between, on=["circle", "holder_id"], how="left")
    told = held.group_by("circle").agg(nw.col("is_between", "holder_open").max())
    found = found.join(told, on="circle", how="left")
    is_seen = nw.lit(True)
    for table in ("policies", "registrations"):
        found = with_shadows(found, market, table)
        is_read = market.coverage.covers(table, nw.col("first_on"), nw.col("back_on"))
        is_seen = is_seen & is_read & ~nw.col(f"{table}_shadowed")
    is_held = (nw.col("is_between") == 1).fill_null(False)
    found = found.with_columns(
        is_held=is_held, is_unheld=~is_held & ~nw.col("holder_open").fill_null(False), is_seen=is_seen
    )
    return found.drop("policies_shadowed", "registrations_shadowed")


def with_last_buyer(found: Lazy, market: Market) -> Lazy:
    """The circles (circle, vin, seller_id, back_to_id, first_on, back_on) that end at another party of the seller's
    group, each with what became of the car there; false for circles that end at the seller.

    ``is_fleet_car`` and ``is_company_car``: that party had it plated within 90 days, kept it for 90 more, and used it:
    it was the end user. ``may_be_used``: plated and kept, but nothing tells whether it was used. ``is_end_unread``:
    registrations do not reach so far; ``is_end_open``: to whom it was plated is not known. The first plate is
    ``first_registration_id``.
    """
    away = found.filter(nw.col("back_to_id") != nw.col("seller_id")).select(
        "circle", "vin", "back_to_id", "first_on", "back_on"
    )
    ends = away.join(market.ledger.select(*LIFE), on="vin", how="left").join(
        _own_plates(away, market), on="circle", how="left"
    )
    ends = with_shadows(with_party(ends, market, "first_owner_id", "plate"), market, "registrations")
    ends = ends.join(_given_up(ends, market), on="circle", how="left")
    plated_by = plus_days(nw.col("back_on"), fleet_use.PLATED_WITHIN_DAYS)
    ends = ends.with_columns(plated_by=plated_by, kept_until=plus_days(nw.col("own_plated_on"), fleet_use.KEPT_DAYS))
    covers = market.coverage.covers
    is_own = ~nw.col("own_plated_on").is_null()
    # kilometres and renewals are told of the first owner only
    is_first = (is_own & (nw.col("first_owner_id") == nw.col("back_to_id"))).fill_null(False)
    is_idle = is_first & company_cars.idle(nw.col("kept_until"))
    is_held = is_own & ~(nw.col("left_on") <= nw.col("kept_until")).fill_null(False)
    is_read = covers("registrations", nw.col("own_plated_on"), nw.col("kept_until"))
    is_told = is_first & is_held & is_read
    is_fleet = is_told & ~is_idle & fleet_use.plated_for_fleet(nw.col("back_to_id"), nw.col("back_on"))
    is_company = is_told & ~is_fleet & company_cars.in_use(nw.col("kept_until"))
    is_plated = (nw.col("first_plated_on") <= plated_by).fill_null(False)
    is_plated_since = is_plated & (nw.col("first_plated_on") >= nw.col("back_on"))
    is_plated_on_the_way = is_plated & (nw.col("first_plated_on") >= nw.col("first_on"))
    is_unread = ~covers("registrations", nw.col("back_on"), plated_by) | nw.col("registrations_shadowed")
    facts = {
        "is_fleet_car": is_fleet,
        "is_company_car": is_company,
        "may_be_used": is_held & ~is_idle & is_read & ~is_fleet & ~is_company,
        "is_end_unread": (is_held & ~is_idle & ~is_read) | (~is_own & ~is_plated_since & is_unread),
        "is_end_open": ~is_own & is_plated_on_the_way & nw.col("plate_open"),
    }
    told = ends.select("circle", "first_registration_id", **facts)
    return found.join(told, on="circle", how="left").with_columns(nw.col(*facts).fill_null(False))


def _own_plates(away: Lazy, market: Market) -> Lazy:
    """The first plate in the last buyer's own name since the car set out, in time: circle, own_plated_on."""
    plates = market.tables["registrations"].select("vin", own_plated_on="plated_on", back_to_id="owner_id")
    own = away.join(plates, on=["vin", "back_to_id"]).filter(
        nw.col("own_plated_on") >= nw.col("first_on"),
        days_between(nw.col("back_on"), nw.col("own_plated_on")) <= fleet_use.PLATED_WITHIN_DAYS,
    )
    return own.group_by("circle").agg(nw.col("own_plated_on").min())


def _given_up(ends: Lazy, market: Market) -> Lazy:
    """When the last buyer gave up the car that it had plated, by whichever record says so first: circle, left_on."""
    days = ("deregistered_on", "exported_on", "awaiting_export_on")
    owned = ends.filter(~nw.col("own_plated_on").is_null()).select(
        "circle", "vin", "back_to_id", "back_on", "own_plated_on", *days
    )
    sold = market.tables["sales"].select("vin", left_on="invoiced_on", back_to_id="seller_id", buyer_id="buyer_id")
    sold = owned.join(sold, on=["vin", "back_to_id"]).filter(
        nw.col("left_on") >= nw.col("back_on"), (nw.col("buyer_id") != nw.col("back_to_id")).fill_null(True)
    )
    plates = market.tables["registrations"].select("vin", left_on="plated_on", owner_id="owner_id")
    plated = owned.join(plates, on="vin").filter(
        nw.col("left_on") >= nw.col("own_plated_on"), nw.col("owner_id") != nw.col("back_to_id")
    )
    gone = [owned.filter(nw.col(day) >= nw.col("own_plated_on")).select("circle", left_on=day) for day in days]
    rows = [rows.select("circle", "left_on") for rows in (sold, plated)]
    return nw.concat([*rows, *gone], how="vertical").group_by("circle").agg(nw.col("left_on").min())


def with_end_user(found: Lazy, steps: Lazy, market: Market) -> Lazy:
    """The circles (circle, vin, seller_id, back_on, …), each with the first later sale of its car to an end user.

    An end user is outside the seller's control group on the day of that invoice and had the car plated since it was
    back. Adds ``user_id``, ``user_on``, ``user_key`` (the invoice) and ``plate_key``; null where there is none.
    """
    sales = market.tables["sales"].filter(nw.col("kind").is_in(("retail", "resale")), ~nw.col("buyer_id").is_null())
    sales = sales.select(
        "vin", user_id="buyer_id", user_on="invoiced_on", user_sequence="sequence", user_sale="sale_id",
        user_key="row_key",
    )  # fmt: skip
    later = found.select("circle", "vin", "seller_id", "back_on").join(sales, on="vin")
    later = later.filter(nw.col("user_on") >= nw.col("back_on"), nw.col("user_id") != nw.col("seller_id"))
    within = steps.select("circle", user_key="row_key", is_step=nw.lit(True))
    later = later.join(within, on=["circle", "user_key"], how="left").filter(nw.col("is_step").is_null())
    plates = market.tables["registrations"].select("vin", "plated_on", user_id="owner_id", plate_key="row_key")
    plated = later.join(plates, on=["vin", "user_id"]).filter(nw.col("plated_on") >= nw.col("back_on"))
    plated = with_group(plated, market, "seller_id", "user_on", _CAR)
    plated = with_group(plated, market, "user_id", "user_on", (*_CAR, "seller_id_group"))
    outside = plated.filter(nw.col("user_id_group") != nw.col("seller_id_group"))
    first = outside.unique(
        subset=["circle"], keep="first", order_by=["user_on", "user_sequence", "user_sale", "plate_key"]
    )
    return found.join(first.select("circle", "user_id", "user_on", "user_key", "plate_key"), on="circle", how="left")


def with_booking(circles: Lazy, market: Market, window_days: int) -> Lazy:
    """The circles with the retail invoice by which their first seller got the car from its own control group:
    ``booked_on`` and ``booked_key`` (its row), null where there is none.

    Such a car was counted as sold before its circle began, so the circle is no exchange of stock. Booking and circle
    lie within ``window_days``, and the seller had not plated the car: what it used it may sell like any used car.
    Needs circle, vin, seller_id, first_on, back_on.
    """
    bought = market.tables["sales"].filter(nw.col("kind") == "retail", nw.col("seller_id") != nw.col("buyer_id"))
    bought = bought.select(
        "vin", seller_id="buyer_id", booker_id="seller_id", booked_on="invoiced_on", booked_key="row_key"
    )
    asked = circles.select("circle", "vin", "seller_id", "first_on", "back_on")
    before = asked.join(bought, on=["vin", "seller_id"]).filter(
        nw.col("booked_on") <= nw.col("first_on"),
        nw.col("back_on") <= plus_days(nw.col("booked_on"), window_days),
        market.coverage.covers("registrations", nw.col("booked_on"), nw.col("first_on")),
    )
    before = with_shadows(before, market, "registrations").filter(~nw.col("registrations_shadowed"))
    plates = market.tables["registrations"].select("vin", "plated_on", seller_id="owner_id")
    used = before.join(plates, on=["vin", "seller_id"]).filter(
        nw.col("plated_on") >= nw.col("booked_on"), nw.col("plated_on") <= nw.col("first_on")
    )
    before = before.join(used.select("circle", "booked_key"), on=["circle", "booked_key"], how="anti")
    keep = ("circle", "seller_id", "booker_id", "first_on", *BOOKED_COLUMNS)
    placed = with_group(before.select(*keep), market, "seller_id", "first_on", keep)
    placed = with_group(placed, market, "booker_id", "first_on", (*keep, "seller_id_group"))
    inside = placed.filter(nw.col("seller_id_group") == nw.col("booker_id_group"))
    last = inside.unique(subset=["circle"], keep="last", order_by=["booked_on", "booked_key"])
    return circles.join(last.select("circle", *BOOKED_COLUMNS), on="circle", how="left")
