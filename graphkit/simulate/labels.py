"""The truth a complete, clean extract would show: which cars meet which rule. Written apart from the detectors."""

import polars as pl

from graphkit.simulate.days import COVERED_TO, LETTER_RULE, as_date
from graphkit.simulate.export_ring import LIMIT_DAYS, LIMIT_KM
from graphkit.simulate.money_labels import circular_payments, shell_buyer
from graphkit.simulate.related import related_sales
from graphkit.simulate.trade_labels import LAWFUL_KINDS, collusive_cluster

Tables = dict[str, pl.DataFrame]

SLACK_DAYS, PLATE_DAYS, FLEET_DAYS = 7, 90, 90
CIRCLE_DAYS, SOLD_ON_DAYS, USED_KM, OFTEN = 180, 30, 100, 3
FLEET_USES = ["rental", "leasing", "ride_hailing", "commercial"]


def vehicle_labels(tables: Tables) -> pl.DataFrame:
    """``vin, detector, meets_rule`` of every car that truly meets a rule without a lawful reason; others are absent."""
    lives = _lives(tables)
    met = {
        "circular_payments": circular_payments(tables),
        "circular_sales": _circular_sales(lives, tables),
        "collusive_cluster": collusive_cluster(tables),
        "pre_insured": _pre_insured(lives, tables),
        "insured_not_plated": _insured_not_plated(lives),
        "related_party_sales": _related_party_sales(lives, tables),
        "shell_buyer": shell_buyer(tables),
        "zero_mileage_export": _zero_mileage_export(lives),
    }
    rows = [vins.select("vin").unique().with_columns(pl.lit(name).alias("detector")) for name, vins in met.items()]
    return pl.concat(rows).with_columns(pl.lit(True).alias("meets_rule")).sort("vin", "detector")


def _first(rows: pl.DataFrame, *order: str) -> pl.DataFrame:
    return rows.sort(order).unique("vin", keep="first")


def _lives(tables: Tables) -> pl.DataFrame:
    policies, sales = tables["policies"], tables["sales"]
    entries, exported = tables["registrations"], tables["exports"]
    parties = tables["parties"].select("party_id", "kind", "roles")
    dealers = parties.filter(pl.col("roles").str.contains("dealer"))["party_id"].implode()
    booked = _first(policies.filter(pl.col("kind") == "compulsory"), "starts_on", "policy_id").select(
        "vin", "insured_id", "starts_on", "cancelled_on"
    )
    retail = sales.filter(pl.col("kind") == "retail", ~pl.col("buyer_id").is_in(dealers))
    ended = _first(retail, "invoiced_on", "sale_id").select("vin", "buyer_id", "invoiced_on", "handed_over_on")
    stocked = sales.filter(pl.col("kind") == "wholesale").sort("invoiced_on", "sale_id").unique("vin", keep="last")
    plated = _first(entries, "plated_on", "registration_id").select(
        "vin", "plated_on", "first_registered_on", "owner_id", pl.col("use").alias("plate_use")
    )
    left = entries.group_by("vin").agg(
        pl.col("awaiting_export_on").min(),
        pl.col("deregistered_on").min(),
        pl.col("plated_on").filter(pl.col("event") == "transfer").min().alias("transferred_on"),
    )
    life = tables["vehicles"].select("vin", "manufacturer_id", "built_on")
    pieces = [
        booked.join(
            parties.select(pl.col("party_id").alias("insured_id"), pl.col("kind").alias("insured_kind")),
            on="insured_id",
            how="left",
        ),
        ended,
        stocked.select("vin", pl.col("buyer_id").alias("dealer_id"), pl.col("invoiced_on").alias("stocked_on")),
        plated,
        left,
        tables["odometer"].sort("read_on").unique("vin", keep="last").select("vin", "km", "read_on"),
        exported.select("vin", "applied_on", "cleared_on", "declared_as", "maker_letter"),
        tables["declared_stock"].select(
            "vin", pl.col("valid_from").alias("held_from"), pl.col("valid_to").alias("held_to")
        ),
    ]
    for piece in pieces:
        life = life.join(piece, on="vin", how="left")
    is_held = pl.col("starts_on").is_between("held_from", "held_to").fill_null(False)
    return life.with_columns(is_held.alias("is_held"))


def _days(first: str, last: str) -> pl.Expr:
    return (pl.col(last) - pl.col(first)).dt.total_days()


def _pre_insured(lives: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    end = pl.min_horizontal("invoiced_on", "handed_over_on")
    early = pl.col("starts_on") < end - pl.duration(days=SLACK_DAYS)
    withdrawn = (pl.col("insured_kind") == "person") & (pl.col("cancelled_on") <= pl.col("invoiced_on"))
    fleet = (
        (pl.col("owner_id") == pl.col("insured_id"))
        & pl.col("plate_use").is_in(FLEET_USES)
        & (_days("starts_on", "plated_on") <= FLEET_DAYS)
    )
    lawful = pl.col("is_held") | withdrawn.fill_null(False) | fleet.fill_null(False) | _demo(end)
    sold = lives.filter(early, pl.col("insured_id") != pl.col("buyer_id"), ~lawful)
    waiting = lives.filter(
        pl.col("invoiced_on").is_null(),
        pl.col("starts_on") < as_date(COVERED_TO - SLACK_DAYS),
        ~pl.col("is_held"),
        pl.col("dealer_id").is_not_null(),
    )
    own = (pl.col("insured_id") == pl.col("dealer_id")) | (pl.col("insured_id") == pl.col("manufacturer_id"))
    asked = waiting.select(
        pl.col("vin").alias("sale_id"),
        pl.col("dealer_id").alias("seller_id"),
        pl.col("insured_id").alias("buyer_id"),
        pl.col("starts_on").alias("invoiced_on"),
    )
    in_group = related_sales(asked, tables)["sale_id"].implode()
    return pl.concat([sold, waiting.filter(own | pl.col("vin").is_in(in_group))])


def _demo(end: pl.Expr) -> pl.Expr:
    """The dealer's own cars that it drove for three months, whatever register lists them."""
    own = (pl.col("insured_id") == pl.col("dealer_id")) | (pl.col("owner_id") == pl.col("dealer_id")).fill_null(False)
    waited = (end.fill_null(as_date(COVERED_TO)) - pl.col("starts_on")).dt.total_days() >= FLEET_DAYS
    driven = (pl.col("km") > USED_KM) & (pl.col("read_on") <= end.fill_null(as_date(COVERED_TO)))
    return (own & waited & driven).fill_null(False)


def _insured_not_plated(lives: pl.DataFrame) -> pl.DataFrame:
    first_seen = pl.min_horizontal("starts_on", "invoiced_on", "stocked_on", "plated_on")
    is_mid_life = (pl.col("first_registered_on") < first_seen).fill_null(False)
    # who is insured ahead of the delivery plates the car when it is there
    delivered = pl.max_horizontal("starts_on", "invoiced_on", "handed_over_on")
    awaited = pl.when((pl.col("insured_id") == pl.col("buyer_id")).fill_null(False)).then(delivered)
    since = awaited.otherwise(pl.col("starts_on"))
    in_time = ((pl.col("plated_on") - since).dt.total_days() <= PLATE_DAYS).fill_null(False)
    # whose day 90 lies after the last covered day is undecided
    is_seen = since <= as_date(COVERED_TO - PLATE_DAYS)
    withdrawn = (pl.col("insured_kind") == "person") & (pl.col("cancelled_on") <= pl.col("invoiced_on"))
    gone_new = (pl.col("declared_as") == "new").fill_null(False) & pl.col("plated_on").is_null()
    demo = _demo(pl.min_horizontal("invoiced_on", "handed_over_on"))
    lawful = in_time | demo | pl.col("is_held") | gone_new | withdrawn.fill_null(False)
    return lives.filter(pl.col("starts_on").is_not_null(), is_seen, ~is_mid_life, ~lawful)


def _circular_sales(lives: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    # every pair of invoices of a car within the time, and what lies between them: few cars have more than four
    order = tables["sales"].sort("vin", "invoiced_on", "sale_id").with_columns(place=pl.int_range(pl.len()).over("vin"))
    steps = order.select("vin", "place", "seller_id", "buyer_id", "kind", "invoiced_on", invoice="sale_id")
    pairs = steps.join(steps, on="vin", suffix="_back").filter(
        pl.col("place") < pl.col("place_back"),
        pl.col("invoiced_on") < pl.col("invoiced_on_back"),
        _days("invoiced_on", "invoiced_on_back") <= CIRCLE_DAYS,
    )
    asked = pairs.with_row_index("sale_id").cast({"sale_id": pl.String})
    ends = asked.select("sale_id", "invoiced_on", "seller_id", buyer_id="buyer_id_back")
    at_home = pl.col("sale_id").is_in(related_sales(ends, tables, by_influence=False)["sale_id"].implode())
    closed = asked.filter((pl.col("seller_id") == pl.col("buyer_id_back")) | at_home)
    within = closed.select("sale_id", "vin", "place", "place_back").join(steps, on="vin", suffix="_step")
    within = within.filter(pl.col("place_step").is_between("place", "place_back")).sort("sale_id", "place_step")
    persons = tables["parties"].filter(pl.col("kind") == "person")["party_id"].implode()
    plates = tables["registrations"].select("vin", "plated_on", buyer_id="owner_id")
    until = pl.col("invoiced_on").shift(-1).over("sale_id")
    owned = (
        within.with_columns(until=until)
        .join(plates, on=["vin", "buyer_id"])
        .filter(pl.col("buyer_id").is_in(persons), pl.col("plated_on").is_between("invoiced_on", "until"))
    )
    follows = pl.col("seller_id") == pl.col("buyer_id").shift(1).over("sale_id")
    found = (
        within.with_columns(follows=follows.fill_null(True))
        .group_by("sale_id", "vin")
        .agg(
            is_chain=pl.col("follows").all(),
            is_lawful=pl.col("kind").is_in(LAWFUL_KINDS).any(),
            is_retail=(pl.col("kind") == "retail").any(),
        )
    )
    undone = _undone(within, tables)
    met = found.filter("is_chain", "is_retail", ~pl.col("is_lawful"))
    # a company of the group that bought the car at the end and has it on the road is its end user
    ends = asked.filter(pl.col("seller_id") != pl.col("buyer_id_back")).join(lives.drop("invoiced_on"), on="vin")
    used = ends.filter(_is_used("buyer_id_back", "invoiced_on_back"), pl.col("plated_on") >= pl.col("invoiced_on"))
    for lawful in (owned, undone.filter(~pl.col("is_often")), used):
        met = met.join(lawful, on="sale_id", how="anti")
    return met


def _undone(within: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """The circles through one person that gave the car back in a month at its price; many of one seller are no mishap.

    ``is_often``: the person, or its telephone, address or payer, is in three of them or more.
    """
    people = tables["parties"].filter(pl.col("kind") == "person").select("address", "phone", buyer_id="party_id")
    prices = tables["sales"].select("price", "currency", invoice="sale_id")
    ends = within.sort("sale_id", "place_step").group_by("sale_id", maintain_order=True).agg(
        pl.len(), pl.col("vin", "seller_id", "buyer_id", "invoice", "invoiced_on").first(),
        back=pl.col("invoice").last(), back_on=pl.col("invoiced_on").last(),
    )  # fmt: skip
    back = prices.select(back="invoice", back_price="price", back_currency="currency")
    paid = ends.join(prices, on="invoice").join(back, on="back")
    is_other_money = (pl.col("currency") != pl.col("back_currency")).fill_null(False)
    given_back = paid.filter(
        pl.col("len") == 2,
        _days("invoiced_on", "back_on") <= SOLD_ON_DAYS,
        pl.col("price") == pl.col("back_price"),
        ~is_other_money,
    ).join(people, on="buyer_id")
    payers = tables["payments"].select(invoice="sale_id", payer="payer_id").drop_nulls().unique("invoice")
    keyed = given_back.join(payers, on="invoice", how="left")
    often = [
        (pl.len().over("seller_id", name) >= OFTEN) & pl.col(name).is_not_null()
        for name in ("buyer_id", "address", "phone", "payer")
    ]
    return keyed.select("sale_id", is_often=pl.any_horizontal(often))


def _related_party_sales(lives: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    retail = tables["sales"].filter(pl.col("kind") == "retail")
    related = retail.join(related_sales(retail, tables), on="sale_id").select(
        "vin", sold_by="seller_id", sold_to="buyer_id", sold_on="invoiced_on"
    )
    sold = related.join(lives, on="vin", how="left")
    return sold.filter(~_is_used("sold_to", "sold_on")).join(_sold_on(related, tables), on="vin", how="anti")


def _is_used(buyer: str, since: str) -> pl.Expr:
    """The buyer had the car plated in three months, kept it for three more, and it ran."""
    given_up = pl.min_horizontal("transferred_on", "deregistered_on", "cleared_on")
    kept = (given_up - pl.col("plated_on")).dt.total_days().fill_null(FLEET_DAYS + 1) > FLEET_DAYS
    own = (pl.col("owner_id") == pl.col(buyer)) & (_days(since, "plated_on") <= FLEET_DAYS) & kept
    stands_still = (pl.col("km") <= USED_KM) & (_days("plated_on", "read_on") >= FLEET_DAYS)
    return (own & ~stands_still.fill_null(False)).fill_null(False)


def _sold_on(related: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """The cars that the related buyer's side sold to an unrelated party within a month, and that this party has."""
    retail = tables["sales"].filter(pl.col("kind") == "retail").rename({"buyer_id": "user_id"})
    onward = related.join(retail.select("vin", "sale_id", "user_id", "invoiced_on"), on="vin").filter(
        _days("sold_on", "invoiced_on").is_between(0, SOLD_ON_DAYS),
        pl.col("user_id") != pl.col("sold_to"),
        pl.col("user_id") != pl.col("sold_by"),
    )
    asked = onward.select("sale_id", "invoiced_on", seller_id="sold_by", buyer_id="user_id")
    outside = onward.join(related_sales(asked, tables), on="sale_id", how="anti")
    theirs = pl.concat(
        [
            tables["policies"].select("vin", user_id="insured_id"),
            tables["registrations"].select("vin", user_id="owner_id"),
        ]
    ).unique()
    return outside.join(theirs, on=["vin", "user_id"], how="semi").select("vin").unique()


def _zero_mileage_export(lives: pl.DataFrame) -> pl.DataFrame:
    used = lives.filter(pl.col("declared_as") == "used").with_columns(
        asked_on=pl.coalesce("applied_on", "awaiting_export_on", "cleared_on")
    )
    in_time = _days("first_registered_on", "asked_on") <= LIMIT_DAYS
    before_rule = pl.min_horizontal("asked_on", "awaiting_export_on") < as_date(LETTER_RULE)
    is_unused = (pl.col("km") <= LIMIT_KM) & (pl.col("built_on") >= pl.col("asked_on").dt.offset_by("-12mo"))
    # the rule asks for the letter and for nothing else; before it, what was never used is the practice
    return used.filter(in_time, ~before_rule | is_unused, ~pl.col("maker_letter").fill_null(False))
