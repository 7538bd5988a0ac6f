"""What extracts are taken to contain: when a missing row may be read as a missing event, and when it may not."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.tables.coverage import Coverage, Span

JANUARY, JUNE, JULY, DECEMBER = date(2024, 1, 1), date(2024, 6, 30), date(2024, 7, 1), date(2024, 12, 31)
YEAR = Span("sales", JANUARY, DECEMBER, complete=True)
ONE_DAY = timedelta(days=1)


def complete(*days: tuple[date, date]) -> Coverage:
    return Coverage(tuple(Span("sales", first, last, complete=True) for first, last in days))


def covered(coverage: Coverage, first: date | None, last: date | None, table: str = "sales") -> Any:
    frame = pl.DataFrame({"first": [first], "last": [last]}, schema={"first": pl.Date, "last": pl.Date})
    asked = coverage.covers(table, nw.col("first"), nw.col("last"))
    return nw.from_native(frame).select(is_covered=asked).to_native().item()


# which days count


@pytest.mark.parametrize(
    "span",
    [
        Span("sales", JANUARY, DECEMBER, place="临海", complete=True),
        Span("sales", JANUARY, DECEMBER, complete=False),
        Span("sales", JANUARY, DECEMBER),
        Span("sales", None, DECEMBER, complete=True),
        Span("sales", JANUARY, None, complete=True),
        Span("sales", complete=True, as_of=DECEMBER, assume_since=JANUARY),
        Span("policies", JANUARY, DECEMBER, complete=True),
    ],
    ids=["of one city", "not complete", "silent", "without first", "without last", "a register", "another table"],
)
def test_a_span_that_does_not_say_it_covers_no_day(span: Span) -> None:
    coverage = Coverage((span,))
    assert coverage.complete_spans("sales") == []
    assert covered(coverage, JANUARY, DECEMBER) is False
    assert covered(coverage, JUNE, JUNE) is False
    # nor does it widen one that does
    beside = Coverage((span, Span("sales", JUNE, JUNE, complete=True)))
    assert beside.complete_spans("sales") == [(JUNE, JUNE)]
    assert covered(beside, JUNE, JULY) is False


def test_no_city_however_many_is_the_nation() -> None:
    cities = Coverage(tuple(Span("sales", JANUARY, DECEMBER, place=city, complete=True) for city in ("临海", "台州")))
    assert cities.complete_spans("sales") == []
    assert covered(cities, JUNE, JUNE) is False


def test_extracts_that_touch_are_one_and_a_missing_day_keeps_them_apart() -> None:
    assert complete((JANUARY, JUNE), (JULY, DECEMBER)).complete_spans("sales") == [(JANUARY, DECEMBER)]
    apart = complete((JANUARY, JUNE), (JULY + ONE_DAY, DECEMBER))
    assert apart.complete_spans("sales") == [(JANUARY, JUNE), (JULY + ONE_DAY, DECEMBER)]


def test_extracts_that_overlap_are_one() -> None:
    assert complete((JANUARY, JULY), (JUNE, DECEMBER)).complete_spans("sales") == [(JANUARY, DECEMBER)]


def test_an_extract_within_another_does_not_shorten_it() -> None:
    assert complete((JANUARY, DECEMBER), (JUNE, JULY)).complete_spans("sales") == [(JANUARY, DECEMBER)]
    assert complete((JANUARY, DECEMBER), (JANUARY, JULY)).complete_spans("sales") == [(JANUARY, DECEMBER)]


def test_the_order_in_which_extracts_are_stated_does_not_matter() -> None:
    pieces = (JANUARY, JUNE), (JULY, JULY), (date(2024, 7, 2), DECEMBER), (date(2025, 3, 1), date(2025, 3, 2))
    merged = [(JANUARY, DECEMBER), (date(2025, 3, 1), date(2025, 3, 2))]
    assert complete(*pieces).complete_spans("sales") == merged
    assert complete(*pieces[::-1]).complete_spans("sales") == merged


# whether an interval is covered


@pytest.mark.parametrize(
    ("first", "last", "is_covered"),
    [
        (JANUARY, DECEMBER, True),
        (JANUARY, JANUARY, True),
        (DECEMBER, DECEMBER, True),
        (JANUARY - ONE_DAY, DECEMBER, False),
        (JANUARY, DECEMBER + ONE_DAY, False),
        (JANUARY - ONE_DAY, JANUARY - ONE_DAY, False),
        (DECEMBER + ONE_DAY, DECEMBER + ONE_DAY, False),
        (None, DECEMBER, False),
        (JANUARY, None, False),
        (None, None, False),
    ],
)
def test_both_ends_are_within_and_an_unknown_day_is_not(first: Any, last: Any, is_covered: bool) -> None:
    assert covered(Coverage((YEAR,)), first, last) is is_covered


def test_an_interval_across_a_gap_of_one_day_is_not_covered() -> None:
    apart = complete((JANUARY, JUNE), (JULY + ONE_DAY, DECEMBER))
    assert covered(apart, JANUARY, DECEMBER) is False
    assert covered(apart, JUNE, JULY + ONE_DAY) is False
    assert covered(apart, JULY, JULY) is False
    assert covered(apart, JANUARY, JUNE) is covered(apart, JULY + ONE_DAY, DECEMBER) is True
    assert covered(complete((JANUARY, JUNE), (JULY, DECEMBER)), JUNE, JULY) is True


def test_without_a_complete_span_the_answer_is_no_and_never_null() -> None:
    assert covered(Coverage(), JANUARY, DECEMBER) is False
    assert covered(Coverage(), None, None) is False
    assert covered(Coverage((YEAR,)), JANUARY, DECEMBER, table="policies") is False


DAY = st.integers(0, 20).map(lambda day: JANUARY + timedelta(days=day))
SPANS = st.builds(
    Span,
    st.sampled_from(["sales", "sales", "sales", "policies"]),
    st.one_of(DAY, DAY, DAY, st.none()),
    st.one_of(DAY, DAY, DAY, st.none()),
    place=st.sampled_from(["CN", "CN", "CN", "临海"]),
    complete=st.sampled_from([True, True, True, False]),
).filter(lambda span: not (span.first and span.last) or span.first <= span.last)


@pytest.mark.no_cover
@settings(derandomize=True, deadline=None, max_examples=150)
@given(spans=st.lists(SPANS, max_size=6))
def test_every_interval_is_what_a_set_of_days_says(spans: list[Span]) -> None:
    known: set[date] = set()
    for span in spans:
        if (span.table, span.place, span.complete) == ("sales", "CN", True) and span.first and span.last:
            known |= {span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)}
    coverage = Coverage(tuple(spans))
    merged = coverage.complete_spans("sales")
    assert {first + timedelta(days=n) for first, last in merged for n in range((last - first).days + 1)} == known
    assert all(one[1] + ONE_DAY < other[0] for one, other in pairwise(merged))
    days = [JANUARY + timedelta(days=n) for n in range(-1, 22)]
    asked = pl.DataFrame(
        [(first, last) for first in days for last in days if first <= last], schema=["first", "last"], orient="row"
    )
    covers = coverage.covers("sales", nw.col("first"), nw.col("last"))
    found = nw.from_native(asked).with_columns(is_covered=covers).to_native()["is_covered"]
    expected = [
        all(first + timedelta(days=n) in known for n in range((last - first).days + 1)) for first, last in asked.rows()
    ]
    assert found.to_list() == expected


# as of a day


def test_as_of_a_day_nothing_after_it_is_covered() -> None:
    assert Coverage((YEAR,)).known_on(JUNE).complete_spans("sales") == [(JANUARY, JUNE)]
    assert covered(Coverage((YEAR,)).known_on(JUNE), JUNE, JULY) is False
    # a day after the last one adds nothing
    for day in (DECEMBER, DECEMBER + ONE_DAY):
        assert Coverage((YEAR,)).known_on(day) == Coverage((YEAR,))


def test_an_extract_that_begins_after_the_day_is_gone_and_one_that_begins_on_it_stays() -> None:
    later = complete((JULY, DECEMBER))
    assert later.known_on(JUNE).spans == ()
    assert later.known_on(JULY).spans == (Span("sales", JULY, JULY, complete=True),)


def test_what_a_statement_says_besides_its_days_stays() -> None:
    register = Span("ownership", place="临海", as_of=DECEMBER, assume_since=JANUARY)
    dated = Span("sales", JANUARY, DECEMBER, "临海", True, JULY, date(2020, 1, 1))
    whole = Span("policies", None, DECEMBER, complete=False)
    assert Coverage((register, dated, whole)).known_on(JUNE).spans == (
        register,
        Span("sales", JANUARY, JUNE, "临海", True, JULY, date(2020, 1, 1)),
        Span("policies", None, JUNE, complete=False),
    )


# registers, and the last day


def test_an_undated_link_holds_from_the_day_that_is_assumed_else_from_that_of_the_register() -> None:
    assert Coverage((Span("ownership", as_of=JULY),)).register_date("ownership") == JULY
    assert Coverage((Span("ownership", assume_since=JUNE),)).register_date("ownership") == JUNE
    both = Span("ownership", as_of=JULY, assume_since=JUNE)
    assert Coverage((both,)).register_date("ownership") == JUNE
    # also where it is the later one: it is what somebody stated
    assert Coverage((Span("ownership", as_of=JUNE, assume_since=JULY),)).register_date("ownership") == JULY


def test_of_several_registers_the_earliest_counts_and_only_those_of_the_table() -> None:
    spans = (
        Span("ownership", as_of=DECEMBER),
        Span("ownership", as_of=JULY, assume_since=JUNE),
        Span("ownership"),
        Span("positions", as_of=JANUARY),
    )
    for given_spans in (spans, spans[::-1]):
        assert Coverage(given_spans).register_date("ownership") == JUNE
        assert Coverage(given_spans).register_date("kinship") is None
    # the days of events are no date of a register
    assert Coverage((Span("ownership", JANUARY, DECEMBER, complete=True),)).register_date("ownership") is None


def test_the_last_day_is_the_latest_that_any_table_speaks_of() -> None:
    assert Coverage().last_day() is None
    assert Coverage((Span("kinship", assume_since=DECEMBER), Span("sales", DECEMBER, None))).last_day() is None
    spans = Span("sales", JANUARY, JUNE), Span("policies", JANUARY, JULY), Span("ownership", as_of=DECEMBER)
    assert Coverage(spans[:2]).last_day() == JULY
    assert Coverage(spans).last_day() == Coverage(spans[::-1]).last_day() == DECEMBER
    assert Coverage((Span("sales", JANUARY, DECEMBER), Span("ownership", as_of=JUNE))).last_day() == DECEMBER
