"""The rows of a sheet as they stand → which are its header, and which of those below are totals, notes or a repeat."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

import polars as pl

from graphkit.tables.header_words import known_in, sheet_words
from graphkit.tables.quarantine import holds_vin
from graphkit.tables.raw_table import UNDECODABLE

SEARCHED = 50
"""Filled rows in which the header is looked for: a cover note is shorter."""
SURE = 2
"""Known headers that a row needs to be preferred to the first row that is as wide as the rows of the sheet."""
AS_WIDE = 0.6
"""The share of the usual number of filled cells from which a row may be the header where no word of it is known."""
FEW_CELLS = 0.25
"""The share of the usual number of filled cells up to which a row after the last whole one may be a footnote."""

_SIGNS = r"[^\pL\pN]*"
PROSE = r"[\s:：，。、；]|\p{Han}{2}"
"""What a note has and a lone id or number has not."""
_REMARK = re.compile("[:：]")
"""What a title or note has and the heading of a group has not."""

HEADER, REPEATED, TOTALS, NOTES = "header", "repeated header", "total", "note"
"""The kinds of lines that are no data."""


@cache
def _total() -> str:
    """What the first cell of a row of totals says."""
    return rf"^{_SIGNS}(?:{'|'.join(sheet_words('total'))}){_SIGNS}$"


@cache
def _counted() -> str:
    """What the other cells of a row of totals hold: numbers, with or without a unit."""
    return rf"^[\s\d.,%¥￥()+\-]*(?:{'|'.join(sheet_words('unit'))})?$"


@cache
def _note() -> str:
    """How a note begins, wherever it stands."""
    pages = rf"共{_SIGNS}\d+{_SIGNS}[条笔行页户]|第{_SIGNS}\d+{_SIGNS}页|page \d+|\d+ (?:rows?|records?)\b"
    return rf"^{_SIGNS}(?:(?:{'|'.join(sheet_words('note'))})\s?[:：]|{pages})"


@dataclass(frozen=True)
class Header:
    """Where the header of a sheet is: its rows ``first`` to ``last`` by position, and the name of each column."""

    first: int
    last: int
    names: list[str]


def find_header(rows: Sequence[Sequence[str | None]], told: tuple[int, int] | None = None) -> Header | None:
    """The header among the first filled rows of a sheet; None where no row has two different cells.

    It is the row with most known column names; where hardly one is known, the first that is as wide as the rows below.
    A row of group headings above it, or of the columns of such groups below it, is a part of it. Titles, notes and
    units above it are not. ``told`` are the positions of its first and last row where somebody has said so.

    >>> find_header([["Sales of 2024", None], ["VIN", "Buyer"], ["LMVAA1AA0RA000001", "Sample Ltd"]])
    Header(first=1, last=1, names=['VIN', 'Buyer'])
    """
    if told:
        first, last = told
    else:
        rows = rows[:SEARCHED]
        best = _likeliest(rows)
        if best is None:
            return None
        first = last = best
        if (
            best
            and _are_groups(rows[best - 1], rows[best])
            and not any(_REMARK.search(cell or "") for cell in rows[best - 1])
        ):
            first = best - 1
        elif best + 1 < len(rows) and _are_groups(rows[best], rows[best + 1]):
            last = best + 1
    return Header(first, last, _names(rows[first : last + 1]))


def _likeliest(rows: Sequence[Sequence[str | None]]) -> int | None:
    # a title may be merged over all columns, and then stands in each of them
    filled = [len({cell for cell in row if cell}) for row in rows]
    wide = [place for place, cells in enumerate(filled) if cells > 1]
    if not wide:
        return next((place for place, row in enumerate(rows) if sum(bool(cell) for cell in row) > 1), None)
    known = {place: known_in([cell for cell in rows[place] if cell]) for place in wide}
    best = max(wide, key=lambda place: (known[place], -place))
    if known[best] >= SURE:
        return best
    usual = median(filled[place] for place in wide)
    return next(place for place in wide if filled[place] >= AS_WIDE * usual)


def _are_groups(upper: Sequence[str | None], lower: Sequence[str | None]) -> bool:
    """Whether ``upper`` holds headings of groups of the columns that ``lower`` names.

    A heading stands over several columns: in each of them where it was merged, else in the first alone. A column of its
    own has its name in both rows, or in one of them.
    """
    times = Counter(cell for cell in upper if cell)
    if len(times) < 2 or not all(re.search(r"[^\W\d_]", cell) for cell in lower if cell):
        return False
    # without a merged cell a broken row may look like the columns of a group
    named = known_in([cell for cell in lower if cell]) > 0
    headings = 0
    for place, (above, below) in enumerate(zip(upper, lower, strict=True)):
        if not above or not below or above == below:
            continue
        next_above, next_below = (*upper, None)[place + 1], (*lower, None)[place + 1]
        if times[above] < 2 and (next_above or not next_below or not named):
            return False
        headings += 1
    return headings > 0


def _names(rows: Sequence[Sequence[str | None]]) -> list[str]:
    lower = [" ".join((cell or "").split()) for cell in rows[-1]]
    if len(rows) == 1:
        return _without_end(lower)
    upper = [" ".join((cell or "").split()) for cell in rows[0]]
    times = Counter(lower)
    return _without_end(
        [
            f"{above} {below}" if below and above and below != above and times[below] > 1 else below or above
            for above, below in zip(upper, lower, strict=True)
        ]
    )


def _without_end(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names.pop()
    return names


def no_data(rows: pl.DataFrame, header: Sequence[str]) -> pl.DataFrame:
    """The rows below a header that are no data: place (their position in ``rows``), kind.

    ``rows`` are text cells by position (``c0`` …). A repeat of the header; a row of totals, which begins with that word
    and has numbers alone; a note, which begins like one, or stands in a few cells after the last whole row. A row in
    which a VIN can be read is always data.
    """
    if rows.is_empty():
        return pl.DataFrame(schema={"place": pl.UInt32(), "kind": pl.String()})
    cells = [name for name in rows.columns if re.fullmatch(r"c\d+", name)]
    # hardly a row of most files has an empty cell, and only those few are looked at
    holes = [name for name in cells if rows.select(_is_empty(name).any()).item()]
    empty = pl.sum_horizontal(_is_empty(name).cast(pl.Int32) for name in holes) if holes else pl.lit(0)
    filled = rows.select((len(cells) - empty).alias("filled")).to_series()
    filled = filled if holes else pl.Series("filled", [len(cells)], dtype=pl.Int32).new_from_index(0, rows.height)
    usual = float(filled.median() or 0)  # type: ignore[arg-type]
    merged = _all_alike(rows, cells)
    is_merged = pl.int_range(rows.height, eager=True).is_in(merged.implode())
    places = ((filled < filled.max()) | is_merged).arg_true()
    last = ((filled >= usual) & ~is_merged).arg_true().max()
    asides = rows.select(cells)[places].with_columns(
        place=places, filled=pl.when(places.is_in(merged.implode())).then(1).otherwise(filled[places])
    )
    found = [
        _repeats(rows, cells, header),
        _asides(asides, cells, FEW_CELLS * usual, last if isinstance(last, int) else -1),
    ]
    return pl.concat(found).unique("place", keep="first").sort("place")


def _all_alike(rows: pl.DataFrame, cells: Sequence[str]) -> pl.Series:
    """The places of the rows with one text in every cell: what was merged over all columns stands in each of them."""
    places = rows.select(((pl.col("c0") != "") & (pl.col(cells[1]) == pl.col("c0"))).arg_true()).to_series()
    found = rows.select(cells)[places]
    return places.filter(found.select(pl.all_horizontal(pl.col(name) == pl.col("c0") for name in cells)).to_series())


def _is_empty(name: str) -> pl.Expr:
    return (pl.col(name).str.len_bytes() == 0).fill_null(value=True)


def _repeats(rows: pl.DataFrame, cells: Sequence[str], header: Sequence[str]) -> pl.DataFrame:
    named = [(cell, name) for cell, name in zip(cells, header, strict=False) if name]
    cell, name = named[0]
    places = rows.select(pl.col(cell).str.contains(name.split()[0], literal=True).arg_true()).to_series()
    found = rows.select(cells)[places]
    same = (pl.col(cell).str.replace_all(r"\s+", " ").str.strip_chars() == name for cell, name in named)
    alike = found.select(pl.all_horizontal(same).fill_null(value=False)).to_series()
    return pl.DataFrame({"place": places.filter(alike)}, schema={"place": pl.UInt32}).with_columns(
        kind=pl.lit(REPEATED)
    )


def _asides(rows: pl.DataFrame, cells: Sequence[str], few: float, last: int) -> pl.DataFrame:
    filled = [pl.when(pl.col(name) != "").then(pl.col(name).str.strip_chars()) for name in cells]
    told = rows.select(
        "place",
        "filled",
        first=pl.coalesce(filled).str.to_lowercase(),
        text=pl.when(pl.col("filled") == 1)
        .then(pl.coalesce(filled))
        .otherwise(pl.concat_str(filled, separator=" ", ignore_nulls=True)),
        counts=pl.sum_horizontal(
            cell.str.to_lowercase().str.contains(_counted()).fill_null(value=False).cast(pl.Int32) for cell in filled
        ),
    )
    return _judged(told, (pl.col("place") > last) & (pl.col("filled") <= max(few, 1)))


def _judged(told: pl.DataFrame, is_last: pl.Expr) -> pl.DataFrame:
    is_total = pl.col("first").str.contains(_total()) & (pl.col("counts") == pl.col("filled") - 1)
    is_note = pl.col("first").str.contains(_note()) | (is_last & pl.col("text").str.contains(PROSE))
    kind = (
        pl.when(holds_vin(pl.col("text")))
        .then(None)
        .when(is_total)
        .then(pl.lit(TOTALS))
        .when(is_note)
        .then(pl.lit(NOTES))
    )
    return told.select("place", kind=kind).filter(pl.col("kind").is_not_null())


def no_records(broken: pl.DataFrame, delimiter: str, last: object) -> pl.DataFrame:
    """The broken records (line, text, reason) of a text file that are no data: place (their position), kind.

    ``last`` is the line of the last record that is none of them.
    """
    filled = pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != "")
    told = (
        broken.with_row_index("place")
        .filter(pl.col("reason") != UNDECODABLE)
        .with_columns(cells=pl.col("text").str.split(delimiter).list.eval(filled))
        .with_columns(
            text=pl.col("cells").list.join(" "),
            first=pl.col("cells").list.first().str.to_lowercase(),
            filled=pl.col("cells").list.len(),
            counts=pl.col("cells").list.eval(pl.element().str.to_lowercase().str.contains(_counted())).list.sum(),
        )
    )
    is_last = (pl.col("line") > (last if isinstance(last, int) else 0)) & (pl.col("filled") == 1)
    return _judged(told, is_last)
