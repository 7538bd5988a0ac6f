"""Who was insured first: the party of the first policy, unless an endorsement says that it replaced somebody else."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.outcome import with_party
from graphkit.look_alikes import gift_insurance
from graphkit.model import Market


def with_first_insured(cars: Lazy, market: Market) -> Lazy:
    """The cars of the ledger with what is known of the first insured and of the end user.

    Adds ``insured_kind``, ``insured_key``, ``insured_open`` and the same for ``buyer``; ``endorsement_key``, the row
    that names an earlier insured; ``was_renamed``, that one is another than the end user; ``may_be_renamed``, the end
    user is insured, and whom the endorsement replaced is not known: somebody unknown, or of the end user's own name.
    """
    cars = cars.join(_changed_insured(market), left_on="first_policy_id", right_on="policy_id", how="left")
    cars = with_party(cars, market, "first_insured_id", "insured")
    cars = with_party(cars, market, "end_buyer_id", "buyer")
    cars = with_party(cars, market, "old", "old")
    was_another = (nw.col("old") != nw.col("end_buyer_id")).fill_null(False)
    is_known = (~nw.col("old_open") & (nw.col("old_key") != nw.col("buyer_key"))).fill_null(False)
    return cars.with_columns(
        was_renamed=was_another & is_known,
        may_be_renamed=gift_insurance.insured_by_end_user() & was_another & ~is_known,
    )


def _changed_insured(market: Market) -> Lazy:
    changes = market.tables["endorsements"].filter(
        nw.col("field").is_in(("insured", "insured_id", "insured_name")), ~nw.col("old").is_null()
    )
    first = changes.unique(subset=["policy_id"], keep="first", order_by=["changed_on", "row_key"])
    return first.select(
        "policy_id",
        "old",
        nw.col("row_key").alias("endorsement_key"),
    )
