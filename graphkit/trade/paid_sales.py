"""Which payment paid for which car: the invoice or the car that it names, or the open one of its parties and amount."""

import math

import polars as pl

from graphkit.algorithms.one_to_one import one_to_one
from graphkit.tables.vins import LENGTH
from graphkit.trade.circles import TOLERANCE

TIE_DAYS = 30
"""Days between an invoice and a payment of its price that does not name it (our judgement: one month's terms)."""

INVOICE, VIN, AMOUNT, NEAR_AMOUNT, EQUAL_CHOICE = "invoice", "vin", "amount", "near_amount", "equal_choice"
"""What a payment is matched with a car by: the invoice that it names, the VIN in its purpose, exactly the price; or, of
which none proves that it is the price of this car: an amount near the price, or one of several that are as good.
"""

SURE = (INVOICE, VIN, AMOUNT)
"""The matches that prove whose price a payment is."""

ROW = ("vin", "sale_id", "sale_key", "seller_id", "buyer_id", "invoiced_on", "payment_key", "matched_by")

_ALIKE = ["buyer_id", "seller_id", "currency"]

_ROUNDED = 1e-12
"""Amounts exactly one tolerance apart are within it, however their logarithms are rounded."""

_CENTS = 4
"""Decimals to which two differences of amounts are compared: no currency has more."""

MOST_CANDIDATES = 100_000
"""Payments times invoices of the same parties up to which each is weighed against each: some three hundred of either in
two months. More is a fleet's account, where amounts and days repeat and most choices are equal.
"""


def paid_sales(
    sales: pl.DataFrame, payments: pl.DataFrame, *, tie_days: int = TIE_DAYS, tolerance: float = TOLERANCE
) -> pl.DataFrame:
    """The first retail invoice of each car, with each payment for it; invoices without one are left out.

    A payment that names the invoice (``sale_id``), or else the VIN in its purpose, and goes to its seller pays for it,
    whoever pays. One that names neither pays for at most one invoice that no payment names, and each such invoice is
    paid by one: that of its payer and payee, in its currency, within ``tie_days`` and ``tolerance``; the one with
    exactly its amount first, then the nearest amount, the nearest day and the smallest key.

    Columns: those of ``ROW``; ``matched_by`` is ``invoice``, ``vin``, ``amount`` (exactly the price), ``near_amount``
    (another one) or ``equal_choice`` (exactly the price, and another invoice or payment was as good).

    >>> import datetime as dt
    >>> sales = pl.DataFrame({
    ...     "sale_id": ["S1"], "row_key": ["S1"], "vin": ["V"], "seller_id": ["D"], "buyer_id": ["C"],
    ...     "kind": ["retail"], "invoiced_on": [dt.date(2025, 1, 1)], "sequence": [None],
    ...     "price": [9.0], "currency": ["CNY"],
    ... })
    >>> payments = pl.DataFrame({
    ...     "row_key": ["Y1"], "payer_id": ["C"], "payee_id": ["D"], "paid_on": [dt.date(2025, 1, 9)], "amount": [9.5],
    ...     "currency": ["CNY"], "purpose": ["car"], "sale_id": [None],
    ... }, schema_overrides={"sale_id": pl.String})
    >>> paid_sales(sales, payments).select("vin", "payment_key", "matched_by").rows()
    [('V', 'Y1', 'near_amount')]
    """
    first = _first_retail(sales)
    told = _with_named_vin(sales, payments)
    goes_to_its_seller = pl.col("payee_id") == pl.col("seller_id")
    by_invoice = told.join(first, on="sale_id").filter(goes_to_its_seller)
    by_vin = told.drop("sale_id").join(first.with_columns(named_vin="vin"), on="named_vin").filter(goes_to_its_seller)
    named = pl.concat([_rows(by_invoice, INVOICE), _rows(by_vin, VIN)])
    pairs = _price_pairs(
        first.join(named, on="sale_key", how="anti"),
        told.filter(pl.col("sale_id").is_null(), ~pl.col("names_cars")),
        tie_days=tie_days,
        tolerance=tolerance,
    )
    matched_by = (
        pl.when(~pl.col("is_exact")).then(pl.lit(NEAR_AMOUNT))
        .when("is_sure").then(pl.lit(AMOUNT))
        .otherwise(pl.lit(EQUAL_CHOICE))
    )  # fmt: skip
    priced = first.join(pairs, on="sale_key").with_columns(matched_by=matched_by).select(ROW)
    return pl.concat([named, priced]).sort("vin", "payment_key")


def passed_over(sales: pl.DataFrame, payments: pl.DataFrame) -> int:
    """How many payments go from the buyer of a first retail invoice to its seller and are matched with no car."""
    between = payments.join(
        _first_retail(sales).select(payer_id="buyer_id", payee_id="seller_id"), on=["payer_id", "payee_id"], how="semi"
    )
    paid = paid_sales(sales, payments)
    return between.join(paid, left_on="row_key", right_on="payment_key", how="anti").height


def _first_retail(sales: pl.DataFrame) -> pl.DataFrame:
    return (
        sales.filter(pl.col("kind") == "retail", pl.col("seller_id") != pl.col("buyer_id"))
        .sort("invoiced_on", "sequence", "sale_id", nulls_last=False)
        .unique("vin", keep="first", maintain_order=True)
        .select(
            "vin", "sale_id", "seller_id", "buyer_id", "invoiced_on", "currency", amount="price", sale_key="row_key"
        )
    )


def _with_named_vin(sales: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """The payments with ``named_vin``, the one car of the invoices that the purpose of a payment without an invoice
    names, and ``names_cars``: it names one, or several, whose prices cannot be told apart.
    """
    words = payments.filter(pl.col("sale_id").is_null()).select(
        "row_key", word=pl.col("purpose").str.to_uppercase().str.extract_all("[A-Z0-9]+")
    )
    words = words.explode("word").filter(pl.col("word").str.len_chars() == LENGTH)
    cars = words.join(sales.select("vin"), left_on="word", right_on="vin", how="semi").unique()
    named = cars.group_by("row_key").agg(
        named_vin=pl.when(pl.len() == 1).then(pl.col("word").first()), names_cars=pl.lit(True)
    )
    return payments.join(named, on="row_key", how="left").with_columns(pl.col("names_cars").fill_null(False))


def _rows(named: pl.DataFrame, matched_by: str) -> pl.DataFrame:
    return named.with_columns(payment_key=pl.col("row_key"), matched_by=pl.lit(matched_by)).select(ROW)


def _price_pairs(invoices: pl.DataFrame, payments: pl.DataFrame, *, tie_days: int, tolerance: float) -> pl.DataFrame:
    """Pair payments and invoices of the same parties and currency: sale_key, payment_key, is_exact, is_sure.

    ``invoices``: sale_key, buyer_id, seller_id, currency, amount, invoiced_on; ``payments``: row_key, payer_id,
    payee_id, currency, amount, paid_on. A pair lies within ``tie_days`` and ``tolerance``, and each is in one pair at
    most: the smallest difference in amount is taken first, then the fewest days, then the smallest keys. Where only
    keys decide, the pair is not sure, and neither is one that would be another had they decided otherwise.

    Parties with more than ``MOST_CANDIDATES`` possible pairs are paired by exact amounts only, in the order of days;
    sure is then an amount that occurs once on either side.
    """
    owed = invoices.drop_nulls("amount").with_columns(pl.col("currency").fill_null(""))
    paid = payments.rename({"row_key": "payment_key", "payer_id": "buyer_id", "payee_id": "seller_id"}).with_columns(
        pl.col("currency").fill_null("")
    )
    many = _with_many(owed, paid)
    in_order = _in_order(owed.join(many, on=_ALIKE, how="semi"), paid.join(many, on=_ALIKE, how="semi"), tie_days)
    weighed = _weighed(
        owed.join(many, on=_ALIKE, how="anti"), paid.join(many, on=_ALIKE, how="anti"), tie_days, tolerance
    )
    pairs = pl.concat([weighed, in_order])
    rivals = _with_unpriced_rival(invoices, paid.join(pairs, on="payment_key", how="semi"), tie_days)
    return pairs.with_columns(is_sure=pl.col("is_sure") & ~pl.col("payment_key").is_in(rivals.implode()))


def _with_unpriced_rival(invoices: pl.DataFrame, paid: pl.DataFrame, tie_days: int) -> pl.Series:
    """The payments that may as well be for an invoice of the same parties whose price is not known."""
    parties = ["buyer_id", "seller_id"]
    unpriced = invoices.filter(pl.col("amount").is_null()).select(*parties, "invoiced_on").sort("invoiced_on")
    nearest = paid.sort("paid_on").join_asof(
        unpriced,
        left_on="paid_on",
        right_on="invoiced_on",
        by=parties,
        strategy="nearest",
        tolerance=f"{tie_days}d",
        check_sortedness=False,
    )
    return nearest.filter(pl.col("invoiced_on").is_not_null())["payment_key"]


def _with_many(owed: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    both = owed.group_by(_ALIKE).len("owed").join(paid.group_by(_ALIKE).len("paid"), on=_ALIKE)
    return both.filter(pl.col("owed").cast(pl.Int64) * pl.col("paid").cast(pl.Int64) > MOST_CANDIDATES)


def _in_order(owed: pl.DataFrame, paid: pl.DataFrame, tie_days: int) -> pl.DataFrame:
    """The first payment of an amount with its first invoice, the second with the second, and so on."""
    by = [*_ALIKE, "amount"]
    place, alike = pl.int_range(pl.len()).over(by), pl.len().over(by)
    sold = owed.sort("invoiced_on", "sale_key").with_columns(place=place, invoices=alike)
    came = paid.sort("paid_on", "payment_key").with_columns(place=place, payments=alike)
    days = (pl.col("paid_on") - pl.col("invoiced_on")).dt.total_days().abs()
    pairs = sold.join(came, on=[*by, "place"]).filter(days <= tie_days)
    is_sure = (pl.col("invoices") == 1) & (pl.col("payments") == 1)
    return pairs.select("sale_key", "payment_key", is_exact=pl.lit(True), is_sure=is_sure)


def _weighed(owed: pl.DataFrame, paid: pl.DataFrame, tie_days: int, tolerance: float) -> pl.DataFrame:
    near = _candidates(owed, paid, tie_days, tolerance)
    rows = near.sort("gap", "days", "payment_key", "sale_key").select("gap", "days", "payment_key", "sale_key").rows()
    chosen = one_to_one(rows)
    schema = {"payment_key": pl.String, "sale_key": pl.String, "is_sure": pl.Boolean}
    pairs = pl.DataFrame(chosen, schema=schema, orient="row")
    return pairs.join(near.select("payment_key", "sale_key", "is_exact"), on=["payment_key", "sale_key"]).select(
        "sale_key", "payment_key", "is_exact", "is_sure"
    )


def _candidates(owed: pl.DataFrame, paid: pl.DataFrame, tie_days: int, tolerance: float) -> pl.DataFrame:
    """Every payment with every invoice that it may settle: payment_key, sale_key, gap, days, is_exact."""
    # rows within the time lie in the same stretch of days or the next one
    span = tie_days + 1
    sold = owed.select(
        *_ALIKE, "sale_key", "invoiced_on", price="amount", stretch=pl.col("invoiced_on").to_physical() // span
    )
    came = paid.select(
        *_ALIKE, "amount", "paid_on", "payment_key",
        stretch=pl.concat_list(pl.col("paid_on").to_physical() // span + step for step in (-1, 0, 1)),
    ).explode("stretch")  # fmt: skip
    both = came.join(sold, on=[*_ALIKE, "stretch"])
    is_exact = pl.col("amount") == pl.col("price")
    is_like = (pl.min_horizontal("amount", "price") > 0) & (
        (pl.col("amount") / pl.col("price")).log().abs() <= math.log1p(tolerance) + _ROUNDED
    )
    told = both.with_columns(
        is_exact=is_exact,
        gap=(pl.col("amount") - pl.col("price")).abs().round(_CENTS),
        days=(pl.col("paid_on") - pl.col("invoiced_on")).dt.total_days().abs(),
    )
    return told.filter(pl.col("days") <= tie_days, is_exact | is_like)
