"""New cars that were plated and soon exported as used: with nothing on the odometer, or against the 180-day rule.

What it finds
    A car declared as used at customs whose export application (else the awaiting-export entry, else the clearance) came
    180 days or less after its *first* registration: under the rule in force without the maker's letter; before it with
    at most 100 km run and built at most 12 months before.
Why it matters
    The car is counted twice, as a domestic sale and as a used export, and may be rebated. An insider put the share of
    such cars at about 90 % of 436,000 used-car exports in 2024.
How it decides
    From 1 January 2026 an application within 180 days (180 included) needs the maker's sealed after-sales confirmation.
    A stated *no* breaks the rule (breach), whatever the car has run and whenever it was built; an empty cell leaves it
    open. Earlier applications, and cars already awaiting export before that day or of which that cannot be excluded,
    are a practice that no rule forbade: there the kilometres and the age decide. Where the rule could apply, they
    explain nothing. Chance plays no part: the share is given with its interval.
Lawful look-alikes
    Genuinely used cars (kilometres, age), as far as no rule was in force; exports with the maker's letter, on any day.
What it misses
    Odometers that were driven up before 2026; false letters; exports declared as new.
References
    Notice 648 on the 180 days and the maker's confirmation; AInvest 2025 on how many exports are unused cars; the
    Japanese code on the 100 km.
"""

from dataclasses import dataclass

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.algorithms.frames import Lazy
from graphkit.algorithms.thresholds import setting
from graphkit.facts.export_rule import RULE, last_free_day, with_rule
from graphkit.facts.outcome import (
    evidence_of,
    exposure_of,
    hits_of,
    listed,
    on,
    sentence,
    text,
    with_unit,
    with_verdict,
)
from graphkit.look_alikes import genuine_use, maker_letter
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, Unused, Verdict


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
    is_breach = nw.col("is_judged_by_rule") & (nw.col("verdict") == Verdict.FLAGGED.value)
    judged = _with_facts(market, settings).with_columns(
        subject_id=nw.col("vin"),
        accountable_id=nw.col("exporter_id"),
        counterparty_id=nw.col("first_owner_id"),
        on_date=nw.col("exported_on"),
        grade=nw.when(is_breach).then(nw.lit(Grade.BREACH.value)).otherwise(nw.lit(Grade.PRACTICE.value)),
        rule=nw.when(nw.col("is_judged_by_rule")).then(nw.lit(RULE)),
        value=nw.col("days"),
        value_unit=text("days from first registration to export application"),
        reason=_reason(),
        is_hit=nw.lit(True),
    )
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
    cars = with_rule(market.ledger.filter(nw.col("declared_as") == "used"), market, settings.max_days).with_columns(
        applied_by=nw.coalesce("applied_on", "awaiting_export_on", "exported_on"),
    )
    cars = cars.with_columns(
        days=days_between(nw.col("first_registered_on"), nw.col("applied_by")),
        # an unreadable entry could be an earlier registration, unless the one we hold says that it is the first
        may_be_older=nw.col("registrations_shadowed") & nw.col("first_event").is_null(),
        is_used=genuine_use.used(settings.max_km, nw.col("applied_by")),
        is_read=(days_between(nw.col("km_on"), nw.col("exported_on")) <= settings.reading_days).fill_null(False),
    )
    by_rule, ran_back = nw.col("is_judged_by_rule"), nw.col("violations") == "odometer_ran_back"
    # a clearance after 180 days leaves open whether the application came in time
    too_late = (nw.col("days") > settings.max_days).fill_null(False)
    open_letter = nw.col("is_letter_due") & nw.col("maker_letter").is_null()
    no_practice = nw.col("is_used") | ~nw.col("is_read") | nw.any_horizontal(
        open_letter, nw.col("first_registered_on").is_null(), nw.col("built_on").is_null(),
        ~nw.col("violations").is_null(), ignore_nulls=False,
    )  # fmt: skip
    # where no practice is shown, the car is open as long as the rule could be broken
    asks_rule = nw.col("may_break_rule") & ~by_rule & no_practice
    is_dated = ~nw.col("applied_on").is_null()
    cars = cars.with_columns(
        look_alike=nw.when(maker_letter.confirmed())
        .then(nw.lit(maker_letter.LOOK_ALIKE.id))
        .when(nw.col("is_used") & ~nw.col("may_break_rule"))
        .then(nw.lit(genuine_use.LOOK_ALIKE.id)),
        missing=listed(
            (
                "first registration stated, or registrations complete since the car was built",
                nw.col("first_registered_on").is_null(),
            ),
            (
                "an unreadable registrations row could be this car",
                nw.col("may_be_older") | (asks_rule & is_dated & nw.col("registrations_shadowed")),
            ),
            (
                "records that do not contradict one another",
                ~nw.col("violations").is_null() & ~(by_rule & ran_back.fill_null(False)),
            ),
            ("exports.applied_on", too_late | (asks_rule & ~is_dated)),
            (
                "registrations.awaiting_export_on, or registrations complete from the first registration to "
                f"{last_free_day(market)}",
                asks_rule & is_dated & ~nw.col("registrations_shadowed"),
            ),
            (f"odometer.km within {settings.reading_days} days of the clearance", ~by_rule & ~nw.col("is_read")),
            ("vehicles.built_on", ~by_rule & nw.col("built_on").is_null()),
            ("exports.maker_letter", open_letter),
        ),
    )
    is_clear = nw.col("is_late") & ~nw.col("first_registered_on").is_null()
    return with_verdict(cars, is_clear)


def _reason() -> nw.Expr:
    day = nw.when(~nw.col("applied_on").is_null()).then(nw.lit("export applied for on "))
    day = day.when(~nw.col("awaiting_export_on").is_null()).then(nw.lit("awaiting export since "))
    is_known, days = ~nw.col("days").is_null(), nw.col("days").cast(nw.String)
    first = nw.when(is_known).then(nw.concat_str([nw.lit("first registered on "), on(nw.col("first_registered_on"))]))
    place = nw.when(is_known).then(nw.concat_str([nw.lit(" (day "), days, nw.lit(")")]))
    km = nw.when(~nw.col("km_last").is_null()).then(nw.concat_str([nw.col("km_last").cast(nw.String), nw.lit(" km")]))
    flagged = nw.col("verdict") == Verdict.FLAGGED.value
    end = nw.when(maker_letter.confirmed()).then(nw.lit("; with the maker's letter"))
    end = end.when(flagged & nw.col("is_judged_by_rule")).then(
        nw.lit("; without the maker's letter: the 180-day rule is broken")
    )
    end = end.when(flagged).then(nw.lit("; a practice: no rule is shown to be broken"))
    return sentence(
        first.otherwise(nw.lit("first registration unknown")), ", ", day.otherwise(nw.lit("cleared on ")),
        on(nw.col("applied_by")), place.otherwise(nw.lit("")), ", ", km.otherwise(nw.lit("kilometres unknown")),
        end.otherwise(nw.lit("")),
    )  # fmt: skip


DETECTOR = Detector(
    id="zero_mileage_export",
    title="Exported as used within 180 days, unused or against the rule",
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
    assumptions=(
        "Where the application day is not known, the awaiting-export day or else the clearance stands in; a breach is "
        "told only where the application surely came in time.",
    ),
    deduction=Deduction("zero_mileage_exported", unused=Unused(Settings().max_km, Settings().reading_days)),
)
