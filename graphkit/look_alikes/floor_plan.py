"""Floor-plan and purchase finance: a lender pays for the cars, and is paid back."""

import polars as pl

from graphkit.model import LookAlike, Reference
from graphkit.tables.payment_purposes import names

LOOK_ALIKE = LookAlike(
    id="floor_plan",
    title="stock or a purchase financed by a lender",
    told_apart_by="the purpose of a payment of the circle names a loan, its interest or repayment",
    needs=("payments",),
    references=(Reference("OCC, Comptroller's Handbook, Floor Plan Lending", "2015-10", "booklet A-FPL, version 1.0"),),
)


def lent(purpose: pl.Expr) -> pl.Expr:
    """On payments: the purpose is a loan, its interest or its repayment."""
    return names(purpose, LOOK_ALIKE.id)
