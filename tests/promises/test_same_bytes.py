"""The same rows give the same bytes: in any order, under any hash seed, but for the columns that name file and line."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from graphkit.simulate import simulate, write
from graphkit.tables.lineage import LINEAGE
from graphkit.tables.outputs import SHAPES

pytestmark = pytest.mark.no_cover

RUN = """
import sys
from pathlib import Path
from graphkit import Case

case = Case.new(sys.argv[1])
case.import_files(sorted(Path(sys.argv[2]).glob("*.csv")) + [Path(sys.argv[2]) / "coverage.toml"])
case.run()
"""
NAMES_THE_FILE = (*LINEAGE, "name")


def run_folder(case: Path, market: Path, hash_seed: str) -> Path:
    # with as many threads as there are processors, unlike all other tests
    environment = {name: value for name, value in os.environ.items() if name != "POLARS_MAX_THREADS"}
    environment["PYTHONHASHSEED"] = hash_seed
    subprocess.run([sys.executable, "-c", RUN, str(case), str(market)], check=True, env=environment)
    return case / "runs" / (case / "current").read_text(encoding="utf-8").strip()


def shuffled(market: Path, into: Path) -> None:
    into.mkdir()
    for path in market.glob("*.csv"):
        rows = pl.read_csv(path, infer_schema=False)
        rows.sample(fraction=1, shuffle=True, seed=7).write_csv(into / path.name)
    (into / "coverage.toml").write_bytes((market / "coverage.toml").read_bytes())


def test_shuffled_rows_and_another_hash_seed_give_the_same_bytes(tmp_path: Path) -> None:
    write(simulate(3, 0.1), tmp_path / "market")
    shuffled(tmp_path / "market", tmp_path / "other")
    one = run_folder(tmp_path / "one", tmp_path / "market", "1")
    other = run_folder(tmp_path / "two", tmp_path / "other", "2")

    assert one.name == other.name
    for name, shape in SHAPES.items():
        first, second = one / f"{name}.parquet", other / f"{name}.parquet"
        named = [column for column in NAMES_THE_FILE if column in shape.schema and "source_id" in shape.schema]
        if not named:
            assert first.read_bytes() == second.read_bytes(), name
        else:
            rows, others = (pl.read_parquet(path).drop(named) for path in (first, second))
            # every cell of the market can be read
            assert rows.height > 0 or name == "unread_cells"
            assert rows.equals(others), name
    for path in one.glob("*.csv"):
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name


def test_running_twice_changes_nothing(tmp_path: Path) -> None:
    write(simulate(3, 0.05), tmp_path / "market")
    first = run_folder(tmp_path / "one", tmp_path / "market", "0")
    before = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
    from graphkit import Case

    Case.open(tmp_path / "one").run()
    after = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
    assert before == after
