"""XLSX, XLS, XLSB and ODS → the grid of the one sheet that holds a table."""

from pathlib import Path

import python_calamine

from graphkit.errors import InputError
from graphkit.tables.grids import Grid
from graphkit.tables.workbook_guards import refuse_bombs


def read_workbook(path: Path, kind: str) -> Grid:
    """The cells of the one sheet of a workbook that holds a table; ``line`` is the sheet's row.

    Raises ``InputError`` for a workbook that is damaged or a zip bomb, and for several sheets with tables.
    """
    if kind != "xls":
        refuse_bombs(path, kind)
    try:
        # an open file is told by its content, a path by its suffix, which may lie
        with path.open("rb") as stream:
            workbook = python_calamine.load_workbook(stream)
            sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be opened as an {kind.upper()} workbook; save it again as XLSX or CSV."
        ) from error
    tables = {name: sheet for name, sheet in sheets.items() if sheet.height >= 1 and sheet.width >= 2}
    if not tables:
        raise InputError(f"{path.name} has no sheet with a header and rows; give a workbook with one table.")
    if len(tables) > 1:
        raise InputError(
            f"{path.name} has {len(tables)} sheets with rows ({', '.join(tables)}); save each as its own file."
        )
    sheet = next(iter(tables.values()))
    rows = sheet.to_python(skip_empty_area=True)
    first = (sheet.start or (0, 0))[0] + 1
    return Grid(rows, range(first, first + len(rows)), format=kind)
