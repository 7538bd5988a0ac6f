"""Cars that a demo, display, loaner or fleet register lists: insured or plated before a customer, openly and
lawfully.
"""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="declared_stock",
    title="declared demo, display, loaner or fleet car",
    told_apart_by="the register lists the car on the day it was insured",
    needs=("declared_stock",),
    references=(
        Reference(
            "EconoTimes, on a maker's answer that the cars were insured for display and neither sold nor registered",
            "2025-07",
            "article 1716537",
        ),
        Reference(
            "SEC, order on demonstrators and loaners counted as retail sales",
            "2020-09-24",
            "Release 33-10850",
        ),
    ),
)


def listed_on(day: nw.Expr) -> nw.Expr:
    """On ledger columns: the register lists the car on ``day``; false where it lists nothing."""
    until = nw.col("declared_to").is_null() | (nw.col("declared_to") >= day)
    return ((nw.col("declared_from") <= day) & until).fill_null(False)


def listed_between(first: nw.Expr, last: nw.Expr) -> nw.Expr:
    """On rows of the register: the entry holds on some day from ``first`` to ``last``."""
    until = nw.col("valid_to").is_null() | (nw.col("valid_to") >= first)
    return ((nw.col("valid_from") <= last) & until).fill_null(False)
