"""Fleets: rental, leasing, ride-hailing and commercial operators that buy in bulk and put the cars on the road."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import USED_KM, LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="fleet_use",
    title="rental, leasing or commercial fleet that uses its cars",
    told_apart_by=(
        "plated to the buyer for fleet use within 90 days, and kept for 90 more; a car sold back, by its kilometres too"
    ),
    needs=("registrations",),
    references=(
        Reference(
            "State Council of China, Regulation on Compulsory Traffic Accident Liability Insurance",
            "2006-03-21",
            "order 462, article 11, the nature of use",
        ),
    ),
)

FLEET_USES = ("commercial", "rental", "ride_hailing", "leasing")
PLATED_WITHIN_DAYS = 90
"""Days from the invoice or policy within which an operator's car is on the road; the slack for quota cities."""
KEPT_DAYS = 90
"""Days that an operator keeps a car before it may be called used; the dwell that tells demo fleets from stock."""


def plated_for_fleet(holder_id: nw.Expr, since: nw.Expr) -> nw.Expr:
    """On ledger columns: first plated to ``holder_id`` for fleet use within 90 days of ``since``."""
    in_time = days_between(since, nw.col("first_plated_on")) <= PLATED_WITHIN_DAYS
    return (in_time & (nw.col("first_owner_id") == holder_id) & nw.col("use").is_in(FLEET_USES)).fill_null(False)


def rented_out(use: nw.Expr, plated_on: nw.Expr, sold_on: nw.Expr) -> nw.Expr:
    """On the plates of a party that later sold the car: for fleet use, 90 days or longer before it did."""
    kept = (days_between(plated_on, sold_on) >= KEPT_DAYS).fill_null(False)
    return kept & use.is_in(FLEET_USES).fill_null(False)


def driven_until(holder_id: nw.Expr, bought_on: nw.Expr, sold_on: nw.Expr) -> nw.Expr:
    """On ledger columns: first plated to ``holder_id`` after it bought the car, and driven when it sold it."""
    own = (nw.col("first_owner_id") == holder_id) & (nw.col("first_plated_on") >= bought_on)
    return (own & (nw.col("km_first_owner") > USED_KM) & (nw.col("km_first_owner_on") <= sold_on)).fill_null(False)


def given_up_early() -> nw.Expr:
    """On ledger columns: resold, deregistered or exported within 90 days of the first plate."""
    left_on = nw.min_horizontal("resold_on", "deregistered_on", "exported_on", "awaiting_export_on")
    return (days_between(nw.col("first_plated_on"), left_on) <= KEPT_DAYS).fill_null(False)


def plate_leaves_open(holder_id: nw.Expr, owner_open: nw.Expr, use: nw.Expr, since: nw.Expr) -> nw.Expr:
    """On ledger columns: plated within 90 days of ``since``, but to whom or for which ``use`` is not known, so that it
    may be a fleet's.
    """
    seen = (days_between(since, nw.col("first_plated_on")) <= PLATED_WITHIN_DAYS).fill_null(False)
    may_own = (nw.col("first_owner_id") == holder_id).fill_null(False) | owner_open
    return seen & may_own & (use.is_null() | use.is_in(FLEET_USES)) & ~plated_for_fleet(holder_id, since)


def could_be_fleet(policy_use: nw.Expr, since: nw.Expr) -> nw.Expr:
    """On ledger columns: no plate seen within 90 days of ``since``, and the policy's use does not rule a fleet out."""
    seen = (days_between(since, nw.col("first_plated_on")) <= PLATED_WITHIN_DAYS).fill_null(False)
    return ~seen & (policy_use.is_null() | policy_use.is_in(FLEET_USES))
