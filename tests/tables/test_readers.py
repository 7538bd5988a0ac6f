"""Reading: encodings, delimiters, quotes, physical lines, Parquet, and files that are no tables."""

import gzip
import zipfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import InputError
from graphkit.tables import physical_lines
from graphkit.tables.dates import moment_of
from graphkit.tables.delimited import mend, split_into_cells, split_into_records
from graphkit.tables.readers import read

ROWS = [("一", "海港车行", 2), ("二", "北辰汽贸", 3)]


def write(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", *MARKS])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_read_alike(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    lines = [delimiter.join(["编号", "名称"]), *(delimiter.join(row[:2]) for row in ROWS)]
    raw = read(write(tmp_path, MARKS.get(encoding, b"") + end.join([*lines, ""]).encode(encoding)))
    assert (raw.header, raw.rows.rows(), raw.encoding, raw.delimiter) == (["编号", "名称"], ROWS, encoding, delimiter)
    assert raw.broken.is_empty()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("said", ["sep=;", "SEP=;", '"sep=;"', "sep=;;", "\ufeffsep=;"])
def test_a_first_line_that_names_the_delimiter_is_obeyed_and_counts_as_a_line(
    tmp_path: Path, said: str, end: str
) -> None:
    # the header has more commas than semicolons
    raw = read(write(tmp_path, end.join([said, "", "a,b,c;d", "1;2", "", '3;"x;y"']).encode()))
    assert (raw.header, raw.delimiter) == (["a,b,c", "d"], ";")
    assert raw.rows.rows() == [("1", "2", 4), ("3", "x;y", 6)]


@pytest.mark.parametrize("content", ["sep=;", "sep=;\n", "sep=;\n\n"])
def test_a_file_that_only_names_its_delimiter_is_empty(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="empty"):
        read(write(tmp_path, content.encode()))


@pytest.mark.parametrize(("codec", "mark"), MARKS.items())
@pytest.mark.parametrize("window", [1, 20, 1 << 20])
def test_half_a_letter_of_utf_16_breaks_its_row_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str, mark: bytes, window: int
) -> None:
    monkeypatch.setattr(physical_lines, "WINDOW", window)
    # one half of a pair of surrogates, a whole pair, and half a unit at the very end
    text = "编号\t名称\r\n1\t\ud83d\r\n2\t\U0001f697\r\n3\tx\r\n4\ty".encode(codec, "surrogatepass") + b"z"
    raw = read(write(tmp_path, mark + text, "a.txt"))
    assert raw.rows.rows() == [("2", "\U0001f697", 3), ("3", "x", 4)]
    assert raw.broken["line"].to_list() == [2, 5]
    assert set(raw.broken["reason"]) == {"has bytes that are not in the file's encoding"}
    assert raw.encoding == codec


def test_a_quoted_cell_keeps_delimiters_quotes_and_line_breaks_and_the_line_is_where_it_starts(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'a,b\r\n1,"x, ""y""\r\nz"\r\n\r\n2,w\r\n'))
    assert raw.rows.rows() == [("1", 'x, "y"\nz', 2), ("2", "w", 5)]


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'a,b\n1,"x\n2,y\n3,z\n'))
    assert raw.rows["line"].to_list() == [3, 4]
    assert raw.broken.rows() == [(2, '1,"x', "has a quote that is never closed")]


def test_a_quote_left_open_costs_no_row_that_lies_before_the_next_quote(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'a,b\n1,"x\n2,y\n3,z",w\n4,v\n'))
    assert raw.rows.rows() == [("2", "y", 3), ("4", "v", 5)]
    assert raw.broken["line"].to_list() == [2, 4]
    # lines that are no rows of their own go on as one record, which has a cell too many
    raw = read(write(tmp_path, b'a,b\n1,"x\ny\nz",w\n4,v\n', "b.csv"))
    assert raw.rows.rows() == [("4", "v", 5)]
    assert raw.broken.rows() == [(2, '1,"x\ny\nz",w', "has 3 cells where the header has 2")]


def test_a_quote_left_open_does_not_swallow_the_rows_up_to_the_next_quote(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'a,b\n1,"x\n2,y\n"3",z"\n4,w\n'))
    assert raw.rows["c0"].to_list() == ["2", "4"]
    assert raw.broken["line"].to_list() == [2, 4]


def test_a_line_within_a_cell_is_no_row_of_its_own_even_where_others_are_mended(tmp_path: Path) -> None:
    # the short last line sends the file down the careful path, which looks at every line by itself
    raw = read(write(tmp_path, b'a,b\n1,"x\n2,y\nz"\n3,w\n4\n5,v\n'))
    assert raw.rows.rows() == [("1", "x\n2,y\nz", 2), ("3", "w", 5), ("5", "v", 7)]
    assert raw.broken.rows() == [(6, "4", "has 1 cells where the header has 2")]


def test_text_after_a_closing_quote_breaks_its_row(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'a,b\n1,""x"y"\n2,"y"z\n3,w\n'))
    reason = "has a quote inside a cell or text after a closing quote"
    assert raw.broken.rows() == [(2, '1,""x"y"', reason), (3, '2,"y"z', reason)]


def test_a_record_of_several_lines_with_too_many_cells_is_one_broken_record(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'a,b\n1,"x\ny",3\n2,w\n'))
    assert raw.broken.rows() == [(2, '1,"x\ny",3', "has 3 cells where the header has 2")]
    assert raw.rows["line"].to_list() == [4]


@pytest.mark.parametrize("window", [1, 20, 1 << 20])
@pytest.mark.parametrize(("good", "encoding"), [("零售", "utf-8"), ("零售", "gb18030")])
def test_undecodable_bytes_break_their_row_and_keep_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: str, encoding: str, window: int
) -> None:
    # whatever is decoded at a time, each fault is on its own line and costs no other
    monkeypatch.setattr(physical_lines, "WINDOW", window)
    body = [f"{number},{good}".encode(encoding) for number in range(3)]
    bad = b"9,\xff\xff"
    raw = read(write(tmp_path, b"\n".join([b"a,b", *body, bad, *body[:1], bad, bad, *body, bad])))
    assert raw.encoding == encoding
    assert set(raw.broken.select("text", "reason").rows()) == {
        ("9,\\xff\\xff", "has bytes that are not in the file's encoding")
    }
    assert raw.broken["line"].to_list() == [5, 7, 8, 12]
    assert raw.rows["line"].to_list() == [2, 3, 4, 6, 9, 10, 11]
    assert raw.rows["c0"].to_list() == ["0", "1", "2", "0", "0", "1", "2"]


def test_a_header_may_be_quoted_and_run_over_lines(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'"a\nb","c, d"\n1,2\n'))
    assert (raw.header, raw.rows["line"].to_list()) == (["a b", "c, d"], [3])


def test_parquet_values_come_as_text_and_lines_count_from_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame(
        {
            "id": [12.0, 13.5],
            "on": [date(2024, 1, 5), None],
            "at": [datetime(2024, 1, 5, 10, 30), None],
            "flag": [True, False],
            "price": [float("nan"), 0.5],
            "zoned": pl.Series([datetime(2024, 1, 5, 23, 30), None]).dt.replace_time_zone("Asia/Shanghai"),
        }
    ).write_parquet(path)
    raw = read(path)
    # what is not a number is an empty cell
    assert raw.rows.select("c0", "c1", "c3", "c4", "line").rows() == [
        ("12", "2024-01-05", "true", None, 2),
        ("13.5", None, "false", "0.5", 3),
    ]
    assert raw.rows["c2"][0].startswith("2024-01-05 10:30:00")
    # a day is the one that was written down there
    assert moment_of_cell(raw.rows["c5"][0]) == datetime(2024, 1, 5, 23, 30)


def moment_of_cell(text: str) -> datetime:
    return pl.select(moment_of(pl.lit(text))).item()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\n \n", "empty"),
        ("a.csv", b"\xef\xbb\xbf", "empty"),
        ("a.txt", b"just a note\nand another\n", "not a table"),
        ("a.json", b'{"a": 1}\n', "not a table"),
        ("a.csv", b'a,"b\n1,2\n', "not a table"),
        ("a.csv", "a,b\n1,2\n".encode("utf-32"), "not a text table"),
        ("a.csv", b"a,b\n" + b"1\0a,\0b\n" * 9, "not a text table"),
        ("a.csv", b"\x7fELF" + bytes(range(256)) * 40, "not a text table"),
        ("a.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0), "unpack it first"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged old Office file"),
        ("a.pdf", b"%PDF-1.7\n", "PDF"),
        ("a.xlsx", b"PK\x03\x04 damaged", "damaged archive"),
        ("a.parquet", b"PAR1 damaged", "damaged Parquet"),
        ("a.csv", b",".join([b"a"] * 1001) + b"\n1\n", "not a table"),
    ],
)
def test_what_is_no_table_is_one_sentence_that_names_the_file(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(write(tmp_path, content, name))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_a_missing_file_and_an_archive_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        read(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.csv")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("sales.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match="not a workbook"):
        read(tmp_path / "a.zip")


def test_nested_columns_of_a_parquet_file_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [1], "inner": [[1, 2]]}).write_parquet(path)
    with pytest.raises(InputError, match="inner"):
        read(path)


clean_cells = st.text(st.sampled_from(list('ab," \n零')), max_size=5)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set('",\n') else cell


@given(rows=st.lists(st.tuples(clean_cells, clean_cells, clean_cells), min_size=1, max_size=12))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_the_fast_and_the_careful_path_agree_on_clean_files(rows: list[tuple[str, str, str]]) -> None:
    text = "\n".join(",".join(quoted(cell) for cell in row) for row in rows)
    lines = text.split("\n")
    body = pl.DataFrame({"line": range(1, len(lines) + 1), "text": lines}, schema={"line": pl.Int64, "text": pl.String})
    fast, fast_broken = split_into_records(body, ",", 3)
    single = body.with_columns(
        fits=pl.col("text").str.contains(r'^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*)){2}$'),
        blank=pl.col("text").str.strip_chars(" ") == "",
    )
    careful, careful_broken = mend(single, ",", 3, frozenset())
    assert fast.rows() == careful.rows()
    assert fast_broken.is_empty() and careful_broken.is_empty()
    read_back = split_into_cells(fast["text"], ",", 3).with_columns(pl.all().fill_null(""))
    assert read_back.rows() == rows


@pytest.mark.parametrize("content", [b"a,b\n", b"a,b\n\n\n", b"a;b"])
def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, content: bytes) -> None:
    raw = read(write(tmp_path, content))
    assert (raw.header, raw.height, raw.skipped["kind"].to_list()) == (["a", "b"], 0, ["header"])
