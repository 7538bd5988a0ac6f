"""An XLSB workbook → the cells that are percents or errors, its hidden rows and columns, and its day 0 ([MS-XLSB])."""

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from graphkit.tables.sheet_formats import (
    EPOCH_1900,
    EPOCH_1904,
    ERRORS,
    UNKNOWN_ERROR,
    BookFormats,
    SheetFormats,
    percent_formats,
)
from graphkit.tables.xlsx_formats import relations

ROW, LAST_CELL, END_OF_CELLS = 0, 11, 146
"""The records of a row and of its cells: 1 to 11 are cells, and each begins with its column; none follows 146."""
_NUMBERS = (2, 5, 9)
"""The cells that hold a number: packed, plain, and of a formula."""
_ERRORS = (3, 11)
_COLUMNS = 60
_BOOK, _SHEET = 153, 156
_FORMAT, _STYLE, _STYLES, _END_OF_STYLES = 44, 47, 617, 618


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record: its number (one byte or two), its length (seven bits a byte), its body."""
    at = 0
    while at + 1 < len(data):
        number = data[at]
        at += 1
        if number & 0x80:
            number = number & 0x7F | data[at] << 7
            at += 1
        length = shift = 0
        while at < len(data):
            byte = data[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift == 28:
                break
        yield number, data[at : at + length]
        at += length


def xlsb_formats(path: Path, names: Collection[str]) -> BookFormats:
    """What the sheets of these names are known by; raises ``KeyError`` for a damaged workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
        book = list(records(archive.read(parts["xl/workbook.bin"])))
        percents = _percent_styles(archive.read(parts["xl/styles.bin"])) if "xl/styles.bin" in parts else set()
        targets = relations(archive, parts, "xl/_rels/workbook.bin.rels")
        sheets = {}
        for number, body in book:
            if number == _SHEET:
                part, after = _text(body, 8)
                name, _ = _text(body, after)
                if name in names and part in targets:
                    sheets[name] = _of_sheet(archive.read(parts[targets[part]]), percents)
    is_1904 = any(number == _BOOK and body[0] & 1 for number, body in book)
    return BookFormats(sheets, EPOCH_1904 if is_1904 else EPOCH_1900)


def _text(body: bytes, at: int) -> tuple[str, int]:
    """A text that begins with its length in letters, and where it ends."""
    end = at + 4 + 2 * _int(body, at, 4)
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _int(body: bytes, at: int, size: int) -> int:
    return int.from_bytes(body[at : at + size], "little")


def _percent_styles(data: bytes) -> set[int]:
    told = list(records(data))
    formats = percent_formats((_int(body, 0, 2), _text(body, 2)[0]) for number, body in told if number == _FORMAT)
    numbers = [number for number, _ in told]
    if _STYLES not in numbers:
        return set()
    of_cells = told[numbers.index(_STYLES) : numbers.index(_END_OF_STYLES)]
    styles = [_int(body, 2, 2) for number, body in of_cells if number == _STYLE]
    return {place for place, style in enumerate(styles) if style in formats}


def _of_sheet(data: bytes, percents: Collection[int]) -> SheetFormats:
    formats = SheetFormats()
    row = 0
    for number, body in records(data):
        if number == END_OF_CELLS:
            break
        if number == ROW:
            row = _int(body, 0, 4)
            if body[11] & 0x10:
                formats.hidden_rows.add(row)
        elif number in _NUMBERS:
            if percents and _int(body, 4, 3) in percents:
                formats.percents.append((row, _int(body, 0, 4)))
        elif number in _ERRORS:
            formats.errors[row, _int(body, 0, 4)] = ERRORS.get(body[8], UNKNOWN_ERROR)
        elif number == _COLUMNS and body[16] & 1:
            formats.hidden_columns.update(range(_int(body, 0, 4), min(_int(body, 4, 4) + 1, 1 << 14)))
    return formats
