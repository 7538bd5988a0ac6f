"""One detector a file, named for the pattern; this tuple is every detector there is."""

from graphkit.detectors import (
    circular_payments,
    circular_sales,
    collusive_cluster,
    insured_not_plated,
    pre_insured,
    related_party_sales,
    shell_buyer,
    zero_mileage_export,
)
from graphkit.model import Detector

DETECTORS: tuple[Detector, ...] = (
    circular_payments.DETECTOR,
    circular_sales.DETECTOR,
    collusive_cluster.DETECTOR,
    insured_not_plated.DETECTOR,
    pre_insured.DETECTOR,
    related_party_sales.DETECTOR,
    shell_buyer.DETECTOR,
    zero_mileage_export.DETECTOR,
)
"""Every detector, by id in alphabetical order."""
