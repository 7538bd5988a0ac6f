"""How much a set of parties sells to itself, against what shuffled buyers would give."""

import polars as pl


def inside_trade(sets: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """The sales of cars inside each set and across its edge: a row a set that takes part in a sale.

    Parameters
    ----------
    sets
        Who is in which set: ``cluster_id``, ``party_id``, each pair once.
    flows
        ``SHAPES["flows"]``; of them every sale counts, whatever its kind, and no payment.

    Gives ``cluster_id``, ``inside`` (sales from a member to a member), ``outside`` (sales with one side a member),
    ``inside_share`` (inside of both) and ``expected_inside_share``: the same share where the buyers of each calendar
    month are shuffled among its sales, so that every party sells and buys as much in the month as it did. On average a
    shuffle has ``sold * bought / sales`` of a month inside, with the sales of all parties, and ``sold + bought`` less
    twice that outside; the expected share is of these averages. It is the configuration model for directed graphs with
    parallel edges (Newman, *Networks*, 2nd ed. 2018, ch. 12), a month at a time. A large share accuses nobody: a maker
    with its own dealers trades inside too.

    >>> from datetime import date
    >>> flows = pl.DataFrame({"source_id": ["A", "A", "D", "D"], "target_id": ["B", "X", "B", "Y"],
    ...     "kind": "retail", "on_date": [date(2025, 1, 3)] * 4})
    >>> inside_trade(pl.DataFrame({"cluster_id": ["K", "K"], "party_id": ["A", "B"]}), flows).rows()
    [('K', 1, 2, 0.3333333333333333, 0.3333333333333333)]
    """
    sales = flows.filter(pl.col("kind").ne_missing("payment")).select(
        "source_id", "target_id", month=pl.col("on_date").dt.truncate("1mo")
    )
    months = sales.group_by("month").agg(sales=pl.len())
    dealt = sales.group_by("source_id", "target_id", "month").agg(units=pl.len().cast(pl.Int64))
    sold = dealt.join(sets, left_on="source_id", right_on="party_id")
    bought = dealt.join(sets, left_on="target_id", right_on="party_id")
    inside = sold.join(sets, left_on=["cluster_id", "target_id"], right_on=["cluster_id", "party_id"], how="semi")
    counted = pl.concat(
        [
            sold.select("cluster_id", "month", "units", side=pl.lit("sold")),
            bought.select("cluster_id", "month", "units", side=pl.lit("bought")),
            inside.select("cluster_id", "month", "units", side=pl.lit("inside")),
        ]
    )
    by_month = counted.group_by("cluster_id", "month").agg(
        pl.col("units").filter(pl.col("side") == side).sum().alias(side) for side in ("sold", "bought", "inside")
    )
    expected = pl.col("sold") * pl.col("bought") / pl.col("sales")
    # sums of fractions depend on their order in the last digit
    totals = (
        by_month.join(months, on="month")
        .sort("cluster_id", "month")
        .group_by("cluster_id", maintain_order=True)
        .agg(pl.sum("inside"), both=(pl.col("sold") + pl.col("bought")).sum(), expected=expected.sum())
    )
    return totals.select(
        "cluster_id",
        "inside",
        outside=pl.col("both") - 2 * pl.col("inside"),
        inside_share=pl.col("inside") / (pl.col("both") - pl.col("inside")),
        expected_inside_share=pl.col("expected") / (pl.col("both") - pl.col("expected")),
    )
