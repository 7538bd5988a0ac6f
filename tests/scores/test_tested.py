"""What was tested is counted by unit of a month, and each party's cars once."""

from datetime import date
from typing import Any

import polars as pl

from graphkit.scores.tested import control_groups, month_units, party_units
from graphkit.tables.outputs import SHAPES


def counts_of(rows: Any, counted: Any, kind: str = "dealer_month") -> pl.DataFrame:
    given = counted(rows, kind=kind)
    return month_units(given.exposure, given.units, given.identities(), SHAPES["groups"].empty())


def test_decidable_is_all_that_is_not_undecidable(counted: Any) -> None:
    row = counts_of([("pre_insured", "D1", 100, 40, 13, 7)], counted).row(0, named=True)
    assert (row["tested"], row["indeterminate"], row["clear"], row["n"]) == (100, 7, 40, 93)


def test_of_two_kinds_of_unit_that_hold_the_same_cars_the_larger_counts(counted: Any) -> None:
    sold = counts_of([("pre_insured", "M1", 40, 4, 0, 0)], counted)
    built = counts_of([("pre_insured", "M1", 41, 20, 0, 0)], counted, "maker_city_month")
    more = counts_of([("pre_insured", "M1", 42, 4, 0, 0)], counted)
    for months, tested, kind in ((sold, 41, "maker_city_month"), (more, 42, "dealer_month")):
        for frames in ([months, built], [built, months]):
            parties = party_units(pl.concat(frames))
            assert parties.select("unit_id", "unit_kind", "peer_kind", "tested").rows() == [
                ("party/M1", "party", kind, tested)
            ]


def test_a_party_with_units_in_several_cities_is_of_none(counted: Any) -> None:
    month = counts_of([("pre_insured", "D1", 40, 4, 0, 0)], counted)
    for one, other, city in (
        ("甲市", "甲市", "甲市"),
        ("甲市", "乙市", None),
        ("乙市", "甲市", None),
        ("甲市", None, None),
    ):
        months = pl.concat([month.with_columns(city=pl.lit(of, pl.String())) for of in (one, other)])
        assert party_units(months).select("party_id", "tested", "city").rows() == [("D1", 80, city)]


def test_a_party_that_changed_its_group_is_of_the_latest() -> None:
    rows = [
        ("D1", "LATE", date(2024, 7, 1), None),
        ("D1", "EARLY", None, date(2024, 6, 30)),
        ("D2", "B", date(2024, 1, 1), date(2024, 3, 31)),
        ("D2", "A", date(2024, 4, 1), date(2024, 12, 31)),
    ]
    groups = pl.DataFrame(rows, schema=["party_id", "group_id", "valid_from", "valid_to"], orient="row")
    for given in (groups, groups.reverse()):
        assert control_groups(given).rows() == [("D1", "LATE"), ("D2", "A")]
