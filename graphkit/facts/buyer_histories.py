"""What a buyer ever bought and from whom, and what its own later invoices say of the cars."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.control_on_day import held_on, with_group
from graphkit.facts.outcome import with_party
from graphkit.look_alikes import dealer_swap, leaseback, returned_sale
from graphkit.model import Market


def purchases_of(cars: Lazy, market: Market) -> Lazy:
    """Of each buyer, all that it ever bought: buyer_id, first_bought_on, has_open_seller, has_several_sellers,
    has_several_groups, may_be_one_group.
    """
    buyers = cars.select("buyer_id").unique(subset=["buyer_id"], keep="any")
    bought = (
        market.tables["sales"]
        .filter(nw.col("seller_id").is_null() | (nw.col("seller_id") != nw.col("buyer_id")))
        .select("row_key", "seller_id", "buyer_id", "invoiced_on")
        .join(buyers, on="buyer_id", how="semi")
    )
    bought = with_party(bought, market, "seller_id", "seller")
    # a seller that nobody knows may be one of the others
    known_id = nw.when(~nw.col("seller_open")).then(nw.col("seller_id"))
    bought = bought.select("row_key", "buyer_id", "invoiced_on", "seller_open", seller_id=known_id)
    grouped = with_group(
        bought, market, "seller_id", "invoiced_on", ("row_key", "buyer_id", "invoiced_on", "seller_open", "seller_id")
    )
    found = grouped.group_by("buyer_id").agg(
        nw.col("invoiced_on").min().alias("first_bought_on"),
        open_sellers=nw.col("seller_open").cast(nw.Int64).max(),
        one_seller=nw.col("seller_id").min(),
        last_seller=nw.col("seller_id").max(),
        one_group=nw.col("seller_id_group").min(),
        last_group=nw.col("seller_id_group").max(),
    )
    several_sellers = (nw.col("one_seller") != nw.col("last_seller")).fill_null(False)
    several_groups = (nw.col("one_group") != nw.col("last_group")).fill_null(False)
    facts = found.select(
        "buyer_id",
        "first_bought_on",
        has_open_seller=nw.col("open_sellers") == 1,
        has_several_sellers=several_sellers,
        has_several_groups=several_sellers & several_groups,
    )
    return facts.join(_perhaps_one_group(bought, market), on="buyer_id", how="left").with_columns(
        may_be_one_group=nw.col("may_be_one_group").fill_null(False)
    )


def _perhaps_one_group(bought: Lazy, market: Market) -> Lazy:
    """The buyers all of whose known sellers one party may have controlled, each on its day: buyer_id,
    may_be_one_group.
    """
    states = market.identities.filter(nw.col("is_state").fill_null(False)).select(controller_id="party_id")
    control = market.control.join(states, on="controller_id", how="anti").select(
        "controller_id", "valid_from", "valid_to", seller_id="controlled_id"
    )
    always = nw.lit(None, dtype=nw.Date)
    itself = market.identities.select(
        controller_id="party_id", valid_from=always, valid_to=always, seller_id="party_id"
    )
    known = bought.filter(~nw.col("seller_id").is_null()).with_columns(purchases=nw.len().over("buyer_id"))
    above = held_on(known.join(nw.concat([control, itself], how="vertical"), on="seller_id"), "invoiced_on")
    each = above.unique(subset=["row_key", "controller_id"], keep="any")
    under = each.group_by("buyer_id", "controller_id").agg(nw.len().alias("under_it"), nw.col("purchases").max())
    whole = under.filter(nw.col("under_it") == nw.col("purchases"))
    return whole.select("buyer_id", may_be_one_group=nw.lit(True)).unique(subset=["buyer_id"], keep="any")


def with_what_followed(cars: Lazy, market: Market) -> Lazy:
    """The cars with what the buyer's own later invoices say, and the first that brought them back into the group."""
    kept = ("sold_key", "vin", "kind", "seller_id", "to_id", "sold_on", "invoiced_on", "kept_until")
    sold = (
        market.tables["sales"]
        .select("vin", "kind", sold_key="row_key", buyer_id="seller_id", to_id="buyer_id", sold_on="invoiced_on")
        .filter(nw.col("to_id").is_null() | (nw.col("to_id") != nw.col("buyer_id")))
        .join(cars.select("vin", "buyer_id", "seller_id", "invoiced_on", "kept_until"), on=["vin", "buyer_id"])
    )
    sold = with_group(sold, market, "to_id", "sold_on", kept)
    sold = with_group(sold, market, "seller_id", "sold_on", (*kept, "to_id_group"))
    is_back = (nw.col("to_id_group") == nw.col("seller_id_group")) | (nw.col("to_id") == nw.col("seller_id"))
    sold = with_party(sold, market, "to_id", "to").with_columns(
        is_back=is_back.fill_null(False), is_before=nw.col("sold_on") < nw.col("invoiced_on")
    )
    is_after = ~nw.col("is_before")
    leaves = is_after & ~nw.col("is_back") & (nw.col("sold_on") <= nw.col("kept_until"))
    marks = {
        "is_returned": is_after & returned_sale.given_back(nw.col("kind")),
        "is_swapped": is_after & dealer_swap.exchanged(nw.col("kind")),
        "is_leased_back": is_after & leaseback.leased_back(nw.col("kind")),
        "is_sold_on": leaves & ~nw.col("to_open"),
        "is_sold_to_unknown": leaves & nw.col("to_open"),
        "is_sold_before": nw.col("is_before"),
    }
    marked = sold.select("vin", **{name: mark.cast(nw.Int64) for name, mark in marks.items()})
    facts = marked.group_by("vin").agg(nw.col(*marks).max())
    back = sold.filter(is_after, nw.col("is_back")).unique(
        subset=["vin"], keep="first", order_by=["sold_on", "sold_key"]
    )
    back = back.select("vin", back_to_id="to_id", back_on="sold_on", back_key="sold_key")
    return cars.join(facts, on="vin", how="left").join(back, on="vin", how="left")
