"""What stands beside the picture for a party, on findings and hits that can be counted by eye."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.tables.outputs import SHAPES
from graphkit.views import panels
from graphkit.views.cars import Cars
from graphkit.views.frames import Frames
from graphkit.views.panels import _shares, party_panels

FACTS = ("roles", "city", "score", "band", "flagged", "gate_failed", "exculpatory", "missing", "is_stub")
DAY = date(2025, 1, 7)


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = SHAPES[name].schema
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=dict(schema))


def told(hits: list[dict[str, Any]], **frames: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The panels of D1 and C1."""
    parties = pl.DataFrame([dict.fromkeys(FACTS) | {"party_id": who, "units": 1} for who in ("D1", "C1")])
    cars = Cars(pl.Series("vin", [], dtype=pl.String), shaped("hits", hits), pl.Series([], dtype=pl.String), 0)
    results = {name: shaped(name, rows) for name, rows in frames.items()}
    return party_panels(parties, cars, {"h1": [[0, 5]]}, Frames(results, {}))


def hit(name: str, vin: str, who: str, other: str | None, day: date | None = DAY) -> dict[str, Any]:
    return {
        "hit_id": name, "detector": "pre_insured", "subject_id": vin, "accountable_id": who, "counterparty_id": other,
        "on_date": day, "value": 3.0, "value_unit": "days", "reason": f"why {name}",
    }  # fmt: skip


def test_a_car_is_listed_with_who_answers_for_it_and_at_its_other_side_and_never_twice_with_one() -> None:
    hits = [
        hit("h2", "V2", "D1", "C1", date(2025, 2, 1)), hit("h1", "V1", "D1", "D1"), hit("h3", "V3", "D1", None),
        hit("h4", "V4", "X", "C1"), hit("h5", "V0", "D1", "X", date(2025, 2, 1)),
    ]  # fmt: skip
    found = told(hits)
    (own,) = found["party/D1"]["evidence"]
    assert (own["is_other_side"], own["total"], own["example"]) == (False, 4, "why h1")
    # in order of days, then of cars, each with its lines
    assert [(row[0], row[1], row[4]) for row in own["rows"]] == [
        ("V1", "2025-01-07", [[0, 5]]), ("V3", "2025-01-07", []), ("V0", "2025-02-01", []), ("V2", "2025-02-01", []),
    ]  # fmt: skip
    (other,) = found["party/C1"]["evidence"]
    assert (other["is_other_side"], other["total"], other["example"]) == (True, 2, None)
    assert [row[0] for row in other["rows"]] == ["V4", "V2"]


def test_months_come_in_order_and_of_too_many_the_flagged_and_the_largest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "MAX_MONTHS", 3)
    whole = {"party_id": "D1", "detector": "pre_insured", "unit_kind": "party", "unit_id": "party/D1"}
    whole |= {"verdict": "flagged", "observed": 9}
    months = [
        ("2025-03", "flagged", 1), ("2025-01", "flagged", 2), ("2025-02", "explained", 8), ("2025-04", "explained", 7),
        # a window of months is none of them
        (None, "flagged", 50),
    ]  # fmt: skip
    rows = [
        whole | {"unit_kind": "dealer_month", "unit_id": f"m/{month}", "month": month, "verdict": word, "observed": n}
        for month, word, n in months
    ]
    elsewhere = whole | {"party_id": "D9", "unit_kind": "dealer_month", "month": "2025-05"}
    (found,) = told([], findings=[*rows, whole, elsewhere])["party/D1"]["findings"]
    assert [(month, n) for month, n, *_ in found["months"]] == [("2025-01", 2), ("2025-02", 8), ("2025-03", 1)]


def test_reasons_and_facts_are_told_only_where_there_are_any() -> None:
    scores = [{"party_id": "D1", "reason_1": "first", "reason_3": "third"}]
    assert told([], scores=scores) == {"party/D1": {"reasons": ["first", "third"]}, "party/C1": {}}


@pytest.mark.parametrize(
    ("answering", "others", "own", "of_others"),
    [(1, 0, 60, 30), (25, 25, 60, 30), (26, 26, 57, 28), (300, 750, 5, 1), (5_000, 5_000, 5, 1)],
)
def test_the_more_parties_there_are_the_fewer_rows_each_has(
    answering: int, others: int, own: int, of_others: int
) -> None:
    totals = pl.DataFrame({"is_other_side": [False] * answering + [True] * others})
    assert _shares(totals) == [(False, own), (True, of_others)]
