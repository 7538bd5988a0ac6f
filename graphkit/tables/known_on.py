"""The tables as they could be known on a day: no later rows, no later facts."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

import polars as pl

from graphkit.tables.inputs import TABLES

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

LINKS = ("ownership", "positions", "control_agreements")
"""Registers whose rows are not yet known before their ``valid_from``."""


def known_on(tables: Mapping[str, Frame], as_of: date) -> dict[str, Frame]:
    """Every table without the rows dated later than ``as_of``, and with later facts of earlier rows (a handover, a
    cancellation, a deregistration) set null.

    Parties stay, also those registered later: a row that names one proves that it was known.

    >>> held = pl.DataFrame({"valid_from": [date(2024, 1, 1), date(2025, 1, 1), None]})
    >>> known_on({"ownership": held}, date(2024, 6, 30))["ownership"]["valid_from"].to_list()
    [datetime.date(2024, 1, 1), None]
    """
    return {name: _known(name, frame, as_of) for name, frame in tables.items()}


def _known(name: str, frame: Frame, as_of: date) -> Frame:
    table = TABLES[name]
    day = table.dated or ("valid_from" if name in LINKS else None)
    if day is not None:
        frame = frame.filter(pl.col(day).is_null() | (pl.col(day) <= as_of))
    # when() without otherwise() gives null, also where the day is null
    return frame.with_columns(pl.when(pl.col(later) <= as_of).then(pl.col(later)) for later in table.later)
