"""An ODS workbook → which of its cells are merged; python-calamine 0.9.1 tells that of XLSX and XLS alone."""

import zipfile
from pathlib import Path
from typing import Any

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
Merge = tuple[tuple[int, int], tuple[int, int]]


def merged_cells(path: Path) -> dict[str, list[Merge]]:
    """Of each sheet by name: the first and last row and column of its merged cells, counted from 0."""
    # a fifth of a second that only those who read such a workbook pay
    from lxml import etree

    found: dict[str, list[Merge]] = {}
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        for _, sheet in etree.iterparse(content, tag=f"{_TABLE}table", resolve_entities=False):
            found[sheet.get(f"{_TABLE}name", "")] = _of_sheet(sheet)
            sheet.clear()
    return found


def _of_sheet(sheet: Any) -> list[Merge]:
    merges: list[Merge] = []
    row = 0
    for element in sheet.iter(f"{_TABLE}table-row"):
        column = 0
        for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            down, across = (int(cell.get(f"{_TABLE}number-{of}-spanned", 1)) for of in ("rows", "columns"))
            if down > 1 or across > 1:
                merges.append(((row, column), (row + down - 1, column + across - 1)))
            column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
    return merges
