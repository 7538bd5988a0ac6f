"""JSON: arrays, objects that hold one, a record a line; exact numbers, missing keys, nested values and damage."""

from pathlib import Path

import pytest

from graphkit.errors import InputError
from graphkit.tables.readers import read


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.json"
    path.write_bytes(text.encode(encoding))
    return path


RECORDS = '[{"vin": "A", "price": 1},\n {"vin": "B",\n  "km": 2.50}]'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "text", [RECORDS, f'\n {{"code": 0, "名称": "清单", "tags": [1], "data": {{"rows": {RECORDS}}}}}']
)
def test_an_array_gives_its_records_by_number_and_lacking_keys_are_empty(
    tmp_path: Path, text: str, encoding: str
) -> None:
    raw = read(write(tmp_path, text, encoding))
    assert (raw.header, raw.format) == (["vin", "price", "km"], "json")
    assert raw.rows.rows() == [("A", "1", None, 1), ("B", None, "2.50", 2)]
    assert raw.broken.is_empty()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_json_lines_give_a_record_a_line_with_its_own_text(tmp_path: Path, end: str) -> None:
    text = end.join(['{"vin": "A", "price": 1}', "", '{"vin": "B", "price": null}', ""])
    raw = read(write(tmp_path, text))
    assert (raw.header, raw.format) == (["vin", "price"], "jsonl")
    assert raw.rows.rows() == [("A", "1", 1), ("B", None, 3)]
    assert raw.texts is not None
    assert raw.texts.to_list() == ['{"vin": "A", "price": 1}', '{"vin": "B", "price": null}']


def test_a_single_record_is_a_table_of_one_row(tmp_path: Path) -> None:
    assert read(write(tmp_path, '{"vin": "A", "price": 1}\n')).rows.rows() == [("A", "1", 1)]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("12345678901234567890123", "12345678901234567890123"),
        ("0.10000000000000000000001", "0.10000000000000000000001"),
        ("1.50", "1.50"),
        ("1.5e3", "1500"),
        ("-2E-3", "-0.002"),
        ("1e999999999", "1e999999999"),
        ("true", "true"),
        ("false", "false"),
        ("null", None),
        ("NaN", None),
        ('""', None),
        ('"007"', "007"),
        ("0", "0"),
    ],
)
def test_a_value_keeps_its_digits(tmp_path: Path, value: str, cell: str | None) -> None:
    assert read(write(tmp_path, f'[{{"a": "x", "b": {value}}}]')).rows["c1"].to_list() == [cell]


def test_a_line_that_is_no_record_is_broken_and_costs_no_other(tmp_path: Path) -> None:
    lines = ['{"a": 1, "b": 2}', '{"a": 1, "b', "[1, 2]", '{"a": 1, "a": 2}', '{"a": 3, "b": 4}', '{"a": 5, "b": 6}']
    raw = read(write(tmp_path, "\n".join(lines)))
    assert raw.rows["line"].to_list() == [1, 5, 6]
    assert raw.broken.rows() == [
        (2, lines[1], "is no JSON record"),
        (3, lines[2], "is no JSON record"),
        (4, lines[3], "names a key more than once"),
    ]


def test_an_element_of_an_array_that_is_no_record_is_broken(tmp_path: Path) -> None:
    raw = read(write(tmp_path, '[{"a": 1, "b": 2}, 7, {"a": 3, "a": 4, "b": 5}]'))
    assert raw.rows["line"].to_list() == [1]
    assert raw.broken.rows() == [
        (2, '"7"', "is no JSON record"),
        (3, '{"a": "3", "a": "4", "b": "5"}', "names a key more than once"),
    ]


def test_undecodable_bytes_break_their_line(tmp_path: Path) -> None:
    path = write(tmp_path, '{"a": "中", "b": 2}\n{"a": "!", "b": 3}\n{"a": "中", "b": 4}')
    path.write_bytes(path.read_bytes().replace(b"!", b"\xff"))
    raw = read(path)
    assert raw.rows["line"].to_list() == [1, 3]
    assert raw.broken["line"].to_list() == [2]
    assert "encoding" in raw.broken["reason"][0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1, "b": 2}, {"a": 1, "buyer": {"name": "x"}}]', "value inside a value at record 2, buyer"),
        ('{"data": [{"a": 1, "b": [1]}]}', "value inside a value at data, record 1, b"),
        ('{"a": 1, "b": 2}\n{"a": 1, "b": {"c": 2}}', "value inside a value at line 2, b"),
        ('{"one": [{"a": 1}], "two": {"three": [{"a": 1}]}}', r"2 arrays of records \(one, two.three\)"),
        ('[["a", "b"], ["1", "2"]]', "without an array of records"),
        ('{"a": {"b": 1}}', "without an array of records"),
        ("[]", "without an array of records"),
        ('[{"a": 1}, {"a": 2}]', "records have 1 keys"),
        ('[{"a": 1, "b": 2},\n {"a": 1', "damaged JSON at line 2"),
        ('{"data": [\n{"a": 1, "b": 2},\n{"a": 3, "b": 4},\n', "damaged JSON"),
        ('[{"a": 1, "b": ' + "[" * 100_000, "damaged JSON"),
    ],
)
def test_what_is_no_flat_table_is_one_sentence_that_names_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(write(tmp_path, text))
    assert str(caught.value).startswith("list.json")
    assert "\n" not in str(caught.value)
