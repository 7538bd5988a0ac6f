"""What became of a car that was first sold to a related party: the next sale to somebody outside."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.control_on_day import held_on
from graphkit.facts.outcome import with_party
from graphkit.model import Market

LATER_KINDS = ("retail", "resale")
"""The kinds of invoice by which a car can reach a user outside the group."""

LATER_COLUMNS = ("later_on", "later_kind", "later_buyer_id", "later_key", "later_open", "later_private", "is_theirs")
"""What :func:`with_later_sale` adds."""


def with_later_sale(first: Lazy, market: Market) -> Lazy:
    """The first retail invoices, each with the next sale of its car to a party not provably related.

    Adds ``later_on``, ``later_kind``, ``later_buyer_id``, ``later_key`` (the row), ``later_open``: the buyer's identity
    or its relation is undecided; ``later_private``: it is a person of whom no register says anything;
    ``is_theirs``: a policy or a plate of the car bears that buyer's name. Needs sale_id, vin, seller_id, buyer_id,
    invoiced_on, sequence.
    """
    later = market.tables["sales"].filter(nw.col("kind").is_in(LATER_KINDS), ~nw.col("buyer_id").is_null())
    later = later.select(
        "vin",
        later_id="sale_id",
        later_on="invoiced_on",
        later_sequence="sequence",
        later_kind="kind",
        later_buyer_id="buyer_id",
        later_key="row_key",
    )
    earlier = first.select("vin", "sale_id", "seller_id", "buyer_id", "invoiced_on", "sequence")
    pairs = later.join(earlier, on="vin", how="inner").filter(
        nw.col("later_id") != nw.col("sale_id"),
        nw.col("later_on") >= nw.col("invoiced_on"),
        nw.col("later_buyer_id") != nw.col("seller_id"),
        nw.col("later_buyer_id") != nw.col("buyer_id"),
    )
    ties = related_on_day(pairs, market, "seller_id", "later_buyer_id", "later_on", key="later_id")
    # the key of a later sale is its row, so the buyer's name is told apart from it
    buyers = with_party(pairs.select("later_id", "later_buyer_id"), market, "later_buyer_id", "later")
    buyers = buyers.select("later_id", "later_open", "later_private", later_name="later_key")
    pairs = pairs.join(ties, on="later_id", how="left").join(buyers, on="later_id", how="left")
    outside = pairs.filter((nw.col("relation") != "proven") | nw.col("relation").is_null())
    chosen = outside.unique(subset=["sale_id"], keep="first", order_by=["later_on", "later_sequence", "later_id"])
    chosen = chosen.with_columns(later_open=nw.col("later_open") | ~nw.col("relation").is_null())
    users = _users(market)
    by_id = users.select("vin", "later_buyer_id", by_id=nw.lit(True))
    # each mention of a person is a party of its own, so on one car the name tells
    by_name = users.filter("user_private").select("vin", later_name="user_key", by_name=nw.lit(True))
    chosen = chosen.with_columns(later_name=nw.when(nw.col("later_private")).then(nw.col("later_name")))
    for found, keys in ((by_id, ["vin", "later_buyer_id"]), (by_name, ["vin", "later_name"])):
        chosen = chosen.join(found.unique(subset=keys, keep="any"), on=keys, how="left")
    chosen = chosen.with_columns(is_theirs=nw.col("by_id").fill_null(False) | nw.col("by_name").fill_null(False))
    return first.join(chosen.select("sale_id", *LATER_COLUMNS), on="sale_id", how="left")


def related_on_day(sales: Lazy, market: Market, one: str, other: str, day: str, key: str = "sale_id") -> Lazy:
    """The relation of tier A between two parties on a day: ``key``, relation (proven, possible), rule, proof_id."""
    forward = nw.col(one) < nw.col(other)
    pairs = sales.select(
        key,
        day,
        party_a=nw.when(forward).then(nw.col(one)).otherwise(nw.col(other)),
        party_b=nw.when(forward).then(nw.col(other)).otherwise(nw.col(one)),
    )
    tier_a = market.relations.filter(nw.col("tier") == "A", nw.col("regime") == market.regime)
    held = held_on(pairs.join(tier_a, on=["party_a", "party_b"], how="inner"), day)
    # "proven" sorts after "possible", so the stronger verdict wins
    best = held.unique(subset=[key], keep="last", order_by=["verdict", "rule", "proof_id"])
    return best.select(key, nw.col("verdict").alias("relation"), "rule", "proof_id")


def _users(market: Market) -> Lazy:
    """In whose name a policy or a plate of a car is: vin, later_buyer_id, user_key (the name), user_private."""
    insured = market.tables["policies"].select("vin", later_buyer_id="insured_id")
    plated = market.tables["registrations"].select("vin", later_buyer_id="owner_id")
    both = nw.concat([insured, plated], how="vertical").filter(~nw.col("later_buyer_id").is_null())
    return with_party(both, market, "later_buyer_id", "user")
