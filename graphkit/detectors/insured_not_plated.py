"""Cars that were insured, so that they count as sold, and that nobody plated.

What it finds
    A new car whose first compulsory policy started, and for which no plate exists anywhere in the country up to 90 days
    after that start: one that was plated later still, or never.
Why it matters
    Analysts count retail sales by compulsory insurance. A car nobody bought is insured but has no owner to plate it.
How it decides
    Tested are cars whose first compulsory policy starts in the month and that were not first seen mid-life. Days run
    from the policy; where the end user is insured, from the latest of policy, invoice and handover. A plate within 30
    days is in time, in any city. Absence of a plate is read only where the registrations are complete nationwide from
    the car's birth to day 90 and no unreadable row could be that car; that no demo register lists it and that it was
    not exported as new, only where those tables are.
Lawful look-alikes
    Plates that come between day 31 and day 90, for want of a quota or from another city; display and demo cars;
    private exports of new cars; orders that another customer cancelled.
What it misses
    Cars that are plated to a company nobody drives for; cars whose policy never entered the extract.
References
    Reuters 2025 on retail counts taken from compulsory insurance, and on 2,737 insured cars beside 271 plates.
"""

from dataclasses import dataclass
from datetime import date, timedelta

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
    with_shadows,
    with_unit,
    with_verdict,
)
from graphkit.look_alikes import (
    cancelled_order,
    declared_stock,
    demo_use,
    gift_insurance,
    late_plating,
    parallel_export,
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


@dataclass(frozen=True)
class Settings:
    """The thresholds of the rule."""

    window_days: int = setting(
        30,
        "days",
        "most cars are plated within days of the policy's start; 30 leaves room for slow offices (our judgement)",
    )
    late_days: int = setting(
        90,
        "days",
        "quota cities give a plate within a quarter; what comes later is no buyer who waits (our judgement)",
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every new car with a compulsory policy, counted by policy month and last wholesale buyer."""
    cars = _with_facts(market, settings)
    judged = with_verdict(cars, late_plating.plated_within(settings.window_days, nw.col("since"))).with_columns(
        is_hit=nw.lit(True),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("dealer_id"),
        counterparty_id=nw.col("first_insured_id"),
        on_date=nw.col("first_insured_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=text(None),
        value=days_between(nw.col("since"), nw.col("first_plated_on")),
        value_unit=text("days to the plate"),
        reason=sentence("insured on ", on(nw.col("first_insured_on")), _delivered(), _plated()),
    )
    judged = with_unit(judged, "dealer_month", "dealer_id", "first_insured_on")
    evidence = evidence_of(
        judged,
        {
            "first compulsory policy": ("policies", nw.col("first_policy_id")),
            "endorsement of the insured": ("endorsements", nw.col("endorsement_key")),
            "invoice to the end user": ("sales", nw.col("end_sale_id")),
            "first plate, after the window": ("registrations", nw.col("first_registration_id")),
            "export declaration": ("exports", nw.col("export_id")),
        },
    )
    return Outcome(hits_of(judged, "vehicle", nw.col("first_plated_on")), exposure_of(judged), evidence)


def _delivered() -> nw.Expr:
    told = nw.concat_str([nw.lit(", invoiced or handed over on "), on(nw.col("since"))])
    return nw.when(nw.col("since") > nw.col("first_insured_on")).then(told).otherwise(nw.lit(""))


def _plated() -> nw.Expr:
    plated_on = nw.col("first_plated_on")
    days = days_between(nw.col("since"), plated_on).cast(nw.String)
    is_open = nw.col("verdict") == Verdict.INDETERMINATE.value
    return (
        nw.when(~plated_on.is_null())
        .then(nw.concat_str([nw.lit(", plated on "), on(plated_on), nw.lit(" after "), days, nw.lit(" days")]))
        .when(is_open)
        .then(nw.lit(", no plate seen"))
        .otherwise(nw.concat_str([nw.lit(", no plate by "), on(nw.col("late_by"))]))
    )


def _with_facts(market: Market, settings: Settings) -> Lazy:
    cars = market.ledger.filter(~nw.col("first_insured_on").is_null(), ~nw.col("is_mid_life"))
    cars = with_first_insured(cars, market)
    for table in ("registrations", "declared_stock", "exports"):
        cars = with_shadows(cars, market, table)
    born_on = nw.min_horizontal("built_on", "wholesaled_on")
    # a customer whose insurance was taken out ahead of the delivery plates the car when it is there
    is_ahead = gift_insurance.insured_by_end_user() & ~nw.col("was_renamed")
    delivered_on = nw.max_horizontal("first_insured_on", "end_sale_on", "handed_over_on")
    cars = cars.with_columns(
        born_on=born_on,
        # an entry that came before the wholesale could be older than the earliest day we know of
        seen_on=nw.min_horizontal(born_on, "first_insured_on"),
        until=nw.coalesce(nw.min_horizontal("end_sale_on", "handed_over_on"), nw.lit(market.as_of)),
        since=nw.when(is_ahead).then(delivered_on).otherwise(nw.col("first_insured_on")),
    ).with_columns(late_by=plus_days(nw.col("since"), settings.late_days))
    return cars.with_columns(look_alike=_look_alike(settings), missing=_missing(market, settings))


def _look_alike(settings: Settings) -> nw.Expr:
    return (
        nw.when(declared_stock.listed_on(nw.col("first_insured_on")))
        .then(nw.lit(declared_stock.LOOK_ALIKE.id))
        .when(parallel_export.exported_as_new())
        .then(nw.lit(parallel_export.LOOK_ALIKE.id))
        .when(late_plating.plated_within(settings.late_days, nw.col("since")))
        .then(nw.lit(late_plating.LOOK_ALIKE.id))
        .when(cancelled_order.cancelled_before_sale(nw.col("insured_kind")))
        .then(nw.lit(cancelled_order.LOOK_ALIKE.id))
        .when(demo_use.driven(nw.col("until")))
        .then(nw.lit(demo_use.LOOK_ALIKE.id))
    )


def _missing(market: Market, settings: Settings) -> nw.Expr:
    insured_on, covers = nw.col("first_insured_on"), market.coverage.covers
    is_complete = covers("registrations", nw.col("seen_on"), nw.col("late_by"))
    spans = market.coverage.complete_spans("registrations")
    last = spans[-1][1] if spans else date.max
    first_open = f"{last - timedelta(days=settings.late_days - 1):%Y-%m}"
    is_cut = nw.col("late_by") > nw.lit(last)
    return listed(
        ("policies.kind", nw.col("first_policy_kind").is_null()),
        ("whether the car was used", demo_use.leaves_open(nw.col("until"))),
        ("vehicles.built_on", nw.col("born_on").is_null()),
        (
            f"registrations complete nationwide up to day {settings.late_days}",
            ~is_complete & ~is_cut & ~nw.col("born_on").is_null(),
        ),
        (f"registrations up to day {settings.late_days} of policies from {first_open} on", is_cut),
        contradicted(),
        ("an unreadable registrations row could be this car", nw.col("registrations_shadowed")),
        ("declared_stock complete on the policy's start", ~covers("declared_stock", insured_on, insured_on)),
        ("an unreadable declared_stock row could be this car", nw.col("declared_stock_shadowed")),
        (
            f"exports complete nationwide up to day {settings.late_days}",
            ~covers("exports", insured_on, nw.col("late_by")),
        ),
        ("an unreadable exports row could be this car", nw.col("exports_shadowed")),
    )


_LATE_OR_NEVER = (nw.col("verdict") == Verdict.FLAGGED.value) | (nw.col("look_alike") == late_plating.LOOK_ALIKE.id)


def _not_plated_within(days: int) -> Tally:
    late = nw.col("value").is_null() | (nw.col("value") > days)
    return Tally(f"not_plated_within_{days}_days", f"not plated within {days} days", _LATE_OR_NEVER & late)


DETECTOR = Detector(
    id="insured_not_plated",
    title="Insured, counted as sold, not plated within 90 days",
    family="booking",
    accountable="dealer",
    null=Null.RATE,
    severity=0.7,
    confidence=0.7,
    status="stable",
    version="2",
    look_alikes=(
        cancelled_order.LOOK_ALIKE,
        declared_stock.LOOK_ALIKE,
        demo_use.LOOK_ALIKE,
        late_plating.LOOK_ALIKE,
        parallel_export.LOOK_ALIKE,
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
        "policies": ("vin", "starts_on", "kind"),
        "registrations": ("vin", "plated_on"),
        "sales": ("vin", "buyer_id", "kind"),
    },
    reads_absence_of=("registrations", "declared_stock", "exports"),
    floors=Floors(
        min_tested=30,
        min_flagged=30,
        min_share=0.5,
        min_effect=2.0,
        why="fewer than 30 cars or less than half unplated happens in quota cities (our judgement)",
    ),
    settings=Settings(),
    detect=detect,
    peers_of_a_city="how fast a car is plated depends on the quota and the office of its city (our judgement)",
    tallies=(
        _not_plated_within(30),
        Tally("plated_later", "of them plated later", _LATE_OR_NEVER & ~nw.col("value").is_null()),
        Tally("never_plated", "never", _LATE_OR_NEVER & nw.col("value").is_null()),
        _not_plated_within(60),
        _not_plated_within(90),
    ),
    assumptions=("A car counts as new where its first policy is not later than 30 days after its first registration.",),
    reference_rate=ReferenceRate(
        mean=0.1,
        icc=0.05,
        why=(
            "cities with a quota and year ends plate late; most cars of an honest dealer are plated within thirty "
            "days, and dealers differ much by city (our judgement)"
        ),
        source="no published rate found",
    ),
    deduction=Deduction("never_plated", moved_to="a later plate"),
)
