"""Encodings: what bytes prove, what is only likely and asked about, lines of another encoding, and zeros."""

from pathlib import Path

import pytest

from graphkit.errors import InputError
from graphkit.tables.encodings import encoding_of, named, wide_of
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import load
from graphkit.tables.readers import read
from graphkit.tables.sources import Source

CHINESE = (
    "车架号,销售方,购买方\nLMVAA1AA0RA000001,示例云港汽车销售有限公司,张三\nLMVAA1AA0RA000002,示例商贸有限公司,李四\n"
)
NOT_IN = "has bytes that are not in the file's encoding"


def write(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def of(text: str, codec: str) -> tuple[str, bool]:
    found = encoding_of([line for line in text.encode(codec).split(b"\n") if not line.isascii()])
    return found.name, found.proven


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        CHINESE,
        "车架号,购买方\nLMV1,龘靐齉\nLMV2,喆堃\nLMV3,𠮷野𠀀\n",
        "公司名稱,股東\n示例汽車有限公司,林大文\n",
        "公司名称,英文名称\n示例の屋贸易有限公司,Sample α-β Ⅲ Co\n",
        "vin,kind\nLMV1,零售\n",
        "车架号,备注\nLMV1,“19″轮毂”①②℃\n",
        "编号,名称\n一,海港车行\n二,北辰汽贸\n",
    ],
)
def test_truthful_chinese_with_rare_signs_is_proven(text: str, codec: str) -> None:
    assert of(text, codec) == (codec, True)


@pytest.mark.parametrize(
    "text",
    ["VIN;Käufer\nW1;Jörg Weiß\n", "VIN;Покупатель\nW1;Пётр\n", "VIN;Sex\nW1;М\nW2;Ж\n", "VIN;°C;m²\nW1;3°;4²\n"],
)
def test_truthful_utf_8_of_two_bytes_a_letter_is_proven(text: str) -> None:
    assert of(text, "utf-8") == ("utf-8", True)


@pytest.mark.parametrize(
    ("name", "codec", "text"),
    [
        ("big5", "big5", "公司名稱,股東\n示例汽車有限公司,林大文\n"),
        ("cp1252", "cp1252", "Fahrgestellnummer;Verkäufer;Käufer\nW1;Muster Händler GmbH;Jörg Weiß\n"),
        # one word, and GB18030 reads it without a fault
        ("cp1252", "cp1252", "VIN;Seller;Buyer\nW1;Muster;Käufer\n"),
        ("cp1250", "cp1250", "VIN;Prodávající;Kupující\nT1;Příklad s.r.o.;Jiří Dvořák\n"),
        ("cp1251", "cp1251", "VIN;Продавец;Покупатель\nW1;ООО Пример Авто;Иванов Иван\n"),
        ("koi8-r", "koi8_r", "VIN;Продавец;Покупатель\nW1;ООО Пример Авто;Иванов Иван\n"),
        ("shift_jis", "cp932", "車台番号,販売者,購入者\nJ1,サンプル自動車株式会社,山田太郎\n"),
        ("euc_jp", "euc_jp", "車台番号,販売者,購入者\nJ1,サンプル自動車株式会社,山田太郎\n"),
        ("euc_kr", "cp949", "차대번호,판매자,구매자\nK1,샘플자동차 주식회사,홍길동\n"),
    ],
)
def test_other_encodings_are_proposed_and_never_proven(tmp_path: Path, name: str, codec: str, text: str) -> None:
    assert of(text, codec) == (name, False)
    raw = read(write(tmp_path, text.encode(codec)))
    assert (raw.encoding, raw.proven) == (name, False)
    first = text.split("\n")[0]
    assert raw.header == first.split(raw.delimiter)
    again = read(write(tmp_path, text.encode(codec)), encoding=name)
    assert (again.rows.rows(), again.encoding, again.proven) == (raw.rows.rows(), name, True)


@pytest.mark.parametrize("word", ["女", "元"])
def test_chinese_pairs_that_are_valid_utf_8_are_read_like_their_file(tmp_path: Path, word: str) -> None:
    lines = ["车架号,单位", *(f"LMV{number},{word}" for number in range(20))]
    raw = read(write(tmp_path, "\n".join(lines).encode("gb18030")))
    assert (raw.encoding, raw.proven, set(raw.rows["c1"])) == ("gb18030", True, {word})
    # where nothing but such pairs is in a file, nothing proves what they are
    alone = read(write(tmp_path, "\n".join(["vin,unit", *lines[1:]]).encode("gb18030")))
    assert (alone.encoding, alone.proven, set(alone.rows["c1"])) == ("gb18030", False, {word})


@pytest.mark.parametrize(
    "text",
    [
        '[{"公司名稱": "示例汽車有限公司", "股東": "林大文"}]',
        "<html><table><tr><th>公司名稱</th><th>股東</th></tr><tr><td>示例汽車有限公司</td><td>林大文</td></tr></table></html>",
    ],
)
def test_records_and_pages_that_do_not_say_their_encoding_prove_none_either(tmp_path: Path, text: str) -> None:
    raw = read(write(tmp_path, text.encode("big5")))
    assert (raw.encoding, raw.proven) == ("big5", False)
    assert raw.rows.drop("line").rows() == [("示例汽車有限公司", "林大文")]
    assert read(write(tmp_path, text.encode("big5")), encoding="big5").proven


def test_nothing_is_loaded_in_an_encoding_that_is_only_likely(tmp_path: Path) -> None:
    path = write(tmp_path, "vin,read_on,km,source\nW1,2024-01-05,7,Prüfer\n".encode("cp1252"))
    columns = {name: name for name in ("vin", "read_on", "km", "source")}
    with pytest.raises(InputError, match=r"a\.csv may be in cp1252, which its bytes do not prove"):
        load(TABLES["odometer"], [Source("0" * 64, "a.csv", path, columns)])


def test_a_line_is_read_in_another_encoding_only_where_it_is_not_valid_in_its_own(tmp_path: Path) -> None:
    lines = [line.encode() for line in CHINESE.splitlines()]
    lines.insert(2, "LMVAA1AA0RA000003,苏州示例汽车有限公司,王五".encode("gb18030"))
    raw = read(write(tmp_path, b"\n".join(lines)))
    assert (raw.encoding, dict(raw.otherwise), raw.proven) == ("utf-8", {3: "gb18030"}, True)
    assert raw.rows["c1"].to_list()[1] == "苏州示例汽车有限公司"
    assert raw.broken.is_empty()
    lines = [line.encode("gb18030") for line in CHINESE.splitlines()]
    lines.insert(2, "LMVAA1AA0RA000003,示例云港,王五五".encode())
    raw = read(write(tmp_path, b"\n".join(lines)))
    assert (raw.encoding, dict(raw.otherwise), raw.rows["c2"].to_list()[1]) == ("gb18030", {3: "utf-8"}, "王五五")


@pytest.mark.parametrize(
    "line",
    [
        # cut in the middle of a letter, as fields of a fixed number of bytes are; GB18030 reads it without a fault
        "LMV3,示例云港汽车销售,王".encode()[:-2] + b"\xa0,1",
        "LMV3,示例云港,王".encode()[:-1],
        "LMV3,Käufer,x".encode("cp1252"),
    ],
)
def test_a_damaged_line_is_kept_apart_and_not_read_as_something_else(tmp_path: Path, line: bytes) -> None:
    raw = read(write(tmp_path, CHINESE.encode() + line + b"\n"))
    assert raw.otherwise == {}
    assert raw.broken.select("line", "reason").rows() == [(4, NOT_IN)]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["vin\tkm\r\nLMV1\t7\r\n", "序号\t名称\r\n1\t一一一一\r\n2\t二\r\n"])
def test_utf_16_without_its_mark_is_told_by_its_zeros(tmp_path: Path, codec: str, text: str) -> None:
    raw = read(write(tmp_path, text.encode(codec), "a.txt"))
    assert [raw.header, *raw.rows.drop("line").rows()] == [
        line.split("\t") if not at else tuple(line.split("\t")) for at, line in enumerate(text.split("\r\n")[:-1])
    ]
    assert raw.encoding == codec


def test_records_and_pages_in_utf_16_without_its_mark_are_told_by_their_content(tmp_path: Path) -> None:
    page = "<html><table><tr><th>vin</th><th>km</th></tr><tr><td>L1</td><td>7</td></tr></table></html>"
    for text, form in ((page, "html"), ('[{"vin": "L1", "km": 7}]', "json")):
        raw = read(write(tmp_path, text.encode("utf-16-le")))
        assert (raw.format, raw.header, raw.rows.drop("line").rows()) == (form, ["vin", "km"], [("L1", "7")])


def test_zeros_around_cells_are_padding_and_others_cost_their_row(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'vin,km\nL1\0\0\0,7\0\n\0L2,8\nL\x003,9\n"L4\0",\0\nL5,1\n\0\0\0\0\n'))
    assert raw.rows.fill_null("").rows() == [("L1", "7", 2), ("L4", "", 5), ("L5", "1", 6)]
    assert raw.broken["line"].to_list() == [3, 4, 7]
    assert raw.broken["text"].to_list() == [r"\x00L2,8", r"L\x003,9", r"\x00\x00\x00\x00"]


def test_lines_that_end_with_cr_may_have_lf_in_their_cells(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b'vin,note\rL1,"a\nb"\rL2,c\r'))
    assert raw.rows.drop("line").rows() == [("L1", "a\nb"), ("L2", "c")]


def test_a_mark_proves_more_than_what_is_said(tmp_path: Path) -> None:
    raw = read(write(tmp_path, b"\xef\xbb\xbf" + CHINESE.encode()), encoding="big5")
    assert (raw.encoding, raw.header) == ("utf-8-sig", ["车架号", "销售方", "购买方"])


@pytest.mark.parametrize("name", ["utf-7", "utf-32", "hex", "hz", "idna", "cp500", "no such", "", "iso2022_jp"])
def test_what_is_no_encoding_of_a_table_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no encoding of a table"):
        named(name)


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0", b"a,b\n1,\0\n", b"vin,km\r\nL1\0\0,7\r\n" * 3])
def test_zeros_alone_are_no_utf_16(data: bytes) -> None:
    assert wide_of(data) is None
