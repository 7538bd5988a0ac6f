"""Where a header is, and which lines of a sheet are no data: each is in one list, exactly."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import InputError
from graphkit.tables.layout import find_header, no_data
from graphkit.tables.raw_table import HeaderRow
from graphkit.tables.readers import read, read_tables
from tests.tables.test_workbooks import ods

VINS = [f"WMVAA1AA0RA00000{number}" for number in range(1, 8)]


def text_file(folder: Path, *lines: str) -> Path:
    path = folder / "sales.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def kinds(path: Path, **told: Any) -> list[tuple[int, str]]:
    return read(path, **told).skipped.select("line", "kind").rows()


@pytest.mark.parametrize(
    ("rows", "names", "at"),
    [
        # a title and units above
        (
            [
                ["月报", None, None],
                ["单位：元", None, "打印：示例部"],
                ["车架号", "买方", "价格"],
                [VINS[0], "示例甲", "1"],
            ],
            3,
            (2, 2),
        ),
        # nothing is known: the first row as wide as the rows below
        ([["Rundschreiben", None, None], ["Fgst", "Käufer", "Preis"], ["x", "y", "1"], ["x", "z", "2"]], 3, (1, 1)),
        # groups over their columns, merged or not; a column of its own in both rows or one
        ([["序号", "客户", "客户", "备注"], ["序号", "买方", "电话", "备注"], ["1", "示例甲", "138", "-"]], 4, (0, 1)),
        ([["序号", "客户", None, "备注"], [None, "买方", "电话", None], ["1", "示例甲", "138", "-"]], 4, (0, 1)),
        ([["序号", "买方", "2024年", "2024年"], ["序号", "买方", "1月", "2月"], ["1", "示例甲", "3", "4"]], 4, (0, 1)),
        # a title merged over all columns is no group
        ([["年报", "年报", "年报"], ["车架号", "买方", "价格"], [VINS[0], "示例甲", "1"]], 3, (1, 1)),
        # a row of words is no second header: nothing stands above its columns in groups
        ([["车架号", "买方"], ["甲乙", "丙丁"], ["戊己", "庚辛"]], 2, (0, 0)),
        # the header with most known names, not the first with two
        ([["日期", "状态", None], ["车架号", "买方", "价格"], [VINS[0], "示例甲", "1"]], 3, (1, 1)),
        # a header that comes again is the first
        ([["车架号", "买方"], [VINS[0], "示例甲"], ["车架号", "买方"]], 2, (0, 0)),
    ],
)
def test_the_header_is_the_row_that_names_the_columns(
    rows: list[list[str | None]], names: int, at: tuple[int, int]
) -> None:
    found = find_header(rows)
    assert found is not None
    assert ((found.first, found.last), len(found.names)) == (at, names)


def test_of_a_header_in_two_rows_a_column_has_the_lower_name_and_both_where_that_comes_twice() -> None:
    found = find_header(
        [
            ["卖方", "卖方", "买方", "买方", "车架号"],
            ["名称", "电话", "名称", "地址", "车架号"],
            ["a", "1", "b", "c", "V"],
        ]
    )
    assert found is not None
    assert found.names == ["卖方 名称", "电话", "买方 名称", "地址", "车架号"]


def test_a_text_file_with_everything_around_its_rows_loses_none_and_lists_the_rest(tmp_path: Path) -> None:
    path = text_file(
        tmp_path,
        "2024年销售明细",
        "单位：元，制表：示例部",
        "",
        "序号,车架号,买方,开票日期,价格",
        f"1,{VINS[0]},示例甲,2024-01-05,10",
        "小计,,1台,,10",
        "序号,车架号,买方,开票日期,价格",
        f"2,{VINS[1]},示例乙,2024-01-06,",
        f"合计,{VINS[2]},2,,",
        "合计,,2,,20",
        "注：含税",
        "制表人：示例员工,,,,",
    )
    raw = read(path)
    assert raw.header == ["序号", "车架号", "买方", "开票日期", "价格"]
    # a row of totals in which a VIN stands is data
    assert raw.rows["line"].to_list() == [5, 8, 9]
    assert raw.skipped.select("line", "kind").rows() == [
        (1, "note"),
        (2, "note"),
        (4, "header"),
        (6, "total"),
        (7, "repeated header"),
        (10, "total"),
        (11, "note"),
        (12, "note"),
    ]
    assert raw.skipped["text"][3] == "小计,,1台,,10"
    assert raw.broken.is_empty()


@pytest.mark.parametrize(
    "line",
    [
        "总计部,,示例甲,2024-01-05,10",
        "合计,,示例甲,2024-01-05,10",
        "S9,,,,",
        "1234567,,,,",
        "注：,WMVAA1AA0RA000009,,,",
        "see WMVAA1AA0RA000009",
    ],
)
def test_a_row_that_may_be_data_stays_data_wherever_it_stands(tmp_path: Path, line: str) -> None:
    rows = [f"{number},{vin},示例甲,2024-01-05,10" for number, vin in enumerate(VINS)]
    raw = read(text_file(tmp_path, "序号,车架号,买方,开票日期,价格", *rows, line))
    assert (raw.height, raw.skipped.height) == (len(VINS) + 1, 1)


def test_a_remark_in_a_row_of_one_cell_is_a_note_after_the_last_row_alone(tmp_path: Path) -> None:
    rows = [f"{number},{vin},示例甲,2024-01-05,10" for number, vin in enumerate(VINS)]
    between = read(text_file(tmp_path, "序号,车架号,买方,开票日期,价格", rows[0], "另有两台未列,,,,", *rows[1:]))
    assert between.height == len(VINS) + 1
    after = read(text_file(tmp_path, "序号,车架号,买方,开票日期,价格", *rows, "另有两台未列,,,,", "见附件说明。"))
    assert (after.height, after.skipped["line"].to_list()) == (len(VINS), [1, 9, 10])


def test_the_delimiter_is_the_one_under_which_the_header_is_found(tmp_path: Path) -> None:
    path = text_file(
        tmp_path, "Report, printed, today, for, the, office", "VIN;Buyer;Price", f"{VINS[0]};Sample, Ltd;1,5"
    )
    raw = read(path)
    assert (raw.delimiter, raw.header, raw.rows.row(0)) == (
        ";",
        ["VIN", "Buyer", "Price"],
        (VINS[0], "Sample, Ltd", "1,5", 3),
    )


def test_the_line_that_tells_the_delimiter_is_listed(tmp_path: Path) -> None:
    assert kinds(text_file(tmp_path, "sep=;", "VIN;Buyer", f"{VINS[0]};示例甲")) == [(1, "note"), (2, "header")]


def test_a_broken_header_is_refused_and_no_row_below_taken_for_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no header"):
        read(text_file(tmp_path, 'a,"b', "1,2", "3,4"))


def test_the_user_says_where_the_header_is(tmp_path: Path) -> None:
    path = text_file(tmp_path, "车架号,买方", "a,b", "x,y", f"{VINS[0]},示例甲")
    assert read(path).rows.height == 3
    told = read(path, header_row=HeaderRow.of("3"))
    assert (told.header, told.rows["line"].to_list()) == (["x", "y"], [4])
    assert told.skipped["line"].to_list() == [1, 2, 3]
    two = read(path, header_row=HeaderRow.of("2-3"))
    assert (two.header, two.rows["line"].to_list()) == (["x", "y"], [4])
    with pytest.raises(InputError, match=r"sales\.csv has nothing on line 9"):
        read(path, header_row=HeaderRow.of("9"))


@pytest.mark.parametrize("text", ["0", "3-2", "2-4", "x", "", "1,2"])
def test_what_is_no_header_row_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no header row"):
        HeaderRow.of(text)


def workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("台账")
        sheet.merge_range(0, 0, 0, 3, "批发台账")
        sheet.write_row(2, 0, ["经销商", "发票号", "车架号", "开票日期"])
        sheet.merge_range(3, 0, 4, 0, "示例甲")
        sheet.merge_range(3, 1, 4, 1, "F1")
        for row, vin in enumerate(VINS[:2], start=3):
            sheet.write(row, 2, vin)
            sheet.write(row, 3, date(2024, 1, 5), day)
        sheet.write_row(5, 0, ["", "F2", VINS[2]])
        sheet.write_row(6, 0, ["合计", "", "3台"])
        sheet.merge_range(7, 0, 7, 3, "注：含税")
        other = book.add_worksheet("说明")
        other.write(0, 0, "one cell")
        hidden = book.add_worksheet("底稿")
        hidden.write_row(0, 0, ["a", "b"])
        hidden.write_row(1, 0, ["1", "2"])
        hidden.hide()
        second = book.add_worksheet("二手")
        second.write_row(0, 0, ["车架号", "买方"])
        second.write_row(1, 0, [VINS[3], "示例乙"])
    return path


def test_merged_cells_are_filled_down_and_an_empty_cell_stays_empty(tmp_path: Path) -> None:
    raw = read(workbook(tmp_path / "book.xlsx"), sheet="台账")
    assert raw.rows.rows() == [
        ("示例甲", "F1", VINS[0], "2024-01-05", 4),
        ("示例甲", "F1", VINS[1], "2024-01-05", 5),
        (None, "F2", VINS[2], None, 6),
    ]
    assert raw.skipped.select("line", "kind").rows() == [(1, "note"), (3, "header"), (7, "total"), (8, "note")]


def test_every_sheet_that_is_seen_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx")
    found = read_tables(path)
    assert [(raw.sheet, raw.rows.height) for raw in found.tables] == [("台账", 3), ("二手", 1)]
    assert found.passed == {"底稿": "is hidden"}
    assert read(path, sheet="底稿").rows.rows() == [("1", "2", 2)]
    with pytest.raises(InputError, match=r"has 2 sheets with rows \(台账, 二手\)"):
        read(path)
    with pytest.raises(InputError, match="has no sheet 三; it has 台账, 说明, 底稿, 二手"):
        read_tables(path, sheet="三")


def test_a_text_file_has_no_sheet_and_json_no_header_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no workbook"):
        read_tables(text_file(tmp_path, "vin,km", "V,1"), sheet="台账")
    path = tmp_path / "a.json"
    path.write_text('[{"vin": "V", "km": "1"}]', encoding="utf-8")
    with pytest.raises(InputError, match="names its columns itself"):
        read(path, header_row=HeaderRow.of("2"))


def test_cells_merged_downwards_in_an_ods_are_filled_down(tmp_path: Path) -> None:
    cell = "<cell v><text:p>{}</text:p></cell>"
    spanned = '<cell table:number-rows-spanned="2" v><text:p>E1</text:p></cell>'
    rows = (
        f"<row>{cell.format('报关单号')}{cell.format('车架号')}</row>"
        '<row r="2"><cell c="2"/></row>'
        f"<row>{spanned}{cell.format(VINS[0])}</row>"
        f"<row><table:covered-table-cell/>{cell.format(VINS[1])}</row>"
        f"<row><cell/>{cell.format(VINS[2])}</row>"
    )
    raw = read(ods(tmp_path / "a.ods", rows))
    assert raw.rows.rows() == [("E1", VINS[0], 4), ("E1", VINS[1], 5), (None, VINS[2], 6)]


CELL = st.sampled_from(["", "合计", "小计", "注：", "12", "示例甲", "x y", "车架号", *VINS[:2]])


@given(
    above=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=3),
    below=st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=8),
)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_every_filled_line_is_a_row_or_broken_or_skipped_and_no_vin_is_skipped(
    tmp_path_factory: pytest.TempPathFactory, above: list[list[str]], below: list[list[str]]
) -> None:
    header = ["车架号", "买方", "开票日期", "价格"]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([*above, header, *below])
    path = text_file(tmp_path_factory.mktemp("laid"), written.getvalue().rstrip("\n"))
    texts = path.read_text(encoding="utf-8").splitlines()
    raw = read(path)
    lines = [*raw.rows["line"], *raw.broken["line"], *raw.skipped["line"]]
    assert sorted(lines) == [number for number, text in enumerate(texts, start=1) if text]
    first = raw.skipped.filter(pl.col("kind") == "header")["line"].max()
    assert not any(vin in text for line, _, text in raw.skipped.rows() if line > (first or 0) for vin in VINS)


def test_a_repeat_is_known_whatever_its_spaces_and_a_total_in_any_language() -> None:
    rows = pl.DataFrame(
        {"c0": ["车架号", " 车架 号", "V", "total"], "c1": ["买方", "买方", "x", "7"], "c2": ["", "", "1", ""]}
    )
    assert no_data(rows, ["车架号", "买方", ""]).rows() == [(0, "repeated header"), (3, "total")]
