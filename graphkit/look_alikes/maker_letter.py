"""An export within 180 days that the rule allows: the maker sealed an after-sales confirmation for it."""

import narwhals as nw

from graphkit.model import LookAlike

LOOK_ALIKE = LookAlike(
    id="maker_letter",
    title="export with the maker's after-sales confirmation",
    told_apart_by="the licence application carries the maker's sealed confirmation",
    needs=("exports",),
    references=("Notice 商贸函〔2025〕648号 of 14 November 2025 (hrbjydc.com 3520)",),
)


def confirmed() -> nw.Expr:
    """On ledger columns: the export carries a maker's letter; false where that is unknown."""
    return nw.col("maker_letter").fill_null(False)
