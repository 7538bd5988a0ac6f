"""One file of a table and how its columns are read; what of that does not fit is refused before a row is read."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphkit.errors import InputError
from graphkit.tables.inputs import Table
from graphkit.tables.parsing import UNITS
from graphkit.tables.raw_table import HeaderRow
from graphkit.tables.shaping import DATE_ORDERS, FACTORS
from graphkit.tables.stated_constants import DERIVED


@dataclass(frozen=True)
class Source:
    """One file of a table: its content's sha256, its name, where it lies, and how its columns are read.

    ``columns`` maps the file's headers to the table's columns (or to companions such as ``seller_name``); headers that
    are not in it are left out, and several headers of the table's key are joined. ``units`` gives the unit of a column:
    ``percent`` or ``fraction``, or one of ``shaping.FACTORS``, or ``mile``. ``constants`` fill a column for the whole
    file. ``date_order`` is ``dmy`` or ``mdy`` where dates have their year last. ``status`` are the headers that say
    what became of a row, ``where`` says which rows are of this source: ``row_choice``. ``sheet`` names the sheet of a
    workbook, ``header_row`` the lines of the header where it is not to be looked for, ``encoding`` that of a text.
    """

    source_id: str
    name: str
    path: Path
    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    status: Sequence[str] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header_row: HeaderRow | None = None
    encoding: str | None = None


def check_mapping(table: Table, source: Source, header: Sequence[str], *, lacking: bool = True) -> None:
    """Raise ``InputError`` where the mapping of a source does not fit its header, or not its table.

    ``lacking`` asks that every column is there that the table needs.
    """
    absent = [name for name in (*source.columns, *source.status, *source.where) if name not in header]
    if absent:
        raise InputError(f"{source.name} has no column {', '.join(absent)}; correct its mapping.")
    known = (*table.columns, *table.companions)
    strange = sorted({*source.columns.values(), *source.constants}.difference(known))
    if strange:
        raise InputError(f"{table.name} has no column {', '.join(strange)}; correct the mapping of {source.name}.")
    fields = Counter(source.columns[name] for name in header if name in source.columns)
    for name, times in fields.items():
        if times > 1 and name != table.key[0]:
            both = " and ".join(text for text in header if source.columns.get(text) == name)
            raise InputError(f"{source.name}: the columns {both} are both mapped to {name}; leave one out.")
    known_units = (*UNITS, *FACTORS, "mile")
    wrong = [unit for unit in source.units.values() if unit not in known_units]
    if wrong:
        raise InputError(f"{source.name}: {wrong[0]} is no unit; use {' or '.join(known_units)}.")
    if source.date_order not in (None, *DATE_ORDERS):
        raise InputError(f"{source.name}: {source.date_order} is no order of dates; use {' or '.join(DATE_ORDERS)}.")
    needed = missing_columns(table, [*fields, *source.constants, *DERIVED.get(table.name, ())])
    if lacking and needed:
        raise InputError(f"{source.name} lacks {', '.join(needed)}, which {table.name} needs; correct its mapping.")


def missing_columns(table: Table, fields: Collection[str]) -> list[str]:
    """The required columns of a table that are not among ``fields``; a party may be there by name.

    >>> from graphkit.tables.inputs import TABLES
    >>> missing_columns(TABLES["odometer"], {"vin": 0, "km": 2})
    ['read_on']
    """
    return [
        name
        for name in table.required
        if name not in fields and not (name in table.parties and f"{name.removesuffix('_id')}_name" in fields)
    ]
