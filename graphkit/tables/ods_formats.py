"""An ODS workbook → the cells that are merged, percents or errors, its hidden rows and columns, and its day 0."""

import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from graphkit.tables.sheet_formats import EPOCH_1900, BookFormats, SheetFormats

_SPACE = "urn:oasis:names:tc:opendocument:xmlns"
_TABLE = f"{{{_SPACE}:table:1.0}}"
_OFFICE = f"{{{_SPACE}:office:1.0}}"
_TEXT = f"{{{_SPACE}:text:1.0}}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_UNSEEN = ("collapse", "filter")
_LONGEST, _WIDEST = 1 << 20, 1 << 14
_ERROR = re.compile(r"#\S+[!?]|#N/A|Err:\d{3}")


def ods_formats(path: Path) -> BookFormats:
    """Of each sheet by name what it is known by; its places are counted from 0."""
    # a fifth of a second that only those who read such a workbook pay
    from lxml import etree

    found: dict[str, SheetFormats] = {}
    epoch = EPOCH_1900
    tags = (f"{_TABLE}table", f"{_TABLE}null-date")
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        for _, element in etree.iterparse(content, tag=tags, resolve_entities=False):
            if element.tag == f"{_TABLE}null-date":
                epoch = date.fromisoformat(element.get(f"{_TABLE}date-value", EPOCH_1900.isoformat())[:10])
                continue
            found[element.get(f"{_TABLE}name", "")] = _of_sheet(element)
            element.clear()
    return BookFormats(found, epoch)


def _of_sheet(sheet: Any) -> SheetFormats:
    formats = SheetFormats(merged=[])
    column = 0
    for element in sheet.iter(f"{_TABLE}table-column"):
        times = _times(element, "columns")
        if element.get(f"{_TABLE}visibility") in _UNSEEN:
            formats.hidden_columns.update(range(column, min(column + times, _WIDEST)))
        column += times
    row = 0
    for element in sheet.iter(f"{_TABLE}table-row"):
        times = _times(element, "rows")
        if element.get(f"{_TABLE}visibility") in _UNSEEN:
            formats.hidden_rows.update(range(row, min(row + times, _LONGEST)))
        _add_cells(formats, element, row, times)
        row += times
    return formats


def _times(element: Any, of: str) -> int:
    return int(element.get(f"{_TABLE}number-{of}-repeated", 1))


def _add_cells(formats: SheetFormats, element: Any, row: int, down: int) -> None:
    column = 0
    for cell in element.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        tall, wide = (int(cell.get(f"{_TABLE}number-{of}-spanned", 1)) for of in ("rows", "columns"))
        if (tall > 1 or wide > 1) and formats.merged is not None:
            formats.merged.append(((row, column), (row + tall - 1, column + wide - 1)))
        across = _times(cell, "columns")
        error = _error(cell)
        if error or cell.get(f"{_OFFICE}value-type") == "percentage":
            # no further than a sheet goes; that it is not filled beyond reason is seen before
            places = [(at, to) for at in range(row, row + down) for to in range(column, column + across)]
            if error:
                formats.errors |= dict.fromkeys(places, error)
            else:
                formats.percents += places
        column += across


def _error(cell: Any) -> str:
    """What an error says: LibreOffice marks it as one, others show it in place of a formula's value."""
    if cell.get(f"{_CALC}value-type") != "error" and not cell.get(f"{_TABLE}formula"):
        return ""
    text = "".join(cell.findtext(f"{_TEXT}p") or "")
    is_error = cell.get(f"{_CALC}value-type") == "error" or _ERROR.fullmatch(text)
    return text if is_error else ""
