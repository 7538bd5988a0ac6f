"""The numbers that decide who is accused, written a second time: one that is changed is changed here too, and seen."""

from typing import Any

import pytest

from graphkit.algorithms.thresholds import thresholds
from graphkit.detectors import DETECTORS
from graphkit.ledger import MID_LIFE_DAYS
from graphkit.look_alikes import fleet_use, genuine_use
from graphkit.model import Detector
from graphkit.tables import absence
from graphkit.tables.reference import rules_by_date

NUMBERS: dict[str, dict[str, Any]] = {
    "circular_payments": {
        "weights": (0.9, 0.7),
        "floors": (10, 5, 0.05, 2.0),
        "settings": {"window_days": 180, "max_length": 6, "tolerance": 0.1, "tie_days": 30, "draws": 99},
        "reference_rate": None,
        "judged": ("circular_money", "dealer", "shuffle", "stable", "2"),
        "deduction": "paid_in_circle",
    },
    "circular_sales": {
        "weights": (0.8, 0.8),
        "floors": (10, 5, 0.05, 2.0),
        "settings": {"window_days": 180, "max_length": 6, "max_invoices": 20, "undone_days": 30, "often": 3},
        "reference_rate": (0.01, 0.02),
        "judged": ("circular_cars", "dealer", "rate", "stable", "5"),
        "deduction": "returned",
    },
    "collusive_cluster": {
        "weights": (0.8, 0.6),
        "floors": (10, 10, 0.5, 2.0),
        "settings": {"fewest": 3, "most": 20, "inside_share": 0.5, "draws": 99, "kept_days": 180},
        "reference_rate": (0.05, 0.05),
        "judged": ("circular_cars", "dealer", "rate", "stable", "1"),
        "deduction": "traded_in_cluster",
    },
    "insured_not_plated": {
        "weights": (0.7, 0.7),
        "floors": (30, 30, 0.5, 2.0),
        "settings": {"window_days": 30, "late_days": 90},
        "reference_rate": (0.1, 0.05),
        "judged": ("booking", "dealer", "rate", "stable", "2"),
        "deduction": "never_plated",
    },
    "pre_insured": {
        "weights": (0.8, 0.8),
        "floors": (30, 30, 0.1, 2.0),
        "settings": {"slack_days": 7},
        "reference_rate": (0.03, 0.01),
        "judged": ("booking", "dealer", "rate", "stable", "2"),
        "deduction": "pre_insured",
    },
    "related_party_sales": {
        "weights": (0.8, 0.9),
        "floors": (10, 10, 0.2, 2.0),
        "settings": {"plated_within_days": 90, "sold_on_days": 30},
        "reference_rate": (0.05, 0.05),
        "judged": ("buyer", "dealer", "rate", "stable", "4"),
        "deduction": "related_party_absorbed",
    },
    "shell_buyer": {
        "weights": (0.8, 0.7),
        "floors": (10, 10, 0.5, 2.0),
        "settings": {"young_days": 365, "plated_within_days": 90, "kept_days": 180, "unknown_from": 10},
        "reference_rate": (0.05, 0.05),
        "judged": ("buyer", "buyer_company", "rate", "stable", "1"),
        "deduction": "bought_by_shell",
    },
    "zero_mileage_export": {
        "weights": (0.7, 0.9),
        "floors": (10, 10, 0.2, 0.2),
        "settings": {"max_days": 180, "max_km": 100, "reading_days": 30},
        "reference_rate": None,
        "judged": ("export", "exporter", "deterministic", "stable", "1"),
        "deduction": "zero_mileage_exported",
    },
}
"""Of each detector: severity and confidence; tested, flagged, share and effect at least; its thresholds; the mean and
icc of its reference rate; its family, who answers, its null, status and version; the column of the restatement.
"""


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)
def test_the_numbers_of_a_detector_are_those_that_are_written_down(detector: Detector) -> None:
    floors, rate, deduction = detector.floors, detector.reference_rate, detector.deduction
    stated = {
        "weights": (detector.severity, detector.confidence),
        "floors": (floors.min_tested, floors.min_flagged, floors.min_share, floors.min_effect),
        "settings": {threshold.name: threshold.value for threshold in thresholds(detector.settings)},
        "reference_rate": rate and (rate.mean, rate.icc),
        "judged": (detector.family, detector.accountable, str(detector.null), detector.status, detector.version),
        "deduction": deduction and deduction.column,
    }
    assert stated == NUMBERS.get(detector.id), (
        f"tests/detectors/test_numbers.py: where the change is meant, NUMBERS has {detector.id!r}: {stated}"
    )


def test_the_numbers_that_several_detectors_share_are_those_that_are_written_down() -> None:
    assert (fleet_use.PLATED_WITHIN_DAYS, fleet_use.KEPT_DAYS) == (90, 90)
    assert fleet_use.FLEET_USES == ("commercial", "rental", "ride_hailing", "leasing")
    assert genuine_use.DAYS_IN_12_MONTHS == 365
    assert MID_LIFE_DAYS == 30
    assert (absence.MOST_TYPOS, absence.READABLE) == (2, (15, 19))
    assert str(rules_by_date()["used_export_180_days"]) == "2026-01-01"
