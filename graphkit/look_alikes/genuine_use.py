"""A used car that was used: kilometres on the odometer, or too old to be new stock."""

import narwhals as nw

from graphkit.algorithms.dates import days_between
from graphkit.model import LookAlike

LOOK_ALIKE = LookAlike(
    id="genuine_use",
    title="genuinely used car",
    told_apart_by="kilometres above the bound, or built more than 12 months before",
    needs=("odometer", "vehicles"),
    references=(
        "BGH VIII ZR 109/04: near-zero kilometres and at most 12 months from build (kfz-serviceportal.de)",
        "Japanese fair-trade code for unused registered cars: more than 100 km disqualifies (kuruma-news.jp 559442)",
    ),
)

DAYS_IN_12_MONTHS = 365


def used(max_km: int, day: nw.Expr) -> nw.Expr:
    """On ledger columns: above ``max_km``, or built more than 12 months before ``day``; false where both are
    unknown.
    """
    too_old = days_between(nw.col("built_on"), day) > DAYS_IN_12_MONTHS
    return (nw.col("km_last") > max_km).fill_null(False) | too_old.fill_null(False)
