"""Who is whose relative: by which steps, on which days, as an adult, and how surely."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.algorithms.validity import FIRST, LAST, number_of
from graphkit.parties.kin import kin
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES

AS_OF, SINCE = date(2025, 12, 31), date(2020, 5, 1)
REGISTER = Coverage((Span("kinship", as_of=SINCE),))
NOBODY = pl.Series("open", [], dtype=pl.String)


def related(
    *rows: tuple[str, str, str],
    regime: str = "ias24",
    among: str = "AB",
    births: dict[str, int] | None = None,
    open_ids: pl.Series = NOBODY,
    coverage: Coverage = REGISTER,
) -> list[tuple[Any, ...]]:
    """Ties of kin among parties of one letter, from rows of person, relative and relation."""
    schema = TABLES["kinship"].loaded_schema()
    names = ("person_id", "relative_id", "relation")
    told = [dict(zip(names, row, strict=True)) | {"row_key": f"k{at}"} for at, row in enumerate(rows)]
    tables = {"kinship": pl.DataFrame([dict.fromkeys(schema) | row for row in told], schema=schema)}
    born = {"party_id": list(births or {}), "birth_year": list((births or {}).values())}
    years = pl.DataFrame(born, schema={"party_id": pl.String, "birth_year": pl.Int64})
    found = kin(tables, pl.Series(list(among)), years, coverage, AS_OF, regime, open_ids)
    return sorted(found.select("person_id", "relative_id", "verdict", "word", "first", "last").rows())


def both(*spans: tuple[str, int, int], word: str = "counted") -> list[tuple[Any, ...]]:
    """The same ties from either side: verdict, first and last day."""
    return sorted((*pair, verdict, word, *days) for pair in ("AB", "BA") for verdict, *days in spans)


ALWAYS = ("proven", FIRST, LAST)
MARRIED = ("possible", FIRST, number_of(SINCE) - 1), ("proven", number_of(SINCE), LAST)


def test_blood_holds_on_all_days_and_a_marriage_surely_from_the_day_of_its_register_on() -> None:
    for relation in ("parent", "child"):
        assert related(("A", "B", relation)) == both(ALWAYS)
    assert related(("A", "B", "sibling")) == both(ALWAYS, word="sibling")
    assert related(("A", "B", "spouse")) == both(*MARRIED)
    assert related(("A", "B", "spouse"), coverage=Coverage()) == both(("possible", FIRST, LAST))
    # what was told of it twice is told once
    assert related(("A", "B", "spouse"), ("B", "A", "spouse"))[:1] == both(*MARRIED)[:1]


@pytest.mark.parametrize(
    ("steps", "ias24", "cn_exchange"),
    [
        # the relation of each to the next, from A to B
        ("spouse", "counted", "counted"), ("child", "counted", "counted"), ("parent", "counted", "counted"),
        ("sibling", "sibling", "counted"), ("parent child", "sibling", "counted"), ("in_law", None, "counted"),
        ("spouse child", "counted", None), ("parent spouse", "counted", None),
        ("spouse parent", None, "counted"), ("child spouse", None, "counted"), ("sibling spouse", None, "counted"),
        ("spouse sibling", None, "counted"), ("parent child spouse", None, "counted"),
        ("spouse parent child", None, "counted"), ("child spouse parent", None, "counted"),
        ("parent spouse child", None, None),
        ("child child", None, None), ("parent parent", None, None), ("sibling child", None, None),
        ("parent parent child", None, None), ("spouse parent child spouse", None, None),
    ],
)  # fmt: skip
def test_each_regime_counts_its_relatives_from_either_side_and_no_other(
    steps: str, ias24: str | None, cn_exchange: str | None
) -> None:
    words = steps.split()
    persons = ["A", *"XYZ"[: len(words) - 1], "B"]
    rows = [(one, other, word) for one, other, word in zip(persons, persons[1:], words, strict=False)]
    for regime, word in (("ias24", ias24), ("cn_exchange", cn_exchange)):
        found = {(row[0], row[1], row[3]) for row in related(*rows, regime=regime)}
        assert found == ({("A", "B", word), ("B", "A", word)} if word else set()), regime


def test_steps_hold_together_as_surely_as_the_least_sure_of_them() -> None:
    assert related(("A", "X", "spouse"), ("X", "B", "child")) == both(*MARRIED)
    assert related(("X", "A", "child"), ("X", "B", "child"), regime="cn_exchange") == both(ALWAYS)


@pytest.mark.parametrize(("born", "first"), [(2000, date(2018, 12, 31)), (2010, date(2028, 12, 31))])
def test_a_child_is_a_relative_of_the_exchange_from_the_end_of_the_year_in_which_it_is_grown_up(
    born: int, first: date
) -> None:
    for row in (("A", "B", "child"), ("B", "A", "parent")):
        found = related(row, regime="cn_exchange", births={"A": 1960, "B": born})
        assert found == both(("proven", number_of(first), LAST))
        assert related(row, regime="ias24", births={"A": 1960, "B": born}) == both(ALWAYS)
        assert related(row, regime="cn_exchange", births={"A": 1960}) == both(ALWAYS)


def test_who_is_not_surely_known_is_nobodys_proven_relative_and_nobody_is_its_own() -> None:
    for party in "AB":
        assert related(("A", "B", "child"), open_ids=pl.Series([party])) == both(("possible", FIRST, LAST))
    assert related(("A", "A", "sibling"), ("A", "B", "child"), among="A") == []
    # who is not asked for is passed through and not told
    assert related(("A", "X", "child"), ("X", "B", "spouse"), among="AB", regime="ias24") == []
