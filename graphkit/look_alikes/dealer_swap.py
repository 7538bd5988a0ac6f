"""Dealers that exchange cars, so that each has the colour or the model that its customer asks for."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="dealer_swap",
    title="cars exchanged between dealers",
    told_apart_by="an invoice of kind swap among those of the circle, or of the buyer",
    needs=("sales",),
    references=(
        Reference(
            "IASB, IFRS 15 Revenue from Contracts with Customers",
            "2014-05",
            "paragraph 5(d), exchanges between dealers to serve customers",
        ),
    ),
)


def exchanged(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one exchanges a car for another."""
    return (kind == "swap").fill_null(False)
