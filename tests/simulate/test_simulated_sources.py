"""The source files of a simulated market: their contract, their spelling, and that they are always the same."""

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest
from stdnum.cn import uscc

from graphkit.simulate import simulate, write
from graphkit.simulate.writing import CHINESE_HEADERS
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Source, load
from graphkit.tables.mapping import propose
from graphkit.tables.readers import read
from graphkit.tables.vins import check

SMALL = 0.03


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write(simulate(seed=5, scale=0.1), tmp_path_factory.mktemp("market"))


@pytest.mark.parametrize("seed", range(10))
def test_every_seed_gives_tables_that_keep_their_contract(seed: int) -> None:
    tables = simulate(seed=seed, scale=SMALL).tables
    assert set(tables) == set(TABLES)
    known = tables["parties"]["party_id"].implode()
    cars = tables["vehicles"]["vin"].implode()
    for name, rows in tables.items():
        table = TABLES[name]
        assert set(rows.columns) <= set(table.columns), name
        assert rows.height > 0, name
        for column in table.required:
            assert rows[column].null_count() == 0, (name, column)
        for column in table.parties:
            assert rows[column].is_in(known).all(), (name, column)
        if table.has_vin:
            assert rows["vin"].is_in(cars).all(), name
        key = [column for column in table.key if column in rows.columns]
        assert not rows.select(key).is_duplicated().any(), name
    assert set(tables["vehicles"].select(check(pl.col("vin"))).to_series()) == {"valid"}
    assert tables["vehicles"]["vin"].str.starts_with("L0").all()


@pytest.mark.parametrize("name", list(TABLES))
def test_every_written_file_is_recognised_and_loads_whole(written: list[Path], name: str) -> None:
    path = next(file for file in written if file.stem == name)
    raw = read(path)
    proposal = propose(raw.header, raw.rows.head(50))
    assert (proposal.table, proposal.unmapped) == (name, ())
    loaded = load(TABLES[name], [Source("0" * 64, path.name, path, proposal.columns, proposal.units)])
    assert loaded.quarantine.height == 0
    assert loaded.rows.height == raw.rows.height


def test_some_headers_are_chinese() -> None:
    assert CHINESE_HEADERS["registrations"]["vin"] == "车架号"


def test_coverage_is_true_and_complete_for_registers_of_events(written: list[Path]) -> None:
    statement = tomllib.loads(written[-1].read_text(encoding="utf-8"))
    by_table = {entry["table"]: entry for entry in statement["coverage"]}
    assert set(by_table) == set(TABLES)
    for name, entry in by_table.items():
        if TABLES[name].dated:
            rows = pl.read_csv(written[-1].with_name(f"{name}.csv"), try_parse_dates=True)
            days = rows[CHINESE_HEADERS.get(name, {}).get(TABLES[name].dated, TABLES[name].dated)]
            assert entry["complete"], name
            assert entry["from"] <= days.min() <= days.max() <= entry["to"], name
    assert str(by_table["ownership"]["as_of"]) == "2026-06-30"
    assert {entry["party_id"] for entry in statement["denial"]} == {"M02", "D09"}


def test_codes_of_companies_are_valid_and_belong_to_no_region(written: list[Path]) -> None:
    codes = pl.read_csv(written[0], infer_schema=False)["uscc"].drop_nulls()
    assert all(uscc.is_valid(code) for code in codes)
    assert codes.str.slice(2, 6).unique().to_list() == ["990000"]


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from graphkit.simulate import simulate, write; "
        f"write(simulate(seed=3, scale={SMALL}), Path(sys.argv[1]))"
    )
    digests = []
    for hash_seed in ("0", "4711"):
        folder = tmp_path / hash_seed
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=environment)
        digests.append(_digest(folder))
    assert digests[0] == digests[1]
    write(simulate(seed=4, scale=SMALL), tmp_path / "other")
    assert digests[0] != _digest(tmp_path / "other")


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
