"""Holdings as other people have them (lists, arrays, series) → numbered nodes and exact shares."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

WHOLE = 1_000_000
"""All shares of a company, in parts per million: shares are rounded to these, so that one half is exact."""

Column: TypeAlias = Sequence[Any] | npt.NDArray[Any] | pl.Series
Ints: TypeAlias = npt.NDArray[np.int64]

NUMBERS = ("share", "least", "first", "last")
"""The columns that hold numbers: whole and broken ones may be mixed."""

_NAMED = 3


def series(name: str, values: Column) -> pl.Series:
    """Values as a series; raises ``ValueError`` where one is missing or they are not of one kind."""
    try:
        column = pl.Series(name, np.asarray(values) if name in NUMBERS else values)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{name} must hold values of one kind") from error
    if column.null_count():
        raise ValueError(f"{name} has {column.null_count()} missing values; leave those holdings out")
    return column


def holdings(owner: Column, owned: Column, **columns: Column | None) -> pl.DataFrame:
    """owner, owned and the other columns that are given, as one frame.

    Raises ``ValueError`` where lengths differ, a value is missing, or owner and owned are of two kinds.
    """
    given = {"owner": owner, "owned": owned} | {name: values for name, values in columns.items() if values is not None}
    columns_of = [series(name, values) for name, values in given.items()]
    lengths = {column.name: column.len() for column in columns_of}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns must be equally long, not {lengths}")
    frame = pl.DataFrame(columns_of)
    if frame.is_empty():
        kinds = {column.dtype for column in columns_of[:2]} - {pl.Null()}
        kind = kinds.pop() if len(kinds) == 1 else pl.String()
        return frame.with_columns(pl.col("owner", "owned").cast(kind))
    if frame.schema["owner"] != frame.schema["owned"]:
        kinds_are = f"{frame.schema['owner']} and {frame.schema['owned']}"
        raise ValueError(f"owner and owned must name nodes in the same way, not as {kinds_are}")
    return frame


def in_ppm(share: pl.Series) -> pl.Series:
    """Fractions 0–1 as whole parts per million; raises ``ValueError`` for anything else.

    >>> in_ppm(pl.Series("share", [0.5, 1])).to_list()
    [500000, 1000000]
    """
    if not share.dtype.is_numeric() and share.len():
        raise ValueError(f"{share.name} must hold numbers, not {share.dtype}")
    fraction = share.cast(pl.Float64)
    outside = fraction.filter(~fraction.is_between(0, 1))
    if outside.len():
        raise ValueError(
            f"{share.name} must lie between 0 and 1 (a fraction: 60 % is 0.6), not {outside[0]:g}, "
            f"in {outside.len()} of {share.len()} holdings"
        )
    return (fraction * WHOLE).round().cast(pl.Int64)


def numbered(*columns: pl.Series) -> tuple[pl.Series, list[Ints]]:
    """The sorted names in all the columns, and each column as positions among them."""
    filled = [column for column in columns if column.len()] or [columns[0]]
    names = pl.concat([column.rename("name") for column in filled]).unique().sort()
    if names.dtype == pl.String:
        kind = pl.Enum(names)
        positions = [column.cast(kind).to_physical() if column.len() else column for column in columns]
    else:
        positions = [names.search_sorted(column) if column.len() else column for column in columns]
    return names, [position.cast(pl.Int64).to_numpy() for position in positions]


def a_few(names: Iterable[object]) -> str:
    """The first names of a list, for an error message.

    >>> a_few("ABCDE")
    'A, B, C and 2 more'
    """
    every = [str(name) for name in names]
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
