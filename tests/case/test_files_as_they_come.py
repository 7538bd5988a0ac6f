"""Exports of offices and firms as a user brings them: mapped, asked about, and never a fact that nobody recorded."""

from pathlib import Path

import polars as pl
import pytest
import tomlkit

from graphkit import Case
from graphkit.errors import InputError

VINS = [f"WMVAA1AA0RA00000{number}" for number in range(1, 8)]
INVOICES = "序号,发票代码,发票号码,开票日期,购方名称,销方名称,车架号,价税合计(万元),发票状态"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case.new(tmp_path / "case")


def rows(case: Case, table: str) -> pl.DataFrame:
    return pl.read_parquet(case.path / "tables" / f"{table}.parquet")


def written(folder: Path, name: str, *lines: str) -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def invoice(number: int, status: str = "正常", vin: str | None = None) -> str:
    car = vin or VINS[number]
    return f"{number},0320,{number:04d},2024-01-0{number},示例{number},示例江海汽车销售有限公司,{car},12.5,{status}"


def test_what_only_the_user_can_say_is_asked_and_nothing_is_loaded_before(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, "发票.csv", INVOICES, invoice(1), invoice(2))
    taken = case.import_files(path)
    assert taken[["status", "reason"]].values.tolist() == [["asked", 'constants.kind = ""']]
    asked = case.check().questions
    assert asked[["files", "table", "line"]].values.tolist() == [["发票.csv", "sales", 'constants.kind = ""']]
    assert not (case.path / "tables" / "sales.parquet").exists()
    # the same line in case.toml, or said at import, is the answer
    toml = case.path / "case.toml"
    document = tomlkit.parse(toml.read_text(encoding="utf-8"))
    document["source"][0]["constants"]["kind"] = "retail"
    toml.write_text(tomlkit.dumps(document), encoding="utf-8")
    assert case.check().questions.empty
    assert rows(case, "sales").select("sale_id", "price", "kind").rows() == [
        ("0320-0001", 125_000.0, "retail"),
        ("0320-0002", 125_000.0, "retail"),
    ]


def test_the_answer_may_be_said_at_import(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, "发票.csv", INVOICES, invoice(1))
    assert case.import_files(path, constants={"kind": "retail"})["status"].tolist() == ["imported"]
    assert case.import_files(path, constants={"kind": "wholesale"})["status"].tolist() == ["unchanged"]
    assert case.import_files(path, constants={"kind": "wholesale"}, replace=True)["status"].tolist() == ["replaced"]
    assert rows(case, "sales")["kind"].to_list() == ["wholesale"]


def test_a_void_invoice_is_listed_and_one_that_was_undone_or_is_unclear_is_kept_apart(
    case: Case, tmp_path: Path
) -> None:
    states = ["正常", "已作废", "已红冲-全额", "待定", ""]
    lines = [invoice(number, state) for number, state in enumerate(states, start=1)]
    taken = case.import_files(written(tmp_path, "发票.csv", INVOICES, *lines), constants={"kind": "retail"})
    assert taken[["rows", "loaded", "quarantined", "skipped"]].values.tolist() == [[4, 2, 2, 2]]
    assert rows(case, "sales")["vin"].to_list() == [VINS[1], VINS[5]]
    check = case.check()
    assert check.skipped[["kind", "where"]].values.tolist() == [["void", "3"]]
    reasons = dict(check.quarantined[["line", "reason"]].values.tolist())
    assert "undone later" in reasons[4]
    assert "no known status" in reasons[5]


def test_a_statement_with_two_columns_is_payments_both_ways_and_no_row_of_it_is_lost(
    case: Case, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        "流水.csv",
        "交易日期,交易流水号,借方金额,贷方金额,对方户名,摘要",
        "2024-03-02,L1,,188800,示例甲,购车款",
        "2024-03-03,L2,120.5,,示例远航租赁有限公司,往来款",
        "2024-03-04,L3,,,示例银行,查询",
    )
    ours = {"payer_name": "示例江海汽车销售有限公司", "payee_name": "示例江海汽车销售有限公司"}
    taken = case.import_files(path, constants=ours)
    assert taken["loaded"].sum() == 2
    paid = rows(case, "payments").sort("payment_id").select("payment_id", "payer_name", "payee_name", "amount")
    assert paid.rows() == [
        ("L1", "示例甲", "示例江海汽车销售有限公司", 188800.0),
        ("L2", "示例江海汽车销售有限公司", "示例远航租赁有限公司", 120.5),
    ]
    assert case.check().quarantined[["line", "reason"]].values.tolist() == [
        [4, "借方金额, 贷方金额: of no part of the file"]
    ]


def test_a_file_of_the_same_columns_is_read_alike_but_for_what_is_true_of_one_file_alone(
    case: Case, tmp_path: Path
) -> None:
    header = "保单号,车架号,被保险人,起保日期"
    first = written(tmp_path, "a.csv", header, f"P1,{VINS[1]},示例甲,2024-01-02")
    second = written(tmp_path, "b.csv", header, f"P2,{VINS[2]},示例乙,2024-01-03")
    case.import_files(first, constants={"insurer_name": "示例平海财险"})
    # the second may be another insurer's
    assert case.import_files(second)["reason"].tolist() == ['constants.insurer_name = ""']
    said = case.import_files(second, constants={"insurer_name": "示例安澜财险"}, replace=True)
    assert said["loaded"].tolist() == [1]
    assert rows(case, "policies").sort("policy_id")["insurer_name"].to_list() == ["示例平海财险", "示例安澜财险"]


def test_rows_without_a_key_pair_between_two_extracts_as_often_as_they_stand_there(case: Case, tmp_path: Path) -> None:
    header = "序号,付款日期,付款方,收款方,金额"
    line = "2024-03-02,示例甲,示例乙,100"
    case.import_files(written(tmp_path, "a.csv", header, f"1,{line}", f"2,{line}"))
    case.import_files(written(tmp_path, "b.csv", header, f"7,{line}", f"8,{line}", f"9,{line}"))
    found = rows(case, "payments")
    assert found.height == 3
    assert found["payment_id"].n_unique() == 3


def test_the_number_of_an_invoice_for_two_cars_is_no_repeated_key_and_an_own_id_is(case: Case, tmp_path: Path) -> None:
    header = "发票号码,车架号,购方名称,销方名称,开票日期,类型"
    lines = [f"77,{vin},示例甲,示例江海汽车销售有限公司,2024-01-02,批发" for vin in VINS[:2]]
    case.import_files(written(tmp_path, "发票.csv", header, *lines), columns={"类型": "kind"})
    assert rows(case, "sales")["sale_id"].to_list() == [f"77-{VINS[0]}", f"77-{VINS[1]}"]
    other = Case.new(tmp_path / "other")
    own = header.replace("发票号码", "sale_id")
    other.import_files(written(tmp_path, "own.csv", own, *lines), columns={"类型": "kind"})
    assert other.check().quarantined["reason"].str.contains("repeated with other content").tolist() == [True]


def test_a_company_has_its_credit_code_for_an_id_else_its_name_and_place(case: Case, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "企业.csv",
        "企业名称,统一社会信用代码,所属城市,法定代表人",
        "示例江海汽车销售有限公司,91320500MA0000461W,苏州市,示例甲",
        "示例远航租赁有限公司,,苏州市,-",
    )
    case.import_files(path)
    assert rows(case, "parties").sort("party_id").select("party_id", "kind").rows() == [
        ("91320500MA0000461W", "company"),
        ("示例远航租赁有限公司~苏州市", "company"),
    ]
    offices = rows(case, "positions").select("person_name", "company_name", "position").rows()
    assert offices == [("示例甲", "示例江海汽车销售有限公司", "legal_representative")]


def test_a_mapping_is_shown_written_corrected_and_used(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, "list.csv", "Car,Day seen,Miles on the clock", f"{VINS[1]},25/03/2024,100")
    with pytest.raises(InputError, match="fits no table"):
        Case.map_file(path)
    told = {"Car": "vin", "Day seen": "read_on", "Miles on the clock": "km"}
    shown = Case.map_file(path, table="odometer", columns=told, to=tmp_path / "list.toml")
    assert shown[["column", "example_1"]].values.tolist() == [
        ["vin", VINS[1]],
        ["read_on", "25/03/2024"],
        ["km", "100"],
    ]
    with pytest.raises(InputError, match="fits no table"):
        case.import_files(path)
    document = tomlkit.parse((tmp_path / "list.toml").read_text(encoding="utf-8"))
    document["source"][0] |= {"date_order": "dmy", "units": {"km": "mile"}}
    (tmp_path / "list.toml").write_text(tomlkit.dumps(document), encoding="utf-8")
    assert case.import_files(path, like=tmp_path / "list.toml")["loaded"].tolist() == [1]
    day = pl.col("read_on").cast(pl.String)
    assert rows(case, "odometer").select("vin", day, "km").rows() == [(VINS[1], "2024-03-25", 161)]


@pytest.mark.parametrize(
    ("status", "loaded"),
    [
        ("未红冲", 1),
        ("未作废", 1),
        ("Paid", 1),
        ("unpaid", 0),
        ("inactive", 0),
        ("incomplete", 0),
        ("未成功", 0),
        ("无效", 0),
    ],
)
def test_a_status_is_read_by_its_whole_word_and_by_what_stands_before_it(
    case: Case, tmp_path: Path, status: str, loaded: int
) -> None:
    path = written(tmp_path, "发票.csv", INVOICES, invoice(1, status))
    assert case.import_files(path, constants={"kind": "retail"})["loaded"].tolist() == [loaded]


def test_a_cell_that_names_another_unit_than_its_header_is_not_multiplied(case: Case, tmp_path: Path) -> None:
    lines = [invoice(1).replace("12.5", "12.5万元"), invoice(2).replace("12.5", "125000元")]
    case.import_files(written(tmp_path, "发票.csv", INVOICES, *lines), constants={"kind": "retail"})
    assert rows(case, "sales").sort("vin")["price"].to_list() == [125_000.0, 125_000.0]


def test_a_column_that_no_table_has_is_refused_by_name(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, "发票.csv", INVOICES, invoice(1))
    for told in ({"constants": {"kid": "retail"}}, {"columns": {"备注": "remark"}}):
        with pytest.raises(InputError, match=r"no table has a column (kid|remark)"):
            case.import_files(path, **told)


def test_an_extract_without_rows_is_empty_and_stops_nobody(case: Case, tmp_path: Path) -> None:
    path = written(tmp_path, "readings.csv", "vin,read_on,km")
    other = written(tmp_path, "more.csv", "vin,read_on,km", f"{VINS[1]},2024-01-02,10")
    taken = case.import_files([path, other])
    assert taken[["file", "status", "loaded"]].values.tolist() == [
        ["readings.csv", "imported", 0],
        ["more.csv", "imported", 1],
    ]


def test_of_two_headers_for_one_column_the_user_says_which_it_is(case: Case, tmp_path: Path) -> None:
    header = "sale_id,vin,seller_id,buyer_id,kind,开票日期,invoice date"
    path = written(tmp_path, "s.csv", header, f"S1,{VINS[1]},D1,P1,retail,2024-01-02,2024-01-03")
    assert case.import_files(path)["reason"].tolist() == ['columns."开票日期" = ""']
    said = case.import_files(path, columns={"invoice date": "invoiced_on"}, replace=True)
    assert said["loaded"].tolist() == [1]
    assert rows(case, "sales")["invoiced_on"].to_list()[0].isoformat() == "2024-01-03"


def test_day_first_dates_and_names_of_months_are_read_and_an_open_order_is_asked(case: Case, tmp_path: Path) -> None:
    sure = written(tmp_path, "a.csv", "VIN,Reading Date,km", f"{VINS[1]},04/05/2024,1", f"{VINS[2]},25/03/2024,2")
    named = written(tmp_path, "b.csv", "VIN,Reading Date,km", f"{VINS[3]},4 Jan 2024,3")
    case.import_files([sure, named])
    days = dict(rows(case, "odometer").select("vin", pl.col("read_on").cast(pl.String)).rows())
    assert days == {VINS[1]: "2024-05-04", VINS[2]: "2024-03-25", VINS[3]: "2024-01-04"}
    open_ = written(tmp_path, "c.csv", "Chassis,Reading Date,km", f"{VINS[4]},04/05/2024,1")
    assert case.import_files(open_)["reason"].tolist() == ['date_order = ""']


def test_of_a_statement_with_a_sign_what_was_paid_counts_without_it(case: Case, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "statement.csv",
        "Booking date,Transaction reference,Amount,Counterparty,Purpose",
        "2024-03-02,T1,-120.50,Sample Trading Ltd,car",
        "2024-03-03,T2,300.00,Sample Buyer,car",
    )
    ours = {"payer_name": "Sample Cars Ltd", "payee_name": "Sample Cars Ltd"}
    case.import_files(path, constants=ours)
    paid = rows(case, "payments").sort("payment_id").select("payer_name", "payee_name", "amount").rows()
    assert paid == [("Sample Cars Ltd", "Sample Trading Ltd", 120.5), ("Sample Buyer", "Sample Cars Ltd", 300.0)]


def test_of_two_files_of_one_header_each_keeps_what_it_states_of_itself(case: Case, tmp_path: Path) -> None:
    header = "发票号码,车架号,购方名称,开票日期"
    names = ("示例江海汽车销售有限公司", "示例海峡汽车销售有限公司")
    for number, (name, kind) in enumerate(zip(names, ("零售", "批发"), strict=True), start=1):
        lines = [f"{name}2024年{kind}台账", "单位：元", header, f"F{number},{VINS[number]},示例甲,2024-01-0{number}"]
        taken = case.import_files(written(tmp_path, f"{number}.csv", *lines))
        assert taken["status"].tolist() == ["imported"]
    found = rows(case, "sales").sort("sale_id").select("seller_name", "kind").rows()
    assert found == list(zip(names, ("retail", "wholesale"), strict=True))
    stated = {"kind": "line 1", "seller_name": "line 1", "currency": "line 2"}
    assert [entry.stated for entry in case.settings().source] == [stated] * 2


def test_each_month_of_a_second_cross_table_is_its_own(case: Case, tmp_path: Path) -> None:
    for number, year in enumerate((2023, 2024), start=1):
        lines = ["经销商,1月,2月", f"示例{number},3,4"]
        path = written(tmp_path, f"{year}年零售.csv", *lines)
        case.import_files(path, table="reported_counts", constants={"reporter_name": "示例明川汽车有限公司"})
    assert sorted(rows(case, "reported_counts")["period"]) == ["2023-01", "2023-02", "2024-01", "2024-02"]


def test_what_is_said_of_all_files_is_used_where_a_table_knows_the_word_and_told_where_not(
    case: Case, tmp_path: Path
) -> None:
    folder = tmp_path / "handed"
    folder.mkdir()
    written(folder, "发票.csv", INVOICES, invoice(1))
    written(folder, "企业.csv", "企业名称,注册地址,分组", "示例江海汽车有限公司,临海,甲类")
    said = {"分组": "kind"}
    taken = case.import_files(folder, constants={"kind": "retail"}, columns=said).set_index("file")
    assert taken.loc["发票.csv", "status"] == "imported"
    assert taken.loc["企业.csv", "loaded"] == 1
    assert rows(case, "parties")["kind"].to_list() == ["company"]
    assert taken.loc["企业.csv", "notes"].split("; ") == [
        "kind=retail was not used: that is no kind in parties",
        "分组=kind was not used: that is no kind in parties",
    ]
    assert taken.loc["发票.csv", "notes"] == "分组=kind was not used: there is no such column"
