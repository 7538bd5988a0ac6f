"""What a file feeds: the table that explains most of its header, keys of several columns, parties, what is asked."""

import random

import polars as pl
import pytest

from graphkit.errors import InputError
from graphkit.tables.header_reading import FIRST
from graphkit.tables.inputs import TABLES
from graphkit.tables.proposal import Entry, Proposal, propose_entries
from graphkit.tables.reference import reference_csv
from graphkit.tables.stated_constants import DERIVED

USCC = ["91320000MA0000001A", "91320000MA0000002B"]
SALES = ["VIN", "销方名称", "购方名称", "开票日期"]
SALE = ["WMVAA1AA0RA000001", "示例甲", "示例乙", "2024-03-02"]


def proposed(
    header: list[str], *rows: list[str], known: set[str] | None = None, table: str | None = None, name: str = ""
) -> Proposal:
    sample = pl.DataFrame(list(rows), schema=[f"c{at}" for at in range(len(header))], orient="row") if rows else None
    return propose_entries(header, pl.DataFrame() if sample is None else sample, known or (), table, name)


def first(header: list[str], *rows: list[str], name: str = "", known: set[str] | None = None) -> Entry:
    return proposed(header, *rows, name=name, known=known).entries[0]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_table_with_its_own_column_names_is_recognised_and_mapped_whole(table) -> None:  # type: ignore[no-untyped-def]
    proposal = proposed(list(table.columns))
    entry = proposal.entries[0]
    assert (entry.table, dict(entry.columns)) == (table.name, {name: name for name in table.columns})
    assert (entry.units, entry.constants, entry.where, entry.lacking) == ({}, {}, {}, ())
    assert (proposal.unmapped, proposal.questions) == ((), ())


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_what_is_derived_is_not_asked_for(table) -> None:  # type: ignore[no-untyped-def]
    needed = [name for name in table.required if name not in DERIVED.get(table.name, ())]
    named = [f"{name.removesuffix('_id')}_name" if name in table.parties else name for name in needed]
    entry = proposed(named, table=table.name).entries[0]
    assert (list(entry.columns.values()), entry.lacking) == (named, ())


def test_what_nobody_can_say_for_a_whole_file_is_lacking_and_stops_nobody() -> None:
    entry = first(["发票号码", "销方名称", "购方名称", "开票日期", "价税合计"])
    assert (entry.table, entry.lacking) == ("sales", ("vin",))
    assert proposed(["vin", "read_on", "remark"]).entries[0].lacking == ("km",)
    counts = first(["年月", "城市", "品牌", "车型", "能源类型", "上险数"])
    assert (counts.table, counts.lacking) == ("reported_counts", ("subject_id",))


def test_a_header_that_fits_no_table_says_what_the_nearest_one_needs() -> None:
    with pytest.raises(InputError, match="nearest is vehicles, which still needs vin"):
        proposed(["车型", "指导价(万元)"])
    for header in (["备注", "说明"], ["vin", "remark"], ["", ""]):
        with pytest.raises(InputError, match="fits no table"):
            proposed(header)


def test_columns_that_nobody_needs_do_not_make_another_table_win() -> None:
    needless = ["电话", "地址", "邮箱", "品牌", "车型", "生产日期", "城市", "联系人"]
    assert first([*SALES, *needless]).table == "sales"
    assert first(["保单号", "车架号", "被保险人", "起保日期", *needless]).table == "policies"


def test_the_user_may_name_the_table() -> None:
    proposal = proposed(["车架号", "颜色", "卖方", "买方"], table="sales")
    assert (proposal.entries[0].table, proposal.entries[0].lacking) == ("sales", ("invoiced_on",))
    with pytest.raises(InputError, match="fits no table; the nearest is payments"):
        proposed(["车架号", "颜色"], table="payments")


def test_the_parts_of_a_key_are_all_mapped_to_it_and_a_part_alone_is_no_key() -> None:
    both = first(["发票代码", "发票号码", *SALES], ["01", "17", *SALE])
    assert [text for text, column in both.columns.items() if column == "sale_id"] == ["发票代码", "发票号码"]
    alone = first(["发票代码", *SALES], ["01", *SALE])
    assert ("发票代码" in alone.columns, alone.lacking) == (False, ())


def test_an_id_that_stands_now_in_one_column_and_now_in_another_is_both_together() -> None:
    header = ["数电发票号码", "发票代码", "发票号码", *SALES]
    mixed = first(header, ["24", "", "", *SALE], ["", "01", "17", *SALE])
    assert [text for text, column in mixed.columns.items() if column == "sale_id"] == header[:3]
    twice = first(header, ["24", "01", "17", *SALE], ["25", "01", "18", *SALE])
    assert [text for text, column in twice.columns.items() if column == "sale_id"] == header[:2]
    empty = first(header, ["24", "", "", *SALE])
    assert [text for text, column in empty.columns.items() if column == "sale_id"] == header[:1]


def test_numbers_that_a_sheet_has_rounded_are_no_key_where_there_is_another() -> None:
    header = ["销售单号", "发票号码", *SALES]
    rounded = first(header, ["XS1", "2.4322E+19", *SALE], ["XS2", "2.4322E+19", *SALE])
    assert ("发票号码" in rounded.columns, rounded.columns["销售单号"]) == (False, "sale_id")
    whole = first(header, ["XS1", "24322000000000000001", *SALE])
    assert (whole.columns["发票号码"], "销售单号" in whole.columns) == ("sale_id", False)


def test_a_running_number_is_no_key_and_no_sequence() -> None:
    for running in ("序号", "No.", "Line No", "Seq", "№ п/п", "lfd. Nr."):
        assert running in proposed([running, *SALES], ["1", *SALE]).unmapped, running
    assert first(["sequence", *SALES], ["1", *SALE]).columns["sequence"] == "sequence"


def test_a_code_of_a_party_is_what_its_cells_are() -> None:
    header = ["VIN", "销方代码", "销方名称", "购方名称", "开票日期"]
    rows = [["WMVAA1AA0RA000001", code, "示例甲", "示例乙", "2024-03-02"] for code in ("D01", "D02")]
    assert "销方代码" not in first(header, *rows).columns
    assert first(header, *rows, known={"D01"}).columns["销方代码"] == "seller_id"
    with_uscc = [[row[0], code, *row[2:]] for row, code in zip(rows, USCC, strict=True)]
    assert first(header, *with_uscc).columns["销方代码"] == "seller_uscc"
    assert "Seller ID" not in first([text.replace("销方代码", "Seller ID") for text in header], *rows).columns
    assert first([text.replace("销方代码", "seller_id") for text in header], *rows).columns["seller_id"] == "seller_id"
    without_name = first([text for text in header if text != "销方名称"], *[[*row[:2], *row[3:]] for row in rows])
    assert without_name.columns["销方代码"] == "seller_id"


def test_two_columns_of_one_name_are_left_out() -> None:
    proposal = proposed([*SALES, "价税合计", "价税合计"], [*SALE, "1", "2"])
    assert ("price" in proposal.entries[0].columns.values(), proposal.unmapped) == (False, ("价税合计", "价税合计"))


def test_two_headers_that_say_one_column_equally_are_asked_about_where_their_cells_differ() -> None:
    header = [*SALES, "价税合计", "成交金额"]
    assert proposed(header, [*SALE, "2", "1"]).questions == ("price",)
    assert proposed(header, [*SALE, "2", "2"]).questions == ()
    assert proposed([*SALES, "价税合计", "金额"], [*SALE, "2", "1"]).questions == ()


def test_a_share_that_may_be_a_fraction_and_a_date_that_may_be_two_are_asked_about() -> None:
    header = ["被投资企业", "股东名称", "持股比例", "持股日期"]
    asked = proposed(header, ["示例甲公司", "示例乙", "1", "03/04/2024"])
    assert asked.questions == ("date_order", "share")
    assert (asked.entries[0].units, asked.entries[0].date_order) == ({}, None)
    decided = proposed(header, ["示例甲公司", "示例乙", "99", "13/04/2024"])
    assert decided.questions == ()
    assert (decided.entries[0].units, decided.entries[0].date_order) == ({"share": "percent"}, "dmy")


def test_a_unit_and_the_order_of_dates_are_told_by_the_last_row_as_well() -> None:
    header = ["被投资企业", "股东名称", "持股比例", "持股日期"]
    early = [["示例甲公司", "示例乙", "1", "03/04/2024"]] * (FIRST + 1)
    assert proposed(header, *early).questions == ("date_order", "share")
    decided = proposed(header, *early, ["示例甲公司", "示例乙", "99", "13/04/2024"])
    assert decided.questions == ()
    assert (decided.entries[0].units, decided.entries[0].date_order) == ({"share": "percent"}, "dmy")


def test_the_dates_of_all_columns_decide_the_order_together() -> None:
    header = [*SALES, "交车日期"]
    one = first(header, [*SALE[:3], "03/04/2024", "2024-05-01"], [*SALE[:3], "03/05/2024", "25/03/2024"])
    assert one.date_order == "dmy"


def test_a_dealer_sold_where_a_buyer_stands_beside_it_and_bought_of_a_wholesaler() -> None:
    header = ["VIN", "经销商名称", "开票日期", "价税合计"]
    assert first([*header, "客户名称"]).columns["经销商名称"] == "seller_name"
    wholesale = first(header, name="批发台账2024.xlsx")
    assert (wholesale.columns["经销商名称"], wholesale.lacking) == ("buyer_name", ())
    assert wholesale.constants == {"seller_name": "", "kind": "wholesale", "currency": "CNY"}
    assert first([*header, "供货方"]).columns["经销商名称"] == "buyer_name"
    assert proposed(header).questions == ("seller_name",)


def test_a_company_is_held_beside_its_holder_and_holds_beside_what_it_invests_in() -> None:
    held = first(["企业名称", "信用代码", "股东名称", "持股比例(%)"]).columns
    assert list(held.values()) == ["owned_name", "owned_uscc", "owner_name", "share"]
    holds = first(["企业名称", "信用代码", "被投资企业名称", "被投资企业信用代码", "持股比例(%)"]).columns
    assert list(holds.values()) == ["owner_name", "owner_uscc", "owned_name", "owned_uscc", "share"]
    both = proposed(["企业名称", "股东名称", "被投资企业名称", "持股比例(%)"])
    assert both.unmapped == ("企业名称",)


def test_a_list_of_branches_is_of_the_branches() -> None:
    assert first(["企业名称", "分支机构名称", "成立日期"]).columns["分支机构名称"] == "name"


def test_a_kind_is_said_only_where_the_name_or_the_header_says_one() -> None:
    names = {"批发.xlsx": "wholesale", "Retail_2024.csv": "retail", "二手车.csv": "resale", "销售.xlsx": ""}
    for name, kind in names.items():
        assert first(SALES, name=name).constants == {"kind": kind}, name
    for name in ("批发与零售.xlsx", "新车及二手车.xlsx", "新车.xlsx"):
        assert first(SALES, name=name).constants == {"kind": ""}, name
    assert first([*SALES, "零售价"]).constants == {"kind": ""}
    assert first([*SALES, "销售类型"], name="批发.xlsx").constants == {}


def test_the_currency_is_said_only_where_the_header_of_the_money_says_it() -> None:
    assert first([*SALES, "价税合计(USD)"]).constants == {"kind": "", "currency": "USD"}
    assert first([*SALES, "价税合计(元)"], name="USD.csv").constants == {"kind": "", "currency": "CNY"}
    assert first([*SALES, "价税合计(USD)", "币种"]).constants == {"kind": ""}


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        ("价税合计", "CNY"),
        ("成交价(万元)", "CNY"),
        ("成交价(万美元)", "USD"),
        ("成交价(港元)", "HKD"),
        ("成交价(日元)", "JPY"),
        # another land's 元, two currencies, and none
        ("成交價(元)", None),
        ("成交价(澳元)", None),
        ("成交价(美金元)", None),
        ("成交价", None),
    ],
)
def test_yuan_is_the_currency_of_the_mainland_and_of_its_tax_offices_invoices(
    header: str, currency: str | None
) -> None:
    assert first([*SALES, header]).constants.get("currency") == currency


def test_a_statement_of_one_account_is_what_was_paid_and_what_was_received() -> None:
    header = ["交易日期", "对方户名", "收支", "发生额"]
    rows = [["2024-03-02", "示例甲", "支", "10"], ["2024-03-03", "示例乙", "收", "20"]]
    out, into = proposed(header, *rows).entries
    assert (out.columns["对方户名"], out.where, out.constants) == ("payee_name", {"收支": "支"}, {"payer_name": ""})
    assert (into.columns["对方户名"], into.where, into.constants) == ("payer_name", {"收支": "收"}, {"payee_name": ""})
    assert proposed(header, *rows).questions == ()


def test_a_header_of_both_sides_of_a_payment_is_of_the_other_side_of_an_account() -> None:
    for header in ("Payer/Payee", "Beneficiary / Remitter", "收款人/付款人"):
        out, into = proposed(["交易日期", header, "金额"], ["2024-03-02", "示例甲", "-10"]).entries
        assert (out.columns[header], into.columns[header]) == ("payee_name", "payer_name")


def test_a_statement_whose_direction_nobody_can_tell_asks_for_it() -> None:
    header = ["交易日期", "对方户名", "收支", "发生额"]
    unknown = [["2024-03-02", "示例甲", "甲类", "10"], ["2024-03-03", "示例乙", "乙类", "20"]]
    assert proposed(header, *unknown).questions == ("direction",)
    signed = [[*row[:3], f"-{row[3]}"] for row in unknown]
    out, into = proposed(header, *signed).entries
    assert (out.where, into.where) == ({"发生额": "negative"}, {"发生额": "positive"})
    assert proposed(header, *signed).questions == ()


def test_less_than_nothing_between_two_named_sides_is_asked_about() -> None:
    header = ["交易日期", "付款人", "收款人", "金额"]
    assert proposed(header, ["2024-03-02", "示例甲", "示例乙", "-10"]).questions == ("direction",)
    assert proposed(header, ["2024-03-02", "示例甲", "示例乙", "10"]).questions == ()


def test_a_list_of_transfers_says_that_its_plates_are_transfers() -> None:
    entry = first(["车架号", "原车主", "现车主", "过户日期", "过户城市"])
    assert (entry.table, entry.columns["现车主"], entry.columns["过户日期"]) == (
        "registrations",
        "owner_name",
        "plated_on",
    )
    assert entry.constants == {"event": "transfer"}
    both = first(["车架号", "车主", "办理日期", "上牌城市"], name="注册转移登记明细.xlsx")
    assert both.constants == {}


def test_the_day_by_which_capital_is_due_is_no_day_of_holding() -> None:
    assert "认缴出资日期" in proposed(["企业名称", "股东名称", "持股比例", "认缴出资日期"]).unmapped


def test_a_list_with_kilometres_gives_readings_on_the_day_of_its_event() -> None:
    listing, reading = proposed(["车源号", "车架号", "商家", "上架日期", "表显里程(万公里)"]).entries
    assert (listing.units, reading.units) == ({"km": "ten_thousand"}, {"km": "ten_thousand"})
    assert dict(reading.columns) == {"车架号": "vin", "上架日期": "read_on", "表显里程(万公里)": "km"}
    assert [entry.table for entry in proposed(["车架号", "检测日期", "里程"]).entries] == ["odometer"]
    without_day = proposed(["车源号", "车架号", "商家", "表显里程(万公里)"])
    assert [entry.table for entry in without_day.entries] == ["listings"]


def test_a_company_list_gives_offices_and_holdings_too() -> None:
    header = ["企业名称", "信用代码", "城市", "法定代表人", "董事", "股东", "持股比例(%)"]
    parties, holding, *offices = proposed(header).entries
    assert (parties.table, holding.table) == ("parties", "ownership")
    company = {"企业名称": "owned_name", "信用代码": "owned_uscc", "城市": "owned_city"}
    assert dict(holding.columns) == {**company, "股东": "owner_name", "持股比例(%)": "share"}
    assert holding.units == {"share": "percent"}
    assert [office.constants["position"] for office in offices] == ["legal_representative", "director"]
    assert [office.columns.get("董事") for office in offices] == [None, "person_name"]


def test_a_header_of_one_kind_of_policy_says_its_kind() -> None:
    entry = first(["交强险保单号", "车架号", "保险公司", "被保险人", "起保日期"])
    assert (entry.columns["交强险保单号"], entry.constants, entry.where) == ("policy_id", {"kind": "compulsory"}, {})


def test_what_is_said_of_one_kind_of_policy_is_not_said_of_the_other() -> None:
    shared = ["车架号", "被保险人", "保险公司"]
    own = ["保单号（交强险）", "起保日期（交强险）", "保单号（商业险）", "起保日期（商业险）", "签单日期（商业险）"]
    compulsory, voluntary = proposed([*shared, *own]).entries
    assert [*compulsory.columns] == [*shared, *own[:2]]
    assert [*voluntary.columns] == [*shared, *own[2:]]
    assert compulsory.where == {"保单号（交强险）": "filled"}


def test_one_side_may_be_the_same_in_a_whole_file_but_not_both() -> None:
    assert first(["VIN", "开票日期", "发票号码"]).lacking == ("buyer_id",)
    assert first(["交易日期", "金额", "流水号"]).lacking == ("payer_id", "payee_id")
    ours = first(["VIN", "开票日期", "发票号码", "销方名称"])
    assert (ours.lacking, ours.constants) == ((), {"kind": "", "buyer_name": ""})


def test_goods_say_whether_a_car_is_used_only_where_every_one_of_them_does() -> None:
    header = ["报关单号", "车架号", "发货人", "出口日期", "目的国", "商品名称"]
    row = ["E1", "WMVAA1AA0RA000001", "示例甲", "2024-03-02", "示例国"]
    assert first(header, [*row, "二手小轿车"], [*row, "新车"]).columns["商品名称"] == "declared_as"
    for name, cells, said in (
        ("", ["二手小轿车", "小轿车"], ""),
        ("二手车出口.csv", ["二手小轿车", "小轿车"], "used"),
        ("二手车出口.csv", ["小轿车"], "used"),
        ("二手车出口.csv", ["小轿车", "新车"], ""),
    ):
        entry = first(header, *[[*row, cell] for cell in cells], name=name)
        assert ("商品名称" in entry.columns, entry.constants["declared_as"]) == (False, said), cells


def test_months_as_columns_are_of_the_year_that_they_or_the_file_name() -> None:
    def periods(months: list[str], name: str) -> list[str]:
        return [entry.constants["period"] for entry in proposed(["经销商", *months], name=name).entries]

    assert periods(["1月", "12月"], "2024年销量.xlsx") == ["2024-01", "2024-12"]
    assert periods(["2023年12月", "2024年1月"], "销量.xlsx") == ["2023-12", "2024-01"]
    assert periods(["2024-01", "2024/2", "202403"], "x.csv") == ["2024-01", "2024-02", "2024-03"]
    assert periods(["Jan-24", "February 2024", "Dec 23"], "x.csv") == ["2024-01", "2024-02", "2023-12"]
    assert proposed(["经销商", "1月", "2月"], name="销量.xlsx").questions == ("period",)
    assert proposed(["经销商", "1月", "2月"], name="2024年销量.xlsx").questions == ()


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_header_only_what_is_there_is_mapped_and_each_column_once(seed: int) -> None:
    rnd = random.Random(seed)
    known = reference_csv("headers")["header"].to_list()
    odd = ["", "(%)", "（）", "序号", "备注", "a/b", "\n", "%", "x" * 300, '("', "/"]
    ends = ["", "", "（元）", "(%)", " (万元)", "\n(km)"]
    header = [rnd.choice(rnd.choice([known, known, odd])) + rnd.choice(ends) for _ in range(rnd.randint(1, 20))]
    cells = ["", "-", "1", "0.5", "50%", "25/03/2024", "24.03.25", "借", "贷", "-12", "(12)", "2.4E+19", "示例甲", "²"]
    try:
        proposal = proposed(header, *[[rnd.choice(cells) for _ in header] for _ in range(3)], known={"示例甲"})
    except InputError:
        return
    for entry in proposal.entries:
        table = TABLES[entry.table]
        assert {*entry.columns, *entry.where, *entry.status} <= set(header)
        mapped = list(entry.columns.values())
        assert {*mapped, *entry.constants} <= {*table.columns, *table.companions}
        assert {column for column in mapped if mapped.count(column) > 1} <= set(table.key)
        assert not set(entry.constants) & set(mapped)
        assert set(entry.units) <= set(mapped)
