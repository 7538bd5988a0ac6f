"""The numbers beside a finding, each counted over cars at its bound and one day beyond it."""

from typing import Any

import polars as pl
import pytest

from graphkit.detectors import DETECTORS
from graphkit.scores.tallies import tally
from graphkit.tables.outputs import SHAPES
from tests.detectors.markets import BY_ID

LATE, FLAGGED = ("explained", "late_plating"), ("flagged", None)
CARS = {
    "circular_sales": [
        (*FLAGGED, 1.0), (*FLAGGED, 1.0, "step"), (*FLAGGED, None, "step"),
        ("explained", "returned_sale", 1.0, "step"), ("indeterminate", None, 1.0, "step"),
    ],
    "insured_not_plated": [
        (*LATE, 31.0), (*LATE, 60.0), (*LATE, 61.0), (*LATE, 90.0), (*FLAGGED, 91.0), (*FLAGGED, None),
        # a demo car is no late plate, and an undecided one no plate at all
        ("explained", "demo_use", None), ("explained", "demo_use", 95.0), ("indeterminate", None, None),
    ],
}  # fmt: skip
"""Verdict, look-alike and value of the cars of one dealer and month, and their kind where they are steps."""

EXPECTED = {
    "circular_sales": {"passed_on": 2},
    "insured_not_plated": {
        "not_plated_within_30_days": 6,
        "plated_later": 5,
        "never_plated": 1,
        "not_plated_within_60_days": 4,
        "not_plated_within_90_days": 2,
    },
}


def hits(detector_id: str, cars: list[tuple[Any, ...]]) -> pl.DataFrame:
    rows = [
        (detector_id, "dealer_month/D1/2025-01", str(number), *car, *(["vehicle"] if len(car) == 3 else []))
        for number, car in enumerate(cars)
    ]
    columns = ["detector", "unit_id", "subject_id", "verdict", "look_alike", "value", "subject_kind"]
    return pl.concat([SHAPES["hits"].empty(), pl.DataFrame(rows, schema=columns, orient="row")], how="diagonal_relaxed")


@pytest.mark.parametrize("detector_id", [detector.id for detector in DETECTORS if detector.tallies])
def test_each_number_beside_a_finding_counts_the_cars_that_it_names(detector_id: str) -> None:
    assert detector_id in CARS, f"{__file__}: cars of {detector_id} at the bound of each of its tallies, and beyond it"
    counted = tally([BY_ID[detector_id]], hits(detector_id, CARS[detector_id]))
    assert dict(counted.select("tally", "cars").iter_rows()) == EXPECTED[detector_id]
