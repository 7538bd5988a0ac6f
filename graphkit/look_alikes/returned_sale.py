"""A sale that was undone: the buyer gave the car back, and the invoice for that says so."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="returned_sale",
    title="car given back by its buyer",
    told_apart_by="an invoice of kind return among those of the circle, or of the buyer",
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
