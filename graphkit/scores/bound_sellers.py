"""On how many of a seller's flagged cars their buyer is found in something, where the rule binds the seller to it."""

from collections.abc import Sequence

import polars as pl

from graphkit.model import Detector
from graphkit.tables.subjects import car


def shared_with_buyers(detectors: Sequence[Detector], hits: pl.DataFrame) -> pl.DataFrame:
    """The cars for which both answer: detector, party_id (the seller), buyer_detector, buyer_id, cars.

    ``detector`` says ``binds_seller``, and flagged these cars for the seller's sale of them to this buyer;
    ``buyer_detector`` flagged the same cars, and the buyer answers for it.
    """
    binding = [detector.id for detector in detectors if detector.binds_seller is not None]
    flagged = hits.filter(pl.col("verdict") == "flagged").select(
        "detector", "accountable_id", "counterparty_id", vin=car()
    )
    sold = flagged.filter(pl.col("detector").is_in(binding)).rename(
        {"accountable_id": "party_id", "counterparty_id": "buyer_id"}
    )
    found = flagged.select("vin", buyer_detector="detector", buyer_id="accountable_id")
    keys = ["detector", "party_id", "buyer_detector", "buyer_id"]
    return (
        sold.join(found, on=["buyer_id", "vin"])
        .filter(pl.col("party_id") != pl.col("buyer_id"))
        .group_by(keys)
        .agg(cars=pl.col("vin").n_unique().cast(pl.Int64))
        .sort(keys)
    )
