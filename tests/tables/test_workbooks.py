"""Workbooks: dates, numbers, sheets, rows wider than the header, locked ones, and archives that are bombs."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from graphkit.errors import InputError
from graphkit.tables import workbook_guards
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import load
from graphkit.tables.readers import read
from graphkit.tables.sources import Source

DATA = Path(__file__).parent / "data"


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


@pytest.mark.parametrize(("kind", "first"), [("xls", 4), ("xlsb", 2), ("ods", 4)])
@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".csv"])
def test_xls_xlsb_and_ods_read_like_xlsx_whatever_they_are_called(
    tmp_path: Path, kind: str, first: int, suffix: str
) -> None:
    path = tmp_path / f"readings{suffix}"
    path.write_bytes((DATA / f"readings.{kind}").read_bytes())
    raw = read(path)
    assert raw.header == ["vin", "read_on", "km", "checked", "share"]
    assert raw.rows.rows() == [
        ("WMVAA1AA0RA000001", "2024-01-05", "12", "true", "0.00001", first),
        ("WMVAA1AA0RA000002", "2024-01-06 10:30:00", "0.5", None, None, first + 2),
    ]
    assert (raw.format, raw.broken.is_empty()) == (kind, True)


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
    monkeypatch.setattr(workbook_guards, "MOST_UNPACKED", unpacked - 1 - most)
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
        monkeypatch.setattr(workbook_guards, "_WINDOW", window)
        with pytest.raises(InputError, match="beyond column 104"):
            read(path)
    widest = [["a", "b"], [1, *[None] * 102, 2]]
    assert read(workbook(tmp_path / "b.xlsx", {"data": widest})).broken.height == 1


def stream_entry(name: str) -> bytes:
    """How the directory of an old Office file names a stream: 64 bytes of UTF-16, then the name's length."""
    text = f"{name}\0".encode("utf-16-le")
    return text.ljust(64, b"\0") + len(text).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ("WordDocument", "is a Word document"),
        ("PowerPoint Document", "is a PowerPoint presentation"),
        ("EncryptedPackage", "is locked by a password"),
        ("__properties_version1.0", "is an email"),
        ("Contents", "is an old Office file but no workbook"),
    ],
)
def test_an_old_office_file_that_is_no_workbook_is_called_by_its_name(
    tmp_path: Path, stream: str, message: str
) -> None:
    content = (DATA / "readings.xls").read_bytes()
    assert content.count(stream_entry("Workbook")) == 1
    path = tmp_path / "list.xls"
    path.write_bytes(content.replace(stream_entry("Workbook"), stream_entry(stream)))
    with pytest.raises(InputError, match=rf"list\.xls {message}"):
        read(path)


def test_an_xls_locked_by_a_password_says_so(tmp_path: Path) -> None:
    # a record of the book becomes the one that says "encrypted"
    content = (DATA / "readings.xls").read_bytes()
    at = content.index(b"\x09\x08\x10\x00") + 26
    path = tmp_path / "list.xls"
    path.write_bytes(content[:at] + b"\x2f\x00" + content[at + 2 :])
    with pytest.raises(InputError, match=r"list\.xls is locked by a password"):
        read(path)


def test_an_ods_locked_by_a_password_says_so(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", '<manifest:encryption-data manifest:checksum="x"/>')
        archive.writestr("content.xml", b"\x91\x17")
    with pytest.raises(InputError, match=r"list\.ods is locked by a password"):
        read(tmp_path / "list.ods")


def ods(path: Path, rows: str) -> Path:
    """An OpenDocument sheet with these rows; {c} and {r} stand for the attributes that repeat cells and rows."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    rows = rows.replace("<cell", "<table:table-cell").replace("</cell", "</table:table-cell")
    rows = rows.replace("<row", "<table:table-row").replace("</row", "</table:table-row")
    rows = rows.replace(" c=", " table:number-columns-repeated=").replace(" r=", " table:number-rows-repeated=")
    rows = rows.replace(" v>", ' office:value-type="string">')
    rows = rows.replace(" %=", ' office:value-type="percentage" office:value=')
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="data">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


ODS_CELL = "<cell v><text:p>a</text:p></cell>"


def test_what_an_ods_repeats_is_there_as_often_and_empty_cells_to_the_edge_are_none(tmp_path: Path) -> None:
    rows = (
        f'<row>{ODS_CELL}<cell v><text:p>b</text:p></cell><cell c="16382"/></row>'
        '<row r="2"><cell c="2" v><text:p>x</text:p></cell></row>'
        '<row r="1048570"><cell c="16384"/></row>'
    )
    raw = read(ods(tmp_path / "a.ods", rows))
    assert (raw.header, raw.rows.rows()) == (["a", "b"], [("x", "x", 2), ("x", "x", 3)])


def test_percents_errors_and_hidden_rows_of_an_ods_are_read(tmp_path: Path) -> None:
    columns = '<table:table-column c="1"/><table:table-column c="2" table:visibility="collapse"/>'
    error = '<cell table:formula="of:=NA()" calcext:value-type="error" v><text:p>#N/A</text:p></cell>'
    other = '<cell table:formula="of:=1/0" v><text:p>#DIV/0!</text:p></cell>'
    rows = (
        f"{columns}<row>{ODS_CELL}<cell v><text:p>b</text:p></cell><cell v><text:p>c</text:p></cell></row>"
        f'<row table:visibility="filter" r="2">{ODS_CELL}<cell c="2" %="0.6"><text:p>60 %</text:p></cell></row>'
        f'<row>{ODS_CELL}{error}{other}</row><row r="5" table:visibility="collapse"><cell/></row>'
    )
    raw = read(ods(tmp_path / "a.ods", rows))
    assert raw.rows.rows() == [("a", "60%", "60%", 2), ("a", "60%", "60%", 3), ("a", "#N/A", "#DIV/0!", 4)]
    assert raw.notes == ("2 hidden rows, read as the others", "hidden columns b, c, read as the others")


@pytest.mark.parametrize(
    ("times", "down", "message"),
    [(5, 1, "beyond column 4"), (4, 6, "repeats cells over more than a sheet can hold"), (4, 5, "")],
)
def test_an_ods_that_repeats_filled_cells_too_far_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, down: int, message: str
) -> None:
    monkeypatch.setattr(workbook_guards, "WIDEST_SHEET", 4)
    monkeypatch.setattr(workbook_guards, "MOST_CELLS", 24)
    path = ods(
        tmp_path / "a.ods",
        f'<row><cell c="4" v><text:p>a</text:p></cell></row><row r="{down}"><cell c="{times}" v><text:p>x</text:p>'
        "</cell></row>",
    )
    if message:
        with pytest.raises(InputError, match=message):
            read(path)
    else:
        assert read(path).height == down


def test_an_xlsb_with_a_cell_too_far_to_the_right_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_guards, "WIDEST_SHEET", 5)
    assert read(DATA / "readings.xlsb").height == 2
    monkeypatch.setattr(workbook_guards, "WIDEST_SHEET", 4)
    with pytest.raises(InputError, match="beyond column 4"):
        read(DATA / "readings.xlsb")
