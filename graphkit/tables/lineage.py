"""Which columns say where a row came from, and what a table holds apart from them."""

import hashlib

import polars as pl

LINEAGE = ("source_id", "line")
"""The columns that name file and line: the only ones that may differ when rows come in another order."""
ROW = (*LINEAGE, "piece")
"""What tells rows apart while they are loaded: one line may feed several rows, numbered from 0."""


def hash_frame(frame: pl.DataFrame) -> str:
    """The sha256 of a table's content: the same for the same rows in any order, whatever file they came from.

    >>> a = pl.DataFrame({"x": [1, 2], "line": [2, 3]})
    >>> b = pl.DataFrame({"x": [2, 1], "line": [2, 3]})
    >>> hash_frame(a) == hash_frame(b)
    True
    """
    content = frame.drop(*LINEAGE, strict=False)
    ordered = content.select(sorted(content.columns)).sort(sorted(content.columns))
    digest = hashlib.sha256(repr(ordered.schema).encode())
    digest.update(ordered.write_csv(null_value="\x00").encode())
    return digest.hexdigest()
