"""The truth about who is related to whom, for the labels: dated majority chains, influence, the state left out."""

import polars as pl

MAJORITY, INFLUENCE = 50.0, 20.0
_DEPTH = 6


def related_sales(retail: pl.DataFrame, tables: dict[str, pl.DataFrame], *, by_influence: bool = True) -> pl.DataFrame:
    """The ``sale_id`` of retail sales whose seller and buyer were related parties on the invoice day.

    Related are a controller and what it controls, two under one controller, and a holder of 20 % or more together with
    the group of that holder (not so without ``by_influence``). Majorities pass down a chain undiluted; a
    government body passes nothing.
    """
    days = pl.col("valid_from").fill_null(pl.date(1900, 1, 1)), pl.col("valid_to").fill_null(pl.date(2999, 1, 1))
    percent = pl.col("share").str.strip_suffix("%").cast(pl.Float64)
    states = tables["parties"].filter(pl.col("kind") == "government")["party_id"].implode()
    held = (
        tables["ownership"]
        .filter(~pl.col("owner_id").is_in(states))
        .select("owner_id", "owned_id", percent.alias("percent"), days[0].alias("since"), days[1].alias("until"))
    )
    heads = _heads(held.filter(pl.col("percent") > MAJORITY).drop("percent"))
    holders = held.filter(pl.col("percent") >= INFLUENCE)
    asked = retail.select("sale_id", "seller_id", "buyer_id", "invoiced_on").filter(
        pl.col("buyer_id").str.starts_with("C") | pl.col("buyer_id").str.starts_with("D")
    )
    found = [_share_a_head(asked, "seller_id", "buyer_id", heads)]
    if by_influence:
        found.append(_holder_shares_a_head(asked, "seller_id", "buyer_id", heads, holders))
        found.append(_holder_shares_a_head(asked, "buyer_id", "seller_id", heads, holders))
    return pl.concat(found).unique().sort("sale_id")


def _heads(direct: pl.DataFrame) -> pl.DataFrame:
    # every (party, head) with the days on which the head controls it, whatever the length of the chain
    reached = direct.select(pl.col("owned_id").alias("party_id"), pl.col("owner_id").alias("head_id"), "since", "until")
    step, all_of = reached, [reached]
    for _ in range(_DEPTH):
        step = step.join(reached, left_on="head_id", right_on="party_id", suffix="_up").select(
            "party_id",
            pl.col("head_id_up").alias("head_id"),
            pl.max_horizontal("since", "since_up").alias("since"),
            pl.min_horizontal("until", "until_up").alias("until"),
        )
        all_of.append(step.filter(pl.col("since") <= pl.col("until")))
    return pl.concat(all_of).unique()


def _with_heads(asked: pl.DataFrame, party: str, heads: pl.DataFrame, name: str) -> pl.DataFrame:
    # a party counts as its own head
    own = asked.with_columns(pl.col(party).alias(name))
    above = asked.join(heads, left_on=party, right_on="party_id").filter(_on("invoiced_on"))
    return pl.concat([own, above.with_columns(pl.col("head_id").alias(name)).select(own.columns)])


def _on(day: str) -> pl.Expr:
    return pl.col(day).is_between("since", "until")


def _share_a_head(asked: pl.DataFrame, one: str, other: str, heads: pl.DataFrame) -> pl.DataFrame:
    both = _with_heads(_with_heads(asked, one, heads, "head_of_one"), other, heads, "head_of_other")
    return both.filter(pl.col("head_of_one") == pl.col("head_of_other")).select("sale_id")


def _holder_shares_a_head(
    asked: pl.DataFrame, one: str, other: str, heads: pl.DataFrame, holders: pl.DataFrame
) -> pl.DataFrame:
    held = asked.join(holders, left_on=other, right_on="owned_id").filter(_on("invoiced_on"))
    held = held.drop("since", "until", "percent").rename({"owner_id": "holder_id"})
    return _share_a_head(held, one, "holder_id", heads)
