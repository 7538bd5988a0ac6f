"""Sale and leaseback: a lessor buys the car, and the seller goes on using it."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="leaseback",
    title="sale and leaseback, or stock financed by a lessor",
    told_apart_by="an invoice of kind leaseback among those of the circle, or of the buyer",
    needs=("sales", "parties"),
    references=(Reference("IASB, IFRS 16 Leases", "2016-01-13", "paragraphs 98 to 103, sale and leaseback"),),
)


def leased_back(kind: nw.Expr) -> nw.Expr:
    """On invoices: this one is of a leaseback."""
    return (kind == "leaseback").fill_null(False)


def may_be_financed(roles: nw.Expr) -> nw.Expr:
    """On the parties that a car passed through: a lessor, who may have financed the stock or lease the car back."""
    return nw.concat_str(nw.lit(";"), roles.fill_null(""), nw.lit(";")).str.contains(";lessor;", literal=True)
