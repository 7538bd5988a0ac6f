"""The event logic is written once: with DuckDB behind every lazy frame a run gives the tables that Polars gives."""

from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest

from graphkit import Case, pipeline
from graphkit.model import DEFAULT_REGIME
from graphkit.simulate import simulate, write
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES


@pytest.mark.no_cover
def test_duckdb_gives_what_polars_gives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    market = simulate(5, 0.05)
    case = Case.new(tmp_path / "case")
    case.import_files(write(market, tmp_path / "market"))
    tables = {name: case.frame(name) for name in TABLES}

    def run() -> dict[str, pl.DataFrame]:
        results = pipeline.run(
            tables,
            {},
            coverage=Coverage(market.spans),
            regime=DEFAULT_REGIME,
            as_of=date(2026, 6, 30),
            denials={},
            sources=SHAPES["sources"].empty(),
        )
        assert not results.not_run
        return dict(results.frames)

    on_polars = run()
    connection = duckdb.connect()
    numbers = count()

    def on_duckdb(frame: pl.DataFrame) -> Any:
        name = f"frame_{next(numbers)}"
        connection.register(name, frame.to_arrow())
        return nw.from_native(connection.table(name))

    monkeypatch.setattr(pipeline, "lazy_of", on_duckdb)
    for name, frame in run().items():
        assert frame.equals(on_polars[name]), name
    assert on_polars["hits"].height > 0
