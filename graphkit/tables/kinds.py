"""What a file is, told by its content and never by its suffix; what is no table is called by its name."""

import re
import zipfile
from pathlib import Path

import olefile

from graphkit.errors import InputError
from graphkit.tables.encodings import wide_of

HEAD = 1 << 14
"""Bytes that are looked at; a web page or an XML has said what it is by then."""

AS_TABLE = "ask for the table as CSV or XLSX"
UNPACK = "unpack it first"
MAGIC = {
    b"\x1f\x8b": f"compressed (gzip); {UNPACK}",
    b"7z\xbc\xaf\x27\x1c": f"a 7z archive; {UNPACK}",
    b"Rar!\x1a\x07": f"a RAR archive; {UNPACK}",
    b"BZh": f"compressed (bzip2); {UNPACK}",
    b"\xfd7zXZ\0": f"compressed (xz); {UNPACK}",
    b"\x28\xb5\x2f\xfd": f"compressed (zstd); {UNPACK}",
    b"%PDF": f"a PDF; {AS_TABLE}",
    b"{\\rtf": f"a Word document (RTF); {AS_TABLE}",
    b"SQLite format 3\0": "a database (SQLite); export each table as CSV",
    b"\0\1\0\0Standard Jet DB": "a database (Access); export each table as CSV",
    b"\0\1\0\0Standard ACE DB": "a database (Access); export each table as CSV",
    b"\x89PNG": f"an image (PNG); {AS_TABLE}",
    b"\xff\xd8\xff": f"an image (JPEG); {AS_TABLE}",
    b"GIF8": f"an image (GIF); {AS_TABLE}",
    b"II*\0": f"an image (TIFF); {AS_TABLE}",
    b"MM\0*": f"an image (TIFF); {AS_TABLE}",
    b"ARROW1": "an Arrow file; save it as Parquet",
    b"\x09\x00\x04\x00": "a workbook older than Excel 97; save it as XLSX",
    b"\x09\x02\x06\x00": "a workbook older than Excel 97; save it as XLSX",
    b"\x09\x04\x06\x00": "a workbook older than Excel 97; save it as XLSX",
}
"""What begins with these bytes, and what to do."""
OLE = b"\xd0\xcf\x11\xe0"
LOCKED = "locked by a password; save it without one"
OLE_STREAMS = {
    "EncryptedPackage": LOCKED,
    "Workbook": "",
    "Book": "",
    "WordDocument": f"a Word document; {AS_TABLE}",
    "PowerPoint Document": f"a PowerPoint presentation; {AS_TABLE}",
    "__properties_version1.0": f"an email (Outlook); save what is attached to it, or {AS_TABLE}",
}
"""The stream of an old Office file that says what it is; a workbook is a table."""
_PASSWORD, _END_OF_BOOK = 0x2F, 0x0A
ZIP_ENTRIES = {
    "xl/workbook.xml": "xlsx",
    "xl/workbook.bin": "xlsb",
    "word/document.xml": f"a Word document; {AS_TABLE}",
    "ppt/presentation.xml": f"a PowerPoint presentation; {AS_TABLE}",
    "Index/Document.iwa": "a document of Apple's Numbers, Pages or Keynote; save it as XLSX or CSV",
}
OPEN_DOCUMENT = {
    "spreadsheet": "ods",
    "text": f"a text document (ODT); {AS_TABLE}",
    "presentation": f"a presentation (ODP); {AS_TABLE}",
}
WEB_PAGE = re.compile(r"<!doctype\s+html|<(?:html|head|meta|title|body|style|table|div|center|font|form)[\s>/]", re.I)
JSON_START = re.compile(r'\{\s*["}]|\[\s*[\[{\]]|\{\s*$|\[\s*$')
_BEFORE_ROOT = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!doctype(?:\s+(?!html)[^>\[]*(?:\[.*?\])?\s*)>\s*)*", re.I | re.S
)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*)(?=[\s>/])([^>]*)")
_EMAIL = re.compile(r"[A-Za-z][A-Za-z-]*: .*?^(?:Message-ID|MIME-Version|Received): ", re.I | re.S | re.M)


def kind_of(path: Path) -> str:
    """``xlsx``, ``xls``, ``xlsb``, ``ods``, ``zip``, ``parquet``, ``html``, ``json`` or, for any other text, ``text``.

    Raises ``InputError`` for an empty file, and for what is no table: its name, and what to do.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "list.xls"
    >>> _ = path.write_text("<html><table><tr><td>vin</td></tr></table></html>", encoding="utf-8")
    >>> kind_of(path)
    'html'
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head:
        raise InputError(f"{path.name} is empty; give a file with a header and rows.")
    foreign = next((what for magic, what in MAGIC.items() if head.startswith(magic)), _later_magic(head))
    if foreign:
        raise InputError(f"{path.name} is {foreign}.")
    if head.startswith(OLE):
        return _kind_of_ole(path)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _kind_of_zip(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    return _kind_of_text(path, _as_text(head))


def _later_magic(head: bytes) -> str:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return f"an image (WebP); {AS_TABLE}"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return f"an image (BMP); {AS_TABLE}"
    if head[4:12] in (b"ftypheic", b"ftypmif1", b"ftypavif"):
        return f"an image (HEIC); {AS_TABLE}"
    if head[257:262] == b"ustar":
        return f"a tar archive; {UNPACK}"
    return ""


def _kind_of_ole(path: Path) -> str:
    try:
        with olefile.OleFileIO(path) as opened:
            stream = next((name for name in OLE_STREAMS if opened.exists(name)), None)
            what = None if stream is None else OLE_STREAMS[stream]
            if what == "" and _is_locked(opened.openstream(stream).read(HEAD)):
                what = LOCKED
    except (OSError, ValueError, IndexError) as error:
        raise InputError(f"{path.name} is a damaged old Office file; save it again as XLSX.") from error
    if what is None:
        raise InputError(f"{path.name} is an old Office file but no workbook; {AS_TABLE}.")
    if what:
        raise InputError(f"{path.name} is {what}.")
    return "xls"


def _is_locked(start: bytes) -> bool:
    """Whether the records that a workbook begins with (number, length, body) hold one of a password."""
    at = 0
    while at + 4 <= len(start):
        number, length = (int.from_bytes(start[place : place + 2], "little") for place in (at, at + 2))
        if number in (_PASSWORD, _END_OF_BOOK):
            return number == _PASSWORD
        at += 4 + length
    return False


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            media = _start(archive, "mimetype", 200).strip()
            locked = "manifest:encryption-data" in _start(archive, "META-INF/manifest.xml", 1 << 20)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise InputError(f"{path.name} is a damaged archive; save it again as XLSX or CSV.") from error
    what = next((what for entry, what in ZIP_ENTRIES.items() if entry in names), "zip")
    if media.startswith("application/vnd.oasis.opendocument."):
        kind = media.removeprefix("application/vnd.oasis.opendocument.").removesuffix("-template")
        what = OPEN_DOCUMENT.get(kind, f"an OpenDocument file of kind {kind}; {AS_TABLE}")
    elif media == "application/epub+zip":
        what = f"an e-book; {AS_TABLE}"
    if locked and media:
        what = LOCKED
    if " " in what:
        raise InputError(f"{path.name} is {what}.")
    return what


def _start(archive: zipfile.ZipFile, entry: str, most: int) -> str:
    if entry not in archive.namelist():
        return ""
    with archive.open(entry) as stream:
        return stream.read(most).decode("utf-8", "replace")


def _as_text(head: bytes) -> str:
    wide = wide_of(head)
    if wide:
        return head.decode(wide, "replace").removeprefix("\ufeff")
    return head.decode("utf-8-sig", "replace")


def _kind_of_text(path: Path, text: str) -> str:
    before = _BEFORE_ROOT.match(text)
    rest = text[before.end() :] if before else text
    if WEB_PAGE.match(rest):
        return "html"
    root = _ROOT.match(rest)
    if root and (text.lstrip().startswith("<?xml") or "xmlns" in root[2]):
        space = re.search(r"""\bxmlns(?::\w+)?\s*=\s*["']([^"']+)["']""", root[2])
        if root[1] == "Workbook" and "office:spreadsheet" in root[2]:
            raise InputError(f"{path.name} is an XML of kind Workbook (Excel 2003); open it in Excel, save it as XLSX.")
        named = f"{root[1]} ({space[1]})" if space else root[1]
        raise InputError(f"{path.name} is an XML of kind {named}; {AS_TABLE}.")
    if _EMAIL.match(text):
        raise InputError(f"{path.name} is an email or a saved web page (MHTML); save the table in it as CSV or XLSX.")
    return "json" if JSON_START.match(text.lstrip()) else "text"
