"""A source file → its cells as text, whatever its format; the format is told by the file's content."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from graphkit.errors import InputError
from graphkit.tables.delimited import read_delimited
from graphkit.tables.grids import LARGEST_EXACT, table_of
from graphkit.tables.html_tables import read_html, said_charset
from graphkit.tables.json_records import read_json
from graphkit.tables.kinds import kind_of
from graphkit.tables.physical_lines import lines_of
from graphkit.tables.raw_table import BROKEN_SCHEMA, HeaderRow, RawTable, column_names
from graphkit.tables.workbooks import Workbook, read_workbook

__all__ = ["HeaderRow", "RawTable", "Tables", "read", "read_tables"]


@dataclass(frozen=True)
class Tables:
    """The tables of one file, more than one only of a workbook, and its sheets that are none, each with the reason."""

    tables: list[RawTable]
    passed: dict[str, str] = field(default_factory=dict)


def read(
    path: Path, sheet: str | None = None, header_row: HeaderRow | None = None, encoding: str | None = None
) -> RawTable:
    """Every record of a text, workbook or Parquet file, as text cells with their line; broken records beside.

    ``sheet`` names the sheet of a workbook, ``header_row`` the lines of the header where it is not to be looked for,
    ``encoding`` what the user says of a text that does not begin with a mark of Unicode.
    Raises ``InputError``, one sentence that names the file, for what is missing, a folder, empty, without rows or not
    a table, and for several sheets with tables.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "sales.csv"
    >>> _ = path.write_text("sale_id,price\\nS1,10\\nS2\\n", encoding="utf-8")
    >>> raw = read(path)
    >>> raw.header, raw.rows.rows(), raw.broken.row(0)
    (['sale_id', 'price'], [('S1', '10', 2)], (3, 'S2', 'has 1 cells where the header has 2'))
    """
    found = read_tables(path, sheet, header_row, encoding)
    if len(found.tables) > 1:
        sheets = ", ".join(table.sheet for table in found.tables)
        raise InputError(f"{path.name} has {len(found.tables)} sheets with rows ({sheets}); name one of them.")
    return found.tables[0]


def read_tables(
    path: Path, sheet: str | None = None, header_row: HeaderRow | None = None, encoding: str | None = None
) -> Tables:
    """Every table of a file, as ``read`` gives one; a file has several where it is a workbook with several sheets.

    Hidden sheets, and those without a table, are passed over and named, unless ``sheet`` asks for one.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path.name} is a folder; name the files inside it.")
        kind = kind_of(path)
        if kind in ("xlsx", "xls", "xlsb", "ods"):
            return _of_workbook(path.name, read_workbook(path, kind, sheet), header_row)
        if sheet is not None:
            raise InputError(f"{path.name} is no workbook, so it has no sheet {sheet}; leave the sheet out.")
        if kind in ("json", "parquet") and header_row:
            raise InputError(f"{path.name} names its columns itself; leave the header row out.")
        if kind == "parquet":
            return Tables([_read_parquet(path)])
        if kind == "zip":
            raise InputError(f"{path.name} is a zip but not a workbook; unpack it and give the table inside.")
        return Tables([_of_text(path.name, path.read_bytes(), kind, header_row, encoding)])
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}); check its permissions.") from error


def _of_workbook(name: str, book: Workbook, header_row: HeaderRow | None) -> Tables:
    tables: list[RawTable] = []
    refused: dict[str, InputError] = {}
    for grid in book.grids:
        try:
            tables.append(table_of(name, grid, header_row))
        except InputError as error:
            refused[grid.sheet] = error
    if not tables:
        raise next(iter(refused.values()))
    return Tables(tables, book.passed | {sheet: str(error) for sheet, error in refused.items()})


def _of_text(name: str, data: bytes, kind: str, header_row: HeaderRow | None, encoding: str | None) -> RawTable:
    lines = lines_of(name, data, encoding, said_charset(data) if kind == "html" else None)
    if kind == "html":
        table = table_of(name, read_html(name, lines), header_row)
    elif kind == "json":
        table = read_json(name, lines)
    else:
        table = read_delimited(name, lines, header_row)
    return replace(table, otherwise=lines.otherwise, proven=lines.proven)


def _read_parquet(path: Path) -> RawTable:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path.name} is a damaged Parquet file; export it again.") from error
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Object)]
    if nested:
        raise InputError(f"{path.name} has columns that are not plain values ({', '.join(nested)}); leave them out.")
    if frame.width < 2:
        raise InputError(f"{path.name} is not a table with at least two columns.")
    header = list(frame.columns)
    names = column_names(len(header))
    cells = frame.rename(dict(zip(header, names, strict=True))).select(
        _as_text(name, dtype) for name, dtype in zip(names, frame.dtypes, strict=True)
    )
    rows = cells.with_columns(line=pl.int_range(2, pl.len() + 2, dtype=pl.Int64))
    return RawTable(header, rows, pl.DataFrame(schema=BROKEN_SCHEMA), format="parquet", encoding="utf-8", delimiter="")


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_float():
        # whole numbers stored as floats (ids, counts) lose their ".0"
        whole = (column == column.floor()) & (column.abs() < LARGEST_EXACT)
        as_whole = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(as_whole).otherwise(column.fill_nan(None).cast(pl.String)).alias(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.replace_time_zone(None).dt.to_string("iso").alias(name)
    return column.cast(pl.String)
