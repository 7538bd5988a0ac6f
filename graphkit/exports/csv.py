"""A table as CSV that spreadsheets open without running anything."""

from pathlib import Path

import polars as pl

from graphkit.exports.formulas import neutralise
from graphkit.files import replacing


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Write ``frame`` to ``path`` with neutral formulas, as UTF-8 with the mark that spreadsheets need for Chinese.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.csv"
    >>> write_csv(pl.DataFrame({"name": ["=1+1"], "units": [-2]}), path)
    >>> path.read_text(encoding="utf-8-sig")
    "name,units\\n'=1+1,-2\\n"
    """
    with replacing(path) as beside:
        neutralise(frame).write_csv(beside, include_bom=True)
