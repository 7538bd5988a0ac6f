"""The tables that offices hand over, as cells: the 23 of the whole case, and those of every known header."""

import csv
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lxml import html
from python_calamine import CalamineWorkbook

TESTS = Path(__file__).parent.parent.parent
EXPORTS = TESTS / "case" / "exports"
ENCODINGS = {
    "06.xls": "gb18030",
    "04.txt": "utf-16",
    "13.csv": "gb18030",
    "15.csv": "gb18030",
    "18.csv": "gb18030",
    "23.csv": "big5",
}
"""Of the texts that are not in UTF-8."""
MOST = 40
"""Rows that are kept of each file: its first and its last, where the header and the totals are."""

Grid = list[list[str]]


@dataclass
class Sheet:
    """A table as a person sees it: its rows, the place of its header among them, and what else is in its file."""

    name: str
    rows: Grid
    head: int
    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    beside: dict[str, Grid] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max(len(row) for row in self.rows)

    def evened(self) -> Grid:
        """The rows, each as wide as the widest."""
        return [row + [""] * (self.width - len(row)) for row in self.rows]


@cache
def handed() -> tuple[tuple[str, Path], ...]:
    """The handed files: the name of each, and where it lies."""
    names = tomllib.loads((EXPORTS / "names.toml").read_text(encoding="utf-8"))
    return tuple((name, EXPORTS / kept) for kept, name in sorted(names.items()))


@cache
def known() -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """Each table that may be mutated: the name of its file, and its rows."""
    tables = [(name, _cut(_rows_of(path))) for name, path in handed()]
    for path in sorted((TESTS / "tables" / "headers").glob("*.toml")):
        held = tomllib.loads(path.read_text(encoding="utf-8"))
        tables.append((held.get("file", f"{path.stem}.csv"), [held["header"], *held["rows"]]))
    return tuple((name, tuple(tuple(str(cell) for cell in row) for row in rows)) for name, rows in tables)


def sheet(name: str, rows: tuple[tuple[str, ...], ...]) -> Sheet:
    grid = [list(row) for row in rows]
    filled = [sum(bool(cell) for cell in row) for row in grid[:12]]
    # under a column of groups a header has no cell of its own
    return Sheet(name, grid, next(at for at, count in enumerate(filled) if count >= 0.7 * max(filled)))


def _rows_of(path: Path) -> Grid:
    if path.suffix in (".csv", ".txt") or path.name in ENCODINGS:
        text = path.read_bytes().decode(ENCODINGS.get(path.name, "utf-8-sig"), errors="replace")
        lines = text.splitlines()
        mark = max(",\t;|", key=lambda one: sum(line.count(one) for line in lines[:9]))
        return [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(row)]
    if path.read_bytes()[:1] == b"<":
        return _of_page(html.fromstring(path.read_bytes()).iter("tr"))
    book = CalamineWorkbook.from_path(path)
    cells = book.get_sheet_by_index(0).to_python()
    return [["" if cell is None else _text(cell) for cell in row] for row in cells]


def _of_page(lines: Iterator[html.HtmlElement]) -> Grid:
    """The cells of a page, each at its place beside those that run over several rows or columns."""
    rows: Grid = []
    running: set[tuple[int, int]] = set()
    for at, line in enumerate(lines):
        row: list[str] = []
        for cell in line.iter("td", "th"):
            while (at, len(row)) in running:
                row.append("")
            for down in range(1, int(cell.get("rowspan", "1"))):
                running.add((at + down, len(row)))
            row += ["".join(cell.itertext()).strip(), *[""] * (int(cell.get("colspan", "1")) - 1)]
        rows.append(row)
    return rows


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _cut(rows: Grid) -> Grid:
    return rows if len(rows) <= MOST else [*rows[: MOST - 6], *rows[-6:]]
