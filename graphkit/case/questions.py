"""What only the user can say, each thing asked once for all that wait for it; and its answer handed on to these."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from graphkit.case.settings import Settings
from graphkit.case.source_entry import SourceEntry
from graphkit.tables.inputs import TABLES

OF_A_FORM = ("kind", "currency", "declared_as", "status", "event", "position", "series")
"""Constants that hold for every file of one header; a party, a place or a month holds for one file."""
HOLDER = ("payer_name", "payee_name")
"""The two sides of one account: its holder pays what leaves it, and is paid what comes in."""
QUESTIONS = {"files": pl.String(), "table": pl.String(), "line": pl.String(), "answer": pl.String()}
"""``files``: all that wait for this one answer; ``line``: what to fill in the entry of one of them in ``case.toml``;
``answer``: what it may be."""

Key = tuple[object, ...]


@dataclass(frozen=True)
class _Field:
    """Something that an entry says or leaves open: a constant, a unit, the order of its dates, its encoding; of all
    fields of one ``key`` one answer is enough where it ``is_shared``."""

    part: str
    name: str
    value: str
    key: Key
    is_shared: bool = True


def open_questions(settings: Settings) -> pl.DataFrame:
    """Each open question once, with the columns of ``QUESTIONS``, in the order of the files that wait."""
    asked: dict[Key, tuple[str, str, list[str]]] = {}
    headers = _headers(settings.source)
    for entry in settings.source:
        keys = {(field.part, field.name): field.key for field in _fields(entry, headers)}
        for line in entry.questions:
            name = line.partition(" = ")[0]
            part, _, column = name.rpartition(".")
            key = keys.get((part, column), (entry.kept, entry.sheet, entry.table, line))
            files = asked.setdefault(key, (entry.table, line, []))[2]
            if entry.title not in files:
                files.append(entry.title)
    proposed = {entry.title: entry.encoding_proposed for entry in settings.source}
    rows = [
        (", ".join(files), table, line, _answer(table, line, proposed[files[0]]))
        for table, line, files in asked.values()
    ]
    return pl.DataFrame(rows, schema=QUESTIONS, orient="row")


def with_answers(settings: Settings) -> Settings:
    """Settings in which an answer stands in all entries that wait for it.

    A file of the same columns answers what holds for every such file, unless it says that of itself alone (in its name
    or its title), or two of them were answered differently; the sheets and parts of one file share the rest.
    """
    headers = _headers(settings.source)
    said: dict[Key, dict[str, str]] = {}
    for entry in settings.source:
        for field in _fields(entry, headers):
            if field.value and field.is_shared and field.name not in entry.stated:
                said.setdefault(field.key, {}).setdefault(field.value, entry.title)
    return settings.model_copy(update={"source": tuple(_filled(entry, headers, said) for entry in settings.source)})


def _filled(entry: SourceEntry, headers: dict[Key, frozenset[str]], said: dict[Key, dict[str, str]]) -> SourceEntry:
    changed = {"constants": dict(entry.constants), "units": dict(entry.units), "stated": dict(entry.stated)}
    whole = {"date_order": entry.date_order, "encoding": entry.encoding}
    for field in _fields(entry, headers):
        answers = said.get(field.key, {})
        if field.value or not field.is_shared or len(answers) != 1:
            continue
        ((value, title),) = answers.items()
        if field.part:
            changed[field.part][field.name] = value
        else:
            whole[field.name] = value
        if title != entry.title:
            changed["stated"][field.name] = f"what was answered for {title}"
    return entry.model_copy(update=changed | whole)


def _fields(entry: SourceEntry, headers: dict[Key, frozenset[str]]) -> list[_Field]:
    file = (entry.kept, entry.sheet)
    form = (entry.table, headers[file])
    found = []
    for name, value in entry.constants.items():
        if name in OF_A_FORM:
            key: Key = (*form, "constants", name)
        elif entry.table == "payments" and name in HOLDER:
            key = (*file, "holder")
        else:
            key = (*file, entry.table, name)
        # the month of one column is no answer for the next
        found.append(_Field("constants", name, value, key, is_shared=name != "period"))
    found += [_Field("units", name, value, (*form, "units", name)) for name, value in entry.units.items()]
    if entry.date_order is not None:
        found.append(_Field("", "date_order", entry.date_order, (*form, "date_order")))
    if entry.encoding_proposed is not None:
        found.append(_Field("", "encoding", entry.encoding or "", (entry.kept, "encoding")))
    return found


def _headers(source: Sequence[SourceEntry]) -> dict[Key, frozenset[str]]:
    """The mapped headers of each file or sheet, whatever tables it feeds: files of one form have the same."""
    headers: dict[Key, frozenset[str]] = {}
    for entry in source:
        file = (entry.kept, entry.sheet)
        headers[file] = headers.get(file, frozenset()) | {*entry.columns, *entry.status, *entry.where}
    return headers


def _answer(table: str, line: str, encoding: str | None) -> str:
    part, _, name = line.partition(" = ")[0].rpartition(".")
    if part == "constants":
        words = (getattr(TABLES[table].columns.get(name), "metadata", None) or {}).get("one_of")
        if words:
            return " or ".join(words)
        if table == "payments" and name in HOLDER:
            return "the full name of the account holder"
        if name == "period":
            return "the month of each column, such as 2024-01"
        return f"the full name of the {name.removesuffix('_name')}" if name.endswith("_name") else f"the {name}"
    if part == "units":
        return "percent, fraction, thousand, ten_thousand, million or mile; take the line out where it is none"
    if name == "date_order":
        return "dmy or mdy"
    if name == "encoding":
        return f"in which the text is written; the likeliest is {encoding}"
    return "the column that the header is, or take the line out"
