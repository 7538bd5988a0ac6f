"""The register of payments: what customers pay every day, and the payments that other files plan."""

import polars as pl

from graphkit.simulate.events import numbered
from graphkit.simulate.world import World

PAID_SHARE, NAMED_SHARE = 0.1, 0.7
"""The share of everyday invoices with a known payment; and of planned payments of a price that name their invoice."""

PRICE = "车款"


def payments(world: World, sales: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
    """One row a payment: the planned ones, and those of some of the other retail sales on the invoice day."""
    others = sales.filter(pl.col("kind") == "retail").join(planned, on="vin", how="anti")
    everyday = transfers(
        others.filter(world.chance(PAID_SHARE, others.height)), "buyer_id", "seller_id", purpose=PRICE, names_sale=True
    )
    rows = pl.concat([everyday, planned]).drop("vin")
    return numbered(rows, "payment_id", "Y", "paid_on", "sale_id", "payer_id", "payee_id", "amount")


def transfers(
    sales: pl.DataFrame,
    payer: str | pl.Expr,
    payee: str | pl.Expr,
    *,
    purpose: str | pl.Expr | None,
    after: pl.Series | int = 0,
    part: pl.Series | float = 1.0,
    names_sale: pl.Series | bool = False,
) -> pl.DataFrame:
    """One payment a sale: ``part`` of its price, ``after`` so many days from its invoice (before it where negative).

    Columns: those of the register without its key, and ``vin``. ``payer`` and ``payee`` are columns or expressions, a
    ``purpose`` that is text is taken as it stands.
    """
    return sales.with_columns(part=part, after=after, names_sale=names_sale).select(
        "vin",
        (pl.col(payer) if isinstance(payer, str) else payer).alias("payer_id"),
        (pl.col(payee) if isinstance(payee, str) else payee).alias("payee_id"),
        (pl.col("invoiced_on") + pl.duration(days="after")).alias("paid_on"),
        (pl.col("price") * pl.col("part")).round(2).alias("amount"),
        "currency",
        (purpose if isinstance(purpose, pl.Expr) else pl.lit(purpose, dtype=pl.String)).alias("purpose"),
        pl.when("names_sale").then("sale_id").alias("sale_id"),
    )


def parts(world: World, low: float, high: float, n: int) -> pl.Series:
    """``n`` parts of a price, spread evenly from ``low`` to ``high``."""
    return pl.Series(world.rng.uniform(low, high, n))
