"""Insurance given with the car: the policy starts early, but the insured is the person who then buys it."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="gift_insurance",
    title="insurance bought for the customer before the invoice",
    told_apart_by="the insured party is the end user",
    needs=("policies", "sales"),
    references=(
        Reference(
            "State Council of China, Regulation on Compulsory Traffic Accident Liability Insurance",
            "2006-03-21",
            "order 462, article 4, no registration without a policy",
        ),
    ),
)


def insured_by_end_user() -> nw.Expr:
    """On ledger columns: the first insured is the buyer of the end sale; false where either is unknown."""
    return (nw.col("first_insured_id") == nw.col("end_buyer_id")).fill_null(False)
