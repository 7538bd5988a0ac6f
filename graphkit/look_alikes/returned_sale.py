"""A sale that was undone: the buyer gave the car back, and the invoice for that says so."""

import narwhals as nw

from graphkit.model import LookAlike

LOOK_ALIKE = LookAlike(
    id="returned_sale",
    title="car given back by its buyer",
    told_apart_by="an invoice of kind return among those of the circle, or of the buyer",
    needs=("sales",),
    references=("DOMAIN note D5 and look-alikes: returns; PCAOB AS 2410 on returns after a period's end",),
)


def given_back(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one takes a sale back."""
    return (kind == "return").fill_null(False)
