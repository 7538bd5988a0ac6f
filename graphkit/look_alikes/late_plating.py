"""Plates that come in another city or late: the car was sold, only the plate waited for a quota or a move."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="late_plating",
    title="plated in another city, or late for want of a quota",
    told_apart_by="plates are matched nationwide by VIN; one up to 90 days after the policy or the invoice explains",
    needs=("registrations",),
    references=(
        Reference(
            "Bloomberg, Beijing Plates Harder to Win Than Roulette Spur Loopholes",
            "2013-08-11",
            "plates by quota, and plates of another town",
        ),
    ),
)


def plated_within(days: int, since: nw.Expr) -> nw.Expr:
    """On ledger columns: plated anywhere in the country up to ``days`` after ``since``."""
    return (days_between(since, nw.col("first_plated_on")) <= days).fill_null(False)


def plated_late(holder_id: nw.Expr, window_ends_on: nw.Expr, until: nw.Expr, back_on: nw.Expr) -> nw.Expr:
    """On cars with ``plated_on``: plated after ``window_ends_on``, in the name of ``holder_id`` on any day, in another
    one up to ``until`` unless the car had gone back (``back_on``): that plate is the next buyer's.
    """
    in_time = nw.col("plated_on") <= until
    return _is_late(window_ends_on) & (_is_of(holder_id) | (in_time & ~_is_next(back_on)))


def leaves_open(
    holder_id: nw.Expr, owner_open: nw.Expr, window_ends_on: nw.Expr, until: nw.Expr, back_on: nw.Expr
) -> nw.Expr:
    """On cars with ``plated_on``: plated so late that only a plate in the name of ``holder_id`` explains, and in whose
    name it is remains open.
    """
    in_time = nw.col("plated_on") <= until
    return _is_late(window_ends_on) & ~_is_of(holder_id) & ~in_time & ~_is_next(back_on) & owner_open


def _is_late(window_ends_on: nw.Expr) -> nw.Expr:
    return (nw.col("plated_on") > window_ends_on).fill_null(False)


def _is_of(holder_id: nw.Expr) -> nw.Expr:
    return (nw.col("first_owner_id") == holder_id).fill_null(False)


def _is_next(back_on: nw.Expr) -> nw.Expr:
    return (back_on <= nw.col("plated_on")).fill_null(False)
