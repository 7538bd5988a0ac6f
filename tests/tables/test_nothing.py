"""What holds nothing: null words in every column, null days in every date column, and words that do mean something."""

from typing import Any

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.nothing import without_nothing
from graphkit.tables.reference import reference_csv

MAY_NEVER_COME = (
    ("parties", "dissolved_on"),
    ("ownership", "valid_to"),
    ("positions", "valid_to"),
    ("control_agreements", "valid_to"),
    ("sales", "handed_over_on"),
    ("policies", "ends_on"),
    ("policies", "cancelled_on"),
    ("registrations", "deregistered_on"),
    ("registrations", "awaiting_export_on"),
    ("exports", "applied_on"),
    ("exports", "licensed_on"),
    ("declared_stock", "valid_to"),
)


def left(table: str, field: str, *cells: str) -> list[str]:
    """The cells that still hold something."""
    frame = pl.DataFrame({field: list(cells)})
    found = frame.select(without_nothing(pl.col(field), TABLES[table], field))[field]
    return found.drop_nulls().to_list()


WORDS = ("NULL", "null", "N/A", "n/a", "NaN", "None", "NIL", "-", "－", "--", "——", "/", "／", "无", "暂无", "未公开")


def test_a_null_word_is_nothing_in_every_column_of_every_table() -> None:
    for table in TABLES.values():
        for field in (*table.columns, *table.companions):
            is_flag = table.columns.get(field) is not None and table.columns[field].dtype == pl.Boolean()
            assert left(table.name, field, *WORDS) == (["无"] if is_flag else []), (table.name, field)


def test_namibia_and_a_word_that_only_begins_like_a_null_word_are_kept() -> None:
    assert left("exports", "destination", "NA", "N/A") == ["NA"]
    assert left("parties", "country", "NA") == ["NA"]
    assert left("parties", "city", "NA") == []
    assert left("parties", "name", "无锡示例公司", "-1", "Nullmeier", "Nilsson") == [
        "无锡示例公司", "-1", "Nullmeier", "Nilsson",
    ]  # fmt: skip


def test_a_word_for_no_end_is_nothing_only_where_something_ends() -> None:
    assert left("ownership", "valid_to", "至今", "长期", "Present", "在用") == []
    assert left("ownership", "valid_from", "至今") == ["至今"]
    assert left("parties", "dissolved_on", "存续", "至今") == ["至今"]
    assert left("policies", "use", "在用") == ["在用"]


def test_no_word_is_listed_twice_and_each_stands_in_its_plain_spelling() -> None:
    words = reference_csv("null_words")
    assert words["word"].is_unique().all()
    assert words["word"].to_list() == words["word"].str.to_lowercase().to_list()


NULL_DAYS = (
    "1900-01-01", "1900/1/1", "1900.01.01", "1900年1月1日", "19000101", "1900-01-01 00:00:00", "1900-01-01T00:00:00Z",
    "1/1/1900 12:00:00 AM", "01.01.1900", "01-Jan-1900", "1900-01-00", "0000-00-00", "00000000", "0", "0.0",
    "0001-01-01T00:00:00", "1899-12-30", "31.12.1899", "0:00", "00:00:00", "１９００－０１－０１",
)  # fmt: skip
NO_END = (
    "9999-12-31", "99991231", "31/12/9999", "12/31/9999 00:00", "1970-01-01", "1970-01-01 08:00:00", "25569",
    "2958465.0",
)  # fmt: skip
REAL_DAYS = ("1900-01-02", "1900-11-01", "1899-12-29", "2024-01-05 00:00:00", "2000-01-01", "1970-01-02", "1900-10-10")


def date_columns() -> list[tuple[str, str]]:
    dates = (pl.Date(), pl.Datetime("us"))
    return [
        (table.name, name) for table in TABLES.values() for name, one in table.columns.items() if one.dtype in dates
    ]


def test_a_null_day_is_nothing_in_every_date_column_and_a_real_day_stays() -> None:
    for table, field in date_columns():
        assert left(table, field, *NULL_DAYS, *REAL_DAYS) == list(REAL_DAYS), (table, field)


def test_the_first_and_the_last_day_of_a_calendar_are_no_end_where_an_end_may_never_come() -> None:
    for table, field in date_columns():
        expected: list[Any] = [] if (table, field) in MAY_NEVER_COME else list(NO_END)
        assert left(table, field, *NO_END) == expected, (table, field)


@pytest.mark.parametrize("field", ["sale_id", "price"])
def test_a_null_day_in_a_column_that_holds_no_day_is_kept(field: str) -> None:
    assert left("sales", field, "0", "00000000") == ["0", "00000000"]
