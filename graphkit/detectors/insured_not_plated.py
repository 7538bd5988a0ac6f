"""Cars that were insured, so that they count as sold, and never got a plate.

What it finds
    A new car whose first compulsory policy started, and for which no plate exists anywhere in the country up to 30 days
    after that start.
Why it matters
    Analysts count retail sales by compulsory insurance. A car nobody bought is insured but has no owner to plate it.
How it decides
    Tested are cars whose first compulsory policy starts in the month and that were not first seen mid-life. A plate on
    any date up to policy start + window counts, in any city. Absence of a plate is read only where the registrations
    are complete nationwide from the car's birth to the end of the window and no unreadable row could be that car; that
    no demo register lists it and that it was not exported as new, only where those tables are.
Lawful look-alikes
    Display and demo cars; private exports of new cars; plates in another city or late for want of a quota.
What it misses
    Cars that are plated to a company nobody drives for; cars whose policy never entered the extract.
References
    Reuters 2025 on retail counts taken from compulsory insurance, and on 2,737 insured cars beside 271 plates.
"""

from dataclasses import dataclass

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.thresholds import setting
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
from graphkit.look_alikes import declared_stock, late_plating, parallel_export
from graphkit.model import Detector, Floors, Grade, Market, Null, Outcome, Reference, ReferenceRate


@dataclass(frozen=True)
class Settings:
    """The threshold of the rule."""

    window_days: int = setting(
        30,
        "days",
        "most cars are plated within days of the policy's start; 30 leaves room for slow offices (our judgement)",
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every new car with a compulsory policy, counted by policy month and last wholesale buyer."""
    born_on = nw.min_horizontal("built_on", "wholesaled_on")
    window_ends_on = plus_days(nw.col("first_insured_on"), settings.window_days)
    cars = market.ledger.filter(~nw.col("first_insured_on").is_null(), ~nw.col("is_mid_life")).with_columns(
        # an entry that came before the wholesale could be older than the earliest day we know of
        born_on=born_on,
        since=nw.min_horizontal(born_on, "first_insured_on"),
        window_ends_on=window_ends_on,
    )
    for table in ("registrations", "declared_stock", "exports"):
        cars = with_shadows(cars, market, table)
    cars = cars.with_columns(
        missing=listed(
            ("policies.kind", nw.col("first_policy_kind").is_null()),
            ("vehicles.built_on", nw.col("born_on").is_null()),
            (
                "registrations complete nationwide up to the window's end",
                ~market.coverage.covers("registrations", nw.col("since"), nw.col("window_ends_on"))
                & ~nw.col("born_on").is_null(),
            ),
            contradicted(),
            ("an unreadable registrations row could be this car", nw.col("registrations_shadowed")),
            (
                "declared_stock complete on the policy's start",
                ~market.coverage.covers("declared_stock", nw.col("first_insured_on"), nw.col("first_insured_on")),
            ),
            ("an unreadable declared_stock row could be this car", nw.col("declared_stock_shadowed")),
            (
                "exports complete nationwide up to the window's end",
                ~market.coverage.covers("exports", nw.col("first_insured_on"), nw.col("window_ends_on")),
            ),
            ("an unreadable exports row could be this car", nw.col("exports_shadowed")),
        ),
        look_alike=nw.when(declared_stock.listed_on(nw.col("first_insured_on")))
        .then(nw.lit(declared_stock.LOOK_ALIKE.id))
        .when(parallel_export.exported_as_new())
        .then(nw.lit(parallel_export.LOOK_ALIKE.id)),
    )
    judged = with_verdict(cars, late_plating.plated_within(settings.window_days)).with_columns(
        is_hit=nw.lit(True),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("dealer_id"),
        counterparty_id=nw.col("first_insured_id"),
        on_date=nw.col("first_insured_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=text(None),
        value=days_between(nw.col("first_insured_on"), nw.col("first_plated_on")),
        value_unit=text("days from policy to plate"),
        reason=sentence(
            "insured on ", on(nw.col("first_insured_on")), ", no plate by ", on(nw.col("window_ends_on")),
            nw.when(nw.col("first_plated_on").is_null()).then(nw.lit("")).otherwise(
                nw.concat_str([nw.lit("; plated on "), on(nw.col("first_plated_on")).fill_null("")])
            ),
        ),
    )  # fmt: skip
    judged = with_unit(judged, "dealer_month", "dealer_id", "first_insured_on")
    evidence = evidence_of(
        judged,
        {
            "first compulsory policy": ("policies", nw.col("first_policy_id")),
            "invoice to the end user": ("sales", nw.col("end_sale_id")),
            "first plate, after the window": ("registrations", nw.col("first_registration_id")),
            "export declaration": ("exports", nw.col("export_id")),
        },
    )
    return Outcome(hits_of(judged, "vehicle"), exposure_of(judged), evidence)


DETECTOR = Detector(
    id="insured_not_plated",
    title="Insured, counted as sold, never plated",
    family="booking",
    accountable="dealer",
    null=Null.RATE,
    severity=0.7,
    confidence=0.7,
    status="stable",
    version="1",
    look_alikes=(declared_stock.LOOK_ALIKE, late_plating.LOOK_ALIKE, parallel_export.LOOK_ALIKE),
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
)
