"""A customer who drove the car and then gave it in payment for another, or sold it back."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="trade_in",
    title="used car that its owner traded in",
    told_apart_by="an invoice of kind trade_in, or a plate in the name of the private owner before it came back",
    needs=("sales", "registrations"),
    references=(
        Reference(
            "IASB, IFRS 15 Revenue from Contracts with Customers",
            "2014-05",
            "paragraphs 66 to 69, consideration that is not cash",
        ),
    ),
)


def traded_in(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one takes a used car in payment."""
    return (kind == "trade_in").fill_null(False)


def plated_between(plated_on: nw.Expr, bought_on: nw.Expr, sold_on: nw.Expr) -> nw.Expr:
    """On the plates of a private owner: this one stood between buying the car and selling it."""
    return ((plated_on >= bought_on) & (plated_on <= sold_on)).fill_null(False)
