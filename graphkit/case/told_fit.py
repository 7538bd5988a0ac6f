"""What the user says of the columns and constants of many files → what of it is meant for a table, and what is not."""

from collections.abc import Mapping, Sequence

import polars as pl

from graphkit.case.source_entry import SourceEntry
from graphkit.tables.cells import trimmed
from graphkit.tables.inputs import TABLES, Table
from graphkit.tables.parsing import parse
from graphkit.tables.raw_table import RawTable


def meant_constants(table: Table, constants: Mapping[str, str]) -> dict[str, str]:
    """The constants that a table has a column for which can hold the value: a sale's kind is none of a party.

    >>> meant_constants(TABLES["sales"], {"kind": "retail"}), meant_constants(TABLES["parties"], {"kind": "retail"})
    ({'kind': 'retail'}, {})
    """
    return {
        name: value for name, value in constants.items() if _reads(table, name, pl.Series([value], dtype=pl.String))
    }


def meant_columns(table: Table, columns: Mapping[str, str], raw: RawTable) -> dict[str, str]:
    """The headers whose column the table has; of a closed list of words, one that a cell under the header is in."""
    return {head: to for head, to in columns.items() if head in raw.header and _reads(table, to, _cells(raw, head))}


def not_meant(
    entries: Sequence[SourceEntry], raw: RawTable, columns: Mapping[str, str], constants: Mapping[str, str]
) -> list[str]:
    """What was said of columns and of constants and means none of the tables of a file that have such a column."""
    tables = [TABLES[entry.table] for entry in entries]
    said = [(f"{name}={value}", name, pl.Series([value])) for name, value in constants.items()]
    said += [(f"{head}={to}", to, _cells(raw, head)) for head, to in columns.items() if head in raw.header]
    notes = [
        f"{head}={to} was not used: there is no such column" for head, to in columns.items() if head not in raw.header
    ]
    for text, name, cells in said:
        having = [table for table in tables if name in (*table.columns, *table.companions)]
        if having and not any(_reads(table, name, cells) for table in having):
            names = " or ".join(dict.fromkeys(table.name for table in having))
            notes.append(f"{text} was not used: that is no {name} in {names}")
    return notes


def _cells(raw: RawTable, head: str) -> pl.Series:
    return raw.rows.select(trimmed(pl.col(f"c{raw.header.index(head)}"))).to_series().drop_nulls().unique()


def _reads(table: Table, name: str, cells: pl.Series) -> bool:
    """Whether a column of a table can hold what some cells say; only a closed list of words can refuse them all."""
    if name not in (*table.columns, *table.companions):
        return False
    column = table.columns.get(name)
    if "one_of" not in ((column.metadata if column is not None else None) or {}) or cells.is_empty():
        return True
    return not cells.to_frame(name).select(parse(table, name).value).to_series().is_null().all()
