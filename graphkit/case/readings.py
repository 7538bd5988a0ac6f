"""How a table of a file is read: like one of its columns that is mapped already, else as proposed, and as told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphkit.case.incoming import Incoming
from graphkit.case.questions import OF_A_FORM
from graphkit.case.settings import Settings
from graphkit.case.source_entry import SourceEntry
from graphkit.case.told_fit import meant_columns, meant_constants
from graphkit.errors import InputError
from graphkit.tables import column_units
from graphkit.tables.inputs import TABLES
from graphkit.tables.layout import HEADER
from graphkit.tables.proposal import Entry, propose_entries
from graphkit.tables.raw_table import HeaderRow, RawTable
from graphkit.tables.sheet_facts import sheet_facts
from graphkit.tables.sources import Source, check_mapping

SAMPLE = 1_000
"""Rows that are looked at to tell ids from names, units and the order of dates."""


@dataclass(frozen=True)
class Told:
    """What the user says about the files of one import, where graphkit would look for it."""

    table: str | None = None
    sheet: str | None = None
    header_row: HeaderRow | None = None
    encoding: str | None = None
    replace: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    like: tuple[SourceEntry, ...] = ()


def entries_of(
    one: Incoming, file: str, raw: RawTable, settings: Settings, told: Told, known: set[str], *, several: bool
) -> list[SourceEntry]:
    """How a table of a file is read, an entry for each of our tables that it feeds.

    It is read like one of its header that is mapped already, else as proposed, and as the user says. ``several`` says
    that the file has other sheets. What is said of a column is said of the files of a folder or zip that have it.
    """
    if one.found:
        told = replace(told, columns={head: to for head, to in told.columns.items() if head in raw.header})
    try:
        read = _reading(one, raw, settings, told, known)
    except InputError as error:
        if raw.proven:
            raise
        raise InputError(f"{error} It is read as {raw.encoding}: where that is wrong, say its --encoding.") from None
    found = SourceEntry(
        source_id=file,
        name=one.name,
        sheet=raw.sheet if told.sheet or several else None,
        header_row=_header_row(raw),
        table=read[0]["table"],
        format=raw.format,
        encoding=(raw.encoding or None) if raw.proven else "",
        encoding_proposed=None if raw.proven else raw.encoding,
        delimiter=raw.delimiter or None,
    )
    proposed = [found.model_copy(update=how) for how in read]
    open_fields = {name for name in told.constants if any(name not in one.columns.values() for one in proposed)}
    entries = [_as_told(entry, raw, told, open_fields) for entry in proposed]
    for entry in entries:
        source = Source(
            file,
            one.name,
            one.path,
            {head: to for head, to in entry.columns.items() if to},
            {name: unit for name, unit in entry.units.items() if unit},
            entry.constants,
            entry.date_order or None,
            entry.status,
            entry.where,
        )
        check_mapping(TABLES[entry.table], source, raw.header, lacking=False)
    return entries


def _reading(one: Incoming, raw: RawTable, settings: Settings, told: Told, known: set[str]) -> list[dict[str, Any]]:
    """As what a table is read: like a file of its header that is mapped already, else as proposed."""
    rows = raw.rows.head(SAMPLE)
    try:
        proposal = propose_entries(raw.header, rows, known, told.table, one.name, raw.sheet, sheet_facts(raw))
    except InputError:
        held = _like(one, raw, told.like, told.table)
        if held:
            return held
        if told.table and told.columns:
            return [{"table": told.table}]
        raise
    entries = [_as_read(entry, proposal.questions) for entry in proposal.entries]
    main = proposal.entries[0].table
    held = _like(one, raw, told.like, main) or _like(one, raw, settings.source, main)
    if not held:
        return entries
    return _with_days(held if settings.named(one.name) else _without_facts(held, entries), entries)


def _as_read(entry: Entry, questions: Collection[str]) -> dict[str, Any]:
    """A proposed entry as it is written down: what only its user can say is empty."""
    table = TABLES[entry.table]
    undecided = {name for name in questions if name in entry.columns.values() and name not in entry.units}
    of_unit = {name for name in undecided if column_units.may_have_unit(table.columns.get(name))}
    return {
        "table": entry.table,
        # of two headers for one column the user says which it is
        "columns": {head: "" if to in undecided - of_unit else to for head, to in entry.columns.items()},
        "units": dict(entry.units) | dict.fromkeys(sorted(of_unit), ""),
        "constants": {name: "" if value.startswith("-") else value for name, value in entry.constants.items()},
        "date_order": "" if "date_order" in questions and not entry.date_order else entry.date_order,
        "status": entry.status,
        "where": {head: "" if "direction" in questions else held for head, held in entry.where.items()},
        "stated": dict(entry.stated),
        "period": entry.period,
        "drawn_on": entry.drawn_on,
    }


def _like(one: Incoming, raw: RawTable, held: Sequence[SourceEntry], table: str | None) -> list[dict[str, Any]]:
    """The reading of a file with the same columns that is mapped already, with its user's corrections; else nothing."""
    header = set(raw.header)
    fitting = [
        entry
        for entry in held
        if {*entry.columns, *entry.status, *entry.where} <= header and table in (None, entry.table)
    ]
    if not fitting:
        return []
    # of several files the one of the same name, else the latest
    best = next((entry for entry in fitting if entry.name == one.name), fitting[-1])
    parts = [entry for entry in held if (entry.kept, entry.sheet) == (best.kept, best.sheet)]
    how = {"table", "columns", "units", "constants", "date_order", "status", "where", "stated"}
    return [entry.model_dump(include=how) for entry in parts if {*entry.columns, *entry.where} <= header]


def _without_facts(held: list[dict[str, Any]], proposed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reading of another file without what is true of that alone: whose account, which insurer, which month.

    What this file states of itself comes before what holds for every file of its header.
    """
    found = []
    for entry in held:
        here = _own(entry, proposed)
        # a kind that only the name or the title of that file says is no answer for this one
        handed_on = [name for name in entry["constants"] if name in OF_A_FORM and name not in entry["stated"]]
        of_a_form = {name: value if name in handed_on else "" for name, value in entry["constants"].items()}
        said = {name: to for name, to in here["constants"].items() if to and name not in entry["columns"].values()}
        units = {name: place for name, place in entry["stated"].items() if name in entry["columns"].values()}
        stated = {name: place for name, place in here["stated"].items() if name in said}
        alike = {name: "a file of the same columns" for name in handed_on if of_a_form[name] and name not in said}
        found.append(entry | {"constants": of_a_form | said, "stated": units | alike | stated})
    return found


def _with_days(held: list[dict[str, Any]], proposed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A reading with the days that this file itself states of its extract."""
    return [entry | {name: _own(entry, proposed)[name] for name in ("period", "drawn_on")} for entry in held]


def _own(entry: Mapping[str, Any], proposed: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What is proposed for the part of this file that an entry reads: of the same rows, with most of its columns."""
    parts = [one for one in proposed if (one["table"], one["where"]) == (entry["table"], entry["where"])]
    nothing: dict[str, Any] = {"constants": {}, "stated": {}, "period": None, "drawn_on": None}
    return max(parts, key=lambda one: len(one["columns"].items() & entry["columns"].items()), default=nothing)


def _as_told(entry: SourceEntry, raw: RawTable, told: Told, open_fields: Collection[str]) -> SourceEntry:
    """An entry with what the user says of columns and constants, where its table has them.

    A constant takes the place of a column only where no part of the file is without that column.
    """
    table = TABLES[entry.table]
    strange = [name for name in told.columns if name not in raw.header]
    if strange:
        raise InputError(f"there is no column {', '.join(strange)}; the header is {', '.join(raw.header)}.")
    mapped = meant_columns(table, told.columns, raw)
    columns = {head: to for head, to in entry.columns.items() if head not in mapped and to not in mapped.values()}
    if mapped:
        # of two headers for one column, the other is answered with it
        columns = {head: to for head, to in columns.items() if to}
    held = {name for name in entry.columns.values() if name in open_fields}
    meant = meant_constants(table, told.constants)
    said = {name: value for name, value in meant.items() if name not in held}
    constants = {name: value for name, value in entry.constants.items() if name not in mapped.values()} | said
    columns = {head: to for head, to in (columns | mapped).items() if to not in said}
    stated = {name: place for name, place in entry.stated.items() if name not in said and name not in mapped.values()}
    return entry.model_copy(update={"columns": columns, "constants": constants, "stated": stated})


def _header_row(raw: RawTable) -> str | None:
    """Where the header was found, unless it is the first filled line alone: what finds it may change."""
    lines = raw.skipped.filter(raw.skipped["kind"] == HEADER)["line"].to_list()
    if not lines or (len(lines) == 1 and lines[0] == raw.skipped["line"].min()):
        return None
    return "-".join(str(line) for line in lines)
