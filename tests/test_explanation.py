"""An explanation is told whole, and each row that it cites stands beside the words of its own file and line."""

from typing import Any

import polars as pl

from graphkit.explanation import SHOWN, Explanation, Section, cited, row_text
from graphkit.tables.inputs import TABLES

FILES = {"s": "sales.csv", "p": "parties.csv"}


def loaded(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


READ = {
    "sales": loaded(
        "sales",
        {"row_key": "1", "sale_id": "S1", "vin": "V", "source_id": "s", "line": 9},
        {"row_key": "2", "sale_id": "S2", "source_id": "gone", "line": 7},
        # the same row of a second file
        {"row_key": "1", "sale_id": "S1", "vin": "V", "source_id": "p", "line": 3},
    ),
    "parties": loaded("parties", {"row_key": "1", "party_id": "D1", "source_id": "p", "line": 2}),
}


def test_each_key_is_cited_with_the_row_of_its_own_table_in_the_order_given() -> None:
    # where the keys come from themselves says nothing of the row that they name
    keys = pl.DataFrame(
        {"table": ["parties", "sales", "other", "sales", "sales"], "row_key": ["1", "2", "1", "1", "9"], "n": range(5)}
    ).with_columns(source_id=pl.lit("x"), line=pl.lit(1))
    told = cited(keys, READ, FILES)
    assert told.columns == ["table", "row_key", "n", "file", "line", "says"]
    assert told.select("n", "file", "line", "says").rows() == [
        (0, "parties.csv", 2, "party_id=D1"),
        # a file that is no source any more goes by its id
        (1, "gone", 7, "sale_id=S2"),
        (2, None, None, None),
        (3, "sales.csv", 9, "sale_id=S1"),
        (4, None, None, None),
    ]


def test_only_so_many_rows_are_looked_up_as_are_asked_for() -> None:
    keys = pl.DataFrame({"table": ["sales"] * 3, "row_key": ["2", "1", "2"]})
    assert cited(keys, READ, FILES, keep=2)["line"].to_list() == [7, 9]
    assert cited(keys.clear(), READ, FILES).columns == ["table", "row_key", "file", "line", "says"]


def test_a_row_says_what_it_holds_and_neither_its_car_nor_where_it_came_from() -> None:
    row = loaded("sales", {"row_key": "1", "sale_id": "S1", "vin": "V", "price": 5.0, "source_id": "s", "line": 9})
    assert row.select(row_text(row, "sales")).item() == "sale_id=S1; price=5.0"
    named = row.with_columns(buyer_name=pl.lit("示例"))
    assert named.select(row_text(named, "sales")).item() == "sale_id=S1; price=5.0; buyer_name=示例"


def test_its_text_has_every_section_with_its_first_rows_and_says_how_many_more() -> None:
    def rows(number: int) -> pl.DataFrame:
        return pl.DataFrame({"n": range(number), "none": [None] * number, "word": ["x"] * number})

    sections = (
        Section("A", ("said",), rows(SHOWN)), Section("B", (), rows(SHOWN + 1_001)), Section("C"),
        Section("D", (), rows(0)), Section("E", ("alone",)),
    )  # fmt: skip
    told = Explanation("kind", "id", "title", sections)
    lines = str(told).split("\n")
    assert lines[:5] == ["title", "", "A", "  said", "  0 · x"]
    assert lines[3 + SHOWN : 3 + SHOWN + 4] == [f"  {SHOWN - 1} · x", "", "B", "  0 · x"]
    assert lines[-10:] == ["  … and 1,001 more", "", "C", "  none", "", "D", "  none", "", "E", "  alone"]
    assert len(told.rows("B")) == SHOWN + 1_001
    assert told.rows("E").empty and told.rows("nothing").empty
