"""Plates that come in another city or late: the car was sold, only the plate waited for a quota or a move."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="late_plating",
    title="plated in another city, or late for want of a quota",
    told_apart_by="plates are matched nationwide by VIN, and the window is counted from the policy or the invoice",
    needs=("registrations",),
    references=(Reference("New Century, on cars insured in one city and sold in others", "2025", "ncfchina.co.uk"),),
)


def plated_within(days: int) -> nw.Expr:
    """On ledger columns: plated anywhere in the country up to ``days`` after the first policy starts."""
    return (days_between(nw.col("first_insured_on"), nw.col("first_plated_on")) <= days).fill_null(False)
