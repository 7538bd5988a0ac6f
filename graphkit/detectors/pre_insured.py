"""Cars that were insured before anyone bought them, so that they count as sold.

What it finds
    A car whose first compulsory policy started more than 7 days before the first invoice to an end user (or the
    handover, where that came first), with somebody else than that end user insured.
Why it matters
    Retail sales are counted by compulsory insurance: each such car is a sale booked before it happened. One maker
    booked at least 64,719 of 117,000 that way.
How it decides
    Tested are cars with a compulsory policy and an end-user invoice, and cars still without one whose insured is the
    dealer, the maker or a company of the dealer's control group. The detector reads that no earlier invoice exists only
    where sales are complete nationwide from the car's birth, and that no demo or display register lists the car only
    where that register is complete. The car is undecided where the insured has the end user's name under another id, is
    a stub or has an open identity; where an endorsement replaced somebody unknown; where a plate may be a fleet's; and
    where days contradict one another. The dealer that held the car when it was insured answers for it.
Lawful look-alikes
    Demo, display, loaner and fleet stock, by the register or by its use; insurance given with the car; cancelled
    orders; fleets that use the car.
What it misses
    Cars insured in the later buyer's name before any sale; slack of a week for clerks.
References
    Reuters 2025 on how early policies count as sales; order 462 on the policy that a plate needs.
"""

from dataclasses import dataclass

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.frames import Lazy
from graphkit.algorithms.thresholds import setting
from graphkit.facts.first_insured import with_first_insured
from graphkit.facts.outcome import (
    contradicted,
    evidence_of,
    exposure_of,
    hits_of,
    listed,
    on,
    sentence,
    text,
    with_party,
    with_shadows,
    with_unit,
    with_verdict,
)
from graphkit.look_alikes import cancelled_order, declared_stock, demo_use, fleet_use, gift_insurance
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, ReferenceRate


@dataclass(frozen=True)
class Settings:
    """The threshold of the rule."""

    slack_days: int = setting(
        7, "days", "by so much may a policy precede the invoice: clerks file both within a week (our judgement)"
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every insured car with an end sale, or held by its dealer without one; by policy month, dealer and
    maker.
    """
    cars = _with_facts(market, settings)
    judged = with_verdict(cars, ~nw.col("is_early")).with_columns(
        is_hit=nw.lit(True),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("dealer_id"),
        counterparty_id=nw.col("first_insured_id"),
        on_date=nw.col("first_insured_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=text(None),
        value=nw.col("days_early"),
        value_unit=text("days from policy to end user"),
        reason=nw.when(nw.col("is_sold"))
        .then(
            sentence(
                "insured on ", on(nw.col("first_insured_on")), " for ", nw.col("first_insured_id"),
                ", first bought by ", nw.col("end_buyer_id"), " on ", on(nw.col("handover_on")),
            )
        )
        .otherwise(
            sentence(
                "insured on ", on(nw.col("first_insured_on")), " for ", nw.col("first_insured_id"),
                f", not sold to an end user by {market.as_of}",
            )
        ),
    )  # fmt: skip
    by_dealer = with_unit(judged, "dealer_month", "dealer_id", "first_insured_on")
    by_maker = with_unit(judged, "maker_city_month", "manufacturer_id", "first_insured_on", city="first_policy_city")
    evidence = evidence_of(
        by_dealer,
        {
            "first compulsory policy": ("policies", nw.col("first_policy_id")),
            "first invoice to an end user": ("sales", nw.col("end_sale_id")),
            "endorsement of the insured": ("endorsements", nw.col("endorsement_key")),
            "first plate": ("registrations", nw.col("first_registration_id")),
        },
    )
    exposure = nw.concat([exposure_of(by_dealer), exposure_of(by_maker)], how="vertical")
    received_on = nw.min_horizontal("end_sale_on", "handed_over_on")
    return Outcome(hits_of(by_dealer, "vehicle", received_on), exposure, evidence)


def _with_facts(market: Market, settings: Settings) -> Lazy:
    is_sold = ~nw.col("end_sale_on").is_null()
    cars = market.ledger.filter(~nw.col("first_insured_on").is_null())
    cars = with_first_insured(cars, market).join(_held_in_group(market), on="vin", how="left")
    cars = with_party(cars, market, "first_owner_id", "owner")
    for table in ("sales", "declared_stock", "registrations"):
        cars = with_shadows(cars, market, table)
    in_chain = (
        (nw.col("first_insured_id") == nw.col("dealer_id")).fill_null(False)
        | (nw.col("first_insured_id") == nw.col("manufacturer_id")).fill_null(False)
        | (nw.col("first_insured_id") == nw.col("wholesaler_id")).fill_null(False)
        | nw.col("is_held_in_group").fill_null(False)
    )
    cars = cars.with_columns(
        is_sold=is_sold,
        in_chain=in_chain,
        handover_on=nw.when(is_sold).then(nw.min_horizontal("end_sale_on", "handed_over_on")),
        born_on=nw.min_horizontal("built_on", "wholesaled_on"),
    ).filter(nw.col("is_sold") | nw.col("in_chain"))
    cars = cars.with_columns(
        since=nw.min_horizontal("born_on", "first_insured_on"),
        until=nw.coalesce(nw.col("handover_on"), nw.lit(market.as_of)),
        days_early=days_between(nw.col("first_insured_on"), nw.coalesce(nw.col("handover_on"), nw.lit(market.as_of))),
    )
    cars = cars.with_columns(is_early=nw.col("days_early") > settings.slack_days)
    return cars.with_columns(look_alike=_look_alike(), missing=_missing(market))


def _look_alike() -> nw.Expr:
    fleet = fleet_use.plated_for_fleet(nw.col("first_insured_id"), nw.col("first_insured_on"))
    return (
        nw.when(declared_stock.listed_on(nw.col("first_insured_on")))
        .then(nw.lit(declared_stock.LOOK_ALIKE.id))
        .when(gift_insurance.insured_by_end_user() & ~nw.col("was_renamed") & ~nw.col("may_be_renamed"))
        .then(nw.lit(gift_insurance.LOOK_ALIKE.id))
        .when(cancelled_order.cancelled_before_sale(nw.col("insured_kind")))
        .then(nw.lit(cancelled_order.LOOK_ALIKE.id))
        .when(fleet)
        .then(nw.lit(fleet_use.LOOK_ALIKE.id))
        .when(demo_use.driven(nw.col("until")))
        .then(nw.lit(demo_use.LOOK_ALIKE.id))
    )


def _missing(market: Market) -> nw.Expr:
    insured_on = nw.col("first_insured_on")
    same_name = nw.col("is_sold") & (nw.col("insured_key") == nw.col("buyer_key")).fill_null(False)
    return listed(
        ("policies.kind", nw.col("first_policy_kind").is_null()),
        ("who the insured party is", nw.col("insured_open")),
        ("who the end user is", nw.col("is_sold") & nw.col("buyer_open")),
        ("who was insured before the endorsement", nw.col("may_be_renamed")),
        (
            "whether insured and end user of the same name are one",
            same_name & ~nw.col("was_renamed") & ~nw.col("may_be_renamed"),
        ),
        ("whether the car was used", demo_use.leaves_open(nw.col("until"))),
        ("vehicles.built_on", nw.col("born_on").is_null()),
        (
            "sales complete nationwide from the car's birth",
            ~market.coverage.covers("sales", nw.col("since"), nw.col("until")) & ~nw.col("born_on").is_null(),
        ),
        contradicted(),
        ("an unreadable sales row could be this car", nw.col("sales_shadowed")),
        (
            "declared_stock complete on the policy's start",
            ~market.coverage.covers("declared_stock", insured_on, insured_on),
        ),
        ("an unreadable declared_stock row could be this car", nw.col("declared_stock_shadowed")),
        (
            "policies.use, or registrations complete nationwide, to tell a fleet",
            fleet_use.could_be_fleet(nw.col("first_policy_use"), insured_on)
            & (
                nw.col("registrations_shadowed")
                | ~market.coverage.covers(
                    "registrations", insured_on, plus_days(insured_on, fleet_use.PLATED_WITHIN_DAYS)
                )
            ),
        ),
        (
            "owner and use of the first plate, to tell a fleet",
            fleet_use.plate_leaves_open(
                nw.col("first_insured_id"),
                nw.col("owner_open"),
                nw.coalesce("use", "first_policy_use"),
                insured_on,
            ),
        ),
    )


def _held_in_group(market: Market) -> Lazy:
    """The unsold cars whose insured party and dealer lie in one control group on the policy's first day."""
    day = nw.col("first_insured_on")
    cars = market.ledger.filter(nw.col("end_sale_on").is_null(), ~day.is_null()).select(
        "vin", "dealer_id", "first_insured_id", "first_insured_on"
    )
    for column, group in (("dealer_id", "dealer_group"), ("first_insured_id", "insured_group")):
        groups = market.groups.select(
            nw.col("party_id").alias(column),
            nw.col("group_id").alias(group),
            nw.col("valid_from").alias(f"{group}_from"),
            nw.col("valid_to").alias(f"{group}_to"),
        )
        cars = cars.join(groups, on=column, how="inner").filter(
            nw.col(f"{group}_from").is_null() | (nw.col(f"{group}_from") <= day),
            nw.col(f"{group}_to").is_null() | (nw.col(f"{group}_to") >= day),
        )
    held = cars.filter(nw.col("dealer_group") == nw.col("insured_group"))
    return held.select("vin", is_held_in_group=nw.lit(True)).unique(subset=["vin"], keep="any")


DETECTOR = Detector(
    id="pre_insured",
    title="Insured before anyone bought it",
    family="booking",
    accountable="dealer",
    null=Null.RATE,
    severity=0.8,
    confidence=0.8,
    status="stable",
    version="2",
    look_alikes=(
        declared_stock.LOOK_ALIKE,
        demo_use.LOOK_ALIKE,
        gift_insurance.LOOK_ALIKE,
        cancelled_order.LOOK_ALIKE,
        fleet_use.LOOK_ALIKE,
    ),
    references=(
        Reference(
            "Reuters, on cars that two makers insured before they were sold, as printed in The Sun, Malaysia",
            "2025-07-20",
            "article IB14510293",
        ),
        Reference(
            "State Council of China, Regulation on Compulsory Traffic Accident Liability Insurance",
            "2006-03-21",
            "order 462, article 4, no registration without a policy",
        ),
    ),
    needs={
        "policies": ("vin", "insured_id", "starts_on", "kind"),
        "sales": ("vin", "buyer_id", "kind", "invoiced_on"),
    },
    reads_absence_of=("sales", "declared_stock", "registrations"),
    floors=Floors(
        min_tested=30,
        min_flagged=30,
        min_share=0.1,
        min_effect=2.0,
        why="one car in ten, and at least 30, is beyond clerks' slips and cancelled orders (our judgement)",
    ),
    settings=Settings(),
    detect=detect,
    assumptions=("The insured party is the one at the policy's inception, unless an endorsement says otherwise.",),
    reference_rate=ReferenceRate(
        mean=0.03,
        icc=0.01,
        why=(
            "ordinary gaps between insured and announced counts were -1.1 % to 3.7 %, between reported and registered "
            "ones 1.6 % to 3.2 %; orders cancelled and invoices re-issued lie inside them. They differ by some 1.5 "
            "points around their mean, which is a correlation of 0.008; 0.01 is the least that is assumed of any "
            "units, since no two are alike (our judgement)"
        ),
        source="CnEVPost of 13 December 2022; dealerlaw.com of July 2020; autoevolution.com of 2016",
    ),
    deduction=Deduction("pre_insured", moved_to="an invoice or a handover to the end user"),
)
