"""The ledger against a plain reading, column by column, on cars with many ties and on random markets."""

from collections.abc import Mapping
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest

from graphkit.ledger import build_ledger
from graphkit.tables.coverage import Coverage
from graphkit.tables.outputs import SHAPES
from tests.ledger.dense_lives import dense_market
from tests.ledger.plain_ledger import plain_ledger
from tests.promises.markets.random_market import random_market

Row = dict[str, Any]
COLUMNS = tuple(SHAPES["ledger"].schema)


def ledger(tables: Mapping[str, pl.DataFrame], coverage: Coverage) -> list[Row]:
    lazy = {name: nw.from_native(frame.lazy()) for name, frame in tables.items()}
    return canonical(build_ledger(lazy, coverage).collect().to_native())


def canonical(frame: pl.DataFrame) -> list[Row]:
    return SHAPES["ledger"].canonical(frame).to_dicts()


def read(tables: Mapping[str, pl.DataFrame], coverage: Coverage) -> list[Row]:
    """The plain reading, its columns in the order of the contract."""
    rows = plain_ledger({name: frame.to_dicts() for name, frame in tables.items()}, coverage.spans)
    assert all(sorted(row) == sorted(COLUMNS) for row in rows)
    return [{column: row[column] for column in COLUMNS} for row in rows]


def assert_alike(found: list[Row], expected: list[Row]) -> None:
    assert [row["vin"] for row in found] == [row["vin"] for row in expected]
    for one, other in zip(found, expected, strict=True):
        assert one == other, {name: (one[name], other[name]) for name in COLUMNS if one[name] != other[name]}


@pytest.mark.parametrize("seed", range(12))
def test_every_column_of_cars_with_many_ties_is_what_a_plain_reading_gives(seed: int) -> None:
    tables, coverage = dense_market(seed)
    assert_alike(ledger(tables, coverage), read(tables, coverage))


def test_duckdb_breaks_the_same_ties() -> None:
    tables, coverage = dense_market(99, cars=150)
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(f"{name}_rows", frame.to_arrow())
        lazy = {name: nw.from_native(connection.table(f"{name}_rows")) for name in tables}
        found = pl.from_arrow(build_ledger(lazy, coverage).collect().to_native())
    assert isinstance(found, pl.DataFrame)
    assert_alike(canonical(found), read(tables, coverage))


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(6))
def test_every_column_of_a_random_market_is_what_a_plain_reading_gives(seed: int) -> None:
    market = random_market(seed)
    assert_alike(ledger(market.tables, market.coverage), read(market.tables, market.coverage))


def test_the_cars_with_many_ties_have_what_is_tried() -> None:
    cars = [row for seed in range(12) for row in read(*dense_market(seed))]
    for column in COLUMNS:
        values = [row[column] for row in cars]
        assert len(set(values)) > 1, column
        assert None in values or column in ("vin", "vin_check", "is_stub", "is_mid_life"), column
    broken = [name for row in cars for name in (row["violations"] or "").split(";")]
    assert all(broken.count(name) > 5 for name in (
        "insured_before_built", "invoiced_before_built", "plated_before_built", "exported_before_registered",
        "odometer_ran_back",
    ))  # fmt: skip
    first = [row["first_registered_on"] for row in cars if row["first_event"] is None]
    assert sum(day is not None for day in first) > 20
