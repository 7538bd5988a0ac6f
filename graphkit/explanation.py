"""An explanation: titled sections of sentences and rows, the same for the terminal, a notebook and a program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphkit.tables.inputs import TABLES

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20
"""Rows of a section that are printed; ``rows(title)`` gives them all."""


@dataclass(frozen=True)
class Section:
    """One titled part: sentences, then rows."""

    title: str
    lines: tuple[str, ...] = ()
    frame: pl.DataFrame | None = None


@dataclass(frozen=True)
class Explanation:
    """Everything that is known about one finding, car or party, in the order in which a reader asks."""

    kind: str
    subject_id: str
    title: str
    sections: tuple[Section, ...]

    def rows(self, title: str) -> "pd.DataFrame":
        """All rows of the section called ``title``; none where it has only sentences."""
        for section in self.sections:
            if section.title == title and section.frame is not None:
                return section.frame.to_pandas()
        return pl.DataFrame().to_pandas()

    def __str__(self) -> str:
        parts = [self.title]
        for section in self.sections:
            parts += ["", section.title, *(f"  {line}" for line in section.lines)]
            if section.frame is not None:
                parts += [f"  {_line(row)}" for row in section.frame.head(SHOWN).iter_rows(named=True)]
                if section.frame.height > SHOWN:
                    parts.append(f"  … and {section.frame.height - SHOWN:,} more")
            if not section.lines and (section.frame is None or section.frame.is_empty()):
                parts.append("  none")
        return "\n".join(parts)


def row_text(frame: pl.DataFrame, table: str) -> pl.Expr:
    """What a row of an input table says, as ``column=value; …`` without what is empty or says where it came from."""
    columns = [name for name in (*TABLES[table].columns, *TABLES[table].companions) if name in frame.columns]
    pieces = [
        pl.when(pl.col(name).is_not_null()).then(pl.format(f"{name}={{}}", _value(name, table)))
        for name in columns
        if name != "vin"
    ]
    return pl.concat_str(pieces, separator="; ", ignore_nulls=True)


def _value(name: str, table: str) -> pl.Expr:
    column = TABLES[table].columns.get(name)
    if column is not None and (column.metadata or {}).get("unit") == "ppm":
        return pl.format("{} %", pl.col(name) / 10_000)
    return pl.col(name)


def cited(
    keys: pl.DataFrame, tables: Mapping[str, pl.DataFrame], files: Mapping[str, str], *, keep: int | None = None
) -> pl.DataFrame:
    """``keys`` (with ``table`` and ``row_key``) with ``file``, ``line`` and ``says`` of the row each one names.

    ``files`` gives the name of each source. ``keep`` looks up only the first so many rows.
    """
    wanted = keys if keep is None else keys.head(keep)
    named = [name for name in wanted["table"].unique(maintain_order=True) if name in tables]
    schema = {
        "table": pl.String(),
        "row_key": pl.String(),
        "file": pl.String(),
        "line": pl.Int64(),
        "says": pl.String(),
    }
    rows = [pl.DataFrame(schema=schema)]
    for name in named:
        sought = wanted.filter(pl.col("table") == name)["row_key"].unique().to_list()
        frame = tables[name].filter(pl.col("row_key").is_in(sought))
        rows.append(
            frame.select(
                pl.lit(name).alias("table"),
                pl.col("row_key"),
                file=named_file(files),
                line=pl.col("line"),
                says=row_text(frame, name),
            )
        )
    known = pl.concat(rows).unique(["table", "row_key"], keep="first", maintain_order=True)
    drop = [name for name in ("file", "line", "says", "source_id") if name in wanted.columns]
    return wanted.drop(drop).join(known, on=["table", "row_key"], how="left", maintain_order="left")


def named_file(files: Mapping[str, str]) -> pl.Expr:
    """The name of the file that ``source_id`` stands for."""
    return pl.col("source_id").replace_strict(dict(files), default=pl.col("source_id"), return_dtype=pl.String)


def _line(row: Mapping[str, object]) -> str:
    return " · ".join(str(value) for value in row.values() if value is not None)
