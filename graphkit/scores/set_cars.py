"""How many flagged cars a trade set answers for: each member books as sold what stays among all of them."""

from collections.abc import Sequence

import polars as pl

from graphkit.algorithms.components import components
from graphkit.model import Detector
from graphkit.scores.group_cars import flagged_cars, open_ids


def cars_of_sets(detectors: Sequence[Detector], hits: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """The flagged cars of the set of each party with a flagged one: detector, party_id, of_set.

    Only detectors that say ``act_together`` have sets. Each of their flagged cars went from one company of a set to
    another of the same, so that companies whom flagged cars join, directly or by way of others, are of one set. Where
    no flagged car joins two parts of a set, each part counts alone. A company of whom nobody knows who it is joins
    nobody, and adds nothing.
    """
    together = [detector.id for detector in detectors if detector.act_together is not None]
    known = flagged_cars(hits, identities).filter(
        pl.col("detector").is_in(together),
        pl.col("counterparty_id").is_not_null(),
        ~pl.col("counterparty_id").is_in(open_ids(identities).implode()),
    )
    return pl.concat([_counted(known.clear()), *(_counted(of_one) for of_one in known.partition_by("detector"))])


def _counted(cars: pl.DataFrame) -> pl.DataFrame:
    parties = pl.concat([cars["party_id"], cars["counterparty_id"]]).unique().sort()
    ends = (parties.search_sorted(cars[side]).to_numpy() for side in ("party_id", "counterparty_id"))
    labels = pl.DataFrame({"party_id": parties, "set": components(len(parties), *ends)})
    joined = cars.join(labels, on="party_id")
    counted = joined.group_by("set").agg(of_set=pl.col("vin").n_unique().cast(pl.Int64))
    return joined.select("detector", "party_id", "set").unique().join(counted, on="set").drop("set")
