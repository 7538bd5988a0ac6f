"""A file's headers → a table and its columns: the proposal that an import writes down for its user to correct."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Mapped
from dataclasses import dataclass
from functools import cache

import dataframely as dy
import polars as pl

from graphkit.errors import InputError
from graphkit.tables.inputs import TABLES, Table
from graphkit.tables.load import missing_columns
from graphkit.tables.reference import reference_csv

MOSTLY = 0.5
"""The share of a party column's sampled values that must be known party ids for the column to hold ids."""

_PARTS = {
    "uscc": ("uscc", "统一社会信用代码", "社会信用代码", "信用代码", "纳税人识别号"),
    "id": ("id", "code", "编号", "代码", "标识"),
    "name": ("name", "名称", "姓名"),
    "city": ("city", "城市", "所在城市"),
}
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
    known = frozenset(known_party_ids)
    for position, text in _explicit_first(chosen, header):
        field = _fields(chosen).get(_key(text))
        if field is None:
            continue
        if field.startswith(_PARTY):
            field = _party_field(field.removeprefix(_PARTY), taken, _values(sample, position), known)
        if field in taken:
            raise InputError(
                f"The columns {taken[field]} and {text} both mean {field} of {chosen.name}; rename or remove one."
            )
        taken[field] = text
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
        found = {_fields(table)[_key(text)].removeprefix(_PARTY) for text in header if _key(text) in _fields(table)}
        lacking = missing_columns(table, dict.fromkeys(found, ""))
        met = 1 - len(lacking) / len(table.required)
        scored.append((not lacking, len(found) if not lacking else met, met, -order, table, lacking))
    fits, *_, nearest, lacking = max(scored, key=lambda score: score[:4])
    if not fits:
        raise InputError(_lacking(nearest, header, lacking))
    return nearest.name


_PARTY = "party:"
"""Marks a header that names a party without saying whether by id or by name."""


def _lacking(table: Table, header: Sequence[str], lacking: Sequence[str]) -> str:
    return (
        f"The header ({', '.join(header[:12])}{', …' if len(header) > 12 else ''}) fits no table; the nearest is "
        f"{table.name}, which still needs {', '.join(lacking)}: rename the columns, or leave the file out."
    )


def _explicit_first(table: Table, header: Sequence[str]) -> list[tuple[int, str]]:
    """Positions and headers, those that name a party without saying how last: an explicit id makes them names."""
    fields = _fields(table)
    return sorted(enumerate(header), key=lambda item: fields.get(_key(item[1]), "").startswith(_PARTY))


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


@cache
def _fields(table: Table) -> Mapped[str, str]:
    """Every known header of a table in its bare spelling → its column; a party's bare name → the marked column."""
    synonyms = reference_csv("headers").filter(pl.col("table").is_in(["*", table.name])).sort("table")
    fields: dict[str, str] = {}
    for field, text in synonyms.select("field", "header").rows():
        if field in table.parties:
            _add_party(fields, field, text)
        elif field in table.columns:
            fields[_key(text)] = field
    for field in table.parties:
        _add_party(fields, field, field.removesuffix("_id").replace("_", " "))
    return fields | {_key(name): name for name in (*table.companions, *table.columns)}


def _add_party(fields: dict[str, str], field: str, text: str) -> None:
    stem = field.removesuffix("_id")
    explicit = next((part for part, words in _PARTS.items() if text.endswith(words[1:])), None)
    if explicit is not None:
        fields[_key(text)] = field if explicit == "id" else f"{stem}_{explicit}"
        return
    fields[_key(text)] = f"{_PARTY}{field}"
    for part, words in _PARTS.items():
        for word in words:
            fields.setdefault(_key(f"{text} {word}"), field if part == "id" else f"{stem}_{part}")


def _key(text: str) -> str:
    """A header in its bare spelling: one case and width, without spaces, signs, or a remark in brackets."""
    plain = unicodedata.normalize("NFKC", text).lower()
    without_remark = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", plain)
    return re.sub(r"[\W_]+", "", without_remark)


def _is_share(column: dy.Column) -> bool:
    return (column.metadata or {}).get("unit") == "ppm"


def _says_percent(text: str) -> bool:
    return any(sign in text.lower() for sign in _PERCENT)
