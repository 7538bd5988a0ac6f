"""A header and some rows → what each column of a file means for one table."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import dataframely as dy
import polars as pl

from graphkit.tables.headers import BESIDE, Meaning, meaning_of
from graphkit.tables.inputs import Table
from graphkit.tables.sheet_facts import NO_FACTS, SheetFacts
from graphkit.tables.sheet_faults import was_rounded

MOSTLY = 0.5
"""The share of a party column's sampled values that must be known party ids for the column to hold ids."""

FIRST = 1_000
"""Rows that tell what a column is; its unit and the order of its dates are told by all that are given."""

_ID = re.compile(r"(?=.*\d)[A-Za-z0-9_.:-]{1,24}")
"""What an id of a party looks like, and a name does not."""
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


@dataclass(frozen=True)
class File:
    """What is known of a file before it is mapped: its header, its rows by position, the party ids, its name and its
    sheet's, and what stands outside its table."""

    header: Sequence[str]
    sample: pl.DataFrame
    known: frozenset[str] = frozenset()
    name: str = ""
    sheet: str = ""
    facts: SheetFacts = NO_FACTS

    @property
    def titles(self) -> dict[str, str]:
        """What a file is called, each with where: its name, its sheet's, and the titles above its table."""
        named = {self.name: "the file's name", self.sheet: "the sheet's name"}
        titles = {title.text: title.place for title in self.facts.titles}
        return {text: place for text, place in (titles | named).items() if text}

    def cells(self, text: str) -> list[str]:
        """The filled cells of a column in the first rows."""
        return [cell for cell in self.column(text) if cell]

    def column(self, text: str) -> list[str]:
        """The cells of a column in the first rows, empty ones as empty text."""
        cells = self._all(text, FIRST)
        return [] if cells is None else cells.fill_null("").str.strip_chars().to_list()

    def values(self, text: str) -> list[str]:
        """The different filled cells of a column in all rows that are given."""
        cells = self._all(text)
        values = [] if cells is None else cells.drop_nulls().str.strip_chars().unique(maintain_order=True).to_list()
        return [value for value in values if value]

    def _all(self, text: str, first: int | None = None) -> pl.Series | None:
        name = f"c{self.header.index(text)}"
        if name not in self.sample.columns:
            return None
        cells = self.sample[name]
        return (cells if first is None else cells.head(first)).cast(pl.String)

    @property
    def texts(self) -> list[str]:
        """The headers that name one column each."""
        times = Counter(self.header)
        return [text for text in self.header if times[text] == 1]


@dataclass(frozen=True)
class Reading:
    """What the columns of a file mean for one table.

    ``columns``: header → column or companion; ``beside``: field of ``BESIDE`` → its headers, the better known first;
    ``doubts``: the columns for which several headers speak equally.
    """

    table: Table
    columns: Mapping[str, str]
    beside: Mapping[str, tuple[str, ...]]
    doubts: tuple[str, ...] = ()

    def header_of(self, field: str) -> str | None:
        """The header of a column or of a field beside the table."""
        mapped = next((text for text, name in self.columns.items() if name == field), None)
        return mapped or next(iter(self.beside.get(field, ())), None)


@dataclass(frozen=True)
class _Candidate:
    text: str
    meaning: Meaning


def read_headers(table: Table, file: File, texts: Collection[str] | None = None) -> Reading:
    """What the headers of a file (only ``texts``, if given) mean for a table.

    >>> from graphkit.tables.inputs import TABLES
    >>> file = File(["发票代码", "发票号码", "VIN", "车主"], pl.DataFrame())
    >>> read_headers(TABLES["sales"], file).columns
    {'发票代码': 'sale_id', '发票号码': 'sale_id', 'VIN': 'vin'}
    """
    found = [
        _Candidate(text, meaning)
        for text in file.texts
        if (texts is None or text in texts) and (meaning := meaning_of(table, text))
    ]
    by_field: dict[str, list[_Candidate]] = defaultdict(list)
    for candidate in _with_parties_said(found, file):
        by_field[candidate.meaning.field].append(candidate)
    columns: dict[str, str] = {}
    beside: dict[str, tuple[str, ...]] = {}
    doubts: list[str] = []
    for field, candidates in by_field.items():
        if _is_beside(table, field):
            by_rank = sorted(candidates, key=lambda candidate: candidate.meaning.rank)
            beside[field] = tuple(candidate.text for candidate in by_rank)
            continue
        chosen, doubted = _chosen(table, field, candidates, file)
        columns |= dict.fromkeys(chosen, field)
        doubts += [field] if doubted else []
    return Reading(table, {text: columns[text] for text in file.header if text in columns}, beside, tuple(doubts))


def _is_beside(table: Table, field: str) -> bool:
    if field in table.columns or field in table.companions:
        return False
    stems = [name.removesuffix("_id") for name in BESIDE.get(table.name, ())]
    return any(field == stem or field.startswith(f"{stem}_") for stem in stems)


def _with_parties_said(found: Sequence[_Candidate], file: File) -> list[_Candidate]:
    """Candidates whose party headers are said to hold ids, names or credit codes, as their cells show."""
    named = {candidate.meaning.field for candidate in found if not candidate.meaning.how}
    bare = {candidate.meaning.field for candidate in found if candidate.meaning.how == "bare"}
    said = []
    for candidate in found:
        field, how = candidate.meaning.field, candidate.meaning.how
        stem = field.removesuffix("_id")
        if not how:
            said.append(candidate)
            continue
        cells = file.cells(candidate.text)
        if _mostly(cells, lambda cell: cell in file.known) or (
            how == "bare" and f"{stem}_name" in named and _mostly(cells, lambda cell: bool(_ID.fullmatch(cell)))
        ):
            said.append(_as(candidate, field))
        elif how == "bare":
            # beside a header that says that it is the name, this one is the lesser name
            rank = candidate.meaning.rank + (f"{stem}_name" in named)
            said.append(_as(candidate, f"{stem}_name", rank))
        elif _mostly(cells, lambda cell: bool(_USCC.fullmatch(cell.upper()))):
            said.append(_as(candidate, f"{stem}_uscc", candidate.meaning.rank + 1))
        elif f"{stem}_name" not in named and field not in bare:
            said.append(_as(candidate, field))
    return said


def _as(candidate: _Candidate, field: str, rank: int | None = None) -> _Candidate:
    meaning = replace(candidate.meaning, field=field, how="", rank=rank or candidate.meaning.rank)
    return _Candidate(candidate.text, meaning)


def _mostly(cells: Sequence[str], holds: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(holds, cells)) >= MOSTLY * len(cells)


def _chosen(table: Table, field: str, candidates: Sequence[_Candidate], file: File) -> tuple[list[str], bool]:
    """The headers that are mapped to a column, and whether others speak for it as well."""
    usable = [one for one in candidates if _is_usable(file.cells(one.text))] or list(candidates)
    whole = [one for one in usable if not one.meaning.part]
    if not whole:
        return [], False
    best = [one.text for one in whole if one.meaning.rank == min(one.meaning.rank for one in whole)]
    is_key = field in table.key and isinstance(table.columns.get(field), dy.String) and field not in table.parties
    if is_key:
        # an id that stands now in one column and now in another is both together
        together = [text for text in best[1:] if _complete_each_other(file.column(best[0]), file.column(text))]
        parts = [one.text for one in usable if one.meaning.part]
        return list(_in_order(file, [best[0], *together, *parts])), False
    others = [text for text in best[1:] if file.column(text) != file.column(best[0])]
    return best[:1], bool(others)


def _is_usable(cells: Sequence[str]) -> bool:
    """Whether a column holds anything, and not mostly numbers that a sheet has rounded."""
    return bool(cells) and not _mostly(cells, was_rounded)


def _complete_each_other(first: Sequence[str], second: Sequence[str]) -> bool:
    return any(second) and any(first) and not any(a and b for a, b in zip(first, second, strict=True))


def _in_order(file: File, texts: Collection[str]) -> tuple[str, ...]:
    return tuple(text for text in file.header if text in texts)
