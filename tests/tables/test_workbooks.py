"""XLSX: Excel's dates and numbers, sheets, rows that are wider than the header, and archives that are bombs."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from graphkit.errors import InputError
from graphkit.tables import workbooks
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Source, load
from graphkit.tables.readers import read


def workbook(path: Path, sheets: dict[str, list[list[Any]]], first_row: int = 0) -> Path:
    with xlsxwriter.Workbook(path) as book:
        styles = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy/m/d"}),
        }
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows, start=first_row):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, styles[type(value)])
                    else:
                        sheet.write(number, column, value)
    return path


def test_excel_dates_numbers_and_truth_values_come_as_text_with_the_sheet_row(tmp_path: Path) -> None:
    rows = [
        ["vin", "read_on", "km", "checked", "share"],
        ["WMVAA1AA0RA000001", date(2024, 1, 5), 12, True, 0.00001],
        [],
        ["WMVAA1AA0RA000002", datetime(2024, 1, 6, 10, 30), 0.5, "=x"],
    ]
    raw = read(workbook(tmp_path / "a.xlsx", {"data": rows, "empty": []}, first_row=2))
    assert raw.rows.rows()[0] == ("WMVAA1AA0RA000001", "2024-01-05", "12", "true", "0.00001", 4)
    assert raw.rows.rows()[1][1:3] == ("2024-01-06 10:30:00", "0.5")
    assert (raw.rows["line"].to_list(), raw.format) == ([4, 6], "xlsx")


def test_a_workbook_loads_like_a_csv_also_where_dates_are_bare_day_numbers(tmp_path: Path) -> None:
    rows = [["车架号", "检测日期", "里程"], ["wmvaa1aa0ra000001", 45296, 12.0], ["WMVAA1AA0RA000002", "2024-13-01", 1]]
    path = workbook(tmp_path / "a.xlsx", {"data": rows})
    columns = {"车架号": "vin", "检测日期": "read_on", "里程": "km"}
    loaded = load(TABLES["odometer"], [Source("s1", path.name, path, columns)])
    assert loaded.rows.select("vin", "read_on", "km", "line").rows() == [("WMVAA1AA0RA000001", date(2024, 1, 5), 12, 2)]
    assert loaded.quarantine.select("line", "column", "text").rows() == [
        (3, "read_on", "WMVAA1AA0RA000002,2024-13-01,1")
    ]


def test_cells_to_the_right_of_the_header_break_their_row(tmp_path: Path) -> None:
    raw = read(workbook(tmp_path / "a.xlsx", {"data": [["a", "b"], [1, 2, 3], [4, 5], ['6 "x"', "7,8", 9]]}))
    assert raw.rows.rows() == [("4", "5", 3)]
    assert raw.broken["text"][1] == '"6 ""x""","7,8",9'
    assert raw.broken.row(0) == (2, "1,2,3", "has cells to the right of the 2 columns of the header")


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ({"data": []}, "no sheet with a header"),
        ({"data": [["a", "b"]]}, "no rows"),
        ({"data": [["a"], ["1"]]}, "no sheet with a header"),
        ({"one": [["a", "b"], [1, 2]], "two": [["a", "b"], [1, 2]]}, "one, two"),
    ],
)
def test_workbooks_without_one_table_are_refused(
    tmp_path: Path, sheets: dict[str, list[list[Any]]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(workbook(tmp_path / "a.xlsx", sheets))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", {"data": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/media/filler.xml", bytes(110 * 1024**2))
    with pytest.raises(InputError, match=r"bomb\.xlsx would unpack to 110 MB"):
        read(path)


@pytest.mark.parametrize(("most", "is_refused"), [(0, True), (-1, False)])
def test_a_workbook_that_unpacks_to_more_than_excel_allows_is_refused_whatever_its_ratio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, is_refused: bool
) -> None:
    path = workbook(tmp_path / "a.xlsx", {"data": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", unpacked - 1 - most)
    if is_refused:
        with pytest.raises(InputError, match=r"a\.xlsx would unpack to"):
            read(path)
    else:
        assert read(path).height == 1


def test_one_cell_far_to_the_right_is_refused_before_the_grid_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "a.xlsx", {"data": [["a", "b"], [1, *[None] * 104, 2]]})
    for window in (*range(17, 60), 1 << 20):
        # wherever a piece of the sheet ends, the cell's place is read whole
        monkeypatch.setattr(workbooks, "_WINDOW", window)
        with pytest.raises(InputError, match="beyond column 104"):
            read(path)
    widest = [["a", "b"], [1, *[None] * 102, 2]]
    assert read(workbook(tmp_path / "b.xlsx", {"data": widest})).broken.height == 1
