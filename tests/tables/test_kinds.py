"""What is no table is called by its name, told by its content whatever its suffix, with what to do."""

import gzip
import zipfile
from pathlib import Path

import pytest

from graphkit.errors import InputError
from graphkit.tables.kinds import kind_of
from graphkit.tables.readers import read

CAMT = (
    '<?xml version="1.0"?>\n<!-- booked -->\n'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><A/></Document>'
)
EXCEL_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'
)
EMAIL = "From: office@example.org\r\nSubject: the list, as agreed\r\nMIME-Version: 1.0\r\n\r\nIt is attached.\r\n"


@pytest.mark.parametrize("suffix", [".csv", ".xls", ".json"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n", "is a PDF; ask for the table as CSV or XLSX"),
        (b"{\\rtf1\\ansi a}", "is a Word document"),
        (b"\x89PNG\r\n\x1a\n", "is an image"),
        (b"\xff\xd8\xff\xe0", "is an image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "is an image"),
        (b"BM\x10\0\0\0\0\0\0\0", "is an image"),
        (b"\0\0\0\x18ftypheic", "is an image"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "is compressed .gzip.; unpack it first"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "is a 7z archive; unpack it first"),
        (b"Rar!\x1a\x07\x01\0", "is a RAR archive; unpack it first"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\0", "is a tar archive; unpack it first"),
        (b"SQLite format 3\0", "is a database .SQLite.; export each table as CSV"),
        (b"\0\1\0\0Standard ACE DB\0", "is a database .Access.; export each table as CSV"),
        (CAMT.encode(), r"is an XML of kind Document .urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.08."),
        (CAMT.encode("utf-16"), "is an XML of kind Document"),
        (b"<?xml version='1.0'?><invoices><row/></invoices>", "is an XML of kind invoices"),
        (b'<!DOCTYPE rows SYSTEM "a.dtd">\n<rows xmlns="u"><row/></rows>', "is an XML of kind rows"),
        (EXCEL_2003.encode(), "is an XML of kind Workbook .Excel 2003.; open it in Excel, save it as XLSX"),
        (EMAIL.encode(), "is an email"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, content: bytes, message: str, suffix: str
) -> None:
    path = tmp_path / f"list{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"list\{suffix} {message}") as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "content", "message"),
    [
        ("word/document.xml", "<a/>", "is a Word document"),
        ("ppt/presentation.xml", "<a/>", "is a PowerPoint presentation"),
        ("Index/Document.iwa", "", "is a document of Apple's"),
        ("mimetype", "application/vnd.oasis.opendocument.text", "is a text document"),
        ("mimetype", "application/vnd.oasis.opendocument.graphics", "is an OpenDocument file of kind graphics"),
        ("mimetype", "application/epub+zip", "is an e-book"),
    ],
)
def test_an_archive_that_is_a_document_is_called_by_its_name(
    tmp_path: Path, entry: str, content: str, message: str
) -> None:
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as archive:
        archive.writestr(entry, content)
    with pytest.raises(InputError, match=rf"list\.xlsx {message}"):
        read(tmp_path / "list.xlsx")


@pytest.mark.parametrize(
    "content", ["BM,<a>\n1,2\n", "From: x,b\n1,2\n", "<vin>,<km>\n1,2\n", "{id},[name]\n1,2\n", "7z,Rar!\n1,2\n"]
)
def test_a_table_whose_header_begins_like_something_else_stays_a_table(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert kind_of(path) == "text"
    assert read(path).height == 1
