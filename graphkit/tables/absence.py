"""Vehicles whose absence from a table cannot be read, because a row that was not loaded, or misspelt, may be theirs, or
because a cell by which they are judged could not be read.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import polars as pl

from graphkit.tables import vins
from graphkit.tables.inputs import TABLES
from graphkit.tables.lineage import LINEAGE
from graphkit.tables.outputs import SHAPES
from graphkit.tables.quarantine import IDENTICAL, RECORDED
from graphkit.tables.stubs import vins_by_table

READ_FOR_ABSENCE = ("registrations", "sales", "policies", "exports", "declared_stock")
"""The tables from which detectors read that something did not happen."""
NOTHING_UNREAD = SHAPES["unread_cells"].empty()
"""Where every cell could be read."""
EVERY_VEHICLE = "*"
MOST_TYPOS = 2
"""Wrong characters up to which a misspelt VIN may be another one."""
READABLE = (vins.LENGTH - MOST_TYPOS, vins.LENGTH + MOST_TYPOS)
"""Lengths at which a text is a misspelt VIN; a shorter or longer one says nothing about which car it was."""

_BLOCKS = tuple(f"block_{number}" for number in range(5))
_PAIRS = {"table": pl.String(), "vin": pl.String(), "reason": pl.String()}


def shadows(
    tables: Mapping[str, pl.DataFrame | pl.LazyFrame],
    quarantine: Mapping[str, pl.DataFrame],
    unread: pl.DataFrame = NOTHING_UNREAD,
) -> pl.DataFrame:
    """``SHAPES["shadows"]``: table, vin, reason; a row with vin ``*`` stands for every vehicle.

    A quarantined row shadows the car of its VIN; a misspelt VIN every car that it may be (up to two characters wrong,
    missing or too many); no readable VIN every car. A VIN seen in one table only and with a wrong check digit shadows
    the cars that it may be. An identical copy of a loaded row shadows nothing. ``unread`` are the cells that could not
    be read (``SHAPES["unread_cells"]``): where a car is judged by one, the car is shadowed in every table, since what
    the cell said could speak for it in any.
    """
    seen = vins_by_table(tables).collect()
    vehicles = seen.select("vin").unique().sort("vin")
    found = [pl.DataFrame(schema=_PAIRS)]
    for table in READ_FOR_ABSENCE:
        suspects = _quarantined(table, quarantine)
        found.append(_anybody(table, suspects))
        readable = suspects.filter(~_is_hopeless())
        exact = readable.join(vehicles, on="vin", how="semi")
        found.append(_with_reason(table, exact.select(code="vin", vin="vin"), "a quarantined row is about this car"))
        misspelt = readable.filter(_is_misspelt()).select(code="vin")
        found.append(
            _with_reason(table, _resembling(misspelt, vehicles), "a quarantined row may be this car, as it reads")
        )
        orphans = _orphans(table, tables, seen)
        found.append(_with_reason(table, _resembling(orphans, vehicles), "a misspelt row may be this car, as it reads"))
    found.append(_by_unread_cells(tables, unread))
    together = pl.concat(found).sort("table", "vin", "reason").unique(["table", "vin"], keep="first")
    return SHAPES["shadows"].canonical(together)


def _quarantined(table: str, quarantine: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    if table not in quarantine:
        return pl.DataFrame(schema={"vin": pl.String()})
    lost = quarantine[table].filter((pl.col("reason") != IDENTICAL) & ~pl.col("reason").str.starts_with(RECORDED))
    return lost.select("vin").unique().sort("vin")


def _by_unread_cells(tables: Mapping[str, pl.DataFrame | pl.LazyFrame], unread: pl.DataFrame) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=_PAIRS)]
    for name, column in unread.select("table", "column").unique().sort("table", "column").rows():
        if name not in tables or not TABLES[name].doubts_car(column):
            continue
        cells = unread.filter(table=name, column=column).lazy()
        cars = tables[name].lazy().select(*LINEAGE, "vin").join(cells, on=LINEAGE).select("vin", "text").collect()
        reason = f"{column} of {name} could not be read of this car"
        parts += [_with_reason(table, cars.rename({"text": "code"}), reason) for table in READ_FOR_ABSENCE]
    return pl.concat(parts)


def _is_hopeless() -> pl.Expr:
    vin = pl.col("vin")
    is_code = vin.str.contains("^[A-Z0-9]+$") & vin.str.contains("[0-9]")
    may_be_one = vin.str.len_chars().is_between(*READABLE) & is_code
    return ~(vins.is_well_formed(vin) | may_be_one).fill_null(False)


def _is_misspelt() -> pl.Expr:
    return ~vins.is_well_formed(pl.col("vin")) | (vins.check(pl.col("vin")) == "invalid")


def _anybody(table: str, suspects: pl.DataFrame) -> pl.DataFrame:
    if suspects.filter(_is_hopeless()).is_empty():
        return pl.DataFrame(schema=_PAIRS)
    reason = f"a quarantined row of {table} has no readable VIN, so it may be any car"
    return pl.DataFrame({"table": [table], "vin": [EVERY_VEHICLE], "reason": [reason]})


def _with_reason(table: str, pairs: pl.DataFrame, reason: str) -> pl.DataFrame:
    text = pl.format("{}: {}", pl.lit(reason), pl.col("code"))
    return pairs.select(table=pl.lit(table), vin=pl.col("vin"), reason=text)


def _orphans(table: str, tables: Mapping[str, pl.DataFrame | pl.LazyFrame], seen: pl.DataFrame) -> pl.DataFrame:
    """VINs of one table that no other table knows and whose check digit is wrong: code."""
    if table not in tables:
        return pl.DataFrame(schema={"code": pl.String()})
    wrong = tables[table].lazy().filter(pl.col("vin_check") == "invalid").select("vin").unique().collect()
    elsewhere = seen.filter(pl.col("table") != table)
    return wrong.join(elsewhere, on="vin", how="anti").select(code="vin").sort("code")


def _resembling(codes: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """Pairs of a misspelt code and a vehicle that it may be: code, vin."""
    lengths = codes["code"].str.len_chars()
    parts = [pl.DataFrame(schema={"code": pl.String(), "vin": pl.String()})]
    whole = codes.filter(lengths == vins.LENGTH)
    if whole.height:
        parts.append(_within_typos(whole, vehicles))
    for missing in range(1, MOST_TYPOS + 1):
        shorter, longer = codes.filter(lengths == vins.LENGTH - missing), codes.filter(lengths == vins.LENGTH + missing)
        if shorter.height:
            cuts = _cut_to_fit(vehicles, vins.LENGTH, missing, shorter.rename({"code": "cut"}))
            parts.append(cuts.select(code="cut", vin="vin"))
        if longer.height:
            cuts = _cut_to_fit(longer, vins.LENGTH + missing, missing, vehicles.rename({"vin": "cut"}))
            parts.append(cuts.select(code="code", vin="cut"))
    return pl.concat(parts).filter(pl.col("code") != pl.col("vin")).unique()


def _cut_to_fit(texts: pl.DataFrame, length: int, missing: int, wanted: pl.DataFrame) -> pl.DataFrame:
    """The texts that become one of ``wanted`` (cut) when a run of ``missing`` characters is taken out somewhere."""
    text = pl.col(texts.columns[0])
    found = []
    for place in range(length - missing + 1):
        cut = pl.concat_str(text.str.slice(0, place), text.str.slice(place + missing))
        found.append(texts.with_columns(cut=cut).join(wanted, on="cut", how="semi"))
    return pl.concat(found)


def _within_typos(codes: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """Pairs that differ in at most ``MOST_TYPOS`` places: two typos leave three of five blocks untouched."""
    left, right = codes.with_columns(_blocks("code")), vehicles.with_columns(_blocks("vin"))
    parts = []
    for untouched in combinations(_BLOCKS, len(_BLOCKS) - MOST_TYPOS):
        pairs = left.join(right, on=untouched, how="inner").select("code", "vin")
        parts.append(pairs.filter(_differences(pairs["code"], pairs["vin"]) <= MOST_TYPOS))
    return pl.concat(parts).unique()


def _blocks(column: str) -> list[pl.Expr]:
    # every fifth character: each block holds some of the serial number, which tells the cars of one model apart
    text = pl.col(column)
    return [
        pl.concat_str([text.str.slice(place, 1) for place in range(first, vins.LENGTH, len(_BLOCKS))]).alias(name)
        for first, name in enumerate(_BLOCKS)
    ]


def _differences(left: pl.Series, right: pl.Series) -> pl.Series:
    if left.is_empty():
        return pl.Series([], dtype=pl.Int64)
    codes = [
        np.array(side.to_list(), dtype=f"U{vins.LENGTH}").view(np.uint32).reshape(-1, vins.LENGTH)
        for side in (left, right)
    ]
    return pl.Series((codes[0] != codes[1]).sum(axis=1), dtype=pl.Int64)
