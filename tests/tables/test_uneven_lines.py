"""Lines with more or fewer empty cells than the header, quotes that belong to cells, and ``="…"``: read in one way."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.readers import RawTable, read
from graphkit.tables.vins import normalised


def of(folder: Path, content: str) -> RawTable:
    path = folder / "a.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return read(path)


@pytest.mark.parametrize(
    "content",
    [
        "vin,no\nL1,3,\nL2,4,,,\n",
        "vin,no\nL1,3,\nL2,4\n",
        "vin,no,,\nL1,3\nL2,4,\n",
        'vin,no\n"L1",3,\nL2,"4",\n',
    ],
)
def test_delimiters_behind_the_last_cell_are_no_cells(tmp_path: Path, content: str) -> None:
    raw = of(tmp_path, content)
    assert (raw.header, raw.rows.rows(), raw.broken.height) == (["vin", "no"], [("L1", "3", 2), ("L2", "4", 3)], 0)
    assert raw.texts is not None
    assert raw.texts.to_list() == content.splitlines()[1:]


def test_a_filled_cell_beyond_the_header_and_a_missing_one_still_break_their_row(tmp_path: Path) -> None:
    raw = of(tmp_path, "vin,no,km\nL1,3,4,,5\nL2,4\nL3,5,6,\n")
    assert raw.broken.select("line", "text").rows() == [(2, "L1,3,4,,5"), (3, "L2,4")]
    assert raw.rows.rows() == [("L3", "5", "6", 4)]


def test_what_stands_inside_a_cell_of_several_lines_is_not_touched(tmp_path: Path) -> None:
    note = 'one,two,,\nx,y,,\n""a"" 19"" b,\nthree,,'
    raw = of(tmp_path, f'vin,no\nL1,"{note}"\nL2,4,\n')
    assert raw.rows.rows() == [("L1", note.replace('""', '"'), 2), ("L2", "4", 6)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("cell", ['19" wheels', 'wheels 19"', '19" and 20"', 'the "GT" line'])
def test_inch_marks_are_a_part_of_their_cell(tmp_path: Path, cell: str, delimiter: str) -> None:
    rows = [["vin", "what", "no"], ["L1", cell, "3"], ["L2", "x", "4"], ["L3", cell, ""]]
    raw = of(tmp_path, "\n".join(delimiter.join(row) for row in rows))
    assert raw.rows.drop("line").fill_null("").rows() == [tuple(row) for row in rows[1:]]
    assert raw.broken.is_empty()


def test_a_cell_that_is_left_open_is_named_and_so_is_each_mark_that_may_close_it(tmp_path: Path) -> None:
    raw = of(tmp_path, 'vin,what,no\nL1,"left open,3\nL2,19" wheels,4\nL3,x,5\n')
    assert raw.broken["line"].to_list() == [2, 3]
    assert raw.rows["line"].to_list() == [4]


@pytest.mark.parametrize("row", ['="L1",="0012"', '"=""L1""","=""0012"""'])
def test_a_formula_that_only_holds_a_text_is_that_text(tmp_path: Path, row: str) -> None:
    raw = of(tmp_path, f"vin,no\n{row}\nL2,=A1\n")
    assert raw.rows.rows() == [("L1", "0012", 2), ("L2", "=A1", 3)]
    assert raw.text_of(pl.Series([0])).to_list() == [row]


def test_an_apostrophe_before_a_vin_is_none_of_its_letters() -> None:
    assert pl.select(normalised(pl.lit("'LMVAA1AA0RA000001"))).item() == "LMVAA1AA0RA000001"
