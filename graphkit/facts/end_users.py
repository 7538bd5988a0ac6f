"""Who had a car in the end that went round before: a buyer outside, in whose name it was plated."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.control_on_day import with_group
from graphkit.model import Market

_CAR = ("circle", "seller_id", "user_id", "user_on", "user_sequence", "user_sale", "user_key", "plate_key")


def with_end_user(found: Lazy, steps: Lazy, market: Market) -> Lazy:
    """The circles (circle, vin, seller_id, back_on, …), each with the first later sale of its car to an end user.

    An end user is outside the seller's control group on the day of that invoice and had the car plated since it was
    back. Adds ``user_id``, ``user_on``, ``user_key`` (the invoice) and ``plate_key``; null where there is none.
    """
    sales = market.tables["sales"].filter(nw.col("kind").is_in(("retail", "resale")), ~nw.col("buyer_id").is_null())
    sales = sales.select(
        "vin", user_id="buyer_id", user_on="invoiced_on", user_sequence="sequence", user_sale="sale_id",
        user_key="row_key",
    )  # fmt: skip
    later = found.select("circle", "vin", "seller_id", "back_on").join(sales, on="vin")
    later = later.filter(nw.col("user_on") >= nw.col("back_on"), nw.col("user_id") != nw.col("seller_id"))
    within = steps.select("circle", user_key="row_key", is_step=nw.lit(True))
    later = later.join(within, on=["circle", "user_key"], how="left").filter(nw.col("is_step").is_null())
    plates = market.tables["registrations"].select("vin", "plated_on", user_id="owner_id", plate_key="row_key")
    plated = later.join(plates, on=["vin", "user_id"]).filter(nw.col("plated_on") >= nw.col("back_on"))
    plated = with_group(plated, market, "seller_id", "user_on", _CAR)
    plated = with_group(plated, market, "user_id", "user_on", (*_CAR, "seller_id_group"))
    outside = plated.filter(nw.col("user_id_group") != nw.col("seller_id_group"))
    first = outside.unique(
        subset=["circle"], keep="first", order_by=["user_on", "user_sequence", "user_sale", "plate_key"]
    )
    return found.join(first.select("circle", "user_id", "user_on", "user_key", "plate_key"), on="circle", how="left")
