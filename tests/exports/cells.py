"""Every cell of an exported file, read back by other means than those that wrote it."""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet


def cells_of(path: Path) -> list[str]:
    """All texts that a file holds, in order, its headers among them; a format without a reader here is an error."""
    return list(_READERS[path.suffix](path))


def _csv(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            yield from row


def _parquet(path: Path) -> Iterator[str]:
    table = pyarrow.parquet.read_table(path)
    yield from table.column_names
    for column in table.columns:
        yield from ("" if value is None else str(value) for value in column.to_pylist())


def _xlsx(path: Path) -> Iterator[str]:
    # every part: sheets, shared strings, properties; of attributes only names, as "P1" is also a cell's place
    with zipfile.ZipFile(path) as book:
        for part in book.namelist():
            for element in ElementTree.fromstring(book.read(part)).iter():
                yield from (element.attrib.get("name", ""), element.text or "")


def _xml(path: Path) -> Iterator[str]:
    for element in ElementTree.parse(path).getroot().iter():
        yield from (*element.attrib.values(), element.text or "", element.tail or "")


_READERS = {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx, ".graphml": _xml, ".gexf": _xml}


def names_in(cells: Iterable[str], persons: Iterable[str], organisations: Iterable[str]) -> set[tuple[str, str]]:
    """Which of the texts of persons stand as a whole word in which cells, outside the texts of organisations."""
    others = re.compile("|".join(map(re.escape, sorted(organisations, key=len, reverse=True))))
    patterns = {text: re.compile(_bounded(text)) for text in persons}
    rest = {cell: others.sub("\n", cell) for cell in set(cells)}
    return {(text, cell) for cell, left in rest.items() for text, pattern in patterns.items() if pattern.search(left)}


def _bounded(text: str) -> str:
    # Chinese, Japanese and Korean have no end of a word
    before, after = (r"(?<![^\W_\u1100-\uffdc])", r"(?![^\W_\u1100-\uffdc])")
    starts, ends = (re.match(r"[^\W_\u1100-\uffdc]", text[at]) for at in (0, -1))
    return (before if starts else "") + re.escape(text) + (after if ends else "")
