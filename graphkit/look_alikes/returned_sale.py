"""A sale that was undone: the buyer gave the car back, and the invoice for that says so."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="returned_sale",
    title="car given back by its buyer",
    told_apart_by=(
        "an invoice of kind return among those of the circle, or of the buyer; of a circle through a person that is "
        "back within 30 days at the same price no word tells whether the sale was undone"
    ),
    needs=("sales",),
    references=(
        Reference(
            "IASB, IFRS 15 Revenue from Contracts with Customers",
            "2014-05",
            "paragraphs B20 to B27, sales with a right of return",
        ),
    ),
)


def given_back(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one takes a sale back."""
    return (kind == "return").fill_null(False)


def undone_within(days: int, sold_on: nw.Expr, back_on: nw.Expr, owner_kind: nw.Expr) -> nw.Expr:
    """On a sale and the sale back (``amount``, ``currency``, ``back_amount``, ``back_currency``): a person bought the
    car, and had it back with the seller up to ``days`` later, at the same price or at one that is not known.
    """
    differs = (nw.col("amount") != nw.col("back_amount")) | (nw.col("currency") != nw.col("back_currency"))
    in_time = days_between(sold_on, back_on) <= days
    return (in_time & (owner_kind == "person")).fill_null(False) & ~differs.fill_null(False)
