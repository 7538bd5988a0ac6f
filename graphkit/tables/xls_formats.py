"""An XLS workbook → the cells that are percents or errors, its hidden rows and columns, and its day 0 ([MS-XLS])."""

import struct
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import olefile

from graphkit.tables.sheet_formats import (
    EPOCH_1900,
    EPOCH_1904,
    ERRORS,
    UNKNOWN_ERROR,
    BookFormats,
    SheetFormats,
    percent_formats,
)

_STREAMS = ("Workbook", "Book")
_BEGIN, _END = 0x809, 0x0A
_SHEET, _EPOCH, _FORMAT, _STYLE = 0x85, 0x22, 0x41E, 0xE0
_ROW, _COLUMNS = 0x208, 0x7D
_NUMBER, _PACKED, _PACKED_ROW, _FORMULA, _ERROR = 0x203, 0x27E, 0xBD, 0x06, 0x205
_VERSION_8 = 0x600
_HEAD = struct.Struct("<HH")
_CELL = struct.Struct("<HHH")


def xls_formats(path: Path, names: Sequence[str], wanted: Collection[str]) -> BookFormats:
    """What the ``wanted`` sheets are known by; ``names`` are all of the workbook, in its order."""
    with olefile.OleFileIO(path) as opened:
        data = opened.openstream(next(name for name in _STREAMS if opened.exists(name))).read()
    named: list[tuple[int, str]] = []
    styles: list[int] = []
    places: list[int] = []
    epoch, version = EPOCH_1900, _VERSION_8
    for number, body in _records(data, 0):
        if number == _BEGIN:
            version = _int(body, 0)
        elif number == _SHEET:
            places.append(int.from_bytes(body[:4], "little"))
        elif number == _EPOCH and _int(body, 0) == 1:
            epoch = EPOCH_1904
        elif number == _STYLE:
            styles.append(_int(body, 2))
        elif number == _FORMAT:
            named.append((_int(body, 0), _format_code(body, version)))
    formats = percent_formats(named)
    percents = {place for place, style in enumerate(styles) if style in formats}
    sheets = dict(zip(names, places, strict=True))
    return BookFormats({name: _of_sheet(data, sheets[name], percents) for name in wanted}, epoch)


def _records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a part of the workbook, which ends with one that says so; a part of a chart may lie inside."""
    depth = 0
    while at + 4 <= len(data):
        number, length = _HEAD.unpack_from(data, at)
        depth += (number == _BEGIN) - (number == _END)
        if depth == 0:
            return
        if depth == 1:
            yield number, data[at + 4 : at + 4 + length]
        at += 4 + length


def _int(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 2], "little")


def _format_code(body: bytes, version: int) -> str:
    if version != _VERSION_8:
        return body[3 : 3 + body[2]].decode("latin-1")
    is_wide = body[4] & 1
    return body[5 : 5 + _int(body, 2) * (1 + is_wide)].decode("utf-16-le" if is_wide else "latin-1", "replace")


def _of_sheet(data: bytes, at: int, percents: Collection[int]) -> SheetFormats:
    formats = SheetFormats()
    for number, body in _records(data, at):
        if number in (_NUMBER, _PACKED, _FORMULA):
            row, column, style = _CELL.unpack_from(body)
            error = number == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2
            if error:
                formats.errors[row, column] = ERRORS.get(body[8], UNKNOWN_ERROR)
            elif style in percents:
                formats.percents.append((row, column))
        elif number == _PACKED_ROW and percents:
            row, first = _int(body, 0), _int(body, 2)
            of_cells = range(4, len(body) - 2, 6)
            formats.percents += [
                (row, first + place) for place, at in enumerate(of_cells) if _int(body, at) in percents
            ]
        elif number == _ERROR and body[7]:
            formats.errors[_int(body, 0), _int(body, 2)] = ERRORS.get(body[6], UNKNOWN_ERROR)
        elif number == _ROW and body[12] & 0x20:
            formats.hidden_rows.add(_int(body, 0))
        elif number == _COLUMNS and body[8] & 1:
            formats.hidden_columns.update(range(_int(body, 0), _int(body, 2) + 1))
    return formats
