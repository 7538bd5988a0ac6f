from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.algorithms.intervals import merge, subtract, sweep

ROW = st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 12), st.integers(0, 5), st.integers(-3, 3))
ROWS = st.lists(ROW, max_size=12)


def frame(rows: list[tuple[str, int, int, int]]) -> pl.DataFrame:
    spans = [(key, first, first + length, weight) for key, first, length, weight in rows]
    schema = {"key": pl.String, "first": pl.Int64, "last": pl.Int64, "weight": pl.Int64}
    return pl.DataFrame(spans, schema=schema, orient="row")


def days(rows: pl.DataFrame) -> list[tuple[Any, int]]:
    return sorted((key, day) for key, first, last, *_ in rows.iter_rows() for day in range(first, last + 1))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(rows=ROWS, less=ROWS)
def test_every_day_is_what_a_set_of_days_says(rows: Any, less: Any) -> None:
    one, other = frame(rows), frame(less)
    assert days(merge(one, ["key"])) == sorted(set(days(one)))
    assert days(subtract(one, other, ["key"])) == sorted(set(days(one)) - set(days(other)))
    swept = sweep(one, ["key"], ["weight"])
    assert days(swept) == sorted(set(days(one)))
    for key, first, last, weight in swept.iter_rows():
        for day in range(first, last + 1):
            assert weight == sum(w for k, f, t, w in one.iter_rows() if k == key and f <= day <= t)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(rows=ROWS)
def test_merged_intervals_neither_touch_nor_overlap(rows: Any) -> None:
    merged = merge(frame(rows), ["key"])
    gaps = merged.select(gap=pl.col("first") - pl.col("last").shift(1).over("key"))["gap"].drop_nulls()
    assert (gaps > 1).all()
