"""A whole case as it really comes: 23 files of one made-up market go in as they are, and every count is true."""

import shutil
import tomllib
from pathlib import Path

import polars as pl
import pytest
import tomlkit

from graphkit import Case

EXPORTS = Path(__file__).parent / "exports"
NAMES = tomllib.loads((EXPORTS / "names.toml").read_text(encoding="utf-8"))
ANSWERS = {
    ("policy_export_unicode.txt", "insurer_name"): "示例安澜财产保险股份有限公司",
    ("2024年经销商终端销量月报.xlsx", "reporter_name"): "示例明川汽车销售有限公司",
    ("机动车发票明细_税控_2024.csv", "kind"): "retail",
}
TRUE_ROWS = {
    "sales": 1_825,
    "policies": 1_421,
    "registrations": 771,
    "exports": 51,
    "listings": 68,
    "declared_stock": 13,
    "vehicles": 891,
    "payments": 295,
    "ownership": 54,
    "positions": 156,
    "reported_counts": 168,
}
"""What the market holds; holdings are 40 of the company site, 12 of the annual reports and 2 of Hong Kong; offices are
34 legal representatives, 84 rows of officers of whom 34 are director and manager, and 4 directors of Hong Kong."""
LINES = {
    "批发开票台账2024.xlsx": 896,
    "承保明细清单_示例平海财险.xlsx": 708,
    "机动车登记信息_苏州.csv": 695,
    "机动车发票明细_税控_2024.csv": 388,
    "二手车出口报关明细.ods": 54,
}
"""Filled lines of some files."""


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handed")
    for kept, name in NAMES.items():
        shutil.copyfile(EXPORTS / kept, folder / name)
    return folder


@pytest.fixture(scope="module")
def case(handed: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = Case.new(tmp_path_factory.mktemp("exports") / "case")
    made.import_files(handed)
    document = tomlkit.parse((made.path / "case.toml").read_text(encoding="utf-8"))
    for source in document["source"]:
        if source.get("encoding") == "":
            source["encoding"] = "big5"
        for name, value in source.get("constants", {}).items():
            if not value:
                source["constants"][name] = ANSWERS[source["name"], name]
    (made.path / "case.toml").write_text(tomlkit.dumps(document), encoding="utf-8")
    made.check()
    return made


def rows(case: Case, table: str) -> pl.DataFrame:
    return pl.read_parquet(case.path / "tables" / f"{table}.parquet")


def test_every_file_goes_in_and_each_question_is_one_of_the_answers(handed: Path, tmp_path: Path) -> None:
    made = Case.new(tmp_path / "case")
    taken = made.import_files(handed)
    assert taken[taken["status"] == "refused"].empty
    assert taken[taken["status"] != "skipped"]["file"].str.split("/").str[0].nunique() == 23
    assert {one.name for one in made.settings().source if one.encoding == ""} == {"香港公司查冊.csv"}
    asked = {(one.name, name) for one in made.settings().source for name, to in one.constants.items() if not to}
    assert asked == set(ANSWERS)


@pytest.mark.parametrize("table", TRUE_ROWS)
def test_every_table_has_the_true_number_of_rows(case: Case, table: str) -> None:
    assert rows(case, table).height == TRUE_ROWS[table]


def test_prices_and_kilometres_are_in_the_units_of_the_contract(case: Case) -> None:
    wholesale = rows(case, "sales").filter(pl.col("kind") == "wholesale")
    assert wholesale.height == 876
    assert wholesale["price"].is_between(88_000, 216_000).all()
    capital = rows(case, "parties")["capital"].drop_nulls()
    assert (capital.len(), capital.min(), capital.max()) == (34, 500_000, 50_000_000)
    assert rows(case, "listings").filter(pl.col("listing_id") == "CY00000017")["km"].to_list() == [20_816]
    shares = rows(case, "ownership").select("share", "share_min", "share_max")
    assert (200_000, 250_000) in shares.select("share_min", "share_max").rows()
    assert {1_000_000, 800_000, 510_000} <= set(shares["share"])


def test_no_row_that_was_void_or_undone_is_counted_and_each_is_told(case: Case) -> None:
    check = case.check()
    void = check.skipped[check.skipped["kind"] == "void"]
    told = dict(zip(void["file"], void["where"], strict=True))
    assert told["机动车发票明细_税控_2024.csv"] == "116, 195, 219, 239"
    undone = check.quarantined[check.quarantined["reason"].str.contains("undone later")]
    assert undone.groupby("table")["rows"].sum().to_dict() == {"payments": 11, "sales": 16}


def test_of_a_file_every_filled_line_is_loaded_kept_apart_or_told_to_be_no_data(case: Case) -> None:
    sources = {entry.title: entry for entry in case.settings().source}
    for title, lines in LINES.items():
        entry = sources[title]
        held = [
            pl.read_parquet(path).filter(pl.col("source_id") == entry.source_id).height
            for folder in ("tables", "quarantine", "skipped")
            if (path := case.path / folder / f"{entry.table}.parquet").exists()
        ]
        assert sum(held) == lines, title
