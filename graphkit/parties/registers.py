"""Rows of registers as dated facts: on which days they surely hold, and on which they only may."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.parties.holdings import as_known, pieces
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES


def dated(
    tables: Mapping[str, pl.DataFrame], name: str, coverage: Coverage, as_of: date, *, lasts_for_ever: bool = False
) -> pl.DataFrame:
    """The rows of a register that were known on ``as_of``, cut into days on which they surely hold or only may.

    Adds ``first`` and ``last`` (day numbers, both included) and ``is_certain``. A row without ``valid_from`` is certain
    from its register's date, and before it, or altogether where the register has none, only possible; with
    ``lasts_for_ever`` (ties of blood) it holds on every day.
    """
    rows = tables.get(name, TABLES[name].empty())
    absent = [pl.lit(None, pl.Date).alias(name) for name in ("valid_from", "valid_to") if name not in rows.columns]
    known = as_known(rows.with_columns(absent), name, coverage, as_of).with_columns(sure_last="last")
    return pieces(known.with_columns(sure_first="first") if lasts_for_ever else known)
