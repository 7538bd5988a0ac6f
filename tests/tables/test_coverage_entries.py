"""Coverage: to and from the entries of case.toml."""

from datetime import date, datetime
from typing import Any

import pytest

from graphkit.errors import CaseError
from graphkit.tables.coverage import Span
from graphkit.tables.coverage_entries import from_entries, to_entries

FIRST, LAST = date(2024, 1, 5), date(2024, 12, 30)


def test_entries_give_the_spans_back() -> None:
    spans = (
        Span("sales", FIRST, LAST, complete=True),
        Span("registrations", FIRST, LAST, place="临海"),
        Span("ownership", as_of=LAST, assume_since=FIRST),
    )
    assert from_entries(to_entries(spans)) == spans


def test_days_may_be_text_or_carry_a_time() -> None:
    span = from_entries([{"table": "sales", "from": "2024-01-05", "to": datetime(2024, 12, 30, 8)}])[0]
    assert (span.first, span.last) == (FIRST, LAST)


def test_an_extract_may_be_of_one_day() -> None:
    entry = {"table": "sales", "from": FIRST, "to": FIRST, "complete": True}
    assert from_entries([entry]) == (Span("sales", FIRST, FIRST, complete=True),)


def test_what_an_entry_leaves_out_is_nationwide_and_not_complete() -> None:
    assert from_entries([{"table": "sales"}]) == (Span("sales", None, None, "CN", False),)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"table": "sale"}, "no known table"),
        ({"table": "sales", "form": FIRST}, "unknown key form"),
        ({"table": "sales", "from": "2024-13-01"}, "no day in from"),
        ({"table": "sales", "from": 2024}, "no day in from"),
        ({"table": "sales", "from": LAST, "to": FIRST}, "before it begins"),
        ({"table": "sales", "complete": "yes"}, "complete = true"),
        ({"table": "sales", "complete": True, "from": FIRST}, "no from and to"),
        ({"table": "sales", "complete": True, "to": LAST}, "no from and to"),
        ({"table": "sales", "complete": True, "as_of": LAST, "assume_since": FIRST}, "no from and to"),
        ({"table": "sales", "place": ""}, "place"),
    ],
)
def test_an_entry_that_does_not_hold_together_is_named(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(CaseError, match=message) as caught:
        from_entries([{"table": "parties", "as_of": LAST}, entry])
    assert "2. [[coverage]] entry" in str(caught.value)
