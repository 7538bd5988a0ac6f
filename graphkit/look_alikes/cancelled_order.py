"""An order that fell through: a person insured the car, the policy was cancelled, and somebody else then bought it."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="cancelled_order",
    title="cancelled order of another customer",
    told_apart_by="a person was insured, and that policy was cancelled on or before the end sale",
    needs=("policies", "parties"),
    references=(
        Reference(
            "State Council of China, Regulation on Compulsory Traffic Accident Liability Insurance",
            "2006-03-21",
            "order 462, article 16, when a policy may be cancelled",
        ),
    ),
)


def cancelled_before_sale(insured_kind: nw.Expr) -> nw.Expr:
    """On ledger columns: the first policy of a person was cancelled on or before the end sale."""
    cancelled = nw.col("first_policy_cancelled_on") <= nw.col("end_sale_on")
    return ((insured_kind == "person") & cancelled).fill_null(False)
