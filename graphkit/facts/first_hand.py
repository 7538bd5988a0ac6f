"""Who sells cars at first hand, and who only resells what others sold: each is compared with its like."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.outcome import with_unit
from graphkit.model import Market


def with_seller_units(judged: Lazy, market: Market) -> Lazy:
    """The judged rows in the unit of their seller's month: ``dealer_month``, or ``reseller_month`` for those that are
    no dealers and bought every car they sold before its day, and not by wholesale.

    What a reseller sells often comes back to where it was: a dealer is no peer of its.
    ``judged`` has vin, accountable_id, on_date and invoiced_on, the day of the seller's first invoice of the car.
    """
    is_dealt_on = (nw.col("kind") != "wholesale").fill_null(True)
    bought = market.tables["sales"].filter(is_dealt_on, ~nw.col("buyer_id").is_null())
    bought = bought.select("vin", "invoiced_on", accountable_id="buyer_id")
    bought = bought.group_by("vin", "accountable_id").agg(bought_on=nw.col("invoiced_on").min())
    known = market.identities.filter(nw.col("party_id") == nw.col("canonical_id"))
    roles = known.select("roles", accountable_id="party_id")
    sold = judged.join(bought, on=["vin", "accountable_id"], how="left").join(roles, on="accountable_id", how="left")
    is_resold = (nw.col("bought_on") < nw.col("invoiced_on")).fill_null(False)
    is_dealer = nw.col("roles").str.contains("dealer", literal=True).fill_null(False)
    sellers = sold.with_columns(is_first_hand=(~is_resold | is_dealer).cast(nw.Int64))
    sellers = sellers.group_by("accountable_id").agg(is_first_hand=nw.col("is_first_hand").max())
    counted = judged.join(sellers, on="accountable_id")
    kinds = (("dealer_month", 1), ("reseller_month", 0))
    parts = [
        with_unit(counted.filter(nw.col("is_first_hand") == number), kind, "accountable_id", "on_date")
        for kind, number in kinds
    ]
    return nw.concat(parts, how="vertical")
