"""Cells to values: dates, shares, numbers, words; what cannot be read is a named failure."""

import csv
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.tables.dates import day_of, moment_of
from graphkit.tables.inputs import TABLES
from graphkit.tables.parsing import parse
from graphkit.tables.reference import reference_csv
from graphkit.tables.sheet_formats import EPOCH_1900

DATA = Path(__file__).parent / "data"


def parsed(table: str, field: str, text: str | None, unit: str | None = None) -> tuple[Any, bool, str | None]:
    how = parse(TABLES[table], field, unit)
    frame = pl.DataFrame({field: [text]}, schema={field: pl.String})
    return frame.select(value=how.value, failed=how.failed, reason=how.reason).row(0)


with (DATA / "dates.csv").open(encoding="utf-8", newline="") as stream:
    DATES = [(row["text"], row["day"]) for row in csv.DictReader(stream)]


@pytest.mark.parametrize(("text", "day"), DATES)
def test_every_form_of_date_is_a_date_or_a_failure(text: str, day: str) -> None:
    found = pl.DataFrame({"d": [text]}).select(day_of(pl.col("d"), EPOCH_1900)).item()
    assert found == (date.fromisoformat(day) if day else None)


@given(st.dates(date(1800, 1, 1), date(2199, 12, 31)))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_a_day_is_the_same_in_every_spelling(day: date) -> None:
    year, month, number = day.year, day.month, day.day
    spellings = [day.isoformat(), f"{year}/{month}/{number}", f"{year}年{month}月{number}日", f"{day:%Y%m%d}"]
    days = pl.DataFrame({"d": spellings}).select(day_of(pl.col("d"))).to_series()
    assert days.to_list() == [day] * len(spellings)


def test_moments_keep_the_time_of_day() -> None:
    texts = ["2024-01-05T10:30:00.123456789Z", "2024-01-05 9:05:00.5", "2024-01-05 23:59:59.05"]
    texts += ["2024-01-05", "2024-01-05 24:00", "45296.25"]
    moments = pl.DataFrame({"t": texts}).select(moment_of(pl.col("t"), EPOCH_1900)).to_series()
    assert moments.to_list() == [
        datetime(2024, 1, 5, 10, 30, 0, 123456),
        datetime(2024, 1, 5, 9, 5, 0, 500_000),
        datetime(2024, 1, 5, 23, 59, 59, 50_000),
        datetime(2024, 1, 5),
        None,
        datetime(2024, 1, 5, 6),
    ]


def test_a_wrong_date_names_its_column_its_text_and_what_was_expected() -> None:
    value, failed, reason = parsed("sales", "invoiced_on", "2024-13-01")
    assert (value, failed) == (None, True)
    assert reason is not None and reason.startswith("invoiced_on: '2024-13-01' is not a date such as 2024-01-05")


@pytest.mark.parametrize(
    ("table", "field", "text", "value"),
    [
        ("ownership", "share", "15%", 150_000),
        ("ownership", "share", "１５％", 150_000),
        ("ownership", "share", "0.15", 150_000),
        ("ownership", "share", ".5", 500_000),
        ("ownership", "share", "50.0000%", 500_000),
        ("ownership", "share", "19.99%", 199_900),
        ("ownership", "share", "1", 1_000_000),
        ("ownership", "share", "0", 0),
        ("ownership", "share", "0.333333333333", 333_333),
        ("ownership", "share", "15", None),
        ("ownership", "share", "-0.1", None),
        ("ownership", "share", "100.01%", None),
        ("ownership", "share", "%", None),
        ("ownership", "share", "half", None),
        ("odometer", "km", "1,200", 1200),
        ("odometer", "km", "12.0", 12),
        ("odometer", "km", "12,00", None),
        ("odometer", "km", "-3", None),
        ("odometer", "km", "99999999999999999999", None),
        ("sales", "price", "1,234,567.89", 1234567.89),
        ("sales", "price", "￥100", 100.0),
        ("sales", "price", "-100", -100.0),
        ("sales", "price", "1.234,50", None),
        ("sales", "price", "inf", None),
        ("sales", "price", ".", None),
        ("sales", "price_includes_vat", "是", True),
        ("sales", "price_includes_vat", "NO", False),
        ("sales", "price_includes_vat", "1", True),
        ("sales", "price_includes_vat", "maybe", None),
        ("sales", "kind", "Trade-In", "trade_in"),
        ("sales", "kind", "零售", "retail"),
        ("sales", "kind", "gift", None),
        ("policies", "kind", "交强险", "compulsory"),
        ("registrations", "use", "网约车", "ride_hailing"),
        ("registrations", "event", "re registration", "re_registration"),
        ("parties", "roles", "经销商；Exporter,dealer", "dealer;exporter"),
        ("parties", "roles", "经销商/Exporter|insurer、vendor", "dealer;exporter;insurer;vendor"),
        ("parties", "roles", "dealer;wizard", None),
        ("parties", "birth_year", "1980", 1980),
        ("sales", "vin", "lmvaa1aa0ra000001", "LMVAA1AA0RA000001"),
        ("sales", "vin", "LMVAA1AA0RAO00001", None),
        ("sales", "seller_name", "北辰汽贸", "北辰汽贸"),
    ],
)
def test_a_cell_is_its_value_or_a_failure(table: str, field: str, text: str, value: Any) -> None:
    found, failed, _ = parsed(table, field, text)
    assert (found, failed) == (value, value is None)


def test_an_empty_cell_is_no_failure() -> None:
    for table in TABLES.values():
        for field in table.columns:
            assert parsed(table.name, field, None)[:2] == (None, False), (table.name, field)


def test_a_unit_in_the_mapping_makes_bare_numbers_percent() -> None:
    assert parsed("ownership", "share", "15", "percent")[0] == 150_000
    assert parsed("ownership", "share", "0.5", "percent")[0] == 5_000
    assert parsed("ownership", "share", "15%", "percent")[0] == 150_000
    assert parsed("ownership", "share", "101", "percent")[1]


@pytest.mark.no_cover
@given(st.decimals(0, 1, places=9))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_shares_are_exact_parts_per_million(share: Decimal) -> None:
    exact = share * 1_000_000
    nearest = {int(exact.quantize(Decimal(1), how)) for how in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
    assert parsed("ownership", "share", f"{share:f}")[0] in nearest
    assert parsed("ownership", "share", f"{share * 100:f}%")[0] in nearest


def test_every_packaged_word_means_a_value_of_its_column() -> None:
    for table, field, word, value in reference_csv("words").rows():
        of = [table] if table != "*" else [name for name, one in TABLES.items() if field in one.columns]
        assert of, field
        for name in of:
            assert parsed(name, field, word)[0] == value, (name, field, word)


def test_every_packaged_word_has_one_meaning_and_is_no_word_for_nothing() -> None:
    words = reference_csv("words")
    assert words.select(pl.struct("table", "field", "word").is_unique().all()).item()
    everywhere = words.filter(table="*").select("field", "word")
    assert words.filter(pl.col("table") != "*").join(everywhere, on=["field", "word"]).is_empty()
    assert not set(words["word"]) & set(reference_csv("null_words").filter(pl.col("only_in").is_null())["word"])


@pytest.mark.parametrize(
    ("table", "field", "text", "value"),
    [
        ("policies", "use", "家庭自用汽车", "private"),
        ("policies", "use", "非营业企业客车", "private"),
        ("policies", "use", "营业出租租赁", "rental"),
        ("policies", "use", "Non-commercial, Corporate", "private"),
        ("policies", "use", "Commercial Lease/Rental", "rental"),
        ("policies", "use", "Test Drive", "demo"),
        ("policies", "use", "A", None),
        ("registrations", "use", "A", "private"),
        ("registrations", "use", "g", "rental"),
        ("registrations", "use", "营转非", "private"),
        ("policies", "kind", "机动车综合商业保险", "voluntary"),
        ("policies", "kind", "CTP", "compulsory"),
        ("positions", "position", "财务负责人", "other"),
        ("registrations", "event", "转移登记", "transfer"),
        ("exports", "declared_as", "二手小轿车", "used"),
        ("declared_stock", "status", "试乘试驾", "demo"),
        ("payments", "currency", "人民币", "CNY"),
        ("payments", "currency", "RMB", "CNY"),
        ("sales", "currency", "￥", "CNY"),
        ("sales", "currency", "US$", "USD"),
        ("sales", "currency", "chf", "CHF"),
        ("sales", "currency", "$", "$"),
    ],
)
def test_a_word_of_the_trade_is_its_value(table: str, field: str, text: str, value: str | None) -> None:
    assert parsed(table, field, text)[0] == value
