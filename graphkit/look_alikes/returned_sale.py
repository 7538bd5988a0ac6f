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
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "appendix A, signs of undisclosed related parties",
        ),
    ),
)


def given_back(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one takes a sale back."""
    return (kind == "return").fill_null(False)
