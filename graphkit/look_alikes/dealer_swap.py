"""Dealers that exchange cars, so that each has the colour or the model that its customer asks for."""

import narwhals as nw

from graphkit.model import LookAlike

LOOK_ALIKE = LookAlike(
    id="dealer_swap",
    title="cars exchanged between dealers",
    told_apart_by="an invoice of kind swap among those of the circle, or of the buyer",
    needs=("sales",),
    references=("DOMAIN note D5: dealer swaps come back to a seller without any end user",),
)


def exchanged(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one exchanges a car for another."""
    return (kind == "swap").fill_null(False)
