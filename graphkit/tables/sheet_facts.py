"""What a file states outside its table: labels with a value, titles, the days of its extract (sheet_labels.csv)."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from graphkit.tables.layout import HEADER, NOTES
from graphkit.tables.raw_table import RawTable
from graphkit.tables.reference import reference_csv
from graphkit.tables.stated_days import before_period, drawn_on, period_in

_COLON = re.compile("[:：]")
_FORM_ALONE = re.compile(r"\s*(?:ltd|limited|inc|llc|llp|plc|corp)\b", re.I)


@dataclass(frozen=True)
class Said:
    """Something that a line outside the table says: of a label its value, of a title its text."""

    text: str
    line: int
    above: bool = True

    @property
    def place(self) -> str:
        """Where it stands, for a person to look it up."""
        return f"line {self.line}"


@dataclass(frozen=True)
class SheetFacts:
    """What a file states of all its rows, outside its table.

    ``labelled``: what a label says (``account_holder``, ``unit`` …) → each value in its order. ``titles`` have no
    colon. ``period`` and ``drawn_on`` are the days that the extract was asked for and made on; ``period_of`` is what
    stands before the period: the day that it is about, where the file says so.
    """

    labelled: dict[str, tuple[Said, ...]]
    titles: tuple[Said, ...] = ()
    period: tuple[date, date] | None = None
    period_of: str = ""
    drawn_on: date | None = None


NO_FACTS = SheetFacts({})
"""Of a file that is its table alone."""


def sheet_facts(raw: RawTable) -> SheetFacts:
    """What the titles and notes of a file state.

    >>> skipped = pl.DataFrame({"line": [1, 2], "kind": ["note", "header"], "text": ["户名：示例江海有限公司,", "a,b"]})
    >>> raw = RawTable(["a", "b"], pl.DataFrame(), pl.DataFrame(), "csv", "utf-8", ",", skipped=skipped)
    >>> sheet_facts(raw).labelled["account_holder"]
    (Said(text='示例江海有限公司', line=1, above=True),)
    """
    header = raw.skipped.filter(pl.col("kind") == HEADER)["line"].min()
    first = header if isinstance(header, int) else 0
    labelled: dict[str, list[Said]] = {}
    titles: list[Said] = []
    lines: list[str] = []
    for line, text in raw.skipped.filter(pl.col("kind") == NOTES).sort("line").select("line", "text").rows():
        cells = _cells(text, raw.delimiter or ",")
        lines += cells
        for says, value in _labels_of(cells):
            labelled.setdefault(says, []).append(Said(value, line, line < first))
        if line < first:
            titles += [Said(cell, line) for cell in cells if not _COLON.search(cell)]
    if labelled:
        for line, text in _labelled_inside(raw):
            for says, value in _labels_of(_cells(text, raw.delimiter or ",")):
                labelled.setdefault(says, []).append(Said(value, line, False))
    periods = {days: before_period(text) for text in lines if (days := period_in(text))}
    drawn = {day for text in lines if (day := drawn_on(text))}
    # of several periods the widest holds the others, or none is the one
    widest = [one for one in periods if all(one[0] <= first_day and one[1] >= last for first_day, last in periods)]
    return SheetFacts(
        {says: tuple(values) for says, values in labelled.items()},
        tuple(titles),
        widest[0] if widest else None,
        periods[widest[0]] if widest else "",
        drawn.pop() if len(drawn) == 1 else None,
    )


def _labelled_inside(raw: RawTable) -> list[tuple[int, str]]:
    """The lines among the rows that begin with a label: with the next account, what the first says is not of all."""
    labels = "|".join(re.escape(label) for label, says in _says().items() if says != ("unit",))
    begins = rf"(?i)^\s*(?:{labels})\s*[:：]"
    found: list[tuple[int, str]] = []
    if raw.broken.height:
        found += raw.broken.filter(pl.col("text").str.contains(begins)).select("line", "text").rows()
    if "c0" in raw.rows.columns and raw.rows.height:
        rows = raw.rows.filter(pl.col("c0").str.contains(begins))
        found += zip(rows["line"].to_list(), rows["c0"].to_list(), strict=True)
    return found


def _cells(text: str, delimiter: str) -> list[str]:
    """The different filled cells of a line in their order: a merged title stands in each of its cells."""
    cells: list[str] = []
    for cell in next(csv.reader([text.replace("\n", " ")], delimiter=delimiter), []):
        if cells and _FORM_ALONE.match(cell):
            # the comma of a name (Sample Motors Co., Ltd.) is no end of a cell
            cells[-1] += f", {cell.strip()}"
        else:
            cells.append(cell.strip())
    return list(dict.fromkeys(cell for cell in cells if cell))


def _labels_of(cells: Sequence[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place, cell in enumerate(cells):
        for told in _label().finditer(cell):
            found += [(says, told["value"].strip()) for says in _says()[_plain(told["label"])]]
        alone = _says().get(_plain(cell.rstrip(":： ")), ()) if place + 1 < len(cells) else ()
        if alone and not _COLON.search(cells[place + 1]):
            found += [(says, cells[place + 1]) for says in alone]
    return [(says, value) for says, value in found if value]


def _plain(label: str) -> str:
    return re.sub(r"(?<=[一-鿿])\s+(?=[一-鿿])", "", label).lower()


@cache
def _says() -> dict[str, tuple[str, ...]]:
    """Each label → what it may say: 单位 is followed by a unit or by who reports."""
    said: dict[str, tuple[str, ...]] = {}
    for says, label in reference_csv("sheet_labels").select("says", "label").rows():
        said[label] = (*said.get(label, ()), says)
    return said


@cache
def _label() -> re.Pattern[str]:
    spaced = (
        r"\s*".join(map(re.escape, label)) if re.search(r"[一-鿿]", label) else re.escape(label)
        for label in sorted(_says(), key=lambda text: (-len(text), text))
    )
    # a value ends before the next label, which stands behind a sign or two spaces
    end = r"(?=\s{2,}|[;；|]|[\s,，]+[^\s:：,，]{1,20}\s*[:：]|[）)]?\s*$)"
    return re.compile(
        rf"(?:^|(?<=[\s,，;；|（(]))(?P<label>{'|'.join(spaced)})\s*[:：]\s*(?P<value>[^\s:：].*?){end}", re.I
    )
