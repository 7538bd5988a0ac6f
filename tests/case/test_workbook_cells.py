"""What the cells of a workbook show and how they are stored, from import to what is proven."""

from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from graphkit import Case
from graphkit.cli.main import app
from tests.detectors.markets import CASES

GROUP = CASES / "related_party_sales" / "companies_of_the_group"


@pytest.mark.parametrize(("share", "control"), [(0.6, ["proven"]), (0.4, [])])
def test_a_holding_shown_as_a_percent_is_one_whatever_its_header_says(
    tmp_path: Path, share: float, control: list[str]
) -> None:
    lines = [line.split(",") for line in (GROUP / "ownership.csv").read_text("utf-8").splitlines()]
    assert ["H02", "C11", "51%"] in [line[:3] for line in lines]
    with xlsxwriter.Workbook(tmp_path / "holdings.xlsx") as book:
        sheet, percent = book.add_worksheet("holdings"), book.add_format({"num_format": "0.00%"})
        for number, line in enumerate([["owner_id", "owned_id", "持股比例(%)", *lines[0][3:]], *lines[1:]]):
            sheet.write_row(number, 0, line)
            if number and line[2]:
                value = share if line[:2] == ["H02", "C11"] else float(line[2].rstrip("%")) / 100
                sheet.write_number(number, 2, value, percent)
        sheet.set_row(2, None, None, {"hidden": True})
    case = Case.new(tmp_path / "case")
    others = [path for path in sorted(GROUP.glob("*.csv")) if not path.stem.startswith(("expected_", "ownership"))]
    taken = case.import_files([*others, tmp_path / "holdings.xlsx", GROUP / "coverage.toml"]).set_index("file")
    assert taken.loc["holdings.xlsx", ["status", "notes"]].tolist() == [
        "imported",
        "1 hidden row, read as the others",
    ]
    case.run()
    assert case.check().unread.empty and case.check().quarantined.empty
    pairs = case.frame("control").filter(controller_id="H02", controlled_id="C11")
    assert pairs["verdict"].to_list() == control


def test_import_says_which_numbers_were_rounded_and_which_are_read_as_days(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "sales.xlsx") as book:
        sheet = book.add_worksheet("sales")
        sheet.write_row(0, 0, ["发票号码", "车架号", "销方名称", "购方名称", "开票日期"])
        sheet.write_row(1, 0, [24322000000012345678, "WMVAA1AA0RA000001", "甲公司", "乙公司", 45296])
        sheet.write_row(2, 0, [24322000000012345679, "WMVAA1AA0RA000002", "甲公司", "乙公司", 45297])
    case = Case.new(tmp_path / "case")
    words = ["import", str(case.path), str(tmp_path / "sales.xlsx"), "--set", "kind=retail"]
    said = " ".join(CliRunner().invoke(app, words).output.split())
    assert (
        "sales.xlsx: 发票号码: of 2 numbers the sheet holds 15 digits: export the column as text; "
        "开票日期: 2 bare day numbers, read as dates as the workbook counts them"
    ) in said
    assert [str(day) for day in case.frame("sales")["invoiced_on"]] == ["2024-01-05", "2024-01-06"]
    assert case.check().unread["cells"].tolist() == ["sale_id: 2 of 2 not read"]
