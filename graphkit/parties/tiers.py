"""Tiers side by side: of the cars that a seller first sold at retail, how many went to whom by which tier."""

import polars as pl

from graphkit.tables.outputs import SHAPES


def tiers(sales: pl.DataFrame, relations: pl.DataFrame) -> pl.DataFrame:
    """Each seller's first retail sales, whole and by month, as ``SHAPES["tiers"]``.

    ``sold`` counts them; ``related_a`` those to a party provably related on the invoice day by a rule of the regime,
    ``related_ab`` also by an indicator of tier B, ``related_abc`` also by a shared address or number (tier C), and
    ``weighted_abc`` counts a sale of tier C by its weight, 1 / the parties that share it. Only ``related_a`` belongs in
    a headline: B and C prove no relation. Sellers who sold to nobody that any tier knows are left out.

    >>> import datetime as dt
    >>> sales = pl.DataFrame({"sale_id": ["S1", "S2"], "vin": ["V1", "V2"], "seller_id": ["D", "D"], "sequence": [1, 1],
    ...     "buyer_id": ["A", "B"], "kind": ["retail"] * 2, "invoiced_on": [dt.date(2025, 1, 3)] * 2})
    >>> relations = SHAPES["relations"].empty().clear(1).with_columns(party_a=pl.lit("A"), party_b=pl.lit("D"),
    ...     tier=pl.lit("B"), verdict=pl.lit("proven"), weight=pl.lit(1.0))
    >>> tiers(sales, relations).select("unit_id", "sold", "related_a", "related_ab").rows()
    [('dealer_month/D/2025-01', 2, 0, 1), ('party/D', 2, 0, 1)]
    """
    first = sales.filter(
        pl.col("kind") == "retail", pl.col("seller_id") != pl.col("buyer_id"), pl.col("invoiced_on").is_not_null()
    )
    first = first.sort("invoiced_on", "sequence", "sale_id").unique("vin", keep="first", maintain_order=True)
    pairs = first.select(
        "sale_id",
        "invoiced_on",
        party_a=pl.min_horizontal("seller_id", "buyer_id"),
        party_b=pl.max_horizontal("seller_id", "buyer_id"),
    )
    day = pl.col("invoiced_on")
    held = pairs.join(relations.filter(pl.col("verdict") == "proven"), on=["party_a", "party_b"]).filter(
        (pl.col("valid_from") <= day).fill_null(True), (pl.col("valid_to") >= day).fill_null(True)
    )
    # "A" sorts before "B": the strongest tier of the day counts
    best = held.sort("tier", "rule").unique("sale_id", keep="first").select("sale_id", "tier", "weight")
    judged = first.join(best, on="sale_id", how="left").with_columns(month=day.dt.strftime("%Y-%m"))
    whole = _counted(judged, ["seller_id"]).with_columns(month=pl.lit(None, pl.String), unit_kind=pl.lit("party"))
    monthly = _counted(judged, ["seller_id", "month"]).with_columns(unit_kind=pl.lit("dealer_month"))
    encoded = pl.col("seller_id").str.replace_all("%", "%25", literal=True).str.replace_all("/", "%2F", literal=True)
    rows = pl.concat([whole.select(monthly.columns), monthly]).with_columns(
        unit_id=pl.concat_str(["unit_kind", encoded, "month"], separator="/", ignore_nulls=True)
    )
    return SHAPES["tiers"].canonical(rows.filter(pl.col("related_abc") > 0).rename({"seller_id": "party_id"}))


def _counted(judged: pl.DataFrame, unit: list[str]) -> pl.DataFrame:
    is_c = pl.col("tier") == "C"
    return judged.group_by(unit).agg(
        sold=pl.len().cast(pl.Int64),
        related_a=(pl.col("tier") == "A").sum().cast(pl.Int64),
        related_ab=pl.col("tier").is_in(["A", "B"]).sum().cast(pl.Int64),
        related_abc=pl.col("tier").is_not_null().sum().cast(pl.Int64),
        weighted_abc=pl.when(is_c).then("weight").when(pl.col("tier").is_not_null()).then(1.0).otherwise(0.0).sum(),
    )
