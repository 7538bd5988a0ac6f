"""What is asked: each thing once for all files that wait for it, and its answer handed on; where an answer was read."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomlkit

from graphkit import Case

VINS = [f"WMVAA1AA0RA00000{number}" for number in range(1, 8)]
INVOICES = "发票号码,车架号,购方名称,销方名称,开票日期"
STATEMENT = "交易日期,交易流水号,借方金额,贷方金额,对方户名"
SELLER = "示例江海汽车销售有限公司"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case.new(tmp_path / "case")


def written(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def invoices(folder: Path, name: str, number: int, *above: str) -> Path:
    return written(folder, name, *above, INVOICES, f"F{number},{VINS[number]},示例{number},{SELLER},2024-01-0{number}")


def answer(case: Case, file: str, column: str, value: str) -> None:
    """Fill one line of one entry of a file, as a person does in ``case.toml``."""
    toml = case.path / "case.toml"
    document: Any = tomlkit.parse(toml.read_text(encoding="utf-8"))
    entry = next(one for one in document["source"] if one["name"] == file and column in one["constants"])
    entry["constants"][column] = value
    toml.write_text(tomlkit.dumps(document), encoding="utf-8")


def kinds(case: Case) -> dict[str, str]:
    return {entry.name: entry.constants["kind"] for entry in case.settings().source}


def test_files_of_one_header_are_one_question_and_one_answer_serves_all(case: Case, tmp_path: Path) -> None:
    case.import_files([invoices(tmp_path, f"{number}.csv", number) for number in (1, 2, 3)])
    assert case.asked()[["files", "table", "line"]].values.tolist() == [
        ["1.csv, 2.csv, 3.csv", "sales", 'constants.kind = ""']
    ]
    answer(case, "2.csv", "kind", "retail")
    assert case.check().questions.empty
    assert kinds(case) == dict.fromkeys(("1.csv", "2.csv", "3.csv"), "retail")
    assert case.table("sales")["kind"].tolist() == ["retail"] * 3
    assert case.settings().named("1.csv")[0].read_outside == ["kind = retail, from what was answered for 2.csv"]


def test_another_header_is_another_question(case: Case, tmp_path: Path) -> None:
    other = written(tmp_path, "b.csv", f"{INVOICES},价税合计", f"F2,{VINS[2]},示例乙,{SELLER},2024-01-02,1")
    case.import_files([invoices(tmp_path, "a.csv", 1), other])
    assert case.asked()["files"].tolist() == ["a.csv", "b.csv"]
    answer(case, "a.csv", "kind", "retail")
    assert case.check().questions["files"].tolist() == ["b.csv"]


def test_what_a_file_says_of_itself_alone_answers_for_no_other(case: Case, tmp_path: Path) -> None:
    case.import_files(invoices(tmp_path, "批发台账.csv", 1))
    taken = case.import_files(invoices(tmp_path, "明细.csv", 2))
    assert taken["status"].tolist() == ["asked"]
    assert case.check().questions["files"].tolist() == ["明细.csv"]
    assert kinds(case) == {"批发台账.csv": "wholesale", "明细.csv": ""}


def test_two_answers_that_differ_answer_for_nobody(case: Case, tmp_path: Path) -> None:
    files = [invoices(tmp_path, f"{number}.csv", number) for number in (1, 2, 3)]
    case.import_files(files[0], constants={"kind": "retail"})
    case.import_files(files[1], constants={"kind": "wholesale"})
    case.import_files(files[2])
    answer(case, "3.csv", "kind", "")
    assert case.check().questions["files"].tolist() == ["3.csv"]


def test_the_holder_of_an_account_is_one_question(case: Case, tmp_path: Path) -> None:
    path = written(
        tmp_path, "流水.csv", STATEMENT, "2024-03-02,L1,,188800,示例甲", "2024-03-03,L2,120.5,,示例远航租赁有限公司"
    )
    case.import_files(path)
    assert case.asked()["line"].tolist() == ['constants.payer_name = ""']
    answer(case, "流水.csv", "payee_name", SELLER)
    paid = pl.from_pandas(case.table("payments")).sort("payment_id")
    assert paid.select("payer_name", "payee_name").rows() == [("示例甲", SELLER), (SELLER, "示例远航租赁有限公司")]


def test_the_months_of_one_sheet_are_one_question(case: Case, tmp_path: Path) -> None:
    case.import_files(written(tmp_path, "2024年零售.csv", "经销商,1月,2月,3月", "示例江海,3,4,5"))
    assert case.asked()["line"].tolist() == ['constants.reporter_name = ""']
    answer(case, "2024年零售.csv", "reporter_name", "示例明川汽车有限公司")
    counts = case.table("reported_counts")
    assert sorted(counts["period"]) == ["2024-01", "2024-02", "2024-03"]
    assert case.check().questions.empty


def test_the_month_of_one_column_is_none_of_the_next(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, "零售.csv", "经销商,1月,2月", "示例江海,3,4")
    case.import_files(path, constants={"reporter_name": "示例明川汽车有限公司"})
    answer(case, "零售.csv", "period", "2024-01")
    assert case.check().questions["line"].tolist() == ['constants.period = ""']


def test_a_file_that_was_answered_later_has_its_coverage_proposed(case: Case, tmp_path: Path) -> None:
    case.import_files(invoices(tmp_path, "a.csv", 1, "查询区间：2024-01-01 至 2024-12-31"))
    assert case.settings().coverage == ()
    answer(case, "a.csv", "kind", "retail")
    case.check()
    (span,) = case.settings().coverage
    assert (span.table, str(span.first), str(span.last), span.complete) == ("sales", "2024-01-01", "2024-12-31", False)


def test_coverage_that_somebody_confirmed_is_not_proposed_anew(case: Case, tmp_path: Path) -> None:
    case.import_files([invoices(tmp_path, "a.csv", 1), invoices(tmp_path, "零售.csv", 2)])
    toml = case.path / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("complete = false", "complete = true"), encoding="utf-8")
    answer(case, "a.csv", "kind", "retail")
    case.check()
    (span,) = case.settings().coverage
    assert (str(span.first), span.complete) == ("2024-01-02", True)


def test_what_was_read_in_titles_labels_and_names_is_told_with_its_place(case: Case, tmp_path: Path) -> None:
    header = "发票号码,车架号,购方名称,开票日期,成交价"
    path = written(
        tmp_path, "零售明细.csv", f"{SELLER} 2024年", "单位：万元", header, f"F1,{VINS[1]},示例甲,2024-01-02,12.5"
    )
    taken = case.import_files(path)
    assert taken["stated"].tolist() == [
        f"kind = retail, from the file's name; seller_name = {SELLER}, from line 1; currency = CNY, from line 2; "
        "price = ten_thousand, from line 2"
    ]
    assert case.table("sales")["price"].tolist() == [125_000.0]
    shown = Case.map_file(path).set_index("column")["read_from"].dropna().to_dict()
    assert shown == {"price": "line 2", "kind": "the file's name", "seller_name": "line 1", "currency": "line 2"}
    told = case.import_files(path, constants={"seller_name": "示例远航租赁有限公司"}, replace=True)
    assert SELLER not in told["stated"].tolist()[0]


def test_a_run_after_an_answer_rests_on_the_coverage_that_is_proposed_with_it(case: Case, tmp_path: Path) -> None:
    case.import_files(invoices(tmp_path, "a.csv", 1, "查询区间：2024-01-01 至 2024-12-31"))
    answer(case, "a.csv", "kind", "retail")
    case.run()
    first = case.known()
    case.run()
    assert str(first["as_of"]) == "2024-12-31"
    assert case.known()["as_of"] == first["as_of"]
