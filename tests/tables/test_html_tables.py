"""HTML in .xls clothes: merged cells, lines, encodings, nested and several tables, and pages without one."""

from pathlib import Path

import pytest

from graphkit.errors import InputError
from graphkit.tables import html_tables
from graphkit.tables.readers import read

HEADER = "<tr><th>vin</th><th>price</th></tr>"


def page(folder: Path, body: str, encoding: str = "utf-8", head: str = "") -> Path:
    path = folder / "list.xls"
    path.write_bytes(f"<html><head>{head}</head><body>{body}</body></html>".encode(encoding))
    return path


def test_each_row_has_the_line_where_it_begins_and_empty_rows_are_none(tmp_path: Path) -> None:
    body = (
        f"<table>\n{HEADER}\n<tr>\n<td>A</td><td>1</td></tr>\n<tr><td>&nbsp;</td><td></td></tr>\n<tr><td>B<td>2</table>"
    )
    raw = read(page(tmp_path, body))
    assert (raw.header, raw.format, raw.encoding) == (["vin", "price"], "html", "utf-8")
    assert raw.rows.rows() == [("A", "1", 3), ("B", "2", 6)]
    assert raw.broken.is_empty()


def test_rows_that_share_a_line_have_their_number_in_the_table(tmp_path: Path) -> None:
    body = f"\n\n<table>{HEADER}<tr><td>A</td><td>1</td></tr>\n<tr><td>B</td><td>2</td></tr></table>"
    assert read(page(tmp_path, body)).rows["line"].to_list() == [2, 3]


def test_beyond_the_last_line_that_the_parser_tells_rows_have_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = f"\n\n<table>\n{HEADER}\n<tr><td>A</td><td>1</td></tr>\n</table>"
    monkeypatch.setattr(html_tables, "LAST_TOLD_LINE", 5)
    assert read(page(tmp_path, body)).rows["line"].to_list() == [5]
    monkeypatch.setattr(html_tables, "LAST_TOLD_LINE", 4)
    assert read(page(tmp_path, body)).rows["line"].to_list() == [2]


def test_no_two_rows_of_a_very_long_page_share_a_line(tmp_path: Path) -> None:
    body = f"<table>\n{HEADER}\n" + "<tr><td>A</td><td>1</td></tr>\n" * 65_600 + "</table>"
    lines = read(page(tmp_path, body)).rows["line"]
    assert (lines.len(), lines.n_unique(), lines[0]) == (65_600, 65_600, 2)


def test_merged_cells_stand_in_each_of_their_places(tmp_path: Path) -> None:
    body = """<table>
    <tr><td>a</td><td>b</td><td>c</td><td>d</td></tr>
    <tr><td rowspan="2">1</td><td>2</td><td rowspan="0">3</td><td>4</td></tr>
    <tr><td colspan="1">5</td><td>6</td></tr>
    <tr><td colspan="2">7</td><td>8</td></tr>
    </table>"""
    raw = read(page(tmp_path, body))
    assert [row[:4] for row in raw.rows.rows()] == [("1", "2", "3", "4"), ("1", "5", "3", "6"), ("7", "7", "3", "8")]


@pytest.mark.parametrize("attribute", ["colspan", "rowspan"])
def test_a_cell_that_claims_to_be_endless_reaches_no_further_than_the_table_may(tmp_path: Path, attribute: str) -> None:
    body = f'<table>\n{HEADER}\n<tr><td>A</td><td {attribute}="99999999999">1</td></tr></table>'
    if attribute == "rowspan":
        assert read(page(tmp_path, body)).rows.row(0)[:2] == ("A", "1")
    else:
        with pytest.raises(InputError, match="more than 1000 columns"):
            read(page(tmp_path, body))


def test_a_cell_holds_what_a_browser_shows(tmp_path: Path) -> None:
    body = (
        f"<table>{HEADER}<tr><td> A\n  B <!-- no --><b>C</b><script>x()</script>&amp;</td><td>1<br>2</td></tr></table>"
    )
    assert read(page(tmp_path, body)).rows.row(0)[:2] == ("A B C&", "1\n2")


@pytest.mark.parametrize(
    ("encoding", "charset", "found"),
    [
        ("utf-8", "", "utf-8"),
        ("utf-8", "gb2312", "utf-8"),
        ("gb18030", "", "gb18030"),
        ("gb18030", "utf-8", "gb18030"),
        ("utf-16", "", "utf-16-le"),
        ("big5", "big5", "big5"),
        ("gb18030", "nonsense", "gb18030"),
    ],
)
def test_the_encoding_is_what_the_bytes_prove_else_what_the_page_says(
    tmp_path: Path, encoding: str, charset: str, found: str
) -> None:
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    body = "<table><tr><td>公司</td><td>城市</td></tr><tr><td>示例中心</td><td>香港</td></tr></table>"
    raw = read(page(tmp_path, body, encoding, head))
    assert (raw.header, raw.rows.row(0)[:2], raw.encoding) == (["公司", "城市"], ("示例中心", "香港"), found)


def test_undecodable_bytes_break_their_row_and_no_other(tmp_path: Path) -> None:
    path = page(
        tmp_path, f"<table>\n{HEADER}\n<tr><td>A</td>\n<td>中!</td></tr>\n<tr><td>中</td><td>2</td></tr></table>"
    )
    path.write_bytes(path.read_bytes().replace(b"!", b"\xff"))
    raw = read(path)
    assert raw.rows.rows() == [("中", "2", 5)]
    assert raw.broken.rows() == [(3, "A,中\\xff", "has bytes that are not in the file's encoding")]


def test_undecodable_bytes_of_rows_without_a_line_refuse_the_page(tmp_path: Path) -> None:
    path = page(tmp_path, f"<table>\n{HEADER}<tr><td>中</td><td>!</td></tr>\n\n</table>")
    path.write_bytes(path.read_bytes().replace(b"!", b"\xff"))
    with pytest.raises(InputError, match="not in its encoding on line 2"):
        read(path)


def test_the_largest_table_is_read_and_a_table_inside_a_cell_is_the_cell(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>{n}</td><td><table><tr><td>x</td></tr></table></td></tr>" for n in range(3))
    body = f"<table><tr><td>menu</td></tr></table><table>{HEADER}{rows}</table>"
    assert [row[:2] for row in read(page(tmp_path, body)).rows.rows()] == [("0", "x"), ("1", "x"), ("2", "x")]


def test_a_list_printed_as_several_tables_is_refused_and_no_page_lost(tmp_path: Path) -> None:
    body = f"<table>{HEADER}<tr><td>A</td><td>1</td></tr></table><table><tr><td>B</td><td>2</td></tr></table>"
    with pytest.raises(InputError, match="2 tables of 2 columns"):
        read(page(tmp_path, body))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<p>no list</p>", "a web page without a table"),
        ("", "a web page without a table"),
        ("<table></table>", "a web page without a table"),
        ("<table><tr><td>a</td></tr><tr><td>1</td></tr></table>", "no header of at least two columns"),
    ],
)
def test_a_page_without_a_list_is_refused(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"list\.xls .*{message}"):
        read(page(tmp_path, body))
