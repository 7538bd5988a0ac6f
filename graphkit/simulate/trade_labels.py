"""The truth about cars that stay within companies that deal with one another, for the labels."""

import networkx as nx
import polars as pl

Tables = dict[str, pl.DataFrame]

LAWFUL_KINDS = ["return", "swap", "trade_in", "leaseback"]
FEWEST, MOST, HELD_DAYS = 3, 20, 180


def collusive_cluster(tables: Tables) -> pl.DataFrame:
    """The ``vin`` of each car that was sold at retail within such companies, left them in no half-year, and was neither
    plated nor listed nor exported as new.

    The companies are those that reach one another along sales between companies, where that are few.
    """
    sales = tables["sales"].filter(~pl.col("kind").is_in(LAWFUL_KINDS))
    out = tables["parties"].filter(
        (pl.col("kind") != "company") | pl.col("roles").fill_null("").str.contains("manufacturer|insurer")
    )["party_id"]
    between = sales.filter(~pl.col("seller_id").is_in(out.implode()), ~pl.col("buyer_id").is_in(out.implode()))
    graph = nx.DiGraph(between.select("seller_id", "buyer_id").unique().iter_rows())
    knots = [knot for knot in nx.strongly_connected_components(graph) if FEWEST <= len(knot) <= MOST]
    rows = [(party, min(knot)) for knot in knots for party in knot]
    homes = pl.DataFrame(rows, schema={"party_id": pl.String, "home": pl.String}, orient="row")
    of_seller, of_buyer = (
        homes.select(pl.col("party_id").alias(f"{side}_id"), pl.col("home").alias(f"{side}_home"))
        for side in ("seller", "buyer")
    )
    placed = sales.join(of_seller, on="seller_id", how="left").join(of_buyer, on="buyer_id", how="left")
    inside = pl.col("seller_home") == pl.col("buyer_home")
    dealt = placed.join(between, on="sale_id", how="semi").with_columns(inside.fill_null(False).alias("inside"))
    ends = [dealt.select("sale_id", "inside", pl.col(f"{side}_home").alias("home")) for side in ("seller", "buyer")]
    shares = pl.concat(ends).drop_nulls().unique().group_by("home").agg(pl.col("inside").mean())
    close = shares.filter(pl.col("inside") >= 0.5)["home"].implode()
    first = (
        dealt.filter(pl.col("kind") == "retail")
        .sort("invoiced_on", "sale_id")
        .unique("vin", keep="first", maintain_order=True)
    )
    kept = first.filter("inside", pl.col("seller_home").is_in(close))
    later = placed.select("vin", "buyer_home", later_id="sale_id", later_on="invoiced_on")
    onward = kept.drop("buyer_home").join(later, on="vin").filter(pl.col("later_id") != pl.col("sale_id"))
    held = (pl.col("later_on") - pl.col("invoiced_on")).dt.total_days()
    gone = onward.filter(held.is_between(0, HELD_DAYS), pl.col("seller_home").ne_missing(pl.col("buyer_home")))
    undone = tables["sales"].filter(pl.col("kind").is_in(LAWFUL_KINDS))
    as_new = tables["exports"].filter(pl.col("declared_as") == "new")
    for other in (gone, undone, tables["registrations"], tables["declared_stock"], as_new):
        kept = kept.join(other, on="vin", how="anti")
    return kept.select("vin")
