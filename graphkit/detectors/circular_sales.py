"""Cars that a seller invoiced as sold and that came back to it or its control group: one car, several sales.

What it finds
    A car that returns to the control group of its seller along invoices that follow one another: two to six of them,
    within 180 days, at least one of them to an end user (retail).
Why it matters
    A car that goes round and comes back was sold to nobody, but each invoice counts as a sale, and the next round
    counts again.
How it decides
    Invoices of one car make a chain where each begins with the buyer of the one before it, in time. The chain closes on
    the first seller, or on a party of its control group as of the first invoice (proven control only). What comes back
    to the seller itself is a circle also where its steps lie inside the group; a car that closes on another party by
    way of a step inside the group is undecided. The order within one day counts only where ``sequence`` tells it. The
    car is undecided where no invoice is of kind retail (the dealers may have shared their stock), unless its seller had
    it by a retail invoice from its own group, in the same 180 days and without a plate of its own; and where its VIN
    has so many invoices that it stands for several cars. A sale to a person that comes back within 30 days at the same
    price may have been undone, whatever its invoices call it: such a car is undecided too, until one person stands in
    three of one seller's (persons with one telephone, address or payer are one); then the seller is judged as if it had
    sold to a company. A car is counted once, for the first circle that is flagged, by the month and seller of its first
    invoice. A company outside the seller's group that passed it on on that way, and to which it did not come by
    wholesale, answers for its step, by the month of its own invoice: it has the verdict of the circle, and is a finding
    of its own, but no further car. Companies that bought every car they sold of somebody else, and are no dealers, are
    compared with one another. Of a car that an end user bought and had plated in the end the circle stands, and the
    restatement counts the car in the month of that invoice.
Lawful look-alikes
    Returns, dealers' swaps, leasebacks and trade-ins, by the kind of an invoice; a private owner in whose name the car
    was plated before it came back; a fleet that had it plated for 90 days or drove it, and sold it back; stock that a
    control group hands round, where all invoices lie inside it, none is retail, and nobody in between was insured for
    the car or had it plated. A company of the group that bought the car at the end, had it plated within 90 days, kept
    it for 90 more and used it, as a fleet or for its own people, is its end user; where nothing tells the use the car
    is undecided. So it is with a lessor in between, who may have financed the stock.
What it misses
    Cars that come back after 180 days or after the last covered day, or to parties that no register ties to the
    seller; circles of which an invoice is missing; circles through many persons whom nothing in the records joins.
    Persons are never accused: a circle that begins with one is left out.
References
    AS 2410 on deals that are soon unwound; Kumar and Calders 2018 on cycles in time.
"""

from dataclasses import dataclass, replace

import narwhals as nw
import polars as pl

from graphkit.algorithms.frames import Lazy, at_hand, lazy_of, polars_of
from graphkit.algorithms.thresholds import setting
from graphkit.facts.cars_gone_round import (
    LIFE,
    inside_its_group,
    kinds_of,
    passed_through,
    told_inside,
    with_booking,
    with_end_user,
    with_holders,
    with_last_buyer,
)
from graphkit.facts.control_on_day import home_rows
from graphkit.facts.outcome import (
    CLEAR,
    exposure_of,
    hits_of,
    listed,
    on,
    sentence,
    with_party,
    with_seller_units,
    with_verdict,
)
from graphkit.look_alikes import (
    company_cars,
    dealer_swap,
    fleet_use,
    group_transfer,
    leaseback,
    returned_sale,
    trade_in,
)
from graphkit.model import (
    Deduction,
    Detector,
    Floors,
    Grade,
    Market,
    Null,
    Outcome,
    Reference,
    ReferenceRate,
    Tally,
    Verdict,
)
from graphkit.tables.subjects import STEP, VEHICLE
from graphkit.trade import circles


@dataclass(frozen=True)
class Settings:
    """What a circle of invoices is, and what is no car."""

    window_days: int = setting(
        circles.WINDOW_DAYS,
        "days",
        "from the first to the last invoice, inclusive: what comes back later is ordinary second-hand trade (our "
        "judgement)",
    )
    max_length: int = setting(circles.MAX_LENGTH, "invoices", "longer chains are ordinary trade (our judgement)")
    max_invoices: int = setting(
        circles.MAX_INVOICES,
        "invoices",
        "a VIN with more is no car but a number that somebody filled in (our judgement)",
    )
    undone_days: int = setting(
        circles.UNDONE_DAYS,
        "days",
        "a person who gives the car back within a month at the price paid may have changed its mind (our judgement)",
    )
    often: int = setting(
        circles.OFTEN,
        "undone sales",
        "from the third one of a seller and a person on nobody changes its mind any more (our judgement)",
    )


SOLD_TO_USER = "later invoice to an end user who had the car plated"
"""The evidence by which a car that went round was sold in the end."""


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every car once for each company that sold it, counted by the month in which it first did, or in which the
    car went round by its invoice.
    """
    policies = market.tables["policies"].select("vin", "starts_on", "insured_id")
    market = replace(market, tables={**market.tables, "policies": policies})
    market = market.in_memory(("sales", "policies", "registrations"), LIFE)
    sales = market.tables["sales"].filter(~nw.col("seller_id").is_null(), ~nw.col("buyer_id").is_null())
    several = sales.group_by("vin").agg(nw.len().alias("invoices"))
    sales = sales.join(several, on="vin").with_columns(is_no_car=nw.col("invoices") > settings.max_invoices)
    found = circles.returns(
        circles.of_sales(polars_of(sales.filter(~nw.col("is_no_car")))),
        polars_of(market.groups),
        circles.Bounds(settings.window_days, settings.max_length),
    )
    steps = lazy_of(found.with_columns(keys=pl.col("row_key").str.join("|").over("circle")))
    inside = at_hand(inside_its_group(steps, market))
    hits = at_hand(_chosen(_judged(steps, inside, market, settings)))
    tested = with_party(sales, market, "seller_id", "seller").filter(
        (nw.col("seller_kind") != "person").fill_null(True)
    )
    tested = tested.unique(
        subset=["vin", "seller_id"], keep="first", order_by=["invoiced_on", "sequence", "sale_id"]
    ).select("vin", "invoiced_on", "is_no_car", accountable_id="seller_id")
    acts = _acts(hits, steps, inside).join(tested.select("vin", "accountable_id"), on=["vin", "accountable_id"])
    # a car is tested in the month of the invoice by which it went round, else of the seller's first invoice
    judged = tested.join(acts, on=["vin", "accountable_id"], how="left").with_columns(
        verdict=nw.when(nw.col("is_no_car"))
        .then(nw.lit(Verdict.INDETERMINATE.value))
        .otherwise(nw.col("verdict").fill_null(CLEAR)),
        is_hit=~nw.col("verdict").is_null(),
        on_date=nw.coalesce("done_on", "invoiced_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=nw.lit(None, dtype=nw.String),
    )
    judged = with_seller_units(judged, market)
    listed_hits = hits_of(judged, nw.col("subject_kind"), nw.col("user_on"))
    return Outcome(listed_hits, exposure_of(judged), _evidence(acts, steps, inside, market))


def _acts(hits: Lazy, steps: Lazy, inside: Lazy) -> Lazy:
    """One row a step of a hit's circle: its seller answers for the car, and who passed it on for the step.

    To whom the car came by wholesale it sold the car as a dealer does, and passed nothing on; for the companies of the
    seller's own group the seller answers.
    """
    done = steps.select(
        "circle", "step", accountable_id="from_id", counterparty_id="to_id", done_on="on_date", value="amount"
    )
    came = steps.select("circle", step=nw.col("step") + 1, is_stocked=nw.col("kind") == "wholesale")
    done = done.join(came, on=["circle", "step"], how="left")
    done = done.join(inside.select("circle", "step", "is_at_home"), on=["circle", "step"], how="left")
    passes_on = ~nw.col("is_stocked").fill_null(False) & (nw.col("is_at_home").fill_null(0) == 0)
    done = done.filter((nw.col("step") == 1) | passes_on).drop("is_stocked", "is_at_home")
    acts = done.join(hits, on="circle")
    # within a group a car may pass one party twice
    acts = acts.unique(subset=["vin", "accountable_id"], keep="first", order_by=["step"])
    is_first = nw.col("step") == 1
    passed_on = sentence(
        nw.col("accountable_id"), " passed the car on to ", nw.col("counterparty_id"), " on ", on(nw.col("done_on")),
        ", on its way round: ", nw.col("reason"),
    )  # fmt: skip
    return acts.with_columns(
        subject_kind=nw.when(is_first).then(nw.lit(VEHICLE)).otherwise(nw.lit(STEP)),
        subject_id=nw.when(is_first)
        .then(nw.col("vin"))
        .otherwise(nw.concat_str(nw.col("vin"), nw.lit("/"), nw.col("step").cast(nw.String))),
        user_on=nw.when(is_first).then(nw.col("user_on")),
        reason=nw.when(is_first).then(nw.col("reason")).otherwise(passed_on),
    )


def _judged(steps: Lazy, inside: Lazy, market: Market, settings: Settings) -> Lazy:
    """One row a circle: vin, seller_id, first_on, first_key, steps, verdict, look_alike, missing, reason, …"""
    ends = steps.filter(nw.col("step") == 1).select(
        "circle", "vin", "steps", "is_ordered", "currency",
        seller_id="from_id", first_on="on_date", first_key="row_key", keys="keys", buyer_id="to_id",
    ).join(
        steps.filter(nw.col("step") == nw.col("steps")).select("circle", back_to_id="to_id", back_on="on_date"),
        on="circle",
    )  # fmt: skip
    between = passed_through(steps, market, undone_days=settings.undone_days, often=settings.often)
    facts = kinds_of(steps).join(between, on="circle").join(told_inside(inside, settings.max_length), on="circle")
    found = with_holders(at_hand(ends.join(facts, on="circle")), steps, market)
    found = with_party(found, market, "seller_id", "seller")
    found = with_party(found, market, "back_to_id", "back_to").filter(nw.col("seller_kind") != "person")
    found = with_last_buyer(at_hand(with_end_user(at_hand(found), steps, market)), market)
    found = at_hand(with_booking(at_hand(found), market, settings.window_days))
    # where a person gave the car back at once no word in ``kind`` decides
    is_told = nw.col("is_undone") == 0
    is_back = nw.col("back_to_id") == nw.col("seller_id")
    # what closes on another party of the group has steps inside it only where it begins with one
    is_lent = (nw.col("inside") > 0) & ~is_back
    is_moved = group_transfer.moved_inside(nw.col("steps"), nw.col("inside"), nw.col("is_retail"))
    found = found.with_columns(
        is_lent=is_lent,
        look_alike=nw.when(is_moved & nw.col("is_unheld") & nw.col("is_seen"))
        .then(nw.lit(group_transfer.LOOK_ALIKE.id))
        .when(is_told & (nw.col("is_returned") == 1)).then(nw.lit(returned_sale.LOOK_ALIKE.id))
        .when(is_told & (nw.col("is_swapped") == 1)).then(nw.lit(dealer_swap.LOOK_ALIKE.id))
        .when(is_told & (nw.col("is_leased_back") == 1)).then(nw.lit(leaseback.LOOK_ALIKE.id))
        .when((is_told & (nw.col("is_traded_in") == 1)) | (nw.col("is_driven") == 1))
        .then(nw.lit(trade_in.LOOK_ALIKE.id))
        .when((nw.col("is_in_fleet") == 1) | nw.col("is_fleet_car")).then(nw.lit(fleet_use.LOOK_ALIKE.id))
        .when(nw.col("is_company_car")).then(nw.lit(company_cars.LOOK_ALIKE.id)),
        missing=listed(
            ("the order of the invoices within the day", ~nw.col("is_ordered")),
            ("who a party of the circle is", (nw.col("is_open") == 1) | nw.col("seller_open") | nw.col("back_to_open")),
            (
                "whether dealers shared their stock: no invoice of the circle is retail",
                (nw.col("is_retail") == 0) & nw.col("booked_on").is_null(),
            ),
            (
                "policies and registrations complete nationwide, to tell a transfer inside the group",
                is_moved & ~nw.col("is_held") & ~nw.col("is_seen"),
            ),
            ("in whose name the car was insured or plated", is_moved & ~nw.col("is_held") & ~nw.col("is_unheld")),
            ("whether the group sold the car: steps of it lie inside the group", is_lent),
            ("whether the sale was undone", nw.col("is_undone") == 1),
            ("whether the lessor financed the stock or leases the car back", nw.col("is_financed") == 1),
            ("registrations complete nationwide, to tell a private owner's car", nw.col("is_unread") == 1),
            ("registrations complete nationwide, to tell a fleet's car", nw.col("is_fleet_unread") == 1),
            ("registrations complete nationwide, to tell the group's own cars", nw.col("is_end_unread")),
            ("owner of the first plate, to tell the group's own cars", nw.col("is_end_open")),
            ("whether the car was used", nw.col("may_be_used")),
        ),
    )  # fmt: skip
    went = nw.when(is_lent).then(nw.lit("went on ")).otherwise(nw.lit("came back "))
    back = nw.when(is_back).then(nw.lit("to it"))
    return with_verdict(found, nw.lit(False)).with_columns(
        value_unit=nw.coalesce(nw.col("currency"), nw.lit("currency not given")),
        reason=sentence(
            nw.col("seller_id"), " sold the car to ", nw.col("buyer_id"), " on ", on(nw.col("first_on")),
            ", and it ", went,
            back.otherwise(nw.concat_str(nw.lit("to "), nw.col("back_to_id"), nw.lit(" of its control group"))),
            " on ", on(nw.col("back_on")),
            " (invoices: ", nw.col("steps").cast(nw.String), nw.col("told_inside"), ")", _told_booking(), _told_end(),
        ),
    )  # fmt: skip


def _told_booking() -> nw.Expr:
    told = nw.concat_str([nw.lit("; its group had booked it as sold at retail on "), on(nw.col("booked_on"))])
    return nw.when(nw.col("booked_on").is_null()).then(nw.lit("")).otherwise(told)


def _told_end() -> nw.Expr:
    told = [
        nw.lit("; sold to "),
        nw.col("user_id"),
        nw.lit(" on "),
        on(nw.col("user_on")),
        nw.lit(", who had it plated"),
    ]
    return nw.when(nw.col("user_id").is_null()).then(nw.lit("")).otherwise(nw.concat_str(told))


def _chosen(judged: Lazy) -> Lazy:
    """One circle a car: a flagged one before others, one that leaves the group at once before those that do not, then
    the one that began first, then the shortest.
    """
    rank = (nw.col("verdict") != Verdict.FLAGGED.value).cast(nw.Int64) + nw.col("is_lent").cast(nw.Int64)
    ranked = judged.with_columns(rank=rank)
    return ranked.unique(subset=["vin"], keep="first", order_by=["rank", "first_on", "first_key", "steps", "keys"])


def _evidence(acts: Lazy, steps: Lazy, inside: Lazy, market: Market) -> Lazy:
    """The invoices of the circle in their order, then what proves who of its buyers was of the seller's group."""
    rows = steps.select("circle", "table", "row_key", ordinal="step")
    invoices = acts.select("circle", "subject_id").join(rows, on="circle").select(
        "subject_id", "ordinal", "table", "row_key", role=nw.lit(circles.CAR_STEP)
    )  # fmt: skip
    away = acts.filter(nw.col("back_to_id") != nw.col("seller_id")).select(
        "subject_id", "first_on", first_id="seller_id", last_id="back_to_id"
    )
    within = inside.filter(nw.col("is_inside") == 1).select("circle", "first_on", first_id="seller_id", last_id="to_id")
    within = acts.select("circle", "subject_id").join(within, on="circle").select(*away.collect_schema().names())
    away = nw.concat([away, within], how="vertical")
    return nw.concat([invoices, home_rows(away, market), _end_rows(acts)], how="vertical")


def _end_rows(acts: Lazy) -> Lazy:
    """The rows that show that the car was sold in the end, or before its circle, after those of the circle."""
    told = acts.filter(~nw.col("user_id").is_null())
    booked = acts.filter(~nw.col("booked_on").is_null())
    rows = (
        (told, "sales", "user_key", SOLD_TO_USER, 1),
        (told, "registrations", "plate_key", "plate of that end user", 2),
        (booked, "sales", "booked_key", "invoice by which the group had booked it", 3),
    )
    parts = [
        some.select("subject_id", ordinal=nw.col("steps") + after, table=nw.lit(table), row_key=key, role=nw.lit(role))
        for some, table, key, role, after in rows
    ]
    used = acts.filter(nw.col("is_fleet_car") | nw.col("is_company_car")).select(
        "subject_id", ordinal=nw.col("steps") + 1, table=nw.lit("registrations"), row_key="first_registration_id",
        role=nw.lit("plate of the last buyer"),
    )  # fmt: skip
    used = used.select("subject_id", "ordinal", "table", "row_key", "role")
    return nw.concat([*parts, used], how="vertical")


DETECTOR = Detector(
    id="circular_sales",
    title="Car that came back to its seller",
    family="circular_cars",
    accountable="dealer",
    null=Null.RATE,
    severity=0.8,
    confidence=0.8,
    status="stable",
    version="5",
    look_alikes=(
        company_cars.LOOK_ALIKE,
        dealer_swap.LOOK_ALIKE,
        fleet_use.LOOK_ALIKE,
        group_transfer.LOOK_ALIKE,
        leaseback.LOOK_ALIKE,
        returned_sale.LOOK_ALIKE,
        trade_in.LOOK_ALIKE,
    ),
    references=(
        Reference(
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "paragraph .A2, signs of undisclosed related parties",
        ),
        Reference(
            "Kumar and Calders, 2SCENT, Proceedings of the VLDB Endowment",
            "2018",
            "volume 11, number 11, pages 1441 to 1453",
        ),
    ),
    needs={
        "sales": ("vin", "seller_id", "buyer_id", "kind", "invoiced_on"),
        "parties": ("party_id", "kind"),
    },
    reads_absence_of=("registrations",),
    floors=Floors(
        min_tested=10,
        min_flagged=5,
        min_share=0.05,
        min_effect=2.0,
        why="five cars that came back and one in twenty of those sold (our judgement): one car is a mishap",
    ),
    settings=Settings(),
    detect=detect,
    unlisted="whether the VIN is one car: it stands on too many invoices",
    assumptions=("Control is that of the day of the first invoice.",),
    reference_rate=ReferenceRate(
        mean=0.01,
        icc=0.02,
        why=(
            "cars that come back within half a year are returned, traded in or swapped, and mostly say so; of the "
            "rest an honest dealer has one in a hundred at most (our judgement)"
        ),
        source="no published rate found",
    ),
    deduction=Deduction("returned", moved_to=f"a {SOLD_TO_USER}"),
    tallies=(
        Tally(
            "passed_on",
            "passed on by it on their way round",
            (nw.col("subject_kind") == STEP) & (nw.col("verdict") == "flagged"),
            tells_none=False,
        ),
    ),
)
