"""What is derived of each payment: its order within the day, the invoice that it pays, and what its purpose says."""

import polars as pl

from graphkit.look_alikes import cash_pooling, floor_plan, refund
from graphkit.tables.payment_purposes import says_nothing
from graphkit.trade.circles import of_payments
from graphkit.trade.paid_sales import paid_sales


def payment_attributes(payments: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """The payments with ``order_on_day``, ``pays_for``, ``matched_by`` and ``purpose_says``.

    ``order_on_day`` counts from 0; payments of one day that are equal in it have no known order. ``pays_for`` is the
    sale_id of the invoice whose price it is or may be, ``matched_by`` what says so (``invoice``, ``vin`` or ``amount``;
    ``near_amount`` and ``equal_choice`` prove nothing), as :func:`graphkit.trade.paid_sales.paid_sales` tells them.
    ``purpose_says`` is the look-alike that the purpose names (floor_plan, refund or cash_pooling), ``nothing`` where it
    says nothing, else null.
    """
    purpose = pl.col("purpose")
    says = (
        pl.when(floor_plan.lent(purpose)).then(pl.lit(floor_plan.LOOK_ALIKE.id))
        .when(refund.refunded(purpose)).then(pl.lit(refund.LOOK_ALIKE.id))
        .when(cash_pooling.pooled(purpose)).then(pl.lit(cash_pooling.LOOK_ALIKE.id))
        .when(says_nothing(purpose)).then(pl.lit("nothing"))
    )  # fmt: skip
    placed = of_payments(payments).rows.select("row_key", order_on_day="place")
    paid = paid_sales(sales, payments).select("matched_by", row_key="payment_key", pays_for="sale_id")
    joined = payments.join(placed, on="row_key", how="left").join(paid, on="row_key", how="left")
    return joined.with_columns(purpose_says=says)
