"""Rows of registers as dated facts: on which days they surely hold, and on which they only may."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.model import Coverage
from graphkit.parties.days import FIRST, LAST, as_number, number_of
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
    register = coverage.register_date(name)
    since = FIRST if lasts_for_ever else LAST + 1 if register is None else number_of(register)
    ends = as_number("valid_to", LAST)
    known = (
        rows.with_columns(absent)
        .filter((pl.col("valid_from") <= as_of).fill_null(True))
        .with_columns(
            first=as_number("valid_from", FIRST),
            sure_first=as_number("valid_from", since),
            # an end that lies after as_of was not known then
            last=pl.when(ends > number_of(as_of)).then(LAST).otherwise(ends),
        )
    )
    sure_first = pl.min_horizontal("sure_first", pl.col("last") + 1)
    sure = known.with_columns(first=sure_first, is_certain=pl.lit(True))
    before = known.with_columns(last=sure_first - 1, is_certain=pl.lit(False))
    return pl.concat([sure, before]).filter(pl.col("first") <= pl.col("last")).drop("sure_first")
