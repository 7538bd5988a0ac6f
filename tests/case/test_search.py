"""What a piece of a name or number finds, and which day a case without coverage looks from."""

from datetime import date

import polars as pl
import pytest

from graphkit.case import search as search_module
from graphkit.case.last_day import last_day
from graphkit.case.search import search
from graphkit.tables.inputs import TABLES

TABLES_HELD = {
    "vehicles": pl.DataFrame({"vin": ["LSAAA1230R0000001"]}),
    "sales": pl.DataFrame({"vin": ["LSAAA1230R0000001", "LSAAA1230R0000009"], "sale_id": ["S-0001", "T2"]}),
    "ownership": pl.DataFrame({"owner_id": ["S-0001"], "owned_id": ["D1"]}),
}
PARTIES = pl.DataFrame(
    {
        "party_id": ["P2", "D1", "X0001"],
        "name": ["示例 Ｍotors", "另一个", None],
        "uscc": [None, "91990000MA0000001X", None],
        "lei": [None, None, "213800KUD8LAJWSQ9D15"],
    }
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0001", [("party", "D1"), ("party", "X0001"), ("vehicle", "LSAAA1230R0000001"), ("document", "S-0001")]),
        (" s - 0001", [("document", "S-0001")]),
        ("示例motors", [("party", "P2")]),
        ("ｍＯＴＯＲＳ", [("party", "P2")]),
        ("8lajw", [("party", "X0001")]),
        ("lsaaa1230r0000009", [("vehicle", "LSAAA1230R0000009")]),
        ("t2", [("document", "T2")]),
        ("nothing of this", []),
        (" ", []),
        ("", []),
    ],
)
def test_names_codes_cars_and_documents_are_found_whatever_their_width_case_and_spaces(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert search(text, TABLES_HELD, PARTIES).select("kind", "id").rows() == found


def test_what_was_found_says_where_and_by_what_and_each_is_given_once() -> None:
    both = PARTIES.with_columns(name=pl.col("party_id"))
    assert search("d1", TABLES_HELD, both).rows() == [
        ("party", "D1", "D1", "D1", "parties"),
        ("party", "X0001", "X0001", "213800KUD8LAJWSQ9D15", "parties"),
    ]
    (car,) = search("0000009", TABLES_HELD, PARTIES).rows()
    assert car == ("vehicle", "LSAAA1230R0000009", None, "LSAAA1230R0000009", "sales")


def test_a_text_that_matches_too_much_gives_the_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "MOST", 2)
    assert search("0001", TABLES_HELD, PARTIES)["id"].to_list() == ["D1", "X0001"]


@pytest.mark.parametrize(
    ("sold", "exported", "periods", "day"),
    [
        (None, None, [], None),
        (date(2025, 3, 1), date(2025, 2, 1), [], date(2025, 3, 1)),
        (date(2025, 3, 1), date(2025, 4, 1), ["2024"], date(2025, 4, 1)),
        (date(2025, 3, 1), None, ["2024-12", "2025"], date(2025, 12, 31)),
        (None, None, ["2024-11/2025-02", "2025-01"], date(2025, 2, 28)),
    ],
)
def test_the_last_day_is_that_of_the_latest_row_or_reported_period(
    sold: date | None, exported: date | None, periods: list[str], day: date | None
) -> None:
    tables = {name: table.empty() for name, table in TABLES.items()}
    tables["sales"] = pl.DataFrame({"invoiced_on": [sold]}, schema={"invoiced_on": pl.Date})
    tables["exports"] = pl.DataFrame({"cleared_on": [exported]}, schema={"cleared_on": pl.Date})
    tables["reported_counts"] = pl.DataFrame({"period": periods}, schema={"period": pl.String})
    assert last_day(tables) == day
