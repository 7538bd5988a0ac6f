"""Which detectors can run, and which lawful reasons a case cannot test."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.look_alikes import declared_stock, gift_insurance
from graphkit.scores.collect import lacks, untested
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES

YEAR = date(2024, 1, 1), date(2024, 12, 31)
EMPTY = {name: table.empty() for name, table in TABLES.items()}


def sales(*buyers: str | None) -> dict[str, pl.DataFrame]:
    rows = pl.DataFrame(
        {"vin": ["V"] * len(buyers), "buyer_id": buyers}, schema={"vin": pl.String, "buyer_id": pl.String}
    )
    return EMPTY | {"sales": pl.concat([EMPTY["sales"], rows], how="diagonal")}


def test_a_detector_lacks_an_empty_table_and_a_column_without_any_value(detector: Any) -> None:
    needs = detector(needs={"sales": ("vin", "buyer_id")})
    assert lacks(needs, EMPTY) == ("sales",)
    assert lacks(needs, sales(None, None)) == ("sales.buyer_id",)
    assert lacks(needs, sales(None, "B")) == ()


@pytest.mark.parametrize(
    ("span", "is_tested"),
    [
        (Span("declared_stock", *YEAR, complete=True), True),
        (Span("declared_stock", *YEAR), False),
        (Span("declared_stock", *YEAR, place="临海", complete=True), False),
        (Span("policies", *YEAR, complete=True), False),
    ],
)
def test_an_empty_table_tests_a_look_alike_only_where_it_is_complete(
    span: Span, is_tested: bool, detector: Any
) -> None:
    stock = detector(look_alikes=(declared_stock.LOOK_ALIKE,))
    assert (untested(stock, EMPTY, Coverage((span,))) == ()) is is_tested


def test_a_look_alike_is_tested_where_every_table_it_needs_has_rows(detector: Any) -> None:
    both = detector(look_alikes=(declared_stock.LOOK_ALIKE, gift_insurance.LOOK_ALIKE))
    assert untested(both, sales("B"), Coverage()) == ("declared_stock", "gift_insurance")
    policy = pl.concat([EMPTY["policies"], pl.DataFrame({"vin": ["V"]})], how="diagonal")
    assert untested(both, sales("B") | {"policies": policy}, Coverage()) == ("declared_stock",)
