"""A workbook of any kind → what is known of its cells beside their values."""

import struct
import zipfile
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from xml.etree import ElementTree

from graphkit.errors import InputError
from graphkit.tables.ods_formats import ods_formats
from graphkit.tables.sheet_formats import BookFormats
from graphkit.tables.xls_formats import xls_formats
from graphkit.tables.xlsb_formats import xlsb_formats
from graphkit.tables.xlsx_formats import xlsx_formats

_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ElementTree.ParseError, struct.error, LookupError, ValueError)


def book_formats(path: Path, kind: str, names: Sequence[str], wanted: Collection[str]) -> BookFormats:
    """What the ``wanted`` sheets are known by; ``names`` are all of the workbook, in its order.

    Raises ``InputError`` where that cannot be told: without it a percent would be read a hundred times too small.
    """
    try:
        if kind == "xls":
            return xls_formats(path, names, wanted)
        if kind == "xlsb":
            return xlsb_formats(path, wanted)
        return ods_formats(path) if kind == "ods" else xlsx_formats(path, wanted)
    except _DAMAGE as error:
        raise InputError(
            f"{path.name} is damaged where it says how its cells are shown; open it and save it again as XLSX."
        ) from error
