"""A market made by hand, whose books were added up in a spreadsheet beside it (books/books.xlsx), to the car."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tests.detectors.markets import given, run_of

BOOKS = Path(__file__).parent / "books"


@pytest.fixture(scope="module")
def frames() -> Any:
    market = given(BOOKS)
    assert market.quarantine == {}
    return run_of(market).frames


def sheet(name: str) -> pl.DataFrame:
    header, *rows = CalamineWorkbook.from_path(str(BOOKS / "books.xlsx")).get_sheet_by_name(name).to_python()
    cells = [[None if cell == "" else int(cell) if isinstance(cell, float) else cell for cell in row] for row in rows]
    return pl.DataFrame(cells, schema=[str(one) for one in header], orient="row", infer_schema_length=None)


def test_every_month_of_every_dealer_comes_out_as_it_was_added_up(frames: dict[str, pl.DataFrame]) -> None:
    added_up = sheet("months")
    assert added_up.height == 7
    key = ["dealer_id", "city", "month"]
    assert frames["restatement"].select(added_up.columns).sort(key).rows() == added_up.sort(key).rows()


def test_every_car_went_where_the_books_say(frames: dict[str, pl.DataFrame]) -> None:
    cars = sheet("cars")
    expected = [
        (row["vin"], row["dealer_id"], row["city"], row[direction], direction)
        for row in cars.iter_rows(named=True)
        for direction in ("out", "in", "open")
        if row[direction]
    ]
    listed = frames["restated_vehicles"].select("vin", "dealer_id", "city", "month", "direction").rows()
    assert sorted(listed) == sorted(expected)
    why = dict(cars.filter(pl.col("out").is_not_null()).select("vin", "deduction").rows())
    out = frames["restated_vehicles"].filter(pl.col("direction") == "out")
    assert dict(out.select("vin", "deduction").rows()) == why
    # and each is told by a finding of the run
    assert set(frames["restated_vehicles"]["finding_id"]) <= set(frames["findings"]["finding_id"])


def test_what_the_maker_reported_stands_beside_what_was_counted_and_booked(frames: dict[str, pl.DataFrame]) -> None:
    names = ("period", "series", "reported_low", "counted", "difference_low", "booked")
    assert sorted(frames["reported"].select(names).rows()) == sorted(sheet("reported").rows())
