"""Dealers that exchange cars, so that each has the colour or the model that its customer asks for."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="dealer_swap",
    title="cars exchanged between dealers",
    told_apart_by="an invoice of kind swap among those of the circle, or of the buyer",
    needs=("sales",),
    references=(Reference("PCAOB, Auditing Standard 2410, Related Parties", "2014-06-10", "appendix A"),),
)


def exchanged(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one exchanges a car for another."""
    return (kind == "swap").fill_null(False)
