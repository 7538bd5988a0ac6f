"""The source files of a simulated market: their contract, their spelling, and that they are always the same."""

import hashlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from stdnum.cn import uscc

from graphkit.simulate import Simulated, simulate, write
from graphkit.simulate.writing import CHINESE_HEADERS
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import load
from graphkit.tables.proposal import propose_entries
from graphkit.tables.readers import read
from graphkit.tables.sources import Source
from graphkit.tables.vins import check

SMALL = 0.03
SHARES = ["share", "share_min", "share_max", "rate"]


@pytest.fixture(scope="module")
def market() -> Simulated:
    return simulate(seed=5, scale=0.1)


@pytest.fixture(scope="module")
def written(market: Simulated, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write(market, tmp_path_factory.mktemp("market"))


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


@pytest.fixture(scope="module")
def tables() -> Mapping[str, pl.DataFrame]:
    return simulate(seed=5, scale=SMALL).tables


def test_an_endorsement_replaces_the_insured_of_its_policy_by_the_buyer_of_the_car(
    tables: Mapping[str, pl.DataFrame],
) -> None:
    changed = tables["endorsements"].join(tables["policies"].select("policy_id", "vin", "insured_id"), on="policy_id")
    assert changed.height > 200
    assert changed.filter(pl.col("old") != pl.col("insured_id")).is_empty()
    bought = tables["sales"].filter(pl.col("kind") == "retail").select("vin", new="buyer_id")
    assert changed.join(bought, on=["vin", "new"], how="anti").is_empty()
    assert changed.filter(pl.col("old") == pl.col("new")).is_empty()


def test_makers_report_the_first_compulsory_policy_of_each_new_car_in_its_month(
    tables: Mapping[str, pl.DataFrame],
) -> None:
    compulsory = tables["policies"].filter(pl.col("kind") == "compulsory").sort("starts_on", "policy_id")
    first = compulsory.unique("vin", keep="first").join(tables["vehicles"], on="vin")
    # when some cars were built was taken out of the files after the makers had counted them
    is_new = pl.col("built_on") >= pl.date(2023, 1, 1)
    counts = first.group_by(reporter_id="manufacturer_id", period=pl.col("starts_on").dt.strftime("%Y-%m")).agg(
        least=is_new.fill_null(False).sum(), most=is_new.fill_null(True).sum()
    )
    reported = tables["reported_counts"].select("reporter_id", "period", "units")
    both = counts.join(reported, on=["reporter_id", "period"], how="full", coalesce=True).fill_null(0)
    assert both.filter(~pl.col("units").is_between("least", "most")).is_empty()
    assert both.filter(pl.col("units") > 0).height > 100


def test_on_no_day_more_than_all_of_a_company_is_held(tables: Mapping[str, pl.DataFrame]) -> None:
    held = tables["ownership"].with_columns(share=pl.col("share").str.strip_suffix("%").cast(pl.Float64, strict=False))
    days = held.select("owned_id", day="valid_from").drop_nulls().unique()
    on_day = days.join(held, on="owned_id").filter(
        pl.col("valid_from").fill_null(pl.col("day")) <= pl.col("day"),
        pl.col("valid_to").fill_null(pl.col("day")) >= pl.col("day"),
    )
    assert on_day.group_by("owned_id", "day").agg(pl.col("share").sum())["share"].max() <= 100
    # a company that is sold changes hands: the old holding ends the day before
    assert held.drop_nulls("valid_to").height > 0


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = Simulated(tables={"odometer": pl.DataFrame({"vin": ["V1"]})}, spans=(), denials={}, labels={})
    (path, _) = write(market, tmp_path)
    before = path.read_bytes()

    def half(frame: pl.DataFrame, file: Path) -> None:
        file.write_bytes(b"vi")
        raise OSError("no space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_csv", half)
    with pytest.raises(OSError, match="no space"):
        write(market, tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", list(TABLES))
def test_every_written_file_is_recognised_and_read_back_as_it_was(
    market: Simulated, written: list[Path], name: str
) -> None:
    path = next(file for file in written if file.stem == name)
    raw = read(path)
    whole = propose_entries(raw.header, raw.rows.head(50))
    proposal = whole.entries[0]
    assert (proposal.table, whole.unmapped) == (name, ())
    loaded = load(TABLES[name], [Source("0" * 64, path.name, path, proposal.columns, proposal.units)])
    assert loaded.quarantine.height == 0
    assert loaded.rows.height == raw.rows.height
    # shares and rates are written as text and read as numbers
    meant = market.tables[name].drop(SHARES, strict=False)
    assert loaded.rows.sort("line").select(meant.columns).equals(meant)


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
