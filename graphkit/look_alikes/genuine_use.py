"""A used car that was used: kilometres on the odometer, or too old to be new stock."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="genuine_use",
    title="genuinely used car",
    told_apart_by="kilometres above the bound, or built more than 12 months before; no excuse for a breach of the rule",
    needs=("odometer", "vehicles"),
    references=(
        Reference("Bundesgerichtshof, on what a car registered for a day is", "2005-01-12", "VIII ZR 109/04"),
        Reference(
            "Driver Web, on the Japanese fair competition code for unused registered cars",
            "2019-11-26",
            "article 24507",
        ),
    ),
)

DAYS_IN_12_MONTHS = 365


def used(max_km: int, day: nw.Expr) -> nw.Expr:
    """On ledger columns: above ``max_km``, or built more than 12 months before ``day``; false where both are
    unknown.
    """
    too_old = days_between(nw.col("built_on"), day) > DAYS_IN_12_MONTHS
    return (nw.col("km_last") > max_km).fill_null(False) | too_old.fill_null(False)
