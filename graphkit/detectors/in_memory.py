"""What detectors share that work in arrays, or read one table off many times: the market's tables in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import polars as pl

from graphkit.model import Market

Lazy = nw.LazyFrame[Any]


def in_memory(market: Market, tables: Sequence[str], ledger: Sequence[str] = ()) -> Market:
    """The market with these tables, these columns of the ledger, and who is who, in memory, whatever its engine."""
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


def _here(frame: Lazy) -> Lazy:
    return lazy_of(polars_of(frame))
