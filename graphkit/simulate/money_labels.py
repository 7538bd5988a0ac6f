"""The truth about money that comes back and about shell buyers, for the labels. Written apart from the detectors."""

import math

import polars as pl

from graphkit.simulate.lawful_payments import LAWFUL, SAYS_NOTHING
from graphkit.simulate.related import related_sales

Tables = dict[str, pl.DataFrame]

PAYMENTS, CIRCLE_DAYS, TIE_DAYS = 6, 180, 30
NEAR = math.log(1.1)
"""The most payments of a circle, the days it takes, those between invoice and payment; and how far amounts differ."""

YOUNG_DAYS, PLATE_DAYS, HELD_DAYS = 365, 90, 180


def circular_payments(tables: Tables) -> pl.DataFrame:
    """The ``vin`` of each car whose price lies on a circle of payments that are neither lawful nor silent."""
    lawful = [word for words in LAWFUL.values() for word in words]
    is_silent = pl.col("purpose").is_null() | pl.col("purpose").is_in(SAYS_NOTHING)
    paid = tables["payments"].filter(~pl.col("purpose").is_in(lawful).fill_null(False))
    steps = paid.select(
        "payment_id", "payer_id", "payee_id", "paid_on", "amount", "currency", silent=is_silent.cast(pl.Int64)
    )
    on_circle = _circles(steps, tables).explode("payments").rename({"payments": "payment_id"})
    tied = (
        _prices(tables).join(on_circle, on="payment_id").join(steps.select("payment_id", own="silent"), on="payment_id")
    )
    # what the price itself is called does not matter
    return tied.filter(pl.col("silent") == pl.col("own")).select("vin").unique()


def _prices(tables: Tables) -> pl.DataFrame:
    # every payment of a car's first retail price, by the invoice it names, else by parties, day and the very amount
    retail = _first_retail(tables["sales"]).select(
        "vin", "sale_id", "invoiced_on", "price", "currency", payer_id="buyer_id", payee_id="seller_id"
    )
    ends, paid = ["payer_id", "payee_id"], tables["payments"]
    named = retail.join(paid.select("payment_id", "sale_id", *ends), on=["sale_id", *ends])
    loose = (
        retail.join(named, on="vin", how="anti")
        .join(paid.filter(pl.col("sale_id").is_null()).drop("sale_id"), on=[*ends, "currency"])
        .filter(
            pl.col("amount") == pl.col("price"),
            (pl.col("paid_on") - pl.col("invoiced_on")).dt.total_days().abs() <= TIE_DAYS,
        )
    )
    return pl.concat([named.select("vin", "payment_id"), loose.select("vin", "payment_id")])


def _first_retail(sales: pl.DataFrame) -> pl.DataFrame:
    return sales.filter(pl.col("kind") == "retail").sort("invoiced_on", "sale_id").unique("vin", keep="first")


def _circles(steps: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    # chains grow by one payment at a time: few payments follow one another, for few payees pay
    following = steps.select(pl.all().name.suffix("_next"))
    chains = steps.select(
        "currency",
        "silent",
        first_id="payer_id",
        first_on="paid_on",
        first_amount="amount",
        last_id="payee_id",
        last_on="paid_on",
        last_amount="amount",
        payers=pl.concat_list("payer_id"),
        payments=pl.concat_list("payment_id"),
    )
    closed = []
    for _ in range(PAYMENTS - 1):
        grown = chains.join(
            following, left_on=["last_id", "currency"], right_on=["payer_id_next", "currency_next"], how="inner"
        ).filter(
            pl.col("paid_on_next") > pl.col("last_on"),
            (pl.col("paid_on_next") - pl.col("first_on")).dt.total_days() <= CIRCLE_DAYS,
            (pl.col("amount_next") / pl.col("last_amount")).log().abs() <= NEAR,
        )
        chains = grown.select(
            "currency",
            pl.col("silent") + pl.col("silent_next"),
            "first_id",
            "first_on",
            "first_amount",
            last_on="paid_on_next",
            last_amount="amount_next",
            payers=pl.col("payers").list.concat(pl.concat_list("last_id")),
            payments=pl.col("payments").list.concat(pl.concat_list("payment_id_next")),
            last_id="payee_id_next",
        )
        is_near = (pl.col("last_amount") / pl.col("first_amount")).log().abs() <= NEAR
        closed.append(_home(chains.filter(is_near), tables).select("silent", "payments"))
        chains = chains.filter(~pl.col("payers").list.contains(pl.col("last_id")))
    return pl.concat(closed)


def _home(chains: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    # back to the first payer, or to one of its group that has not paid before
    ends = chains.select(seller_id="first_id", buyer_id="last_id", invoiced_on="first_on").unique()
    asked = ends.with_row_index("sale_id").cast({"sale_id": pl.String})
    in_group = asked.join(related_sales(asked, tables, by_influence=False), on="sale_id", how="semi")
    fresh = chains.filter(~pl.col("payers").list.contains(pl.col("last_id")))
    here, there = ["first_id", "last_id", "first_on"], ["seller_id", "buyer_id", "invoiced_on"]
    inside = fresh.join(in_group, left_on=here, right_on=there, how="semi")
    return pl.concat([chains.filter(pl.col("last_id") == pl.col("first_id")), inside])


def shell_buyer(tables: Tables) -> pl.DataFrame:
    """The ``vin`` of each car that a young company bought, as all its cars, of one group of sellers and just kept."""
    sales = tables["sales"]
    bought = sales.select("vin", "seller_id", "buyer_id", "invoiced_on", "sale_id").join(
        tables["parties"]
        .filter(pl.col("kind") == "company", pl.col("roles").is_null())
        .select("registered_on", buyer_id="party_id"),
        on="buyer_id",
    )
    first = bought.sort("invoiced_on", "sale_id").group_by("buyer_id", maintain_order=True).first()
    age = (pl.col("invoiced_on") - pl.col("registered_on")).dt.total_days()
    young = first.filter(age.is_between(0, YOUNG_DAYS)).select("buyer_id", first_seller_id="seller_id")
    theirs = bought.join(young, on="buyer_id")
    elsewhere = theirs.filter(~_one_group(theirs, "first_seller_id", "seller_id", tables))
    shells = young.join(elsewhere, on="buyer_id", how="anti")
    cars = _first_retail(sales).join(shells, on="buyer_id", how="semi")
    plated = tables["registrations"].group_by("vin").agg(pl.col("plated_on").min())
    as_new = tables["exports"].filter(pl.col("declared_as") == "new")
    days_to_plate = (pl.col("plated_on") - pl.col("invoiced_on")).dt.total_days()
    kept = cars.join(as_new, on="vin", how="anti").join(plated, on="vin", how="left")
    kept = kept.filter(~(days_to_plate <= PLATE_DAYS).fill_null(False))
    return kept.join(_sold_on(kept, tables), on="vin", how="anti").select("vin")


def _sold_on(cars: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    later = tables["sales"].select("vin", "sale_id", buyer_id="seller_id", taker_id="buyer_id", later_on="invoiced_on")
    held = (pl.col("later_on") - pl.col("invoiced_on")).dt.total_days()
    onward = cars.drop("sale_id").join(later, on=["vin", "buyer_id"]).filter(held.is_between(0, HELD_DAYS))
    return onward.filter(~_one_group(onward, "seller_id", "taker_id", tables))


def _one_group(rows: pl.DataFrame, one: str, other: str, tables: Tables) -> pl.Series:
    # of each row, whether both are one party or stood under one controller on the day of the invoice
    asked = rows.select("invoiced_on", seller_id=one, buyer_id=other).with_row_index("sale_id")
    asked = asked.cast({"sale_id": pl.String})
    tied = related_sales(asked, tables, by_influence=False)["sale_id"].implode()
    is_one = (pl.col("seller_id") == pl.col("buyer_id")) | pl.col("sale_id").is_in(tied)
    return asked.select(is_one.alias("is_one")).to_series()
