"""New cars that were plated and then exported as used, with nothing on the odometer.

What it finds
    A car declared as used at customs whose export application (else the awaiting-export entry, else the clearance) came
    180 days or less after its *first* registration, with at most 100 km run and built at most 12 months before.
Why it matters
    The car is counted twice, as a domestic sale and as a used export, and may be rebated. An insider put the share of
    such cars at about 90 % of 436,000 used-car exports in 2024.
How it decides
    From 1 January 2026 an application within 180 days (180 included) needs the maker's sealed after-sales confirmation:
    without it the rule is broken (breach). Earlier applications, and cars already awaiting export before that day or
    of which that cannot be excluded, are a practice that no rule forbade. Chance plays no part: the share is given with
    its interval.
Lawful look-alikes
    Genuinely used cars (kilometres, age); exports with the maker's letter.
What it misses
    Odometers that were driven up; exports declared as new.
References
    Notice 648 on the 180 days and the maker's confirmation; AInvest 2025 on how many exports are unused cars; the
    Japanese code on the 100 km.
"""

from dataclasses import dataclass
from datetime import timedelta

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.algorithms.frames import Lazy
from graphkit.algorithms.thresholds import setting
from graphkit.facts.outcome import (
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
from graphkit.look_alikes import genuine_use, maker_letter
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, Verdict

RULE = "used_export_180_days"


@dataclass(frozen=True)
class Settings:
    """The thresholds of the rule."""

    max_days: int = setting(
        180, "days", "from the first registration to the export application, inclusive, as notice 648 counts them"
    )
    max_km: int = setting(
        100,
        "km",
        "a car that ran more was used: the bound of the Japanese code for unused registered cars, here our judgement",
    )
    reading_days: int = setting(
        30,
        "days",
        "an odometer reading speaks for the car as it left only so shortly before the clearance (our judgement)",
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every export declared as used, counted by clearance month and exporter."""
    judged = _with_facts(market, settings).with_columns(
        subject_id=nw.col("vin"),
        accountable_id=nw.col("exporter_id"),
        counterparty_id=nw.col("first_owner_id"),
        on_date=nw.col("exported_on"),
        grade=nw.when(nw.col("is_surely_in_force") & (nw.col("verdict") == Verdict.FLAGGED.value))
        .then(nw.lit(Grade.BREACH.value))
        .otherwise(nw.lit(Grade.PRACTICE.value)),
        rule=nw.when(nw.col("is_surely_in_force")).then(nw.lit(RULE)),
        value=nw.col("days"),
        value_unit=text("days from first registration to export application"),
        reason=sentence(
            "first registered on ", on(nw.col("first_registered_on")), ", export applied for on ",
            on(nw.col("applied_by")), ", ", nw.col("km_last").cast(nw.String), " km",
        ),
        is_hit=nw.lit(True),
    )  # fmt: skip
    judged = with_unit(judged, "exporter_month", "exporter_id", "exported_on")
    evidence = evidence_of(
        judged,
        {
            "export declaration": ("exports", nw.col("export_id")),
            "first plate": ("registrations", nw.col("first_registration_id")),
            "last odometer reading": (
                "odometer",
                nw.concat_str([nw.col("vin"), on(nw.col("km_on"))], separator="|"),
            ),
            "build date": ("vehicles", nw.when(~nw.col("is_stub")).then(nw.col("vin"))),
        },
    )
    return Outcome(hits_of(judged, "vehicle"), exposure_of(judged), evidence)


def _with_facts(market: Market, settings: Settings) -> Lazy:
    in_force_on = nw.lit(market.rules[RULE])
    cars = market.ledger.filter(nw.col("declared_as") == "used").with_columns(
        applied_by=nw.coalesce("applied_on", "awaiting_export_on", "exported_on"),
        known_application=~nw.coalesce("applied_on", "awaiting_export_on").is_null(),
    )
    cars = cars.with_columns(
        days=days_between(nw.col("first_registered_on"), nw.col("applied_by")),
        is_in_force=(nw.col("applied_by") >= in_force_on)
        & ~(nw.col("awaiting_export_on") < in_force_on).fill_null(False),
    )
    registered_on, awaiting_on = nw.col("first_registered_on"), nw.col("awaiting_export_on")
    eve = nw.lit(market.rules[RULE] - timedelta(days=1))
    cars = with_shadows(cars, market, "registrations").with_columns(
        # an unreadable entry could be an earlier registration, unless the one we hold says that it is the first
        may_be_older=nw.col("registrations_shadowed") & nw.col("first_event").is_null(),
        # a car of before the rule may have been awaiting export by then: that it was not must be known, and when it
        # was applied for too
        is_surely_in_force=nw.col("is_in_force")
        & (
            (registered_on >= in_force_on).fill_null(False)
            | (awaiting_on >= in_force_on).fill_null(False)
            | (
                ~nw.col("applied_on").is_null()
                & ~nw.col("registrations_shadowed")
                & market.coverage.covers("registrations", registered_on, eve)
            )
        ),
    )
    is_read = days_between(nw.col("km_on"), nw.col("exported_on")) <= settings.reading_days
    too_late = nw.col("days") > settings.max_days
    cars = cars.with_columns(
        # a clearance after 180 days leaves open whether the application came in time
        is_clear=(too_late & nw.col("known_application")).fill_null(False),
        is_used=genuine_use.used(settings.max_km, nw.col("applied_by")),
        is_confirmed=nw.col("is_in_force") & maker_letter.confirmed(),
    )
    cars = cars.with_columns(
        look_alike=nw.when(nw.col("is_used"))
        .then(nw.lit(genuine_use.LOOK_ALIKE.id))
        .when(nw.col("is_confirmed"))
        .then(nw.lit(maker_letter.LOOK_ALIKE.id)),
        missing=listed(
            (
                "first registration stated, or registrations complete since the car was built",
                nw.col("first_registered_on").is_null(),
            ),
            ("an unreadable registrations row could be this car", nw.col("may_be_older")),
            ("records that do not contradict one another", ~nw.col("violations").is_null()),
            ("exports.applied_on", too_late.fill_null(False)),
            (f"odometer.km within {settings.reading_days} days of the clearance", ~is_read.fill_null(False)),
            ("vehicles.built_on", nw.col("built_on").is_null()),
            ("exports.maker_letter", nw.col("is_in_force") & nw.col("maker_letter").is_null()),
        ),
    )
    return with_verdict(cars, nw.col("is_clear"))


DETECTOR = Detector(
    id="zero_mileage_export",
    title="Exported as used with nothing on the odometer",
    family="export",
    accountable="exporter",
    null=Null.DETERMINISTIC,
    severity=0.7,
    confidence=0.9,
    status="stable",
    version="1",
    look_alikes=(genuine_use.LOOK_ALIKE, maker_letter.LOOK_ALIKE),
    references=(
        Reference(
            "MOFCOM, MIIT, MPS and Customs of China, notice on used-car exports", "2025-11-14", "商贸函〔2025〕648号"
        ),
        Reference("AInvest, on unused cars exported from China as used", "2025-06-24", "an insider's estimate of 90 %"),
        Reference(
            "Driver Web, on the Japanese fair competition code for unused registered cars",
            "2019-11-26",
            "article 24507",
        ),
    ),
    needs={
        "exports": ("vin", "exporter_id", "cleared_on", "declared_as"),
        "registrations": ("vin", "plated_on"),
        "odometer": ("vin", "read_on", "km"),
        "vehicles": ("vin", "built_on"),
    },
    reads_absence_of=("registrations",),
    floors=Floors(
        min_tested=10,
        min_flagged=10,
        min_share=0.2,
        min_effect=0.2,
        why="a trader's odd unused car is no scheme; a fifth of the exports is (our judgement)",
    ),
    settings=Settings(),
    detect=detect,
    assumptions=("Where the application day is not known, the awaiting-export day or else the clearance stands in.",),
    deduction=Deduction("zero_mileage_exported"),
)
