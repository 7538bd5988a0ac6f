"""An export within 180 days, on any day, for which the maker sealed an after-sales confirmation, as the rule asks."""

import narwhals as nw

from graphkit.model import LookAlike, Reference

LOOK_ALIKE = LookAlike(
    id="maker_letter",
    title="export with the maker's after-sales confirmation",
    told_apart_by="the licence application carries the maker's sealed confirmation; an empty cell says neither",
    needs=("exports",),
    references=(
        Reference(
            "MOFCOM, MIIT, MPS and Customs of China, notice on used-car exports", "2025-11-14", "商贸函〔2025〕648号"
        ),
    ),
)


def confirmed() -> nw.Expr:
    """On ledger columns: the export carries a maker's letter; false where that is unknown."""
    return nw.col("maker_letter").fill_null(False)
