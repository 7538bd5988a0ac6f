"""A file's header and rows → the tables that it feeds and how, for its user to confirm or correct."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import dataframely as dy
import polars as pl

from graphkit.errors import InputError
from graphkit.tables import column_units, date_order
from graphkit.tables.coverage_entries import REGISTERS
from graphkit.tables.header_reading import File, Reading, read_headers
from graphkit.tables.headers import meaning_of
from graphkit.tables.inputs import TABLES, Table
from graphkit.tables.shaping import FACTORS
from graphkit.tables.sheet_facts import NO_FACTS, SheetFacts
from graphkit.tables.stated_constants import constants, lacking, place_of, required
from graphkit.tables.stated_parties import with_outside
from graphkit.tables.table_parts import Part, parts_of

LEAST_MET = 0.5
"""The share of the columns that a table needs from a file which the file must have for the table to fit."""
KNOWN, BESIDE, NEEDED = 0.25, 0.75, 0.5
"""What a header that is known counts for a table, beside how few tables know it; how much less one that is none of its
columns; and how much more one of a column that the table requires."""


@dataclass(frozen=True)
class Entry:
    """One table that a file feeds.

    ``columns``: header → column or companion; several headers of one key are joined in the order of the file.
    ``units``: column → ``percent``, ``thousand``, ``ten_thousand``, ``million`` or ``mile``. ``constants``: column →
    the value of the whole file, empty where its user has to say it. ``date_order``: ``dmy`` or ``mdy`` where the file
    writes the year last. ``status``: the headers that say what became of a row. ``where``: header → which rows are of
    this entry: ``filled``, ``negative``, ``positive`` (amounts count without their sign), or the word they hold.
    ``lacking``: the columns that the table needs and the file does not have. ``stated``: column → where its constant or
    its unit was read, if not in its header. ``period``: the days that the extract was asked for. ``drawn_on``: the day
    as of which a register stands.
    """

    table: str
    columns: Mapping[str, str]
    units: Mapping[str, str]
    constants: Mapping[str, str]
    date_order: str | None
    status: tuple[str, ...]
    where: Mapping[str, str]
    lacking: tuple[str, ...]
    stated: Mapping[str, str] = field(default_factory=dict)
    period: tuple[date, date] | None = None
    drawn_on: date | None = None


@dataclass(frozen=True)
class Proposal:
    """How a file is read: its entries, the main table first; what is left out; and what only its user can say.

    ``questions`` are columns whose unit or header is undecided, ``date_order``, or ``direction`` (of the money).
    """

    entries: tuple[Entry, ...]
    unmapped: tuple[str, ...]
    questions: tuple[str, ...]


def propose_entries(
    header: Sequence[str],
    sample: pl.DataFrame,
    known_party_ids: Collection[str] = (),
    table: str | None = None,
    name: str = "",
    sheet: str = "",
    facts: SheetFacts = NO_FACTS,
) -> Proposal:
    """Propose what a file feeds, from its header, its rows (columns by position), its name and its sheet's, and
    ``facts``, which stand outside its table.

    Some rows are enough to map it; a unit and the order of dates are surer the more of them are given. ``table`` names
    the main table where the user has said which one it is. Raises ``InputError`` where none fits.

    >>> rows = pl.DataFrame({"c0": ["1"], "c1": ["WMVAA1AA0RA000001"], "c2": ["25/03/2024"], "c3": ["1.2"]})
    >>> proposal = propose_entries(["序号", "车架号", "检测日期", "里程(万公里)"], rows)
    >>> entry = proposal.entries[0]
    >>> entry.table, entry.units, entry.date_order, proposal.unmapped
    ('odometer', {'km': 'ten_thousand'}, 'dmy', ('序号',))
    """
    file = File(list(header), sample, frozenset(known_party_ids), name, sheet, facts)
    reading = _read(TABLES[table], file) if table else _best(file)
    if not reading.columns:
        raise InputError(_nothing_fits(reading, header))
    parts = parts_of(reading, file)
    order = date_order.date_order(cell for part in parts for text in _dates(part) for cell in file.values(text))
    entries = tuple(_entry(part, reading, file, None if order == date_order.UNDECIDED else order) for part in parts)
    undecided = [
        column
        for part in parts
        for text, column in part.columns.items()
        if _unit(part, text, file) == column_units.UNDECIDED
    ]
    doubts = [doubt for part in parts for doubt in part.doubts]
    asked = ["date_order"] * (order == date_order.UNDECIDED) + undecided + doubts
    used = {text for entry in entries for text in (*entry.columns, *entry.status, *entry.where)}
    return Proposal(entries, tuple(text for text in header if text not in used), tuple(dict.fromkeys(asked)))


def _best(file: File) -> Reading:
    """The reading by the table that explains most of a header; raises ``InputError`` where none fits."""
    tables = TABLES.values()
    knowing = {text: sum(meaning_of(table, text) is not None for table in tables) for text in file.texts}
    scored = []
    for order, table in enumerate(tables):
        reading = _read(table, file)
        beside = [text for texts in reading.beside.values() for text in texts]
        counts = [(text, 1.0) for text in reading.columns] + [(text, BESIDE) for text in beside]
        score = sum(factor * (KNOWN + 1 / knowing[text]) for text, factor in counts)
        part = parts_of(reading, file)[0] if reading.columns else Part(table.name, {})
        mapped = set(part.columns.values()) | set(part.constants)
        missing = lacking(table, mapped)
        needed = required(table, mapped)
        unsaid = [name for name in needed if name not in mapped and name not in missing]
        own = [name for name in table.required if name in mapped or f"{name.removesuffix('_id')}_name" in mapped]
        score += NEEDED * len(own) - len(missing) - KNOWN * len(unsaid)
        met = sum(name in mapped for name in needed) / max(1, len(needed) - len(unsaid))
        fits = len(part.columns) > 1 and met >= LEAST_MET
        scored.append((fits, score, -order, reading))
    fits, *_, reading = max(scored, key=lambda one: one[:3])
    if not fits:
        raise InputError(_nothing_fits(reading, file.header))
    return reading


def _read(table: Table, file: File) -> Reading:
    return _with_goods(_with_company(_with_dealer(read_headers(table, file), file)), file)


def _nothing_fits(reading: Reading, header: Sequence[str]) -> str:
    missing = ", ".join(lacking(reading.table, set(reading.columns.values()))) or "columns of its own"
    shown = f"{', '.join(header[:12])}{', …' if len(header) > 12 else ''}"
    return (
        f"The header ({shown}) fits no table; the nearest is {reading.table.name}, which still needs {missing}: "
        "say which columns they are, or leave the file out."
    )


def _with_dealer(reading: Reading, file: File) -> Reading:
    """A list of sales with its dealers: they sold where a buyer stands beside them, and bought of a wholesaler."""
    dealer = reading.header_of("dealer_name")
    sides = {column.split("_")[0] for column in reading.columns.values() if column.startswith(("seller_", "buyer_"))}
    if dealer is None or reading.table.name != "sales" or len(sides) == 2:
        return reading
    said = constants(reading.table, [], [*file.titles, *reading.columns], [])["kind"]
    role = "seller" if sides == {"buyer"} else "buyer" if sides == {"seller"} or said == "wholesale" else "seller"
    doubts = reading.doubts if sides or said else (*reading.doubts, f"{role}_name")
    return Reading(reading.table, {**reading.columns, dealer: f"{role}_name"}, reading.beside, doubts)


def _with_company(reading: Reading) -> Reading:
    """A list of holdings with a column of companies: held ones beside their holders, holders beside what they hold."""
    sides = {column.split("_")[0] for column in reading.columns.values() if column.startswith(("owner_", "owned_"))}
    if reading.table.name != "ownership" or len(sides) != 1:
        return reading
    role = "owned" if sides == {"owner"} else "owner"
    said = {reading.header_of(f"company_{part}"): f"{role}_{part}" for part in ("name", "id", "uscc", "city")}
    columns = {**reading.columns, **{text: column for text, column in said.items() if text}}
    return Reading(reading.table, columns, reading.beside, reading.doubts)


def _with_goods(reading: Reading, file: File) -> Reading:
    """A list of exports whose goods say in every row whether they are new or used."""
    goods = reading.header_of("goods")
    if goods is None or "declared_as" in reading.columns.values():
        return reading
    cells = file.values(goods)
    said = {cell: constants(reading.table, [], [cell], [])["declared_as"] for cell in cells}
    if not cells or not all(said.values()):
        return reading
    return Reading(reading.table, {**reading.columns, goods: "declared_as"}, reading.beside, reading.doubts)


def _unlike_goods(filled: dict[str, str], reading: Reading, file: File) -> dict[str, str]:
    """What a file's name says of all its cars is not said where the goods of one say otherwise."""
    cells = {cell for goods in reading.beside.get("goods", ()) for cell in file.values(goods)}
    said = {constants(TABLES["exports"], [], [cell], [])["declared_as"] for cell in cells} - {""}
    if "declared_as" in filled and said - {filled["declared_as"]}:
        return filled | {"declared_as": ""}
    return filled


def _entry(part: Part, reading: Reading, file: File, order: str | None) -> Entry:
    table = TABLES[part.table]
    columns = {text: part.columns[text] for text in file.header if text in part.columns}
    is_main = part.table == reading.table.name
    units = {column: _unit(part, text, file) for text, column in columns.items()}
    common, places = _constants(part, columns, reading, file)
    filled, stated = with_outside(part.table, columns.values(), common, places, file.facts, (file.name, file.sheet))
    return Entry(
        table=part.table,
        columns=columns,
        units={column: unit for column, unit in units.items() if unit and unit != column_units.UNDECIDED},
        constants=filled,
        date_order=order if _dates(part) else None,
        status=tuple(text for text in file.header if text in reading.beside.get("row_status", ())) if is_main else (),
        where=part.where,
        lacking=tuple(lacking(table, set(columns.values()) | set(part.constants))),
        stated=stated | _units_outside(units, columns, table, file),
        period=_period(table, columns, file),
        drawn_on=file.facts.drawn_on if part.table in REGISTERS else None,
    )


def _constants(
    part: Part, columns: Mapping[str, str], reading: Reading, file: File
) -> tuple[dict[str, str], dict[str, str]]:
    """What all rows of a part have in common, and where its name, its titles and its headers say so."""
    table = TABLES[part.table]
    mapped = set(columns.values()) | set(part.constants)
    amounts = {text: f"the header {text}" for text, column in columns.items() if column_units.is_money(column)}
    heads = file.header if part.table == "reported_counts" else [text for text in columns if text not in amounts]
    said = {text: f"the header {text}" for text in heads} | file.titles
    if part.table == "registrations":
        # a list called 注册转移登记 holds both: only the header of the day says what happened on it
        said = {text: place for text, place in said.items() if columns.get(text) == "plated_on"}
    common = _unlike_goods(constants(table, mapped, said, amounts), reading, file)
    places = {name: place_of(table, name, value, said | amounts) for name, value in common.items()}
    return dict(part.constants) | common, {name: place for name, place in places.items() if place}


def _unit(part: Part, text: str, file: File) -> str | None:
    name = part.columns[text]
    column = TABLES[part.table].columns.get(name)
    unit = column_units.unit_of(column, text, file.values(text) if column_units.is_share(column) else [])
    told = [one.text for one in file.facts.labelled.get("unit", ()) if one.above]
    if unit or not told or not (column_units.is_money(name) or name in ("units", "units_high")):
        return unit
    outside = column_units.unit_outside(column, text, told, is_money=column_units.is_money(name))
    if name in OF_ONE_CAR and column_units.is_too_much(outside, file.values(text), FACTORS):
        return column_units.UNDECIDED
    return outside


def _units_outside(
    units: Mapping[str, str | None], columns: Mapping[str, str], table: Table, file: File
) -> dict[str, str]:
    """Of the columns whose unit a line above the table says, that line."""
    places: dict[str, str] = {}
    for text, name in columns.items():
        for one in file.facts.labelled.get("unit", ()):
            said = column_units.unit_outside(
                table.columns.get(name), text, [one.text], is_money=column_units.is_money(name)
            )
            if one.above and said in FACTORS and said == units[name]:
                places.setdefault(name, one.place)
    return places


def _period(table: Table, columns: Mapping[str, str], file: File) -> tuple[date, date] | None:
    """The period that a file states, unless it says that it is one of another day than that of the table."""
    asked = [text for text in file.header if text and file.facts.period_of.endswith(text)]
    others = asked and not any(columns.get(text) == table.dated for text in asked)
    return file.facts.period if table.dated and not others else None


def _dates(part: Part) -> list[str]:
    columns = TABLES[part.table].columns
    return [text for text, column in part.columns.items() if isinstance(columns.get(column), dy.Date | dy.Datetime)]


OF_ONE_CAR = ("price", "value", "list_price")
"""Money for one car."""
