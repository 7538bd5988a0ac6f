"""Thresholds as rows: name, value, unit, why."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from graphkit.algorithms.thresholds import Threshold


def threshold_table(thresholds: Iterable[Threshold]) -> pl.DataFrame:
    """One row a threshold, its value as it is read: ``name``, ``value``, ``unit``, ``why``.

    >>> threshold_table([Threshold("min_share", 0.1, "of the cars", "a tenth (our judgement)")]).row(0)
    ('min_share', '0.1', 'of the cars', 'a tenth (our judgement)')
    """
    rows = [(one.name, number(one.value), one.unit, one.why) for one in thresholds]
    return pl.DataFrame(rows, schema=dict.fromkeys(("name", "value", "unit", "why"), pl.String()), orient="row")


def number(value: Any) -> str:
    """A threshold's value as text.

    >>> number(2.0), number(0.05), number(10_000), number("month")
    ('2', '0.05', '10,000', 'month')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.10g}"
