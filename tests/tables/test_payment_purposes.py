"""What the stated purpose of a payment says, and when it says nothing."""

import polars as pl
import pytest

from graphkit.tables.payment_purposes import names, says_nothing
from graphkit.tables.reference import reference_csv

LOOK_ALIKES = ("floor_plan", "refund", "cash_pooling")


@pytest.mark.parametrize(
    ("purpose", "named"),
    [
        ("LOAN No. 7", "floor_plan"),
        ("库存融资", "floor_plan"),
        ("Refund of the order", "refund"),
        ("购车退款", "refund"),
        ("资金归集", "cash_pooling"),
        ("Cash Sweep", "cash_pooling"),
        ("咨询费", None),
        ("fund of funds", None),
        (None, None),
    ],
)
def test_a_purpose_names_the_lawful_reason_whose_word_is_in_it_in_any_case(
    purpose: str | None, named: str | None
) -> None:
    given = pl.DataFrame({"purpose": [purpose]}, schema={"purpose": pl.String})
    for look_alike in LOOK_ALIKES:
        assert given.select(names(pl.col("purpose"), look_alike)).item() is (look_alike == named), look_alike


@pytest.mark.parametrize(
    ("purpose", "is_silent"),
    [(None, True), ("", True), ("转账", True), ("Other TRANSFER 12", True), ("No. 7", False), ("咨询费", False)],
)
def test_who_gives_no_purpose_or_one_that_every_payment_has_says_nothing(purpose: str | None, is_silent: bool) -> None:
    given = pl.DataFrame({"purpose": [purpose]}, schema={"purpose": pl.String})
    assert given.select(says_nothing(pl.col("purpose"))).item() is is_silent


def test_every_word_of_the_list_belongs_to_a_look_alike_or_says_nothing() -> None:
    rows = reference_csv("payment_purposes")
    assert set(rows["look_alike"]) == {None, *LOOK_ALIKES}
    assert rows["word"].str.to_lowercase().equals(rows["word"])
