"""What detectors of circles share: the rows that prove that a circle came home to its group."""

from typing import Any

import narwhals as nw

from graphkit.detectors.control_on_day import control_rows
from graphkit.model import Market

Lazy = nw.LazyFrame[Any]

_PROOF_AFTER = 10
"""A circle has fewer steps; the links of the control paths are numbered after them."""


def home_rows(away: Lazy, market: Market) -> Lazy:
    """The rows that prove, for each ``subject_id``, that ``first_id`` and ``last_id`` were of one control group.

    ``away`` has subject_id, first_id, last_id and first_on, the day that counts. Gives subject_id, ordinal, table,
    row_key and role, as :class:`graphkit.model.Outcome` takes evidence.
    """
    members = [away.select("subject_id", party_id=party, on_date="first_on") for party in ("first_id", "last_id")]
    return control_rows(nw.concat(members, how="vertical"), market, after=_PROOF_AFTER)
