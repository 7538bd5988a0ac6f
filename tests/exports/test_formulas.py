import csv
import io
import zipfile

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import GraphkitError
from graphkit.exports import xlsx
from graphkit.exports.csv import write_csv
from graphkit.exports.formulas import neutralise
from graphkit.exports.xlsx import write_xlsx

RISKY = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", RISKY)
def test_a_formula_gets_a_mark_before_it(text):
    assert neutralise(pl.DataFrame({"name": [text]}))["name"][0] == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+3.5", "1e9", "-.5", "海山汽车", "a=b", "", "x@y.example"])
def test_other_text_stays_as_it_is(text):
    assert neutralise(pl.DataFrame({"name": [text]}))["name"][0] == text


def test_a_csv_begins_with_the_mark_without_which_spreadsheets_misread_chinese(tmp_path):
    write_csv(pl.DataFrame({"name": ["海山"]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbfname\n" + "海山\n".encode()


def test_words_of_a_list_are_looked_through_too():
    words = pl.DataFrame({"name": ["=1", "x"]}, schema={"name": pl.Categorical})
    assert neutralise(words)["name"].to_list() == ["'=1", "x"]


def test_numbers_stay_numbers(tmp_path):
    write_csv(pl.DataFrame({"n": [-3], "x": [-0.5], "name": ["=A1"]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig") == "n,x,name\n-3,-0.5,'=A1\n"


@settings(derandomize=True, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), min_size=1))
def test_no_cell_of_a_csv_starts_a_formula_that_is_no_number(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(pl.DataFrame({"name": texts, "kept": [1] * len(texts)}), path)
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))[1:]
    for (cell, _), text in zip(rows, texts, strict=True):
        assert cell in (text, f"'{text}")
        if cell[:1] in tuple("=+-@\t\r\n"):
            float(cell)


def test_a_workbook_holds_no_formula_and_typed_cells(tmp_path):
    import openpyxl

    frame = pl.DataFrame({"name": ["=1+1", "海山"], "units": [-2, None]}).with_columns(on=pl.date(2025, 12, 1))
    write_xlsx({"findings": frame}, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx")["findings"].iter_rows(values_only=True))
    assert rows[0] == ("name", "units", "on")
    assert rows[1][:2] == ("'=1+1", -2)
    assert rows[2][:2] == ("海山", None)
    assert rows[1][2].date().isoformat() == "2025-12-01"


def test_a_cell_of_a_workbook_is_empty_only_without_a_value(tmp_path):
    import openpyxl

    frame = pl.DataFrame({"units": [None, 0], "share": [None, 0.0], "is_flagged": [None, False], "code": [None, "007"]})
    write_xlsx({"x": frame}, tmp_path / "a.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "a.xlsx")["x"].iter_rows(values_only=True))
    assert rows[1:] == [(None, None, None, None), (0, 0, False, "007")]


def test_equal_content_gives_equal_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx({"x": pl.DataFrame({"n": [1]})}, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_too_many_rows_for_a_sheet_are_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)
    with pytest.raises(GraphkitError, match="export it as csv"):
        write_xlsx({"hits": pl.DataFrame({"n": [1, 2, 3]})}, tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_bounds_of_a_sheet_are_those_of_the_format():
    # the writer leaves out a row beyond them, and cuts a text, without a word
    with xlsxwriter.Workbook(io.BytesIO()) as book:
        sheet = book.add_worksheet("x" * xlsx.MOST_NAME)
        assert sheet.write_string(xlsx.MOST_ROWS, 0, "x" * xlsx.MOST_CHARACTERS) == 0
        assert sheet.write_string(xlsx.MOST_ROWS + 1, 0, "x") == -1
        assert sheet.write_string(0, 0, "x" * (xlsx.MOST_CHARACTERS + 1)) == -2
        with pytest.raises(xlsxwriter.exceptions.InvalidWorksheetName):
            book.add_worksheet("x" * (xlsx.MOST_NAME + 1))


def test_a_text_longer_than_a_cell_holds_is_cut_and_not_left_out(tmp_path):
    import openpyxl

    write_xlsx({"a" * 40: pl.DataFrame({"text": ["x" * 40_000, "=" + "y" * 40_000, "z"]})}, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["a" * 31]
    assert [cell.value for cell in book.worksheets[0]["A"]] == ["text", "x" * 32_767, "'=" + "y" * 32_765, "z"]
