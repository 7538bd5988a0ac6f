"""A table → the bytes of a file in each form that a person can save, and the lines on which it has something."""

import csv
import html
import io
import json
import zipfile
from collections.abc import Callable
from xml.sax.saxutils import escape

import numpy as np
import xlsxwriter

from tests.promises.mutated.sheet import Grid, Sheet

ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "gb18030", "gb18030", "utf-16", "big5", "cp1252", "cp1251")
NEWLINES = ("\n", "\r\n", "\r\n", "\r")
MARKS = (",", ",", "\t", ";", "|")

Written = tuple[bytes, str, dict[int, list[str]], str]
"""The bytes, the ending of the name, the lines that are filled with their cells, and the encoding of a text."""


def delimited(sheet: Sheet, draw: np.random.Generator) -> Written:
    encoding, newline, mark = (of[int(draw.integers(0, len(of)))] for of in (ENCODINGS, NEWLINES, MARKS))
    encoding = encoding if _holds(encoding, sheet) else "utf-8"
    dialect = "unix" if draw.random() < 0.2 else "excel"
    said = draw.random() < 0.1
    parts = ["sep=" + mark + newline] if said else []
    lines = {1: [parts[0]]} if said else {}
    at = 2 if said else 1
    for row in sheet.evened():
        held = io.StringIO(newline="")
        csv.writer(held, dialect, delimiter=mark, lineterminator=newline).writerow(row)
        # an office's writer sets a cell that holds a line break in quotes, too
        text = held.getvalue().replace("\n", newline) if newline == "\r" else held.getvalue()
        if any(cell.strip() for cell in row):
            lines[at] = row
        at += text.count("\n") if newline != "\r" else text.count("\r")
        parts.append(text)
    whole = "".join(parts)
    if draw.random() < 0.2:
        whole = whole.removesuffix(newline)
    return whole.encode(encoding), ".csv" if draw.random() < 0.7 else ".txt", lines, encoding


def workbook(sheet: Sheet, draw: np.random.Generator) -> Written:
    held = io.BytesIO()
    as_text = draw.random() < 0.5
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet("数据")
        for at, row in enumerate(sheet.rows):
            for column, cell in enumerate(row):
                if not as_text and cell.replace(".", "", 1).isascii() and cell.replace(".", "", 1).isdigit():
                    page.write_number(at, column, float(cell))
                elif cell:
                    page.write_string(at, column, cell)
        for first, left, last, right in sheet.merged:
            if (first, left) != (last, right) and last < len(sheet.rows):
                row = sheet.rows[first]
                for line in sheet.rows[first : last + 1]:
                    # a merge keeps only the first cell
                    line[left : right + 1] = [""] * len(line[left : right + 1])
                page.merge_range(first, left, last, right, row[left] if left < len(row) else "基本信息")
                row += [""] * (left + 1 - len(row))
                row[left] = "基本信息"
        for at in sheet.hidden:
            page.set_row(at, None, None, {"hidden": True})
        for name, rows in sheet.beside.items():
            other = book.add_worksheet(name)
            for at, row in enumerate(rows):
                other.write_row(at, 0, row)
    return held.getvalue(), ".xlsx", _filled(sheet.rows), ""


def open_document(sheet: Sheet, draw: np.random.Generator) -> Written:
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    rows = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            + "".join(f"<text:p>{escape(line)}</text:p>" for line in cell.split("\n"))
            + "</table:table-cell>"
            if cell
            else "<table:table-cell/>"
            for cell in row
        )
        + "</table:table-row>"
        for row in sheet.evened()
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="data">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return held.getvalue(), ".ods", _filled(sheet.rows), ""


def page(sheet: Sheet, draw: np.random.Generator) -> Written:
    encoding = ("utf-8", "gb18030")[int(draw.integers(0, 2))]
    rows = [
        "<tr>" + "".join(f"<td>{html.escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
        for row in sheet.evened()
    ]
    text = (
        f'<html><head><meta charset="{encoding}"></head><body><table>\n' + "\n".join(rows) + "\n</table></body></html>"
    )
    return (
        text.encode(encoding, errors="replace"),
        ".xls",
        {at + 1: row for at, row in _filled(sheet.rows).items()},
        encoding,
    )


def json_lines(sheet: Sheet, draw: np.random.Generator) -> Written:
    head = [cell or f"列{at}" for at, cell in enumerate(sheet.evened()[sheet.head])]
    rows = [row for row in sheet.evened()[sheet.head + 1 :] if any(map(str.strip, row))]
    text = "\n".join(json.dumps(dict(zip(head, row, strict=True)), ensure_ascii=False) for row in rows)
    return text.encode("utf-8", errors="replace"), ".jsonl", dict(enumerate(rows, start=1)), "utf-8"


FORMS: tuple[Callable[[Sheet, np.random.Generator], Written], ...] = (
    delimited, delimited, delimited, delimited, workbook, workbook, open_document, page, json_lines,
)  # fmt: skip


def _filled(rows: Grid) -> dict[int, list[str]]:
    return {at: row for at, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)}


def _holds(encoding: str, sheet: Sheet) -> bool:
    try:
        "".join(cell for row in sheet.rows for cell in row).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
