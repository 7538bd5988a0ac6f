"""The dated edges between parties: every sale from seller to buyer, every payment from payer to payee."""

from typing import Any

import narwhals as nw

from graphkit.algorithms.frames import Frames

_COLUMNS = ("source_id", "target_id", "kind", "on_date", "vin", "amount", "currency", "table", "row_key")


def build_flows(tables: Frames) -> nw.LazyFrame[Any]:
    """One row a sale or payment: source_id, target_id, kind, on_date, vin, amount, currency, table, row_key.

    ``kind`` is the sale's kind (wholesale, retail, …) or ``payment``. Rows whose two parties are not both known are no
    flow. Written once for every engine that narwhals speaks to. What ``SHAPES["flows"]`` has beyond these columns is
    of ``graphkit.trade.flow_shapes``.
    """
    sales = tables["sales"].select(
        nw.col("seller_id").alias("source_id"),
        nw.col("buyer_id").alias("target_id"),
        "kind",
        nw.col("invoiced_on").alias("on_date"),
        "vin",
        nw.col("price").alias("amount"),
        "currency",
        nw.lit("sales").alias("table"),
        "row_key",
    )
    payments = tables["payments"].select(
        nw.col("payer_id").alias("source_id"),
        nw.col("payee_id").alias("target_id"),
        nw.lit("payment").alias("kind"),
        nw.col("paid_on").alias("on_date"),
        nw.lit(None, dtype=nw.String).alias("vin"),
        "amount",
        "currency",
        nw.lit("payments").alias("table"),
        "row_key",
    )
    return nw.concat([sales.select(*_COLUMNS), payments.select(*_COLUMNS)], how="vertical").filter(
        ~nw.col("source_id").is_null(), ~nw.col("target_id").is_null()
    )
