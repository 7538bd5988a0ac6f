"""What detectors of circles share: tables in memory, and the rows that prove that a circle came home to its group."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import polars as pl

from graphkit.detectors.control_on_day import control_rows
from graphkit.model import Market

Lazy = nw.LazyFrame[Any]

_PROOF_AFTER = 10
"""A circle has fewer steps; the links of the control paths are numbered after them."""


def in_memory(market: Market, tables: Sequence[str], ledger: Sequence[str] = ()) -> Market:
    """The market with these tables, these columns of the ledger, and who is who, in memory: circles are found in
    arrays, on whatever engine.
    """
    return replace(
        market,
        tables={name: _here(market.tables[name]) for name in tables},
        ledger=_here(market.ledger.select(*ledger)) if ledger else market.ledger,
        identities=_here(market.identities),
        groups=_here(market.groups),
        control=_here(market.control),
        proofs=_here(market.proofs),
        shadows=_here(market.shadows),
    )


def polars_of(frame: Lazy) -> pl.DataFrame:
    """A table in memory."""
    collected: pl.DataFrame = frame.collect("polars").to_native()
    return collected


def lazy_of(frame: pl.DataFrame) -> Lazy:
    """A table in memory as detectors take and give it."""
    return nw.from_native(frame.lazy())


def home_rows(away: Lazy, market: Market) -> Lazy:
    """The rows that prove, for each ``subject_id``, that ``first_id`` and ``last_id`` were of one control group.

    ``away`` has subject_id, first_id, last_id and first_on, the day that counts. Gives subject_id, ordinal, table,
    row_key and role, as :class:`graphkit.model.Outcome` takes evidence.
    """
    members = [away.select("subject_id", party_id=party, on_date="first_on") for party in ("first_id", "last_id")]
    return control_rows(nw.concat(members, how="vertical"), market, after=_PROOF_AFTER)


def _here(frame: Lazy) -> Lazy:
    return lazy_of(polars_of(frame))
