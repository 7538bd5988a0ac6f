"""Workbooks with several sheets, and headers below titles, as a user meets them: import, check, reload, replace."""

import tomllib
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from graphkit import Case
from graphkit.errors import InputError

SALES = ["sale_id", "vin", "seller_name", "buyer_name", "kind", "invoiced_on"]
VINS = [f"WMVAA1AA0RA00000{number}" for number in range(1, 8)]


def sale(number: int, day: str = "2024-01-05") -> list[str]:
    return [f"S{number}", VINS[number], "Sample Cars", f"Sample Buyer {number}", "retail", day]


def book(path: Path, sheets: dict[str, list[list[str]]]) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case.new(tmp_path / "case")


def sheets(path: Path, last: str = "2024-02-05") -> Path:
    months = {
        "Jan": [["Sales of January"], SALES, sale(1), sale(2), ["Total", "", "2"]],
        "Feb": [SALES, sale(3, last)],
        "Notes": [["who", "what"], ["x", "y"]],
    }
    return book(path, months)


def test_each_sheet_that_fits_is_a_source_and_the_other_is_named(case: Case, tmp_path: Path) -> None:
    taken = case.import_files(sheets(tmp_path / "sales.xlsx"))
    assert taken[["file", "table", "status", "rows", "loaded", "skipped"]].astype(object).fillna(0).values.tolist() == [
        ["sales.xlsx/Jan", "sales", "imported", 2, 2, 3],
        ["sales.xlsx/Feb", "sales", "imported", 1, 1, 1],
        ["sales.xlsx/Notes", 0, "skipped", 0, 0, 0],
    ]
    assert "fits no table" in taken["reason"][2]
    rows = pl.read_parquet(case.path / "tables" / "sales.parquet")
    assert rows.sort("sale_id")["line"].to_list() == [3, 4, 2]
    assert rows["source_id"].n_unique() == 2
    kept = [path.name for path in (case.path / "sources").glob("*/*")]
    assert kept == ["sales.xlsx"]
    entries = tomllib.loads((case.path / "case.toml").read_text(encoding="utf-8"))["source"]
    assert [(entry["sheet"], entry.get("header_row")) for entry in entries] == [("Jan", "2"), ("Feb", None)]


def test_check_lists_what_is_no_data_with_its_lines(case: Case, tmp_path: Path) -> None:
    case.import_files(sheets(tmp_path / "sales.xlsx"))
    assert case.check().skipped.values.tolist() == [
        ["sales", "sales.xlsx/Jan", "note", 1, "1"],
        ["sales", "sales.xlsx/Jan", "header", 1, "2"],
        ["sales", "sales.xlsx/Jan", "total", 1, "5"],
    ]


def test_the_same_workbook_again_changes_nothing_and_another_of_its_name_swaps_all_its_sheets(
    case: Case, tmp_path: Path
) -> None:
    case.import_files(sheets(tmp_path / "sales.xlsx"))
    before = (case.path / "case.toml").read_bytes()
    assert case.import_files(tmp_path / "sales.xlsx")["status"].tolist() == ["unchanged", "unchanged"]
    assert (case.path / "case.toml").read_bytes() == before
    sheets(tmp_path / "sales.xlsx", last="2024-02-06")
    with pytest.raises(InputError, match="imported before with other content"):
        case.import_files(tmp_path / "sales.xlsx")
    assert case.import_files(tmp_path / "sales.xlsx", replace=True)["status"].tolist()[:2] == ["replaced", "replaced"]
    assert len(case.settings().source) == 2
    assert pl.read_parquet(case.path / "tables" / "sales.parquet")["invoiced_on"].max().isoformat() == "2024-02-06"


def test_one_sheet_alone_and_the_other_later(case: Case, tmp_path: Path) -> None:
    path = sheets(tmp_path / "sales.xlsx")
    first = case.import_files(path, sheet="Feb")
    assert first[["file", "loaded"]].values.tolist() == [["sales.xlsx", 1]]
    assert case.import_files(path, sheet="Feb")["status"].tolist() == ["unchanged"]
    assert case.import_files(path, sheet="Jan")[["file", "status", "loaded"]].values.tolist() == [
        ["sales.xlsx/Jan", "imported", 2]
    ]
    assert pl.read_parquet(case.path / "tables" / "sales.parquet").height == 3
    with pytest.raises(InputError, match="has no sheet Mar"):
        case.import_files(path, sheet="Mar")


def test_a_header_is_told_and_kept_for_every_later_load(case: Case, tmp_path: Path) -> None:
    path = book(tmp_path / "sales.xlsx", {"A": [SALES, sale(1), SALES, sale(2)]})
    assert case.import_files(path)["loaded"].tolist() == [2]
    assert case.import_files(path, header_row=3, replace=True)[["status", "loaded", "skipped"]].values.tolist() == [
        ["replaced", 1, 3]
    ]
    assert case.settings().source[0].header_row == "3"
    text = (case.path / "case.toml").read_text(encoding="utf-8").replace('header_row = "3"', "header_row = 1")
    (case.path / "case.toml").write_text(text, encoding="utf-8")
    case.check()
    assert pl.read_parquet(case.path / "tables" / "sales.parquet").height == 2


def test_a_quarantined_row_names_file_and_sheet(case: Case, tmp_path: Path) -> None:
    path = book(tmp_path / "sales.xlsx", {"A": [SALES, sale(1)], "B": [SALES, sale(2, "soon")]})
    case.import_files(path)
    assert case.check().quarantined[["file", "line"]].values.tolist() == [["sales.xlsx/B", 2]]
