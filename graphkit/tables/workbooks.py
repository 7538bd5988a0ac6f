"""XLSX, XLS, XLSB and ODS → the grid of each sheet."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_calamine

from graphkit.errors import InputError
from graphkit.tables.book_formats import book_formats
from graphkit.tables.grids import Grid
from graphkit.tables.sheet_formats import BookFormats, SheetFormats, apply
from graphkit.tables.workbook_guards import refuse_bombs

VISIBLE = python_calamine.SheetVisibleEnum.Visible


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook that may hold a table, and the names of those that do not, each with the reason."""

    grids: list[Grid]
    passed: dict[str, str] = field(default_factory=dict)


def read_workbook(path: Path, kind: str, sheet: str | None = None) -> Workbook:
    """The cells of every sheet that is seen and has two columns, or of the one that is asked for; ``line`` is its row.

    A percent is read as the sheet shows it, whatever its column is called (``60%`` for a stored 0.6), and an error as
    its text (``#N/A``). Hidden rows and columns are read as the others. Raises ``InputError`` for a workbook that is
    damaged or a zip bomb, without such a sheet, or without that one.
    """
    if kind != "xls":
        refuse_bombs(path, kind)
    try:
        # an open file is told by its content, a path by its suffix, which may lie
        with path.open("rb") as stream:
            workbook = python_calamine.load_workbook(stream)
            metadata = {one.name: one for one in workbook.sheets_metadata}
            if sheet is not None and sheet not in metadata:
                raise InputError(f"{path.name} has no sheet {sheet}; it has {', '.join(metadata)}.")
            passed = {name: "is hidden" for name, one in metadata.items() if one.visible != VISIBLE and name != sheet}
            wanted = [sheet] if sheet is not None else [name for name in metadata if name not in passed]
            sheets = {name: workbook.get_sheet_by_name(name) for name in wanted}
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be opened as an {kind.upper()} workbook; save it again as XLSX or CSV."
        ) from error
    tables = {name: one for name, one in sheets.items() if one.height >= 1 and one.width >= 2}
    if not tables:
        raise InputError(f"{path.name} has no sheet with a header and rows; give a workbook with one table.")
    formats = book_formats(path, kind, list(metadata), tables)
    return Workbook([_grid(name, one, kind, formats) for name, one in tables.items()], passed)


def _grid(name: str, sheet: Any, kind: str, book: BookFormats) -> Grid:
    formats = book.sheets.get(name, SheetFormats())
    rows = sheet.to_python(skip_empty_area=True)
    top, left = sheet.start or (0, 0)
    apply(formats, rows, top, left)
    ranges = formats.merged if formats.merged is not None else sheet.merged_cell_ranges or []
    inside = [
        ((first - top, column - left), (min(last - top, len(rows) - 1), end - left))
        for (first, column), (last, end) in sorted(ranges)
        if first >= top and column >= left and first - top < len(rows) and end - left < len(rows[0])
    ]
    return Grid(
        rows,
        range(top + 1, top + 1 + len(rows)),
        format=kind,
        sheet=name,
        merged=inside,
        hidden=frozenset(row + 1 for row in formats.hidden_rows),
        hidden_columns=frozenset(column - left for column in formats.hidden_columns),
        epoch=book.epoch,
    )
