"""The 180-day rule on used-car exports by its own words: when, how soon, and with or without the maker's letter."""

from datetime import timedelta

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.algorithms.frames import Lazy
from graphkit.facts.outcome import with_shadows
from graphkit.model import Market

RULE = "used_export_180_days"


def last_free_day(market: Market) -> str:
    """The last day on which an application fell under no rule, as text."""
    return (market.rules[RULE] - timedelta(days=1)).isoformat()


def with_rule(cars: Lazy, market: Market, max_days: int) -> Lazy:
    """The exported cars of the ledger with what the rule says of each.

    ``is_late`` is true where the application surely came more than ``max_days`` after the first registration.
    ``is_judged_by_rule`` is true where the rule surely applies, so that the maker's letter alone decides; an unknown
    first registration is then all that can still take the car out. ``may_break_rule`` is true where the rule applies or
    could apply. ``is_letter_due`` is true where a letter could be there, so that an empty cell says nothing.
    ``registrations_shadowed`` is that of :func:`graphkit.facts.outcome.with_shadows`.
    """
    begins, eve = nw.lit(market.rules[RULE]), nw.lit(market.rules[RULE] - timedelta(days=1))
    registered_on, awaiting_on = nw.col("first_registered_on"), nw.col("awaiting_export_on")
    # the car waits before the application and is cleared after it: between them lies a day that is not stated
    applied_from = nw.coalesce("applied_on", "awaiting_export_on")
    applied_to = nw.coalesce("applied_on", "exported_on")
    # the first registration is no later than the first plate we hold
    registered_by = nw.coalesce("first_registered_on", "first_plated_on")
    cars = with_shadows(cars, market, "registrations").with_columns(
        is_letter_due=(applied_to >= begins).fill_null(False),
        is_late=(days_between(registered_by, applied_from) > max_days).fill_null(False),
        is_timely=registered_on.is_null() | (days_between(registered_on, applied_to) <= max_days).fill_null(False),
    )
    is_exempt = ~nw.col("is_letter_due") | (awaiting_on < begins).fill_null(False)
    # that a car of before the rule was not yet awaiting export must be known, and when it was applied for too
    is_in_force = ~is_exempt & (
        (registered_on >= begins).fill_null(False)
        | (awaiting_on >= begins).fill_null(False)
        | (
            ~nw.col("applied_on").is_null()
            & ~nw.col("registrations_shadowed")
            & market.coverage.covers("registrations", registered_on, eve)
        )
    )
    return cars.with_columns(
        is_judged_by_rule=is_in_force & ~nw.col("is_late") & nw.col("is_timely"),
        may_break_rule=~is_exempt & ~nw.col("is_late"),
    )
