"""Money given back: a cancelled order, a deposit, an outlay."""

import polars as pl

from graphkit.model import LookAlike, Reference
from graphkit.tables.payment_purposes import names

LOOK_ALIKE = LookAlike(
    id="refund",
    title="price, deposit or outlay given back",
    told_apart_by="the purpose of a payment of the circle names a refund or a deposit",
    needs=("payments",),
    references=(
        Reference("IASB, IFRS 15 Revenue from Contracts with Customers", "2014-05", "paragraph 55, refund liabilities"),
    ),
)


def refunded(purpose: pl.Expr) -> pl.Expr:
    """On payments: the purpose is something given back."""
    return names(purpose, LOOK_ALIKE.id)
