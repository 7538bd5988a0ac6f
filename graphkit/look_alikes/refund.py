"""Money given back: a cancelled order, a deposit, an outlay."""

import polars as pl

from graphkit.model import LookAlike
from graphkit.tables.payment_purposes import names

LOOK_ALIKE = LookAlike(
    id="refund",
    title="price, deposit or outlay given back",
    told_apart_by="the purpose of a payment of the circle names a refund or a deposit",
    needs=("payments",),
    references=("DOMAIN note D5: returns; PCAOB AS 2410 on returns after a period's end",),
)


def refunded(purpose: pl.Expr) -> pl.Expr:
    """On payments: the purpose is something given back."""
    return names(purpose, LOOK_ALIKE.id)
