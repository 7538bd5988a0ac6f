"""The ledger and the flows are written once; Polars and DuckDB must give the same rows."""

import datetime as dt
from random import Random
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.ledger import build_ledger
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.trade.flow_shapes import with_shapes
from graphkit.trade.flows import build_flows

VINS = ("LSAAA1230R0000001", "LSAAA1230R0000002", "LSAAA1230R0000003")
PARTIES = ("D01", "D02", "C01", "P01", None)
FIRST_DAY = dt.date(2024, 1, 1)
COVERAGE = Coverage((Span("registrations", dt.date(2024, 1, 10), dt.date(2025, 1, 1), complete=True),))


def _value(random: Random, name: str, column: Any) -> Any:
    if column.nullable and random.random() < 0.3:
        return None
    if name == "vin":
        return random.choice(VINS)
    if name.endswith("_id"):
        return random.choice(PARTIES)
    if words := (column.metadata or {}).get("one_of"):
        return random.choice(words)
    if column.dtype == pl.Date:
        return FIRST_DAY + dt.timedelta(days=random.randrange(40))
    if column.dtype == pl.Datetime:
        return None
    if column.dtype == pl.Boolean:
        return random.random() < 0.5
    return random.randrange(200) if column.dtype.is_numeric() else random.choice(["甲市", "乙市"])


def market(random: Random) -> dict[str, pl.DataFrame]:
    """Up to six rows a table, with repeated cars, missing days and ties; event keys stay unique."""
    frames = {}
    for table in TABLES.values():
        rows = []
        for number in range(random.randrange(7)):
            row = {name: _value(random, name, column) for name, column in table.columns.items()}
            row |= {name: f"{number}" for name in table.key if name not in ("vin", *table.parties)}
            row |= {
                name: FIRST_DAY + dt.timedelta(days=number) for name in table.key if name.endswith(("_on", "_from"))
            }
            rows.append(row | {"row_key": f"{table.name}{number}", "source_id": "s", "line": number})
        schema = table.loaded_schema()
        frame = pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)
        frames[table.name] = frame.unique(subset=table.key, keep="first", maintain_order=True)
    return frames


RANDOMS = st.integers(0, 2**32).map(Random)


def canonical(shape: str, frame: pl.DataFrame) -> pl.DataFrame:
    return SHAPES[shape].canonical(with_shapes(frame) if shape == "flows" else frame)


@settings(derandomize=True, deadline=None, max_examples=12)
@given(RANDOMS)
def test_polars_and_duckdb_give_the_same_rows(random: Random) -> None:
    frames = market(random)
    with duckdb.connect() as connection:
        for name, frame in frames.items():
            connection.register(f"{name}_rows", frame.to_arrow())
        on_duckdb = {name: nw.from_native(connection.table(f"{name}_rows")) for name in frames}
        on_polars = {name: nw.from_native(frame.lazy()) for name, frame in frames.items()}
        for shape, build in (
            ("ledger", lambda tables: build_ledger(tables, COVERAGE)),
            ("flows", build_flows),
        ):
            expected = canonical(shape, build(on_polars).collect().to_native())
            actual = canonical(shape, pl.from_arrow(build(on_duckdb).collect().to_native()))
            assert actual.equals(expected)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(RANDOMS)
def test_row_order_does_not_matter(random: Random) -> None:
    frames, seed = market(random), random.randrange(1000)
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in frames.items()}
    for shape, build in (
        ("ledger", lambda tables: build_ledger(tables, COVERAGE)),
        ("flows", build_flows),
    ):
        one, other = (
            canonical(
                shape,
                build({name: nw.from_native(frame.lazy()) for name, frame in given_frames.items()})
                .collect()
                .to_native(),
            )
            for given_frames in (frames, shuffled)
        )
        assert one.equals(other)
