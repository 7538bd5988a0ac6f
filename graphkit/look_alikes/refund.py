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
        Reference(
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "appendix A, signs of undisclosed related parties",
        ),
    ),
)


def refunded(purpose: pl.Expr) -> pl.Expr:
    """On payments: the purpose is something given back."""
    return names(purpose, LOOK_ALIKE.id)
