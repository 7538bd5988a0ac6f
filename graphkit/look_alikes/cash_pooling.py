"""Cash pooling: a group brings the balances of its companies together, and gives them back."""

import polars as pl

from graphkit.model import LookAlike, Reference
from graphkit.tables.payment_purposes import names

LOOK_ALIKE = LookAlike(
    id="cash_pooling",
    title="balances of a group brought together",
    told_apart_by="the purpose of a payment of the circle names the pooling",
    needs=("payments",),
    references=(
        Reference(
            "IFRS Interpretations Committee, IFRIC Update",
            "2016-03",
            "agenda decision on IAS 32, offsetting and cash pooling",
        ),
    ),
)


def pooled(purpose: pl.Expr) -> pl.Expr:
    """On payments: the purpose is balances of a group moved."""
    return names(purpose, LOOK_ALIKE.id)
