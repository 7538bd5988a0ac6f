"""Workbooks that would unpack to, or lay out, far more than they hold are told before they are opened."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from graphkit.errors import InputError
from graphkit.tables.xlsb_formats import END_OF_CELLS, LAST_CELL, ROW, records

MOST_UNPACKED = 2 * 1024**3
"""Bytes that a workbook may unpack to; the largest sheet Excel allows is below this."""
SUSPECT_UNPACKED = 100 * 1024**2
SUSPECT_RATIO = 200
"""A workbook above SUSPECT_UNPACKED bytes may unpack to at most this many times its size; real ones lie near 10."""
WIDEST_SHEET = 104
"""Columns (A to CZ); one cell far to the right makes a small file fill the memory, as the grid between is filled up."""
MOST_CELLS = 50_000_000
"""Cells of an OpenDocument sheet, with all that it repeats; half of the widest and longest sheet of Excel."""
_FAR_CELL = re.compile(rb"""\br=["'](?:[A-Z]{3}|[D-Z][A-Z])\d""")
_WINDOW = 1 << 20
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def refuse_bombs(path: Path, kind: str) -> None:
    """Refuse an XLSX, XLSB or ODS file that is damaged, unpacks too far, or has cells too far to the right."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _refuse_sizes(path, entries)
            too_wide = {"xlsx": _xlsx_is_wide, "xlsb": _xlsb_is_wide, "ods": _ods_is_wide}[kind](path, archive)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, KeyError) as error:
        raise InputError(f"{path.name} is a damaged archive; save it again as XLSX or CSV.") from error
    if too_wide:
        raise InputError(f"{path.name} has cells beyond column {WIDEST_SHEET}; give the table alone, as CSV or XLSX.")


def _refuse_sizes(path: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    ratio = unpacked / max(path.stat().st_size, 1)
    if unpacked > MOST_UNPACKED or (unpacked > SUSPECT_UNPACKED and ratio > SUSPECT_RATIO):
        raise InputError(
            f"{path.name} would unpack to {unpacked / 1024**2:,.0f} MB, {ratio:,.0f} times its size, "
            "and is not opened; give the table as CSV."
        )


def _sheets(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [entry for entry in archive.infolist() if entry.filename.startswith("xl/worksheets/")]


def _xlsx_is_wide(path: Path, archive: zipfile.ZipFile) -> bool:
    return any(_has_far_cell(archive, entry) for entry in _sheets(archive))


def _has_far_cell(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as stream:
        kept = b""
        while window := stream.read(_WINDOW):
            if _FAR_CELL.search(kept + window):
                return True
            kept = window[-16:]
    return False


def _xlsb_is_wide(path: Path, archive: zipfile.ZipFile) -> bool:
    return any(column >= WIDEST_SHEET for entry in _sheets(archive) for column in _xlsb_columns(archive.read(entry)))


def _xlsb_columns(data: bytes) -> Iterator[int]:
    for number, body in records(data):
        if number == END_OF_CELLS:
            return
        if ROW < number <= LAST_CELL:
            yield int.from_bytes(body[:4], "little")


def _ods_is_wide(path: Path, archive: zipfile.ZipFile) -> bool:
    with archive.open("content.xml") as stream:
        try:
            spans = list(_ods_sheets(stream))
        except (ElementTree.ParseError, ValueError) as error:
            raise InputError(f"{path.name} is a damaged ODS workbook; save it again as XLSX or CSV.") from error
    if any(height * width > MOST_CELLS for height, width in spans if width <= WIDEST_SHEET):
        raise InputError(f"{path.name} repeats cells over more than a sheet can hold; give the table as CSV or XLSX.")
    return any(width > WIDEST_SHEET for _, width in spans)


def _ods_sheets(stream: IO[bytes]) -> Iterator[tuple[int, int]]:
    """How far down and to the right the filled cells of each sheet reach; the empty ones behind them do not count."""
    height = width = row = column = reach = 0
    for _, element in ElementTree.iterparse(stream):
        if element.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            column += int(element.get(f"{_TABLE}number-columns-repeated", 1))
            if len(element) or element.get(f"{_OFFICE}value-type") or element.get(f"{_TABLE}formula"):
                reach = column
            element.clear()
        elif element.tag == f"{_TABLE}table-row":
            row += int(element.get(f"{_TABLE}number-rows-repeated", 1))
            if reach:
                height, width = row, max(width, reach)
            column = reach = 0
            element.clear()
        elif element.tag == f"{_TABLE}table":
            yield height, width
            height = width = row = 0
            element.clear()
