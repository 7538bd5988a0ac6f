"""Files whose bytes prove no encoding: they are asked about, one is proposed, and they are loaded once it is said."""

import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphkit import Case
from graphkit.cli.main import app
from graphkit.errors import CaseError, InputError

BIG5 = Path(__file__).parent / "exports" / "23.csv"
GERMAN = (
    "Fahrgestellnummer;Rechnungsnummer;Verkäufer;Käufer;Rechnungsdatum;Straße\n"
    "LMVAA1AA0RA000001;R1;Muster Händler GmbH;Jörg Weiß;05.01.2024;Königstraße 5\n"
)
RUSSIAN = (
    "VIN;Номер счета;Продавец;Покупатель;Дата продажи\nLMVAA1AA0RA000001;С1;ООО Пример Авто;Пётр Иванов;05.01.2024\n"
)
JAPANESE = "VIN,Invoice No,Seller,Buyer,Invoice Date\nLMVAA1AA0RA000001,F1,サンプル自動車株式会社,山田太郎,2024-01-05\n"
CHINESE = "车架号,发票号码,销售方名称,购买方名称,开票日期\nLMVAA1AA0RA000001,F1,示例喆堃汽车有限公司,龘靐,2024-01-05\n"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case.new(tmp_path / "case")


def answered(case: Case, encoding: str) -> None:
    path = case.path / "case.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace('encoding = ""', f'encoding = "{encoding}"'), encoding="utf-8"
    )


def test_big5_is_asked_about_with_what_it_would_say_and_loaded_once_answered(case: Case, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hk.csv").write_bytes(BIG5.read_bytes())
    taken = case.import_files(tmp_path / "in")
    assert set(taken["status"]) == {"asked"}
    assert taken["loaded"].sum() == 0
    assert 'encoding = ""; in big5 it reads: 公司編號, 公司名稱' in taken["reason"][0]
    assert "3000001, 示例雲港國際有限公司" in taken["reason"][0]
    text = (case.path / "case.toml").read_text(encoding="utf-8")
    assert 'encoding = ""\nencoding_proposed = "big5"' in text
    answered(case, "big5")
    assert case.table("parties")["name"].tolist() == [
        "示例海風汽車有限公司",
        "示例遠東貿易有限公司",
        "示例雲港國際有限公司",
    ]
    assert {"parties", "ownership", "positions"} == {entry.table for entry in case.settings().source}
    assert len(case.table("ownership")) == 2


def test_one_encoding_for_a_folder_answers_for_the_files_that_ask_and_for_no_other(case: Case, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "hk.csv").write_bytes(BIG5.read_bytes())
    head, row = CHINESE.splitlines()
    (tmp_path / "in" / "gb.csv").write_bytes(f"{head},交易类型\n{row},零售\n".encode("gb18030"))
    case.import_files(tmp_path / "in")
    taken = case.import_files(tmp_path / "in", encoding="big5")
    assert dict(zip(taken["file"], taken["status"], strict=True)) == {"gb.csv": "unchanged", "hk.csv": "replaced"}
    assert case.table("sales")["seller_name"].tolist() == ["示例喆堃汽车有限公司"]
    assert len(case.table("parties")) == 3
    assert {entry.encoding for entry in case.settings().source} == {"gb18030", "big5"}


@pytest.mark.parametrize(
    ("text", "codec", "proposed", "seller"),
    [
        (GERMAN, "cp1252", "cp1252", "Muster Händler GmbH"),
        (RUSSIAN, "cp1251", "cp1251", "ООО Пример Авто"),
        (JAPANESE, "cp932", "shift_jis", "サンプル自動車株式会社"),
    ],
)
def test_foreign_sales_are_asked_about_and_read_as_answered(
    case: Case, tmp_path: Path, text: str, codec: str, proposed: str, seller: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(codec))
    constants = {"kind": "retail"}
    taken = case.import_files(path, constants=constants)
    assert taken["status"].tolist() == ["asked"]
    assert f"in {proposed} it reads" in taken["reason"][0]
    shown = Case.map_file(path, constants=constants).set_index("column")
    assert shown.loc["(encoding)", ["unit", "example_1"]].tolist() == ["?", proposed]
    assert shown.loc["seller_name", "example_1"] == seller
    assert "(encoding)" not in Case.map_file(path, constants=constants, encoding=proposed)["column"].tolist()
    case.import_files(path, encoding=proposed)
    assert case.table("sales")["seller_name"].tolist() == [seller]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16-le"])
def test_a_truthful_file_with_rare_letters_is_not_asked_about(case: Case, tmp_path: Path, codec: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(CHINESE.encode(codec))
    assert case.import_files(path, constants={"kind": "retail"})["status"].tolist() == ["imported"]
    assert case.table("sales")["buyer_name"].tolist() == ["龘靐"]


def test_an_answer_other_than_what_the_columns_are_written_in_asks_for_another_import(
    case: Case, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(GERMAN.encode("cp1252"))
    case.import_files(path, constants={"kind": "retail"})
    answered(case, "cp1250")
    with pytest.raises(CaseError, match=r"list\.csv are written as cp1252 reads them: .*--encoding cp1250"):
        case.check()
    answered(case, "no such")
    text = (case.path / "case.toml").read_text(encoding="utf-8").replace("cp1250", "klingon")
    (case.path / "case.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match="klingon is no encoding of a table"):
        case.check()


def test_what_fits_no_table_in_the_likeliest_encoding_says_which_that_is(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("Straße;Größe\nKönigstraße;groß\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"It is read as cp1252: where that is wrong, say its --encoding"):
        case.import_files(path)
    with pytest.raises(InputError, match="klingon is no encoding of a table"):
        case.import_files(path, encoding="klingon")


def test_lines_in_another_encoding_are_loaded_and_told(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(CHINESE.encode() + "LMVAA1AA0RA000002,F2,苏州示例汽车有限公司,王五,2024-01-06\n".encode("gb18030"))
    done = CliRunner().invoke(app, ["import", str(case.path), str(path), "--set", "kind=retail"])
    assert "1 lines (3) are in gb18030, the others in utf-8: each is read in its own" in done.output
    assert case.table("sales")["seller_name"].tolist() == ["示例喆堃汽车有限公司", "苏州示例汽车有限公司"]


def test_the_encoding_of_a_file_that_feeds_several_tables_is_one_question(case: Case, tmp_path: Path) -> None:
    head = "公司編號,公司名稱,註冊日期,股東,持股百分比,董事"
    text = f"{head}\n3000001,示例海風汽車有限公司,2012-07-02,示大文,60%,示小文\n"
    path = tmp_path / "search.csv"
    path.write_bytes(text.encode("big5"))
    case.import_files(path)
    asked = case.check().questions
    assert asked["line"].tolist() == ['encoding = ""']
    assert asked["answer"].item() == "in which the text is written; the likeliest is big5"
    entries = tomllib.loads((case.path / "case.toml").read_text(encoding="utf-8"))["source"]
    assert len(entries) == 3
    first = (case.path / "case.toml").read_text(encoding="utf-8").replace('encoding = ""', 'encoding = "big5"', 1)
    (case.path / "case.toml").write_text(first, encoding="utf-8")
    case.check()
    assert [len(case.table(name)) for name in ("parties", "ownership", "positions")] == [1, 1, 1]
