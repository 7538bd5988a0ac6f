"""What a workbook knows of its cells beside their values: percents, dates, errors, what is hidden, its day 0."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from graphkit.errors import InputError
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Loaded, load
from graphkit.tables.readers import read
from graphkit.tables.sources import Source
from graphkit.tables.xlsx_formats import xlsx_formats

DATA = Path(__file__).parent / "data"
HEADER = ["股东", "企业", "持股比例(%)", "认缴日期", "备注"]
CARS = ["WMVAA1AA0RA000001", "WMVAA1AA0RA000002", "WMVAA1AA0RA000003"]


def workbook(path: Path, rows: list[list[Any]], **options: Any) -> Path:
    """A sheet of these rows; a pair is a number and its format, text after a # the error of a formula."""
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("data")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.write_number(number, column, cell[0], book.add_format({"num_format": cell[1]}))
                elif isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(number, column, "=NA()", None, cell)
                else:
                    sheet.write(number, column, cell)
    return path


def rewritten(path: Path, part: str, old: str, new: str) -> Path:
    """A copy of a workbook in which some text of one part is another."""
    copy = path.with_name(f"copy_of_{path.name}")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as made:
        for name in archive.namelist():
            content = archive.read(name)
            if name == part:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            made.writestr(name, content)
    return copy


def odometer(path: Path) -> Loaded:
    columns = dict(zip(read(path).header, ("vin", "read_on", "km"), strict=True))
    return load(TABLES["odometer"], [Source("s1", path.name, path, columns)])


@pytest.mark.parametrize("kind", ["xls", "xlsb"])
def test_percents_errors_what_is_hidden_and_a_day_0_of_1904_are_read_of_binary_workbooks(kind: str) -> None:
    raw = read(DATA / f"formats.{kind}")
    assert raw.header == HEADER
    assert raw.rows.rows() == [
        ("A", "B", "60%", "2024-01-05", "x", 2),
        ("C", "D", "7%", "2024-01-05", "x", 3),
        ("E", "#N/A", "50%", "2024-01-05", "x", 4),
        ("G", "H", "100%", "43834", "x", 5),
    ]
    assert raw.notes == ("1 hidden row, read as the others", "hidden column 备注, read as the others")
    assert raw.epoch == date(1904, 1, 1)


def test_a_percent_is_what_the_cell_shows_whatever_its_header_says(tmp_path: Path) -> None:
    rows = [
        ["股东", "企业", "持股比例(%)"],
        ["A", "B", (0.6, "0.00%")],
        ["C", "B", (0.07, "0%")],
        ["D", "B", (0.33333, '[Red]0.0"of"%')],
        ["E", "B", (30, '0.00"%"')],
        ["F", "B", (0.5, "0.00")],
        ["G", "B", (0.015, 10)],
    ]
    path = workbook(tmp_path / "a.xlsx", rows)
    assert read(path).rows["c2"].to_list() == ["60%", "7%", "33.333%", "30", "0.5", "1.5%"]
    columns = {"股东": "owner_name", "企业": "owned_name", "持股比例(%)": "share"}
    source = Source("s1", path.name, path, columns, {"share": "percent"})
    shares = load(TABLES["ownership"], [source]).rows.sort("owner_name")["share"].to_list()
    assert shares == [600_000, 70_000, 333_330, 300_000, 5_000, 15_000]


def test_cells_that_do_not_say_where_they_are_are_counted(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, (0.6, "0%")], ["#REF!", 2]])
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        text = archive.read(sheet).decode()
    without = text
    for place in ("A1", "B1", "A2", "B2", "A3", "B3"):
        without = without.replace(f' r="{place}"', "")
    for row in "123":
        without = without.replace(f'<row r="{row}"', "<row")
    told = xlsx_formats(path, ["data"]).sheets["data"]
    assert (told.percents, told.errors) == ([(1, 1)], {(2, 0): "#REF!"})
    assert xlsx_formats(rewritten(path, sheet, text, without), ["data"]).sheets["data"] == told
    named = without.replace("<c", "<x:c").replace("</c", "</x:c").replace("<row", "<x:row").replace("</row", "</x:row")
    assert xlsx_formats(rewritten(path, sheet, text, named), ["data"]).sheets["data"] == told


def test_a_workbook_whose_formats_cannot_be_told_is_refused_and_not_read_without_them(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, (0.6, "0%")]])
    with pytest.raises(InputError, match="is damaged where it says how its cells are shown"):
        read(rewritten(path, "xl/styles.xml", 'numFmtId="164"', 'numFmtId="?"'))


@pytest.mark.parametrize("number", [*range(27, 37), *range(50, 59), 14])
def test_the_built_in_dates_of_east_asia_are_dates(tmp_path: Path, number: int) -> None:
    assert read(workbook(tmp_path / "a.xlsx", [["a", "b"], [1, (45296, number)]])).rows["c1"][0] == "2024-01-05"


@pytest.mark.parametrize("code", ['yyyy"年"m"月"d"日"', "[$-804]yyyy年m月d日", "yyyy\\.mm\\.dd;@"])
def test_a_day_is_the_same_in_a_workbook_that_counts_from_1904(tmp_path: Path, code: str) -> None:
    rows = [["车架号", "检测日期", "里程"], [CARS[0], (43834, code), 1], [CARS[1], 43834, 1]]
    loaded = odometer(workbook(tmp_path / "a.xlsx", rows, date_1904=True))
    assert loaded.rows["read_on"].to_list() == [date(2024, 1, 5)] * 2


def test_bare_day_numbers_are_dates_only_in_a_workbook_and_only_where_all_numbers_are_such(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["车架号", "检测日期", "里程"], [CARS[0], 45296, 1], [CARS[1], "2024/1/6", 1]]
    rows += [[CARS[2], 20240107, 1]]
    days = [date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 7)]
    assert odometer(workbook(tmp_path / "a.xlsx", rows)).rows["read_on"].to_list() == days
    others = odometer(workbook(tmp_path / "b.xlsx", [*rows, [CARS[0], 12, 1]]))
    assert others.rows["read_on"].to_list() == days[1:]
    text = "\n".join(",".join(str(cell) for cell in row) for row in rows)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    loaded = odometer(tmp_path / "a.csv")
    assert loaded.rows["read_on"].to_list() == days[1:]
    assert loaded.quarantine.select("line", "reason").row(0) == (
        2,
        "read_on: '45296' may be a day number of a workbook: export the column as dates",
    )


def test_an_error_is_named_and_never_a_value_nor_nothing(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["投保单号", "车架号", "被保险人", "起保日期", "城市"],
        ["P1", CARS[0], "甲", (45296, 14), "#N/A"],
        ["P2", CARS[1], "#REF!", (45296, 14), "苏州"],
        ["P3", CARS[2], "乙", "#VALUE!", "苏州"],
    ]
    path = workbook(tmp_path / "a.xlsx", rows)
    columns = dict(zip(rows[0], ("policy_id", "vin", "insured_name", "starts_on", "city"), strict=True))
    source = Source("s1", path.name, path, columns, constants={"insurer_name": "丙"})
    loaded = load(TABLES["policies"], [source])
    assert loaded.rows.select("policy_id", "city").rows() == [("P1", None)]
    assert loaded.unread.select("line", "column", "text", "reason").rows() == [
        (2, "city", "#N/A", "city: the sheet holds the error #N/A")
    ]
    assert loaded.quarantine["reason"].to_list() == [
        "insured_id: neither an id nor a name is given; insured_name: the sheet holds the error #REF!",
        "starts_on: the sheet holds the error #VALUE!",
    ]


def sales(path: Path) -> Loaded:
    names = ("sale_id", "vin", "seller_name", "buyer_name", "invoiced_on")
    columns = dict(zip(read(path).header, names, strict=True))
    return load(TABLES["sales"], [Source("s1", path.name, path, columns, constants={"kind": "retail"})])


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_number_that_a_sheet_rounded_is_no_key_merges_no_rows_and_loses_none(tmp_path: Path, suffix: str) -> None:
    rows: list[list[Any]] = [["发票号码", "车架号", "销方", "购方", "开票日期"]]
    rows += [[24322000000012345678 + number, car, "甲", "乙", "2024-01-05"] for number, car in enumerate(CARS)]
    rows += [[24322000000012345678, CARS[2], "甲", "乙", "2024-01-05"], ["12345678", CARS[0], "乙", "丙", "2024-02-01"]]
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        as_text = [[f"{cell:.4E}" if isinstance(cell, int) else cell for cell in row] for row in rows]
        path.write_text("\n".join(",".join(row) for row in as_text), encoding="utf-8")
    else:
        workbook(path, rows)
    loaded = sales(path)
    assert loaded.quarantine.is_empty()
    assert loaded.rows["sale_id"].n_unique() == loaded.rows.height == 5
    assert loaded.rows["sale_id"].str.starts_with("row-").sum() == 4
    number = "2.43220000000123E+19" if suffix == "xlsx" else "2.4322E+19"
    assert loaded.unread.select("line", "reason").rows() == [
        (line, f"sale_id: of '{number}' the sheet holds 15 digits: export the column as text") for line in range(2, 6)
    ]


def test_a_rounded_part_of_a_joined_key_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "发票代码,发票号码,车架号,销方,购方,开票日期\n"
        f"0440,2.4322E+19,{CARS[0]},甲,乙,2024-01-05\n0440,2.4322E+19,{CARS[1]},甲,乙,2024-01-05\n",
        encoding="utf-8",
    )
    names = ("sale_id", "sale_id", "vin", "seller_name", "buyer_name", "invoiced_on")
    columns = dict(zip(read(path).header, names, strict=True))
    loaded = load(TABLES["sales"], [Source("s1", path.name, path, columns, constants={"kind": "retail"})])
    assert loaded.rows["sale_id"].str.starts_with("row-").to_list() == [True, True]
    assert loaded.unread["text"].to_list() == ["2.4322E+19"] * 2


@pytest.mark.parametrize("cell", ['="0012"', '"=""0012"""', "'0012", "0012"])
def test_digits_that_are_marked_as_text_keep_their_zeros_and_lose_the_mark(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'发票号码,车架号,销方,购方,开票日期\n{cell},{CARS[0]},甲,="乙",2024-01-05\n', encoding="utf-8")
    assert sales(path).rows.select("sale_id", "buyer_name").rows() == [("0012", "乙")]


def test_hidden_rows_and_columns_are_read_as_the_others_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number in range(6):
            sheet.write_row(number, 0, [f"a{number}", f"b{number}", f"c{number}"])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_row(9, None, None, {"hidden": True})
        sheet.set_column(1, 2, None, None, {"hidden": True})
    raw = read(path)
    assert raw.height == 5
    assert raw.notes == ("2 hidden rows, read as the others", "hidden columns b0, c0, read as the others")


def test_rows_and_columns_that_have_a_format_and_no_value_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, style = book.add_worksheet(), book.add_format({"num_format": "0.00%", "border": 1})
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, [1, 2])
        for row in range(2, 2_000):
            for column in range(30):
                sheet.write_blank(row, column, None, style)
    raw = read(path)
    assert (raw.header, raw.rows.rows(), raw.broken.height) == (["a", "b"], [("1", "2", 2)], 0)
