"""Cars that one outlet of a group hands to another, which sells them to a customer within days."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="sold_on",
    title="car that the related buyer sold on to a customer",
    told_apart_by=(
        "a later retail invoice to somebody who is not related, within 30 days, and a policy or plate in that name"
    ),
    needs=("sales",),
    references=(
        Reference(
            "IASB, IFRS 15 Revenue from Contracts with Customers",
            "2014-05",
            "paragraphs B77 and B78, consignment arrangements",
        ),
    ),
)


def within(days: int, invoiced_on: nw.Expr) -> nw.Expr:
    """On cars with a later sale: it is a retail invoice up to ``days`` after ``invoiced_on``."""
    in_time = days_between(invoiced_on, nw.col("later_on")) <= days
    return (in_time & (nw.col("later_kind") == "retail")).fill_null(False)
