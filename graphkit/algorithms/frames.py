"""One table as every engine takes it, and in memory."""

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import polars as pl

Lazy = nw.LazyFrame[Any]
Frames = Mapping[str, Lazy]


def polars_of(frame: Lazy) -> pl.DataFrame:
    """A table in memory.

    >>> polars_of(lazy_of(pl.DataFrame({"vin": ["V1"]}))).height
    1
    """
    collected: pl.DataFrame = frame.collect("polars").to_native()
    return collected


def lazy_of(frame: pl.DataFrame) -> Lazy:
    """A table in memory as detectors take and give it."""
    return nw.from_native(frame.lazy())


def at_hand(rows: Lazy) -> Lazy:
    """The rows worked out and in memory: a plan that several steps read doubles with each reading.

    >>> at_hand(lazy_of(pl.DataFrame({"vin": ["V1"]}))).collect().shape
    (1, 1)
    """
    return lazy_of(polars_of(rows))
