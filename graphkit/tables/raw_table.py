"""A source file as it was read: text cells with their line, and the records that are no rows."""

from dataclasses import dataclass, field

import polars as pl

BROKEN_SCHEMA = {"line": pl.Int64(), "text": pl.String(), "reason": pl.String()}
UNDECODABLE = "has bytes that are not in the file's encoding"
"""The reason of a record that cannot be read as text."""


@dataclass(frozen=True)
class RawTable:
    """The cells of one file, all text; nothing is interpreted and nothing is lost.

    ``rows`` has one String column a header cell, named by position (``c0`` … ``cn``, empty cells null or empty text),
    and ``line``: the physical line where the record starts (text, JSON lines, HTML), the sheet's row (workbooks), the
    record's number (a JSON array) or row index + 2 (Parquet); no two records share it.
    ``broken`` (line, text, reason) holds the records that cannot be rows. ``texts`` is each row's own text where the
    format has one. Every record of the file is in ``rows`` or in ``broken``; empty lines are no records.
    """

    header: list[str]
    rows: pl.DataFrame
    broken: pl.DataFrame
    format: str
    encoding: str
    delimiter: str
    texts: pl.Series | None = field(default=None, repr=False)

    @property
    def height(self) -> int:
        """How many records the file has."""
        return self.rows.height + self.broken.height

    def text_of(self, indices: pl.Series) -> pl.Series:
        """The text of some rows by their position in ``rows``: as the file has it, else the cells joined as CSV."""
        if self.texts is not None:
            return self.texts.gather(indices)
        cells = self.rows.drop("line").select(pl.all().gather(indices))
        quoted = (
            pl.when(cell.str.contains('[",\n]'))
            .then(pl.format('"{}"', cell.str.replace_all('"', '""', literal=True)))
            .otherwise(cell)
            for cell in (pl.col(name).fill_null("") for name in cells.columns)
        )
        return cells.select(text=pl.concat_str(list(quoted), separator=",")).to_series()


def column_names(width: int) -> list[str]:
    """The names of ``width`` columns by position.

    >>> column_names(3)
    ['c0', 'c1', 'c2']
    """
    return [f"c{position}" for position in range(width)]
