"""Register rows that cannot be as they stand: each is told once for each reason, with its own ends and line."""

from datetime import date
from typing import Any

import polars as pl

from graphkit.parties.contradictions import contradictions
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES

SINCE, LATER = date(2020, 1, 1), date(2021, 7, 1)


def loaded(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    lined = [{"row_key": f"{name}{at}", "source_id": "f", "line": at + 2} for at in range(len(rows))]
    return pl.DataFrame([dict.fromkeys(schema) | at | row for at, row in zip(lined, rows, strict=True)], schema=schema)


def holding(owner: str, owned: str, percent: int | None, since: date | None = SINCE, **more: Any) -> dict[str, Any]:
    share = None if percent is None else percent * 10_000
    return {"owner_id": owner, "owned_id": owned, "share": share, "valid_from": since} | more


def told(holdings: list[dict[str, Any]], kin: list[tuple[str, str]] | None = None) -> list[tuple[Any, ...]]:
    kinds = {"A": "company", "B": "company", "C": "company", "P": "person"}
    identities = pl.DataFrame({"party_id": list(kinds), "canonical_id": list(kinds), "kind": list(kinds.values())})
    family = [{"person_id": one, "relative_id": other, "relation": "spouse"} for one, other in kin or []]
    tables = {"ownership": loaded("ownership", *holdings), "kinship": loaded("kinship", *family)}
    found = contradictions(tables, identities, Coverage(), date(2025, 12, 31))
    return found.select("table", "row_key", "from_id", "to_id", "source_id", "line", "reason").rows()


def test_a_person_owned_oneself_owned_and_oneself_related_are_told_with_their_line() -> None:
    rows = [holding("A", "P", 10), holding("A", "A", 10), holding("P", "A", 60), holding("A", "B", 60)]
    assert told(rows, [("P", "P"), ("P", "Q")]) == [
        ("kinship", "kinship0", "P", "P", "f", 2, "a person is no relative of itself"),
        ("ownership", "ownership0", "A", "P", "f", 2, "a person cannot be owned"),
        ("ownership", "ownership1", "A", "A", "f", 3, "a company cannot own itself"),
    ]


def test_holders_of_more_than_the_whole_are_each_told_from_when_on_and_how_much_once() -> None:
    rows = [holding("A", "C", 60), holding("B", "C", 41, LATER), holding("P", "C", 9, date(2022, 1, 1)),
            holding("A", "B", 60), holding("P", "B", 40), holding("B", "A", 100, SINCE, valid_to=date(2020, 6, 30)),
            holding("P", "A", 100, date(2020, 7, 1))]  # fmt: skip
    reason = "from 2021-07-01 on its holders together have 101.0 %"
    later = "from 2022-01-01 on its holders together have 110.0 %"
    assert told(rows) == [
        ("ownership", "ownership0", "A", "C", "f", 2, reason),
        ("ownership", "ownership1", "B", "C", "f", 3, reason),
        # it holds its part only since the second period
        ("ownership", "ownership2", "P", "C", "f", 4, later),
    ]


def test_exactly_the_whole_and_what_is_not_certain_contradict_nothing() -> None:
    assert told([holding("A", "C", 60), holding("B", "C", 40), holding("P", "C", None)]) == []
    # without a day nobody knows whether it was held then
    assert told([holding("A", "C", 60), holding("B", "C", 41, None)]) == []
