"""How much two parties deal with each other: dependence, which alone relates nobody (rule R9)."""

import polars as pl

A_GREAT_DEAL = 0.10
"""The share from which a customer is a major one (IFRS 8.34, ASC 280-10-50-42: 10 % of revenue); taken for suppliers
and lenders too."""

FEWEST = 10
"""Of fewer sales or payments no share is given: who bought one car has depended on nobody."""

_SIDES = {"source": "source_id", "target": "target_id"}
_KIND = ["kind", "currency"]


def dealings(one: str, other: str, flows: pl.LazyFrame) -> pl.DataFrame:
    """What two parties sold and paid to each other, by kind: one row a direction and kind, payments also by currency.

    Columns: source_id (seller, payer), target_id, kind, currency (of payments), units (cars, or payments), amount (of
    payments), share_of_source and share_of_target (fractions: of all that the one sold or paid of this kind, and of
    all that the other bought or was paid; of payments by amount; null of fewer than ten), first_on, last_on.

    >>> import datetime as dt
    >>> flows = pl.LazyFrame({"source_id": ["D"] * 12, "target_id": ["C"] * 9 + ["X"] * 3, "kind": ["retail"] * 12,
    ...     "on_date": [dt.date(2025, 1, 3)] * 12, "amount": [1.0] * 12, "currency": ["CNY"] * 12})
    >>> dealings("C", "D", flows).select("source_id", "units", "share_of_source", "share_of_target").rows()
    [('D', 9, 0.75, None)]
    """
    pair = [one, other]
    is_payment = pl.col("kind") == "payment"
    rows = (
        flows.filter(pl.any_horizontal(pl.col("source_id", "target_id").is_in(pair)))
        .select(
            "source_id", "target_id", "kind", "on_date",
            currency=pl.when(is_payment).then("currency"),
            size=pl.when(is_payment).then("amount").otherwise(1.0),
        )
        .collect()
    )  # fmt: skip
    found = (
        rows.filter(pl.all_horizontal(pl.col("source_id", "target_id").is_in(pair)))
        .filter(pl.col("source_id") != pl.col("target_id"))
        .group_by("source_id", "target_id", *_KIND)
        .agg(
            pl.len().cast(pl.Int64).alias("units"),
            pl.col("size").sum(),
            first_on=pl.col("on_date").min(),
            last_on=pl.col("on_date").max(),
        )
    )
    for side, end in _SIDES.items():
        whole = rows.group_by(end, *_KIND).agg(pl.col("size").sum().alias("whole"), pl.len().alias("n"))
        share = pl.when(pl.col("n") >= FEWEST, pl.col("whole") > 0).then(pl.col("size") / pl.col("whole"))
        found = found.join(whole, on=[end, *_KIND], nulls_equal=True).with_columns(share.alias(f"share_of_{side}"))
        found = found.drop("whole", "n")
    return found.sort("source_id", "target_id", *_KIND).select(
        "source_id", "target_id", *_KIND, "units", pl.when(is_payment).then("size").alias("amount"),
        "share_of_source", "share_of_target", "first_on", "last_on",
    )  # fmt: skip


def of_weight(found: pl.DataFrame) -> pl.DataFrame:
    """The :func:`dealings` that are a great deal to one of the two."""
    return found.filter(pl.max_horizontal("share_of_source", "share_of_target") >= A_GREAT_DEAL)
