"""Dates with the name of their month, and numbers with a decimal comma, as offices and banks write them."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.decimal_commas import with_points
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Loaded, load
from graphkit.tables.sources import Source


def payments(folder: Path, rows: list[tuple[str, str]]) -> Loaded:
    path = folder / "payments.csv"
    lines = [f'A GmbH,B GmbH,"{day}","{amount}"' for day, amount in rows]
    path.write_text("\n".join(["payer_name,payee_name,paid_on,amount", *lines]) + "\n", encoding="utf-8")
    names = ("payer_name", "payee_name", "paid_on", "amount")
    return load(TABLES["payments"], [Source("s1", path.name, path, dict(zip(names, names, strict=True)))])


@pytest.mark.parametrize(
    "text",
    [
        "12. März 2024",
        "12 März 2024",
        "12. Mrz. 2024",
        "12 марта 2024 г.",
        "12 марта 2024 года",
        "12 марта 2024",
        "March 12, 2024",
        "12 March 2024",
        "Mar. 12, 2024",
        "12th March 2024",
        "12-Mar-2024 10:30",
        "12 марта 2024 г. 10:30",
    ],
)
def test_a_date_with_the_name_of_its_month_is_that_day(tmp_path: Path, text: str) -> None:
    assert payments(tmp_path, [(text, "1")]).rows["paid_on"].to_list() == [date(2024, 3, 12)]


@pytest.mark.parametrize(
    ("text", "month"),
    [("1 мая 2024 г.", 5), ("1. Mai 2024", 5), ("1. Juni 2024", 6), ("1 июля 2024", 7), ("1. Dezember 2024", 12)],
)
def test_each_month_is_known_by_its_name(tmp_path: Path, text: str, month: int) -> None:
    assert payments(tmp_path, [(text, "1")]).rows["paid_on"].to_list() == [date(2024, month, 1)]


@pytest.mark.parametrize("text", ["12 Marathon 2024", "31 Feb 2024", "12 марш 2024"])
def test_what_is_no_month_is_no_date(tmp_path: Path, text: str) -> None:
    assert payments(tmp_path, [(text, "1")]).quarantine["column"].to_list() == ["paid_on"]


def test_the_decimal_comma_is_decided_for_a_column(tmp_path: Path) -> None:
    cells = ["1.234,56", "12.345", "-0,50", "1 234 567,8", "7"]
    found = payments(tmp_path, [(f"2024-01-0{day}", cell) for day, cell in enumerate(cells, start=1)])
    assert found.rows.sort("line")["amount"].to_list() == [1_234.56, 12_345, -0.5, 1_234_567.8, 7]


@pytest.mark.parametrize("other", ["1,234.56", "12.5", "3,500", "1,234,567", "0.125"])
def test_one_number_that_is_written_otherwise_leaves_the_column_as_it_is(other: str) -> None:
    cells = pl.Series(["1.234,56", other])
    assert with_points(cells).to_list() == cells.to_list()


def test_shares_with_a_comma_are_shares(tmp_path: Path) -> None:
    path = tmp_path / "holders.csv"
    path.write_text('a,b,c\nA GmbH,B GmbH,"33,33 %"\nC GmbH,B GmbH,"50 %"\n', encoding="utf-8")
    source = Source("s1", path.name, path, {"a": "owner_name", "b": "owned_name", "c": "share"}, {"share": "percent"})
    assert sorted(load(TABLES["ownership"], [source]).rows["share"]) == [333_300, 500_000]
