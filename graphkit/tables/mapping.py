"""A file's headers → a table and its columns: the proposal that an import writes down for its user to correct."""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Mapped
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from graphkit.errors import InputError
from graphkit.tables.headers import BESIDE, Meaning, is_running_number, key, meanings
from graphkit.tables.inputs import TABLES, Table
from graphkit.tables.sources import missing_columns

MOSTLY = 0.5
"""The share of a party column's sampled values that must be known party ids for the column to hold ids."""

_PERCENT = ("%", "％", "percent", "pct", "百分比")


@dataclass(frozen=True)
class Mapping:
    """How a file is read: its table, header → column, the units its headers state, and what is left out.

    ``confidence`` is the share of the file's headers that are mapped.
    """

    table: str
    columns: Mapped[str, str]
    units: Mapped[str, str]
    unmapped: tuple[str, ...]
    confidence: float


def propose(
    header: Sequence[str], sample: pl.DataFrame, known_party_ids: Collection[str] = (), table: str | None = None
) -> Mapping:
    """Propose a table and its columns from a header and some rows (columns by position, as a reader gives them).

    ``table`` names the table where the user has said which one it is. A party column holds ids where its header says so
    or most of its values are known party ids, else names. Raises ``InputError`` where no table fits or two headers mean
    one column.

    >>> proposal = propose(["车架号", "Reading Date", "km", "note"], pl.DataFrame())
    >>> proposal.table, proposal.columns, proposal.unmapped
    ('odometer', {'车架号': 'vin', 'Reading Date': 'read_on', 'km': 'km'}, ('note',))
    """
    chosen = TABLES[table or guess_table(header)]
    columns: dict[str, str] = {}
    taken: dict[str, str] = {}
    ranks: dict[str, int] = {}
    known = frozenset(known_party_ids)
    for position, text in _explicit_first(chosen, header):
        meaning = _meaning(chosen, text)
        if meaning is None:
            continue
        field = meaning.field
        if meaning.how == "bare":
            field = _party_field(field, taken, _values(sample, position), known)
        if field in taken:
            if meaning.rank > ranks[field]:
                continue
            raise InputError(
                f"The columns {taken[field]} and {text} both mean {field} of {chosen.name}; rename or remove one."
            )
        taken[field] = text
        ranks[field] = meaning.rank
        columns[text] = field
    lacking = missing_columns(chosen, taken)
    if lacking:
        raise InputError(_lacking(chosen, header, lacking))
    shares = {name for name, column in chosen.columns.items() if _is_share(column)}
    return Mapping(
        table=chosen.name,
        columns={text: columns[text] for text in header if text in columns},
        units={field: "percent" for text, field in columns.items() if field in shares and _says_percent(text)},
        unmapped=tuple(text for text in header if text not in columns),
        confidence=len(columns) / len(header),
    )


def guess_table(header: Sequence[str]) -> str:
    """The table whose required columns a header has, and of several the one that knows most of its headers.

    Raises ``InputError``, naming the columns that the nearest table still needs, where none fits.

    >>> guess_table(["policy_id", "vin", "insurer", "insured", "starts_on"])
    'policies'
    """
    scored = []
    for order, table in enumerate(TABLES.values()):
        found = {meaning.field for text in header if (meaning := _meaning(table, text))}
        lacking = missing_columns(table, dict.fromkeys(found, ""))
        met = 1 - len(lacking) / len(table.required)
        scored.append((not lacking, len(found) if not lacking else met, met, -order, table, lacking))
    fits, *_, nearest, lacking = max(scored, key=lambda score: score[:4])
    if not fits:
        raise InputError(_lacking(nearest, header, lacking))
    return nearest.name


def _lacking(table: Table, header: Sequence[str], lacking: Sequence[str]) -> str:
    return (
        f"The header ({', '.join(header[:12])}{', …' if len(header) > 12 else ''}) fits no table; the nearest is "
        f"{table.name}, which still needs {', '.join(lacking)}: rename the columns, or leave the file out."
    )


def _explicit_first(table: Table, header: Sequence[str]) -> list[tuple[int, str]]:
    """Positions and headers, the better known first; those that name a party without saying how last of all.

    An explicit id beside them makes them names.
    """
    known = {text: _meaning(table, text) or Meaning("") for text in header}
    return sorted(enumerate(header), key=lambda item: (known[item[1]].how == "bare", known[item[1]].rank))


def _meaning(table: Table, text: str) -> Meaning | None:
    """What a header means by its bare spelling alone, where that is a column of the table or stands in for one."""
    meaning = meanings(table).get(key(text))
    running = is_running_number(text) and text not in table.columns
    if meaning is None or meaning.part or running or meaning.field in BESIDE.get(table.name, ()):
        return None
    return meaning


def _party_field(field: str, taken: Collection[str], values: Sequence[str], known: frozenset[str]) -> str:
    named = f"{field.removesuffix('_id')}_name"
    if field in taken:
        return named
    if named in taken:
        return field
    hits = sum(value in known for value in values)
    return field if values and hits >= MOSTLY * len(values) else named


def _values(sample: pl.DataFrame, position: int) -> list[str]:
    name = f"c{position}"
    if name not in sample.columns:
        return []
    return [text for text in sample[name].drop_nulls().str.strip_chars().unique().to_list() if text]


def _is_share(column: dy.Column) -> bool:
    return (column.metadata or {}).get("unit") == "ppm"


def _says_percent(text: str) -> bool:
    return any(sign in text.lower() for sign in _PERCENT)
