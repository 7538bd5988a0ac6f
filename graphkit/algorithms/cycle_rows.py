"""Edges as other people have them → numbered edges; cycles as lists of edges → frames in one order."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from graphkit.algorithms.holdings import Column, Ints, numbered

Codes = npt.NDArray[np.int32]

_CLOSE = 8
"""Numbers of vertices lie close together where there are no more of them than this many an edge."""


def edges(source: Column, target: Column, **columns: Column | None) -> pl.DataFrame:
    """row, source and target as numbers in the order of the vertices' names, and the other columns; no self-loops.

    Raises ``ValueError`` where lengths differ, a value other than an amount is missing, or the ends are of two kinds.
    """
    given = {"source": source, "target": target} | {name: of for name, of in columns.items() if of is not None}
    read = [_series(name, values) for name, values in given.items()]
    lengths = {column.name: column.len() for column in read}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns must be equally long, not {lengths}")
    missing = next((column for column in read if column.name != "amount" and column.null_count()), None)
    if missing is not None:
        raise ValueError(f"{missing.name} has {missing.null_count()} missing values; leave those rows out")
    kinds = [column.dtype for column in read[:2]]
    if lengths["source"] and kinds[0] != kinds[1]:
        raise ValueError(f"source and target must name vertices in the same way, not as {kinds[0]} and {kinds[1]}")
    frame = pl.DataFrame(read).with_row_index("row")
    return frame.filter(pl.col("source") != pl.col("target")) if lengths["source"] else frame


def whole(column: pl.Series) -> pl.Series:
    """A column of whole numbers; raises ``ValueError`` for any other."""
    if column.len() and not column.dtype.is_integer():
        raise ValueError(f"{column.name} must hold whole numbers (days, seconds, …), not {column.dtype}")
    return column.cast(pl.Int64)


def coded(frame: pl.DataFrame) -> tuple[pl.Series, Codes, Codes]:
    """The vertices in order, and the ends of every edge as positions among them."""
    ends = [frame["source"], frame["target"]]
    if frame.height and ends[0].dtype.is_signed_integer():
        low = min(int(end.min()) for end in ends)  # type: ignore[arg-type]
        size = max(int(end.max()) for end in ends) - low + 1  # type: ignore[arg-type]
        if size <= _CLOSE * frame.height:
            # numbers that lie close together need not be sorted
            source, target = (end.to_numpy().astype(np.int64) - low for end in ends)
            is_used = np.zeros(size, dtype=np.bool_)
            is_used[source] = is_used[target] = True
            place = (np.cumsum(is_used) - 1).astype(np.int32)
            names = pl.Series(np.flatnonzero(is_used) + low).cast(ends[0].dtype)
            return names, place[source], place[target]
    names, (source, target) = numbered(*ends)
    return names, source.astype(np.int32), target.astype(np.int32)


def counted(totals: Ints) -> pl.DataFrame:
    """How many cycles there are of each length, from an array by length."""
    length = np.flatnonzero(totals)
    return pl.DataFrame({"length": length.astype(np.int64), "cycles": totals[length].astype(np.int64)})


def listed(lengths: Codes, edge: Codes, row: Ints, *keys: npt.NDArray[Any]) -> pl.DataFrame:
    """The cycles one after another, ordered by their edges' first keys, then second keys, …

    Parameters
    ----------
    lengths, edge
        How many edges each cycle has, and all its edges.
    row, keys
        The row of every edge, and what to order by: whole numbers of 0 or more.
    """
    ends = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    names = [f"key {at}" for at in range(len(keys))]
    order = pl.DataFrame([_ordered(name, key[edge], ends) for name, key in zip(names, keys, strict=True)])
    place = order.with_row_index("place").sort(names)["place"].to_numpy().astype(np.int64)
    size = lengths[place].astype(np.int64)
    cycle = np.repeat(np.arange(len(size)), size)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(size) - size, size)
    at = np.repeat(ends[place], size) + step
    return pl.DataFrame({"cycle": cycle, "step": step + 1, "row": row[edge[at]].astype(np.int64)})


def _series(name: str, values: Column) -> pl.Series:
    try:
        return pl.Series(name, np.asarray(values) if isinstance(values, np.ndarray) else values)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{name} must hold values of one kind") from error


def _ordered(name: str, key: npt.NDArray[Any], ends: Ints) -> pl.Series:
    """Each cycle's keys as bytes, which compare as the lists of numbers do."""
    import pyarrow as pa

    written = key.astype(">u8").tobytes()
    offsets = pa.py_buffer((8 * ends).astype(np.int64))
    column = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends) - 1, [None, offsets, pa.py_buffer(written)])
    return pl.Series(name, column)
