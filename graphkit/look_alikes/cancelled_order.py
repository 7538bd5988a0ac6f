"""An order that fell through: a person insured the car, the policy was cancelled, and somebody else then bought it."""

import narwhals as nw

from graphkit.model import LookAlike

LOOK_ALIKE = LookAlike(
    id="cancelled_order",
    title="cancelled order of another customer",
    told_apart_by="a person was insured, and that policy was cancelled on or before the end sale",
    needs=("policies", "parties"),
    references=(
        "Compulsory insurance regulation, articles 11 and 12: when a policy may be cancelled (folksfolks.com)",
    ),
)


def cancelled_before_sale(insured_kind: nw.Expr) -> nw.Expr:
    """On ledger columns: the first policy of a person was cancelled on or before the end sale."""
    cancelled = nw.col("first_policy_cancelled_on") <= nw.col("end_sale_on")
    return ((insured_kind == "person") & cancelled).fill_null(False)
