"""Amounts that say their own unit: read each by it where every number of the column says one, else as before."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Loaded, load
from graphkit.tables.own_units import own_amounts
from graphkit.tables.sources import Source

VIN = "WMVAA1AA0RA00000"


def capitals(folder: Path, cells: list[str], units: dict[str, str] | None = None) -> Loaded:
    path = folder / "companies.csv"
    rows = "".join(f'示例{number}有限公司,"{cell}"\n' for number, cell in enumerate(cells))
    path.write_text(f"企业名称,注册资本\n{rows}", encoding="utf-8")
    return load(
        TABLES["parties"], [Source("s1", path.name, path, {"企业名称": "name", "注册资本": "capital"}, units or {})]
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2000.000000万元人民币", "200万元人民币"], [20_000_000, 2_000_000]),
        (["500万美元", "1,000万港元", "-", "100万元"], [5_000_000, 10_000_000, None, 1_000_000]),
        (["1.5亿元", "３００万人民币", "2000000元"], [150_000_000, 3_000_000, 2_000_000]),
        (["EUR 25 thousand", "USD 1.5 million"], [25_000, 1_500_000]),
        (["10 тыс. руб.", "2 млн руб."], [10_000, 2_000_000]),
        # what is no amount costs its cell alone
        (["50万元人民币", "见章程"], [500_000, None]),
    ],
)
def test_each_amount_is_read_by_the_unit_that_it_says(
    tmp_path: Path, cells: list[str], expected: list[float | None]
) -> None:
    assert capitals(tmp_path, cells).rows.sort("line")["capital"].to_list() == expected


def test_beside_a_bare_number_an_amount_with_a_unit_is_no_proof_of_either(tmp_path: Path) -> None:
    found = capitals(tmp_path, ["200万元人民币", "300"])
    assert found.rows.sort("line")["capital"].to_list() == [None, 300]
    assert found.unread["text"].to_list() == ["200万元人民币"]


def test_a_header_with_the_unit_of_all_cells_counts_once_and_one_with_another_is_told(tmp_path: Path) -> None:
    cells = ["200万元", "500万美元"]
    same = capitals(tmp_path, cells, {"capital": "ten_thousand"})
    assert same.rows.sort("line")["capital"].to_list() == [2_000_000, 5_000_000]
    other = capitals(tmp_path, cells, {"capital": "thousand"})
    assert other.rows["capital"].to_list() == [None, None]


def test_the_currency_of_an_amount_is_that_of_its_row_and_no_other(tmp_path: Path) -> None:
    header = "vin,卖方,买方,日期,价款,币种"
    columns = dict(
        zip(header.split(","), ("vin", "seller_name", "buyer_name", "invoiced_on", "price", "currency"), strict=True)
    )
    rows = [
        f"{VIN}{number},甲,乙,2024-01-05,{price},{money}"
        for number, (price, money) in enumerate([("12.5万元", ""), ("2万美元", "USD"), ("3万美元", "CNY")])
    ]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = load(TABLES["sales"], [Source("s1", path.name, path, columns, constants={"kind": "resale"})])
    assert found.rows.select("price", "currency").rows() == [(125_000, "CNY"), (20_000, "USD"), (None, "CNY")]
    assert found.unread["text"].to_list() == ["3万美元"]


def test_numbers_without_words_are_not_touched() -> None:
    assert own_amounts(pl.Series(["1,200.00", "(300)", None])) is None
