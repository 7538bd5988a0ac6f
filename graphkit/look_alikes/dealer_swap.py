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
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "appendix A, signs of undisclosed related parties",
        ),
    ),
)


def exchanged(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one exchanges a car for another."""
    return (kind == "swap").fill_null(False)
