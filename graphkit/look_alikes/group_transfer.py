"""Stock that companies of one control group hand to one another, and that comes home again."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="group_transfer",
    title="stock handed round inside a control group",
    told_apart_by=(
        "every invoice of the circle lies inside one control group as of the first of them and none is retail, and by "
        "the day on which the car was back nobody in between was insured for it or had it plated"
    ),
    needs=("sales", "ownership", "policies", "registrations"),
    references=(
        Reference(
            "IASB, IFRS 10 Consolidated Financial Statements",
            "2011-05",
            "paragraph B86(c), transactions between entities of the group are eliminated in full",
        ),
    ),
)


def moved_inside(steps: nw.Expr, inside: nw.Expr, is_retail: nw.Expr) -> nw.Expr:
    """On circles: all of its ``steps`` lie ``inside`` the group, and none of them is an invoice to an end user."""
    return (steps == inside) & (is_retail == 0)


def taken_by(since: nw.Expr, back_on: nw.Expr) -> nw.Expr:
    """On the policies and plates in the name of a party in between: this one began before the car was back."""
    return (since <= back_on).fill_null(False)
