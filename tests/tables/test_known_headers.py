"""Headers to columns: English, Chinese, party ids and names, and the packaged spellings."""

from collections.abc import Collection

import dataframely as dy
import polars as pl
import pytest

from graphkit.tables.headers import BESIDE, is_running_number, key
from graphkit.tables.inputs import TABLES
from graphkit.tables.proposal import Entry, propose_entries
from graphkit.tables.reference import reference_csv

NOTHING = pl.DataFrame()


def read(header: list[str], sample: pl.DataFrame, known_party_ids: Collection[str] = ()) -> Entry:
    return propose_entries(header, sample, known_party_ids).entries[0]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_required_columns_alone_are_enough_also_with_names_for_parties(table) -> None:  # type: ignore[no-untyped-def]
    named = [f"{name.removesuffix('_id')}_name" if name in table.parties else name for name in table.required]
    for header in (table.required, named):
        proposal = propose_entries(header, NOTHING)
        assert (proposal.entries[0].table, proposal.entries[0].lacking) == (table.name, ())


def test_chinese_headers_with_brackets_and_units() -> None:
    header = [
        "发票号码",
        "车架号（VIN）",
        "销售方名称",
        "销售方统一社会信用代码",
        "购买方名称",
        "销售类型",
        "开票日期",
        "价格(元)",
        "备注",
    ]
    proposal = propose_entries(header, NOTHING)
    assert proposal.entries[0].table == "sales"
    assert list(proposal.entries[0].columns.values()) == [
        "sale_id",
        "vin",
        "seller_name",
        "seller_uscc",
        "buyer_name",
        "kind",
        "invoiced_on",
        "price",
    ]
    assert proposal.unmapped == ("备注",)


def test_case_spaces_and_underscores_do_not_matter() -> None:
    assert dict(read(["VIN", "Read On", "K_M"], NOTHING).columns) == {
        "VIN": "vin",
        "Read On": "read_on",
        "K_M": "km",
    }


def test_a_percent_sign_in_the_header_is_the_unit() -> None:
    for share in ("持股比例(%)", "持股比例（％）", "持股比例(百分比)", "Share (Percent)", "share [pct]"):
        assert read(["股东", "被投资企业", share], NOTHING).units == {"share": "percent"}, share
    assert read(["股东", "被投资企业", "持股比例"], NOTHING).units == {}


def test_a_party_column_of_known_ids_is_an_id_else_a_name() -> None:
    header = ["sale_id", "vin", "seller", "buyer", "kind", "invoiced_on"]
    sample = pl.DataFrame({"c2": ["D01", "D02", "D01"], "c3": ["海港车行", "D01", "远山租赁"]})
    columns = read(header, sample, known_party_ids={"D01", "D02"}).columns
    assert (columns["seller"], columns["buyer"]) == ("seller_id", "buyer_name")
    # half of its values are enough
    columns = read(header, sample.head(2), known_party_ids={"D01"}).columns
    assert (columns["seller"], columns["buyer"]) == ("seller_id", "buyer_id")


def test_beside_an_explicit_id_header_the_bare_one_is_a_name_and_an_explicit_name_is_one_whatever_its_values() -> None:
    header = ["sale_id", "vin", "seller_id", "seller", "buyer_name", "kind", "invoiced_on"]
    sample = pl.DataFrame({"c2": ["D01"], "c3": ["北辰汽贸"], "c4": ["D01"]})
    columns = read(header, sample, known_party_ids={"D01"}).columns
    assert (columns["seller_id"], columns["seller"], columns["buyer_name"]) == (
        "seller_id",
        "seller_name",
        "buyer_name",
    )


def test_beside_an_explicit_name_header_the_bare_one_is_the_id_where_its_cells_look_like_ids() -> None:
    header = ["sale_id", "vin", "seller", "seller_name", "buyer", "buyer_id", "kind", "invoiced_on"]
    columns = read(header, pl.DataFrame({"c2": ["D01"], "c3": ["北辰汽贸"]})).columns
    assert [columns[text] for text in ("seller", "seller_name", "buyer", "buyer_id")] == [
        "seller_id", "seller_name", "buyer_name", "buyer_id",
    ]  # fmt: skip


def test_every_packaged_header_belongs_to_a_column_of_its_table_or_to_what_lies_beside_it() -> None:
    for table, field, header, rank in reference_csv("headers").rows():
        of_tables = [TABLES[name] for name in (TABLES if table == "*" else [table])]
        fields = {field for one in of_tables for field in (*one.columns, *one.companions, *BESIDE.get(one.name, ()))}
        assert field in fields, (table, field)
        assert header == header.strip()
        assert rank in {None, "0", "2", "3", "part"}


def test_no_bare_spelling_means_two_columns_of_one_table() -> None:
    meant: dict[tuple[str, str], str] = {}
    for table, field, header, _ in reference_csv("headers").rows():
        assert meant.setdefault((table, key(header)), field) == field, (table, header)


def test_a_part_of_a_key_is_a_part_of_a_text_column_of_the_key() -> None:
    for table, field, _, rank in reference_csv("headers").rows():
        if rank == "part":
            assert field in TABLES[table].key
            assert isinstance(TABLES[table].columns[field], dy.String)


def test_no_header_of_a_running_number_is_a_known_one() -> None:
    headers = reference_csv("headers")["header"]
    assert [header for header in headers if is_running_number(header)] == []
    for header in ("序号", "Seq", "Line No", "No", "№ п/п", "lfd. Nr.", "#"):
        assert is_running_number(header), header
        columns = read(["sale_id", "vin", "seller", "buyer", "kind", "invoiced_on", header], NOTHING).columns
        assert header not in columns


def test_of_two_headers_of_one_column_the_better_known_is_meant() -> None:
    columns = read(["payment_id", "payer", "payee", "paid_on", "amount", "摘要", "用途"], NOTHING).columns
    assert ("摘要" in columns, columns["用途"]) == (False, "purpose")
