"""HTML, often saved as .xls → the grid of its table, with merged cells filled as a browser shows them."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from graphkit.errors import InputError
from graphkit.tables.grids import Grid
from graphkit.tables.physical_lines import PhysicalLines

WIDEST_TABLE = 1000
"""Columns of a table, and of one cell; a browser, too, follows a cell over no more of them."""
LAST_TOLD_LINE = 65_534
"""lxml 6.1.3 tells no line of a web page beyond 65,535: all that follows is said to begin there."""
_CHARSET = re.compile(rb"""<meta[^>]*\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_UNSEEN = ("script", "style", "template", "head")
_BREAKS = ("br", "p", "div", "li", "table", "tr", "td", "th")
_BREAK = "\0"


def said_charset(data: bytes) -> str | None:
    """The encoding that a web page says of itself.

    >>> said_charset(b'<html><head><meta charset="big5">')
    'big5'
    """
    said = _CHARSET.search(data[: 1 << 14])
    return said[1].decode("ascii", "replace") if said else None


def read_html(name: str, lines: PhysicalLines) -> Grid:
    """The one table of a web page, or the largest; a merged cell stands in each of its places.

    ``line`` is the physical line where the row begins; where rows share a line, or lie beyond line 65,534, it is the
    row's number in the table. Raises ``InputError`` for a page without a table, and where it has several of one width.
    """
    tables = [_own_rows(table) for table in _parsed(name, lines).iter("table")]
    grids = [_filled(name, rows) for rows in tables]
    sizes = [sum(len(cells) for cells in rows.values()) for rows in tables]
    if not any(sizes):
        raise InputError(f"{name} is a web page without a table; give the table as CSV or XLSX.")
    place = sizes.index(max(sizes))
    width = len(grids[place][0])
    alike = sum(len(grid[0]) == width for grid in grids if grid)
    if alike > 1 and width > 1:
        # pages of one list: to take the largest would lose the others
        raise InputError(
            f"{name} is a web page with {alike} tables of {width} columns; "
            "open it in Excel and save it as an XLSX with one table."
        )
    starts = [int(row.sourceline or 0) for row in tables[place]]
    apart = all(before < after for before, after in pairwise(starts))
    if not apart or starts[-1] > LAST_TOLD_LINE:
        starts = list(range(1, len(starts) + 1))
        if lines.undecodable:
            raise InputError(
                f"{name} has bytes that are not in its encoding on line {min(lines.undecodable)}; save it in UTF-8."
            )
    return Grid(grids[place], starts, "html", lines.encoding, _undecodable(lines.undecodable, starts))


def _parsed(name: str, lines: PhysicalLines) -> Any:
    # a fifth of a second that only those who read a web page pay
    from lxml import etree, html

    try:
        return html.document_fromstring(
            "\n".join(lines.texts).encode(), parser=html.HTMLParser(encoding="utf-8", remove_comments=True)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"{name} is a damaged web page; save it again as XLSX or CSV.") from error


def _own_rows(table: Any) -> dict[Any, list[Any]]:
    """The rows of a table with their cells; those of a table inside a cell are the cell's."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    return {row: [cell for cell in row.iter("td", "th") if next(cell.iterancestors("tr")) is row] for row in rows}


def _filled(name: str, rows: dict[Any, list[Any]]) -> list[list[str | None]]:
    placed: list[dict[int, str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for number, cells in enumerate(rows.values()):
        line = {column: text for column, (_, text) in hanging.items()}
        hanging = {column: (left - 1, text) for column, (left, text) in hanging.items() if left > 1}
        column = 0
        for cell in cells:
            while column in line:
                column += 1
            text = _text(cell)
            # a cell that says 0 goes down to the last row
            down = _span(cell, "rowspan") or len(rows) - number
            for at in range(column, column + (_span(cell, "colspan") or 1)):
                line.setdefault(at, text)
                if down > 1:
                    hanging[at] = (down - 1, text)
        if len(line) > WIDEST_TABLE:
            raise InputError(f"{name} has more than {WIDEST_TABLE} columns; give the table alone, as CSV or XLSX.")
        placed.append(line)
    width = max((max(line) + 1 for line in placed if line), default=0)
    return [[line.get(column) or None for column in range(width)] for line in placed]


def _span(cell: Any, attribute: str) -> int:
    said = str(cell.get(attribute, "1")).strip()
    most = WIDEST_TABLE if attribute == "colspan" else LAST_TOLD_LINE
    return min(int(said), most) if said.isascii() and said.isdecimal() else 1


def _text(cell: Any) -> str:
    pieces = "".join(_pieces(cell)).split(_BREAK)
    lines = (_SPACE.sub(" ", piece).strip(" \xa0") for piece in pieces)
    return "\n".join(line for line in lines if line)


def _pieces(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _UNSEEN:
            if child.tag in _BREAKS:
                yield _BREAK
            yield from _pieces(child)
            if child.tag in _BREAKS:
                yield _BREAK
        yield child.tail or ""


def _undecodable(bad: frozenset[int], starts: Sequence[int]) -> frozenset[int]:
    """The lines at which the rows begin that the undecodable physical lines are part of."""
    return frozenset(max((start for start in starts if start <= line), default=0) for line in bad)
