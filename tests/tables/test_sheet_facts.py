"""What stands outside a table and is true of all of it: labels, titles, units, days; read, or asked, never guessed."""

from datetime import date

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.organisations import organisations_in
from graphkit.tables.proposal import Entry, propose_entries
from graphkit.tables.raw_table import RawTable
from graphkit.tables.reference import reference_csv
from graphkit.tables.sheet_facts import sheet_facts
from graphkit.tables.stated_days import drawn_on, period_in
from graphkit.tables.stated_parties import LABELS

SELLER = "示例江海汽车销售服务有限公司"
POLICIES = ["保单号", "车架号", "被保险人", "起保日期"]
POLICY = ["P1", "WMVAA1AA0RA000001", "示例甲", "2024-01-02"]
SALES = ["发票号码", "车架号", "购方名称", "开票日期", "成交价"]
SALE = ["F1", "WMVAA1AA0RA000001", "示例甲", "2024-01-02", "12.5"]
STATEMENT = ["交易日期", "交易流水号", "借方金额", "贷方金额", "对方户名"]
PAYMENT = ["2024-03-02", "L1", "", "188800", "示例甲"]


def raw_of(
    header: list[str], *above: str, rows: list[list[str]] | None = None, below: tuple[str, ...] = ()
) -> RawTable:
    """A table with lines above and below it, a cell of those lines between two commas."""
    cells = pl.DataFrame(rows or [], schema=[f"c{at}" for at in range(len(header))], orient="row")
    lines = [(text, "note") for text in above] + [(",".join(header), "header")] + [(text, "note") for text in below]
    skipped = pl.DataFrame(
        [(line, kind, text) for line, (text, kind) in enumerate(lines, start=1)],
        schema={"line": pl.Int64, "kind": pl.String, "text": pl.String},
        orient="row",
    )
    cells = cells.with_columns(line=pl.int_range(len(lines) + 1, pl.len() + len(lines) + 1, dtype=pl.Int64))
    return RawTable(header, cells, pl.DataFrame(), "xlsx", "utf-8", "", skipped=skipped)


def entries(header: list[str], row: list[str], *above: str, name: str = "", below: tuple[str, ...] = ()) -> list[Entry]:
    raw = raw_of(header, *above, rows=[row], below=below)
    return list(propose_entries(header, raw.rows, name=name, facts=sheet_facts(raw)).entries)


def said(header: list[str], row: list[str], column: str, *above: str, name: str = "") -> tuple[str, str | None]:
    """The constant of a column and where it was read."""
    entry = entries(header, row, *above, name=name)[0]
    return entry.constants[column], entry.stated.get(column)


@pytest.mark.parametrize(
    "line",
    [
        f"户名：{SELLER},,账号：3205 0000 0000 0000 001",
        f"账户名称:{SELLER}  币种：人民币",
        f"户 名： {SELLER}；开户行：示例银行苏州分行",
        f"开户单位,{SELLER}",
    ],
)
def test_the_holder_of_an_account_pays_what_leaves_it_and_is_paid_what_comes_in(line: str) -> None:
    out, into = entries(STATEMENT, PAYMENT, "示例银行股份有限公司账户交易明细", line)
    assert (out.constants["payer_name"], into.constants["payee_name"]) == (SELLER, SELLER)
    assert (out.stated["payer_name"], into.stated["payee_name"]) == ("line 2", "line 2")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Account holder", "Sample Motors Co., Ltd."),
        ("Kontoinhaber", "Muster Autohaus GmbH"),
        ("Владелец счета", "ООО «Пример Авто»"),
    ],
)
def test_labels_are_known_in_four_languages(label: str, name: str) -> None:
    assert entries(STATEMENT, PAYMENT, f"{label}: {name}")[0].constants["payer_name"] == name


@pytest.mark.parametrize(
    "lines",
    [
        (),
        # the title of a statement bears its bank's name
        ("示例银行股份有限公司账户交易明细",),
        (f"户名：{SELLER}", "户名：示例远航租赁有限公司"),
        ("户名：6222****0001",),
        (f"对方户名：{SELLER}",),
        (f"填报单位：{SELLER}",),
    ],
)
def test_whose_account_it_is_is_asked_where_nothing_or_two_things_say_so(lines: tuple[str, ...]) -> None:
    out, into = entries(STATEMENT, PAYMENT, *lines)
    assert (out.constants["payer_name"], into.constants["payee_name"]) == ("", "")


@pytest.mark.parametrize(
    ("line", "insurer"),
    [
        ("承保公司：示例平海财险", "示例平海财险"),
        ("填报单位：示例平海财产保险股份有限公司苏州中心支公司", "示例平海财产保险股份有限公司苏州中心支公司"),
        ("示例平海财产保险股份有限公司2024年承保清单", "示例平海财产保险股份有限公司"),
        ("Insurer: Sample Insurance plc", "Sample Insurance plc"),
        # a dealer lists the policies that it sold
        (f"填报单位：{SELLER}", ""),
        (f"{SELLER}2024年投保明细", ""),
        ("保险公司：见各行", ""),
        ("2024年各保险公司承保明细", ""),
    ],
)
def test_an_insurer_is_read_where_an_insurer_is_named(line: str, insurer: str) -> None:
    assert said(POLICIES, POLICY, "insurer_name", line)[0] == insurer


@pytest.mark.parametrize(
    ("title", "seller"),
    [
        (f"整车零售明细报表 —— {SELLER}（2024-01-01 至 2024-12-31）", SELLER),
        (f"2024年{SELLER}零售明细", SELLER),
        (f"经销商：{SELLER}", SELLER),
        (f"{SELLER}采购明细", ""),
        (f"以下数据由{SELLER}于2025-01-10导出", ""),
        (f"{SELLER}2024年经销商终端销量", ""),
        (f"{SELLER}、示例远航租赁有限公司零售明细", ""),
        ("示例江海汽车零售明细", ""),
        ("某某汽车销售有限公司零售明细", ""),
        (f"整车零售明细{SELLER}", ""),
    ],
)
def test_a_title_names_the_seller_only_where_it_is_its_own_list(title: str, seller: str) -> None:
    assert said(SALES, SALE, "seller_name", title) == (seller, "line 1" if seller else None)


def test_above_a_wholesale_book_the_title_is_its_seller_and_a_dealer_is_not() -> None:
    assert said(SALES, SALE, "seller_name", f"{SELLER} 2024年度整车批发台账")[0] == SELLER
    assert said(SALES, SALE, "seller_name", f"经销商：{SELLER}", name="批发台账.xlsx")[0] == ""


def test_a_unified_invoice_of_motor_vehicles_is_retail_and_motor_vehicle_invoices_may_be_either() -> None:
    kinds = {
        "机动车销售统一发票.xlsx": "retail",
        "二手车销售统一发票.xlsx": "resale",
        "旧机动车销售统一发票.xlsx": "resale",
        "机动车发票明细.xlsx": "",
    }
    found = {name: said(SALES, SALE, "kind", name=name) for name in kinds}
    assert {name: kind for name, (kind, _) in found.items()} == kinds
    assert found["机动车销售统一发票.xlsx"][1] == "the file's name"
    assert said(SALES, SALE, "kind", "机动车销售统一发票")[1] == "line 1"


def test_a_unit_above_the_table_is_that_of_money_without_one_of_its_own() -> None:
    entry = entries(SALES, SALE, "单位：万元")[0]
    assert (dict(entry.units), entry.stated["price"]) == ({"price": "ten_thousand"}, "line 1")
    own = [*SALES[:-1], "成交价(元)"]
    assert dict(entries(own, SALE, "单位：万元")[0].units) == {}
    same = entries([*SALES[:-1], "成交价(万元)"], SALE, "单位：万元")[0]
    assert (dict(same.units), "price" in same.stated) == ({"price": "ten_thousand"}, False)
    told = entries(SALES, SALE, f"单位：{SELLER}", "单位：万元")[0]
    assert (told.constants["seller_name"], told.stated["price"]) == (SELLER, "line 2")
    # a unit of counts, and one in a note below the table, are not those of the money
    assert dict(entries(SALES, SALE, "单位：辆")[0].units) == {}
    assert dict(entries(SALES, SALE, below=("单位：万元",))[0].units) == {}


@pytest.mark.parametrize("lines", [("单位：万元", "金额单位：元"), ("单位：亿元",)])
def test_units_that_contradict_or_are_not_known_are_asked(lines: tuple[str, ...]) -> None:
    raw = raw_of(SALES, *lines, rows=[SALE])
    proposal = propose_entries(SALES, raw.rows, facts=sheet_facts(raw))
    assert (proposal.questions, dict(proposal.entries[0].units)) == (("price",), {})


def test_a_unit_that_makes_a_price_of_millions_a_car_is_asked() -> None:
    raw = raw_of(SALES, "单位：万元", rows=[[*SALE[:-1], "188,800.00"]])
    assert propose_entries(SALES, raw.rows, facts=sheet_facts(raw)).questions == ("price",)


def test_the_currency_of_a_statement_is_read_unless_two_are_stated() -> None:
    assert entries(STATEMENT, PAYMENT, "币种：人民币")[0].constants["currency"] == "CNY"
    assert entries(STATEMENT, PAYMENT, "Currency: EUR")[0].constants["currency"] == "EUR"
    assert "currency" not in entries(STATEMENT, PAYMENT, "币种：人民币", "币种：美元")[0].constants
    with_column = entries([*STATEMENT, "币种"], [*PAYMENT, "美元"], "币种：人民币")[0]
    assert "currency" not in with_column.constants


def test_a_period_is_read_in_the_forms_of_reports_and_not_where_its_order_is_open() -> None:
    year = (date(2024, 1, 1), date(2024, 12, 31))
    for text in (
        "查询区间：2024-01-01 至 2024-12-31",
        "（2024/1/1—2024/12/31）",
        "2024年1月1日至2024年12月31日",
        "Period: 01.01.2024 - 31.12.2024",
        "Zeitraum 01.01.2024 bis 31.12.2024",
        "с 01.01.2024 по 31.12.2024",
        "20240101-20241231",
    ):
        assert period_in(text) == year, text
    for text in ("01/02/2024 - 03/04/2024", "2024-12-31 至 2024-01-01", "2024-01-01", "2024-02-30 至 2024-03-01"):
        assert period_in(text) is None, text


def test_a_period_is_that_of_the_day_that_it_names() -> None:
    header = ["车架号", "机动车所有人", "初次登记日期", "办理日期"]
    row = ["WMVAA1AA0RA000001", "示例甲", "2024-01-02", "2024-01-02"]
    asked = entries(header, row, "查询条件：办理日期 2021-01-01 至 2025-04-30；车辆类型：小型汽车")[0]
    assert (asked.table, asked.period) == ("registrations", (date(2021, 1, 1), date(2025, 4, 30)))
    assert entries(header, row, "查询条件：初次登记日期 2021-01-01 至 2025-04-30")[0].period is None


def test_the_day_of_an_export_is_that_of_a_register_and_the_day_of_a_signature_is_none() -> None:
    assert drawn_on("以下数据由示例平台于2025-01-10导出") == date(2025, 1, 10)
    assert drawn_on("截至2025年1月10日") == date(2025, 1, 10)
    assert drawn_on("制表日期：2025年1月8日") is None
    header, row = ["企业名称", "统一社会信用代码", "法定代表人"], ["示例江海汽车销售有限公司", "", "示例甲"]
    assert [entry.drawn_on for entry in entries(header, row, "导出时间：2025-01-10 10:00")] == [date(2025, 1, 10)] * 2
    assert entries(SALES, SALE, "导出时间：2025-01-10")[0].drawn_on is None


def test_names_without_clear_ends_are_no_names() -> None:
    assert organisations_in("各保险公司承保情况") == []
    for glued in (
        "Sales report Sample Motors Ltd",
        "Retail sales Sample Motors Ltd",
        "Monthly Sales Sample Motors Ltd",
    ):
        assert organisations_in(glued) == [], glued
    for glued in ("苏州市2024年示例江海汽车销售有限公司", "零售示例江海汽车销售有限公司"):
        assert organisations_in(glued) == [], glued
    assert organisations_in("示例合伙企业（有限合伙）") == ["示例合伙企业（有限合伙）"]
    for name in ("上海示例汽车有限公司", "四川示例汽车有限公司", "一示例汽车有限公司", "日示例汽车有限公司"):
        titles = (
            name,
            f"2024年{name}台账",
            f"2024年度上半年{name}台账",
            f"2024年第一季度（{name}）",
            f"2024-01-01 {name}",
        )
        assert [organisations_in(title) for title in titles] == [[name]] * 5
    assert len(organisations_in("苏州甲乙丙有限公司与苏州丁戊己有限公司往来")) == 2


def test_every_label_says_something_of_a_table() -> None:
    labels = reference_csv("sheet_labels")
    used = {says for told in LABELS.values() for says in told} | {"unit", "currency"}
    assert set(labels["says"]) == used
    assert labels.is_unique().all()
    for table, role in LABELS:
        assert f"{role}_id" in TABLES[table].parties


def test_a_statement_of_two_accounts_one_below_the_other_is_asked() -> None:
    raw = raw_of(STATEMENT, f"户名：{SELLER}", rows=[PAYMENT, ["户名：示例远航租赁有限公司", "", "", "", ""], PAYMENT])
    proposal = propose_entries(STATEMENT, raw.rows, facts=sheet_facts(raw))
    assert [entry.constants.get("payer_name", "") for entry in proposal.entries] == ["", ""]
    broken = pl.DataFrame({"line": [4], "text": ["户名：示例远航租赁有限公司"], "reason": ["has 1 cells"]})
    raw = raw_of(STATEMENT, f"户名：{SELLER}", rows=[PAYMENT])
    told = sheet_facts(RawTable(**{**vars(raw), "broken": broken}))
    assert [one.text for one in told.labelled["account_holder"]] == [SELLER, "示例远航租赁有限公司"]


@pytest.mark.parametrize(
    ("title", "name"), [(f"{SELLER}收车明细", ""), ("", "采购明细.xlsx"), ("2024年经销商终端销量", "零售.xlsx")]
)
def test_who_reports_what_it_bought_or_what_its_dealers_sold_is_no_seller(title: str, name: str) -> None:
    assert said(SALES, SALE, "seller_name", title, f"填报单位：{SELLER}", name=name)[0] == ""
    assert said(SALES, SALE, "seller_name", "2024年零售明细", f"填报单位：{SELLER}")[0] == SELLER
