"""Sales to persons that were undone at once, and which of them are too many to be customers who changed their mind."""

import polars as pl

from graphkit.trade import circles

MOST_ALIKE = 10
"""Persons with one telephone, address or payer above which these join nobody by themselves: a mall, a bank, a clerk's
own number (our judgement).
"""


def often_undone(
    sales: pl.DataFrame, parties: pl.DataFrame, payments: pl.DataFrame, groups: pl.DataFrame, reached: pl.DataFrame
) -> pl.DataFrame:
    """Of :func:`times_undone`, with the same tables, the sales (``row_key``, ``sale_id``) of three times or more."""
    found = times_undone(sales, parties, payments, groups, reached)
    return found.filter(pl.col("times") >= circles.OFTEN).select("row_key", "sale_id")


def times_undone(
    sales: pl.DataFrame, parties: pl.DataFrame, payments: pl.DataFrame, groups: pl.DataFrame, reached: pl.DataFrame
) -> pl.DataFrame:
    """The undone sales (``row_key``, ``sale_id``, ``times``): how many the seller has with what is one person.

    Undone is a sale to a person whose car is back with its seller or the seller's control group within a month
    (``circles.UNDONE_DAYS``), at the same price. One person are persons with one telephone, one address, or one payer
    of their invoices; ``reached`` (party_id, kind, value, parties) tells which telephones and addresses of persons that
    sold a car others have too, and how many (:func:`graphkit.parties.shared.reached`). What more than ten parties have
    in common makes them one only where at least half of them stand in such sales of the seller: a mall, a bank or a
    clerk's own number does not. Numbers with more than ``circles.MAX_INVOICES`` are no cars.
    """
    undone = _undone(sales, parties, groups)
    keys = pl.concat([_themselves(undone), _reached(undone, reached), _paid(undone, sales, payments)])
    by = ("seller_id", "kind", "value")
    told = undone.join(keys, on="row_key")
    speaks = (pl.col("bearers") <= MOST_ALIKE) | (2 * pl.col("person_id").n_unique().over(by) >= pl.col("bearers"))
    counted = told.with_columns(times=pl.col("row_key").n_unique().over(by).cast(pl.Int64)).filter(speaks)
    return counted.group_by("row_key", "sale_id").agg(pl.col("times").max()).sort("row_key")


def _undone(sales: pl.DataFrame, parties: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """One row an undone sale: row_key, sale_id, seller_id, person_id."""
    persons = parties.filter(pl.col("kind") == "person").select("party_id")
    known = sales.filter(pl.col("seller_id").is_not_null(), pl.col("buyer_id").is_not_null())
    known = known.filter(pl.len().over("vin") <= circles.MAX_INVOICES)
    # a join, since polars 2.1.0 keeps a list asked within over() once a row (findings/polars_is_in_list_within_over.sh)
    # the order within a day is that of all invoices of the car
    cars = known.join(persons, left_on="buyer_id", right_on="party_id", how="semi").select("vin").unique()
    steps = circles.of_sales(known.join(cars, on="vin", how="semi")).rows
    to_person = steps.join(persons, left_on="to_id", right_on="party_id", how="semi")
    pairs = to_person.join(steps, left_on=["vin", "to_id"], right_on=["vin", "from_id"], suffix="_back")
    days = (pl.col("on_date_back") - pl.col("on_date")).dt.total_days()
    is_later = (days > 0) | ((days == 0) & (pl.col("place_back") > pl.col("place")))
    one, other = (pl.col(name).fill_null("") for name in ("currency", "currency_back"))
    undone = pairs.filter(
        is_later, days <= circles.UNDONE_DAYS, pl.col("amount") == pl.col("amount_back"), one == other
    ).select("row_key", "on_date", seller_id="from_id", person_id="to_id", back_to_id="to_id_back")
    home = undone.join(_in_one_group(undone, groups), on=["seller_id", "back_to_id", "on_date"], how="semi")
    closed = pl.concat([undone.filter(pl.col("seller_id") == pl.col("back_to_id")), home])
    return (
        closed.select("row_key", "seller_id", "person_id")
        .unique()
        .join(sales.select("row_key", "sale_id"), on="row_key")
    )


def _in_one_group(undone: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """The sellers and those to whom the car came back, where they were of one control group on the day of the sale."""
    asked = undone.select("seller_id", "back_to_id", "on_date").unique()
    for end in ("seller", "back_to"):
        homes = groups.select("group_id", "valid_from", "valid_to", pl.col("party_id").alias(f"{end}_id"))
        begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("on_date"))
        held = begun & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("on_date")))
        asked = asked.join(homes, on=f"{end}_id").filter(held).drop("valid_from", "valid_to")
        asked = asked.rename({"group_id": f"{end}_home"})
    return asked.filter(pl.col("seller_home") == pl.col("back_to_home"))


def _themselves(undone: pl.DataFrame) -> pl.DataFrame:
    return undone.select("row_key", kind=pl.lit("person"), value="person_id", bearers=pl.lit(1, pl.Int64))


def _reached(undone: pl.DataFrame, reached: pl.DataFrame) -> pl.DataFrame:
    return undone.join(reached, left_on="person_id", right_on="party_id").select(
        "row_key", "kind", "value", bearers="parties"
    )


def _paid(undone: pl.DataFrame, sales: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Who paid the seller for the invoice, by the payments that name it."""
    paid = payments.drop_nulls(["sale_id", "payer_id"]).join(
        sales.select("sale_id", "seller_id", "buyer_id"), "sale_id"
    )
    paid = paid.filter(pl.col("payee_id") == pl.col("seller_id"))
    bearers = paid.group_by(value="payer_id").agg(bearers=pl.col("buyer_id").n_unique().cast(pl.Int64))
    payers = paid.select("sale_id", value="payer_id").unique().join(bearers, on="value")
    return (
        undone.join(payers, on="sale_id")
        .select("row_key", "value", "bearers", kind=pl.lit("payer"))
        .select("row_key", "kind", "value", "bearers")
    )
