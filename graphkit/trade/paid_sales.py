"""Which payment paid for which car: the invoice that a payment names, or the open one of its parties and amount."""

import polars as pl

TIE_DAYS = 30
"""Days between an invoice and a payment of its price that does not name it (our judgement: one month's terms)."""


def paid_sales(sales: pl.DataFrame, payments: pl.DataFrame, *, tie_days: int = TIE_DAYS) -> pl.DataFrame:
    """The first retail invoice of each car, with each payment for it; invoices without one are left out.

    A payment that names the invoice (``sale_id``) and goes to its seller pays for it, whoever pays. A payment that
    names none pays for the invoice of its payer and payee with exactly its amount in its currency, the nearest one
    within ``tie_days`` that no payment names; of several alike on one day each pays for one.

    Columns: vin, sale_id, sale_key, seller_id, buyer_id, invoiced_on, payment_key.

    >>> import datetime as dt
    >>> sales = pl.DataFrame({
    ...     "sale_id": ["S1"], "row_key": ["S1"], "vin": ["V"], "seller_id": ["D"], "buyer_id": ["C"],
    ...     "kind": ["retail"], "invoiced_on": [dt.date(2025, 1, 1)], "sequence": [None],
    ...     "price": [9.0], "currency": ["CNY"],
    ... })
    >>> payments = pl.DataFrame({
    ...     "row_key": ["Y1"], "payer_id": ["C"], "payee_id": ["D"], "paid_on": [dt.date(2025, 1, 9)], "amount": [9.0],
    ...     "currency": ["CNY"], "sale_id": [None],
    ... }, schema_overrides={"sale_id": pl.String})
    >>> paid_sales(sales, payments).select("vin", "payment_key").rows()
    [('V', 'Y1')]
    """
    first = (
        sales.filter(pl.col("kind") == "retail", pl.col("seller_id") != pl.col("buyer_id"))
        .sort("invoiced_on", "sequence", "sale_id", nulls_last=False)
        .unique("vin", keep="first", maintain_order=True)
        .select(
            "vin", "sale_id", "seller_id", "buyer_id", "invoiced_on", "currency", amount="price", sale_key="row_key"
        )
    )
    named = payments.drop_nulls("sale_id").join(first, on="sale_id", suffix="_sold")
    named = named.filter(pl.col("payee_id") == pl.col("seller_id"))
    open_invoices = first.join(named, on="sale_id", how="anti")
    priced = _by_price(open_invoices, payments.filter(pl.col("sale_id").is_null()), tie_days)
    found = pl.concat([_rows(named), _rows(priced)])
    return found.sort("vin", "payment_key")


def _by_price(first: pl.DataFrame, payments: pl.DataFrame, tie_days: int) -> pl.DataFrame:
    """Payments that name no invoice, each with the invoice that it settles."""
    alike = ["buyer_id", "seller_id", "currency", "amount"]
    paid = payments.select("row_key", "currency", "amount", day="paid_on", buyer_id="payer_id", seller_id="payee_id")
    both = [paid.with_columns(is_payment=True), first.with_columns(day="invoiced_on", is_payment=False)]
    events = pl.concat(both, how="diagonal").drop_nulls("amount").with_columns(pl.col("currency").fill_null(""))
    events = events.sort(*alike, "day", "row_key", "sale_id")
    # what follows within the time belongs together; there the oldest invoice is settled first
    apart = pl.col("day").diff().over(alike) > pl.duration(days=tie_days)
    events = events.with_columns(spell=apart.fill_null(False).cum_sum().over(alike))
    place = pl.int_range(pl.len()).over(*alike, "spell", "is_payment")
    events = events.with_columns(place=place)
    settled = events.filter("is_payment").select(*alike, "spell", "place", "row_key", paid_on="day")
    owed = events.filter(~pl.col("is_payment")).drop("row_key", "day", "is_payment")
    near = (pl.col("paid_on") - pl.col("invoiced_on")).abs() <= pl.duration(days=tie_days)
    return settled.join(owed, on=[*alike, "spell", "place"]).filter(near)


def _rows(tied: pl.DataFrame) -> pl.DataFrame:
    return tied.select(
        "vin", "sale_id", "sale_key", "seller_id", "buyer_id", "invoiced_on", payment_key=pl.col("row_key")
    )
