"""How the verdicts of a run are held against ``populations.toml``, on rows made by hand."""

import polars as pl
import pytest

from tests.promises.innocents.contract import contract, failures, verdicts

CARS = {"pre_insured": pl.Series([f"V{number}" for number in range(20)])}


def hits(*rows: tuple[int, str, str | None, str | None]) -> pl.DataFrame:
    """``rows``: how many of the cars, verdict, look-alike, what is missing."""
    told, first = [], 0
    for many, verdict, look_alike, missing in rows:
        told += [("pre_insured", f"V{car}", verdict, look_alike, missing) for car in range(first, first + many)]
        first += many
    names = ("detector", "subject_id", "verdict", "look_alike", "missing")
    return pl.DataFrame(told, schema=dict.fromkeys(names, pl.String), orient="row")


@pytest.mark.parametrize(
    ("expected", "given", "right"),
    [
        ("clear", hits(), 20),
        ("clear", hits((3, "indeterminate", None, "sales")), 17),
        ("gift_insurance", hits((20, "explained", "gift_insurance", None)), 20),
        ("gift_insurance", hits((20, "explained", "fleet_use", None)), 0),
        ("gift_insurance", hits((20, "flagged", None, None)), 0),
        ("gift_insurance", hits(), 0),
        ("genuine_use or clear", hits((9, "explained", "genuine_use", None)), 20),
        ("genuine_use or clear", hits((9, "explained", "maker_letter", None)), 11),
        ("indeterminate: sales", hits((20, "indeterminate", None, "vehicles.built_on; sales complete")), 20),
        ("indeterminate: sales", hits((20, "indeterminate", None, "vehicles.built_on")), 0),
        ("indeterminate: sales", hits((20, "explained", "gift_insurance", None)), 0),
    ],
)
def test_a_verdict_is_right_where_the_list_says_so(expected: str, given: pl.DataFrame, right: int) -> None:
    told = verdicts("some", {"pre_insured": expected}, CARS, given)
    assert told.select("cars", "right").rows() == [(20, right)]


def test_one_car_in_twenty_may_be_told_otherwise() -> None:
    one, two = (
        verdicts("some", {"pre_insured": "fleet_use"}, CARS, hits((many, "explained", "fleet_use", None)))
        for many in (19, 18)
    )
    assert failures(one).is_empty()
    assert failures(two).height == 1


def test_where_nothing_is_written_no_car_may_be_flagged() -> None:
    spared = verdicts("some", {}, CARS, hits((20, "indeterminate", None, "sales")))
    accused = verdicts("some", {}, CARS, hits((1, "flagged", None, None)))
    assert spared.is_empty()
    assert failures(accused).select("expected", "flagged").rows() == [("not flagged", 1)]


def test_the_list_is_read() -> None:
    listed = contract()
    assert len(listed) == 33
    assert listed["gift_insurance"].expects == {"pre_insured": "gift_insurance", "insured_not_plated": "clear"}
    (taken,) = listed["parallel_export"].without
    assert (taken.data, taken.how, dict(taken.expects)) == (
        "exports",
        "none",
        {"insured_not_plated": "indeterminate: exports"},
    )
