"""A source file as it was read: text cells with their line, and the records that are no rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from graphkit.errors import InputError

BROKEN_SCHEMA = {"line": pl.Int64(), "text": pl.String(), "reason": pl.String()}
SKIPPED_SCHEMA = {"line": pl.Int64(), "kind": pl.String(), "text": pl.String()}
UNDECODABLE = "has bytes that are not in the file's encoding"
"""The reason of a record that cannot be read as text."""


@dataclass(frozen=True)
class RawTable:
    """The cells of one file, all text; nothing is interpreted and nothing is lost.

    ``rows`` has one String column a header cell, named by position (``c0`` … ``cn``, empty cells null or empty text),
    and ``line``: the physical line where the record starts (text, JSON lines, HTML), the sheet's row (workbooks), the
    record's number (a JSON array) or row index + 2 (Parquet); no two records share it.
    ``broken`` (line, text, reason) holds the records that cannot be rows. ``texts`` is each row's own text where the
    format has one. ``skipped`` (line, kind, text) lists what is no data: header, notes, totals, repeated headers. Every
    record of the file is in ``rows``, ``broken`` or ``skipped``; empty lines are no records. ``sheet`` is the name of
    the sheet, in a file that may have several. ``otherwise`` are the lines of a text that are in another encoding than
    it, line → encoding; where ``proven`` is false its ``encoding`` is only the likeliest, and to be asked about.
    ``epoch`` is day 0 of the day numbers of a workbook, None elsewhere. ``notes`` say of the file what its user should
    know, such as that rows of it are hidden.
    """

    header: list[str]
    rows: pl.DataFrame
    broken: pl.DataFrame
    format: str
    encoding: str
    delimiter: str
    texts: pl.Series | None = field(default=None, repr=False)
    sheet: str = ""
    skipped: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SKIPPED_SCHEMA), repr=False)
    otherwise: Mapping[int, str] = field(default_factory=dict)
    proven: bool = True
    epoch: date | None = None
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """How many records the file has."""
        return self.rows.height + self.broken.height

    def text_of(self, indices: pl.Series) -> pl.Series:
        """The text of some rows by their position in ``rows``: as the file has it, else the cells joined as CSV."""
        if self.texts is not None:
            return self.texts.gather(indices)
        return joined_as_csv(self.rows.drop("line").select(pl.all().gather(indices)))

    def only(self, kept: pl.Series, passed: pl.Series, kind: str) -> "RawTable":
        """The table with the rows of a mask, and those of another listed as no data of a ``kind``."""
        texts = self.text_of(passed.arg_true())
        lines = self.rows["line"].gather(passed.arg_true())
        listed = pl.DataFrame({"line": lines, "text": texts}).select("line", kind=pl.lit(kind), text="text")
        return replace(
            self,
            rows=self.rows.filter(kept),
            texts=None if self.texts is None else self.texts.filter(kept),
            skipped=pl.concat([self.skipped, listed]),
        )


@dataclass(frozen=True)
class HeaderRow:
    """The lines on which the header of a table is, where somebody has said so: one, or two with groups of columns.

    >>> HeaderRow.of("3"), HeaderRow.of("2-3")
    (HeaderRow(first=3, last=3), HeaderRow(first=2, last=3))
    """

    first: int
    last: int

    @classmethod
    def of(cls, text: str) -> "HeaderRow":
        """Read ``3`` or ``2-3``; raises ``InputError`` for anything else."""
        told = re.fullmatch(r"(\d{1,7})(?:-(\d{1,7}))?", text.strip())
        first, last = (int(told[1]), int(told[2] or told[1])) if told else (0, 0)
        if not 0 < first <= last <= first + 1:
            raise InputError(f"{text} is no header row; give its line, such as 3, or two lines, such as 2-3.")
        return cls(first, last)

    def places(self, name: str, lines: Sequence[int]) -> tuple[int, int]:
        """The positions of these lines among the filled ``lines`` of a table."""
        if self.first not in lines or self.last not in lines:
            raise InputError(f"{name} has nothing on line {self.first if self.first not in lines else self.last}.")
        return lines.index(self.first), lines.index(self.last)


def joined_as_csv(cells: pl.DataFrame) -> pl.Series:
    """Each row of text cells as one line of CSV.

    >>> joined_as_csv(pl.DataFrame({"c0": ["a", None], "c1": ["6", "7,8"]})).to_list()
    ['a,6', ',"7,8"']
    """
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
