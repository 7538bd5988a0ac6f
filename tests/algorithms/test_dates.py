import datetime as dt
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.algorithms.dates import days_between, month_of, plus_days

DAYS = st.none() | st.dates(dt.date(1995, 1, 1), dt.date(2060, 12, 31))


def on(engine: str, rows: pl.DataFrame) -> nw.LazyFrame[Any]:
    if engine == "polars":
        return nw.from_native(rows.lazy())
    return nw.from_native(duckdb.connect().from_arrow(rows.to_arrow()))


def answer(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    return pl.from_arrow(frame.sort("row").collect().to_arrow())  # type: ignore[return-value]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@settings(derandomize=True, deadline=None, max_examples=25)
@given(pairs=st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=20), shift=st.integers(-400, 400))
def test_every_engine_gives_what_the_calendar_gives(
    engine: str, pairs: list[tuple[dt.date | None, dt.date | None]], shift: int
) -> None:
    rows = pl.DataFrame(
        {"row": range(len(pairs)), "a": [a for a, _ in pairs], "b": [b for _, b in pairs]},
        schema={"row": pl.Int64, "a": pl.Date, "b": pl.Date},
    )
    got = answer(
        on(engine, rows).select(
            "row",
            days=days_between(nw.col("a"), nw.col("b")),
            month=month_of(nw.col("a")),
            later=plus_days(nw.col("a"), shift),
        )
    )
    assert got.schema["days"] == pl.Int64
    assert got.schema["later"] == pl.Date
    assert got["days"].to_list() == [(b - a).days if a and b else None for a, b in pairs]
    assert got["month"].to_list() == [a.strftime("%Y-%m") if a else None for a, _ in pairs]
    assert got["later"].to_list() == [a + dt.timedelta(days=shift) if a else None for a, _ in pairs]
