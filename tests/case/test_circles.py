"""The circles of a case on steps that can be read by eye: how they are numbered, cut, told and refused."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from graphkit.case import circles
from graphkit.case.circles import _asked, _cut, _left_out
from graphkit.errors import GraphkitError
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

GROUPS = [("D1", "G", None, None), ("D2", "G", date(2025, 1, 3), None)]


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def paid(*rows: tuple[str, str, int, float]) -> pl.DataFrame:
    """Payments by payer, payee, day of January, amount."""
    return loaded("payments", [
        {"payment_id": f"Y{at}", "row_key": f"Y{at}", "payer_id": payer, "payee_id": payee, "currency": "CNY",
         "paid_on": date(2025, 1, day), "amount": amount}
        for at, (payer, payee, day, amount) in enumerate(rows)
    ])  # fmt: skip


def run(payments: pl.DataFrame) -> Any:
    names = ("party_id", "group_id", "valid_from", "valid_to")
    groups = [dict(zip(names, row, strict=True)) for row in GROUPS]
    frames = {"groups": pl.DataFrame(groups, schema=dict(SHAPES["groups"].schema))}
    tables = {"payments": payments, "sales": loaded("sales", [])}
    return cast(Any, SimpleNamespace(frame=frames.__getitem__, resolved=lambda kind: {kind: tables[kind]}))


TWICE = (("D1", "C1", 5, 100.0), ("C1", "D1", 9, 95.0), ("D1", "C2", 6, 500.0), ("C2", "D1", 8, 540.0))


def asked(payments: pl.DataFrame, **more: Any) -> Any:
    given = {"kind": "payments", "window_days": 180, "max_length": 6, "tolerance": None, "by_groups": True} | more
    return _asked(run(payments), **given)


def test_the_circle_whose_last_step_is_largest_is_the_first() -> None:
    found = asked(paid(*TWICE)).circles()
    assert found.select("circle", "step", "from_id", "amount").rows() == [
        (1, 1, "D1", 500.0), (1, 2, "C2", 540.0), (2, 1, "D1", 100.0), (2, 2, "C1", 95.0),
    ]  # fmt: skip
    assert asked(paid(*TWICE)).counts().rows() == [(2, 2)]


@pytest.mark.parametrize(("first", "by_groups", "closes"), [(3, True, True), (2, True, False), (3, False, False)])
def test_a_circle_closes_on_the_group_as_of_its_first_step_where_that_is_asked(
    first: int, by_groups: bool, closes: bool
) -> None:
    made = asked(paid(("D1", "C1", first, 100.0), ("C1", "D2", 20, 100.0)), by_groups=by_groups)
    assert made.circles().height == 2 * closes
    assert ("control groups" if by_groups else "parties") in made.said()


@pytest.mark.parametrize(("back", "tolerance", "closes"), [(91.0, None, True), (89.0, None, False), (89.0, 0.2, True)])
def test_amounts_are_like_within_a_tenth_unless_another_tolerance_is_given(
    back: float, tolerance: float | None, closes: bool
) -> None:
    made = asked(paid(("D1", "C1", 5, 100.0), ("C1", "D1", 9, back)), tolerance=tolerance)
    assert made.circles().height == 2 * closes
    assert f"amounts within {20 if tolerance else 10} %" in made.said()


def test_bounds_are_said_in_words_and_a_tolerance_or_another_kind_is_refused() -> None:
    sales = asked(paid(), kind="sales", window_days=30, max_length=3)
    assert sales.said() == "within 30 days, at most 3 steps, closing on control groups"
    with pytest.raises(GraphkitError, match="choose from sales, payments"):
        asked(paid(), kind="loans")
    with pytest.raises(GraphkitError, match="a tolerance is for payments"):
        asked(paid(), kind="sales", tolerance=0.1)


def test_a_list_is_cut_after_so_many_circles_and_says_so() -> None:
    rows = pl.DataFrame({"circle": [3, 3, 4, 5]})
    assert _cut(rows, None)["circle"].to_list() == [3, 3, 4, 5]
    # loops are numbered on from the last circle
    assert _cut(rows, 2, 2)["circle"].to_list() == [3, 3, 4]
    assert _left_out(3, 2, "the earliest") == ("2 of 3 are shown, the earliest",)
    assert _left_out(2, 2, "the earliest") == _left_out(3, None, "the earliest") == ()


def test_steps_are_read_with_the_names_of_both_ends_and_the_line_of_their_row() -> None:
    payments = paid(*TWICE).with_columns(source_id=pl.lit("f"), line=pl.int_range(2, 6))
    found = asked(payments).circles().filter(pl.col("circle") == 1)
    told = circles._read(found, {"D1": "示例 D1", "X": "nobody"}, {"payments": payments}, {"f": "bank.csv"})
    assert told.select("step", "from_name", "to_id", "to_name", "file", "line").rows() == [
        (1, "示例 D1", "C2", None, "bank.csv", 4), (2, None, "D1", "示例 D1", "bank.csv", 5),
    ]  # fmt: skip
