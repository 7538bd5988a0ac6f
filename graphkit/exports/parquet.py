"""A table as Parquet: for programs, so every value stays as it is."""

from pathlib import Path

import polars as pl

from graphkit.files import replacing


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write ``frame`` to ``path``; equal content gives equal bytes.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.parquet"
    >>> write_parquet(pl.DataFrame({"units": [1]}), path)
    >>> pl.read_parquet(path)["units"].to_list()
    [1]
    """
    with replacing(path) as beside:
        frame.write_parquet(beside, compression="zstd", statistics=True)
