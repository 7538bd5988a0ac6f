"""The cells of a register that name no holder, or several persons or offices: no row, or one row each."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from graphkit.tables.inputs import POSITIONS, Table
from graphkit.tables.organisations import is_organisation
from graphkit.tables.parsing import word
from graphkit.tables.quarantine import APART_SCHEMA

NO_HOLDER = "no holder"
"""The kind of a line that names a company and nobody who holds it or an office in it."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "ownership": ("owner_name",),
    "positions": ("person_name",),
    "control_agreements": ("controller_name", "controlled_name"),
}
"""The names that a cell of a table may hold several of; a sale to two buyers together is one sale."""
_OF_ONE = ("share", "share_min", "share_max", "votes")
"""What is said of one holder: where a cell names several, nobody knows whose it is."""
_SIDES = {"ownership": ("owner", "owned"), "positions": ("person", "company")}
"""Who holds, and in whom."""

_BETWEEN_NAMES = re.compile(r"[、；;｜|]")
_PERHAPS_BETWEEN = re.compile(
    r"[/／\n]|[,，](?!\s*(?:ltd|limited|inc|incorporated|llc|llp|plc|corp|s\.|gmbh|co)\b)", re.I
)
_BETWEEN_OFFICES = re.compile(r"[、，,；;｜|/／\n&+兼]|\s(?:and|und|и)\s", re.I)
_PERSON = re.compile(
    r"[㐀-鿿]{2,4}|[㐀-鿿]{2,}(?:[·•・][㐀-鿿]{2,})+"
    r"|[А-ЯЁ][а-яё-]+ [А-ЯЁ]\. ?[А-ЯЁ]\.|[А-ЯЁ][а-яё-]+ [А-ЯЁ][а-яё]+ [А-ЯЁ][а-яё]+(?:вич|ич|вна|ична)"
)
"""Names that only a person has; of a Latin one nobody can tell whether the comma in it stands inside one name."""


@dataclass(frozen=True)
class Pieces:
    """The cells of a source, a row a piece.

    ``cells`` has the columns that were given and ``piece``, from 0 on for each line. ``apart`` (``APART_SCHEMA``)
    are the lines of which nobody can tell what belongs together; they stand in ``cells`` undivided.
    """

    cells: pl.DataFrame
    apart: pl.DataFrame


def names_nobody(table: Table, cells: pl.DataFrame) -> pl.Series:
    """Whether a row only names a company: in a register with a row a company, one whose holder is ``-``.

    Where a share stands in the row, or the company in another row as well, a holder is missing that there was.

    >>> from graphkit.tables.inputs import TABLES
    >>> cells = pl.DataFrame({"owned_name": ["A", "B"], "owner_name": ["C", None], "line": [2, 3]})
    >>> names_nobody(TABLES["ownership"], cells).to_list()
    [False, True]
    """
    nobody = pl.Series([False]).new_from_index(0, cells.height)
    if table.name not in _SIDES:
        return nobody
    holder, held = (
        [name for name in cells.columns if name in (f"{side}_id", f"{side}_name")] for side in _SIDES[table.name]
    )
    if not holder or not held:
        return nobody
    said = [name for name in (*holder, *_OF_ONE) if name in cells.columns]
    if not cells.select(pl.struct(held).is_unique().all()).item():
        return nobody
    return cells.select(
        pl.all_horizontal(pl.col(said).is_null()) & pl.any_horizontal(pl.col(held).is_not_null())
    ).to_series()


def in_pieces(table: Table, cells: pl.DataFrame) -> Pieces:
    """A row for each person and for each office that a cell names.

    Names are parted at ``、；｜``; at a comma, a slash or a line break only where every part is a person's or a
    company's name by its form (``Surname, Given`` is one person). Offices are parted at all of these and at ``兼``,
    where one of them is known.

    >>> from graphkit.tables.inputs import TABLES
    >>> cells = pl.DataFrame({"person_name": ["示大文"], "position": ["执行董事兼总经理"], "line": [2]})
    >>> in_pieces(TABLES["positions"], cells).cells.rows()
    [('示大文', '执行董事', 2, 0), ('示大文', '总经理', 2, 1)]
    """
    whole = Pieces(cells.with_columns(piece=pl.lit(0, dtype=pl.Int64)), pl.DataFrame(schema=APART_SCHEMA))
    parted = {name: found for name in _may_hold_several(table, cells) if (found := _several(name, cells[name]))}
    if not parted:
        return whole
    reason = _why_not(table, parted, whole.cells)
    lists = whole.cells.with_columns(
        pl.when(reason.is_null() & pl.col(name).is_in(found.keys()))
        .then(pl.col(name).replace_strict(found, default=None, return_dtype=pl.List(pl.String)))
        .otherwise(pl.concat_list(name))
        for name, found in parted.items()
    )
    for name in parted:
        lists = lists.explode(name)
    return Pieces(
        lists.with_columns(piece=pl.int_range(pl.len(), dtype=pl.Int64).over("line")),
        whole.cells.select("line", column=pl.lit(next(iter(parted))), reason=reason).drop_nulls("reason"),
    )


def _may_hold_several(table: Table, cells: pl.DataFrame) -> list[str]:
    names = (*_NAMES.get(table.name, ()), *(("position",) if table.name == "positions" else ()))
    return [name for name in names if name in cells.columns]


def _several(name: str, cells: pl.Series) -> dict[str, list[str]]:
    """The texts that name several, each with its parts."""
    found = {}
    for text in cells.drop_nulls().unique():
        parts = _offices(text) if name == "position" else _names(text)
        if len(parts) > 1:
            found[text] = parts
    return found


def _names(text: str) -> list[str]:
    found: list[str] = []
    for part in _filled(_BETWEEN_NAMES.split(text)):
        perhaps = _filled(_PERHAPS_BETWEEN.split(part))
        are_names = all(_PERSON.fullmatch(one) or is_organisation(one) for one in perhaps)
        found += perhaps if are_names else [part]
    return list(dict.fromkeys(found))


def _offices(text: str) -> list[str]:
    parts = _filled(_BETWEEN_OFFICES.split(text))
    return list(dict.fromkeys(parts)) if not _is_office(text) and any(map(_is_office, parts)) else [text]


@cache
def _is_office(text: str) -> bool:
    read = word(pl.col("office"), "positions", "position", POSITIONS)
    return pl.DataFrame({"office": [text]}).select(read).item() is not None


def _filled(parts: Collection[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]


def _why_not(table: Table, parted: Mapping[str, Mapping[str, list[str]]], cells: pl.DataFrame) -> pl.Expr:
    """Why a row that names several stays whole and is kept apart."""
    several = {name: pl.col(name).is_in(found.keys()) for name, found in parted.items()}
    of_one = [name for name in _OF_ONE if name in cells.columns]
    reason = pl.lit(None, dtype=pl.String)
    for name, is_several in several.items():
        if table.name == "ownership" and of_one:
            has_share = pl.any_horizontal(pl.col(of_one).is_not_null())
            told = pl.format(
                "{}: '{}' are several holders with one share: give each a row of its own", pl.lit(name), name
            )
            reason = pl.when(is_several & has_share).then(told).otherwise(reason)
    if len(several) > 1:
        told = pl.lit(f"{' and '.join(several)}: several in both cells, and nobody can tell which belong together")
        reason = pl.when(pl.all_horizontal(several.values())).then(told).otherwise(reason)
    return reason
