"""One worked car a detector: the rows of its case folder that concern the car, and what the detector says of it."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.reference import cases_folder

_TIES = ("ownership", "control_agreements", "positions", "kinship")
"""The registers that say who stands behind a party: of the two that a row names, the first stands behind the second."""


@dataclass(frozen=True)
class WorkedCar:
    """A flagged car of a case folder. ``hit`` is its row of the expected hits, ``reason`` the detector's sentence.

    ``rows`` have on (a date, empty where the row has none), file, line and says, in the order of dates: the rows that
    name the car, the rows that prove the hit, and the registers' rows on the parties in them and who stands behind.
    """

    case: str
    title: str
    as_of: date
    vin: str
    hit: Mapping[str, str]
    reason: str
    rows: pl.DataFrame


@dataclass(frozen=True)
class _Row:
    table: str
    line: int
    cells: Mapping[str, str]

    @property
    def key(self) -> str:
        return "|".join(self.cells.get(column, "") for column in TABLES[self.table].key)

    @property
    def parties(self) -> set[str]:
        return {self.cells[column] for column in TABLES[self.table].parties if self.cells.get(column)}

    @property
    def on(self) -> str:
        own = TABLES[self.table].dated
        others = [column for column in self.cells if column.endswith(("_on", "_from"))]
        return next((self.cells[column] for column in (own, *others) if column and self.cells.get(column)), "")


@cache
def worked_car(detector: str) -> WorkedCar:
    """The car that a case folder of this detector names as ``worked``; nothing is run.

    Raises ``FileNotFoundError`` where no case folder names one.
    """
    for about in sorted((cases_folder() / detector).glob("*/case.toml")):
        said = tomllib.loads(about.read_text(encoding="utf-8"))
        if "worked" in said:
            return _worked(about.parent, said)
    raise FileNotFoundError(f"No case folder of {detector} names a worked car; see the folders in {cases_folder()}.")


def _worked(folder: Path, said: Mapping[str, str]) -> WorkedCar:
    vin = said["worked"]
    hit = next(row.cells for row in _read(folder / "expected_hits.csv") if row.cells["subject_id"] == vin)
    files = [path for path in sorted(folder.glob("*.csv")) if path.stem in TABLES]
    every = [row for path in files for row in _read(path)]
    chosen = _concerning(every, vin, _proven_by(folder, vin))
    order = list(TABLES)
    chosen.sort(key=lambda row: (row.on or "9999", order.index(row.table), row.line))
    return WorkedCar(
        case=f"{folder.parent.name}/{folder.name}",
        title=said["title"],
        as_of=date.fromisoformat(str(said["as_of"])),
        vin=vin,
        hit=hit,
        reason=said["worked_reason"],
        rows=pl.DataFrame(
            [(row.on, f"{row.table}.csv", row.line, _says(row)) for row in chosen],
            schema={"on": pl.String(), "file": pl.String(), "line": pl.Int64(), "says": pl.String()},
            orient="row",
        ),
    )


def _concerning(every: list[_Row], vin: str, proof: set[tuple[str, str]]) -> list[_Row]:
    chosen = [row for row in every if row.cells.get("vin") == vin or (row.table, row.key) in proof]
    known = {party for row in chosen for party in row.parties}
    ties = [(row, *_ends(row)) for row in every if row.table in _TIES]
    while behind := {first for _, first, second in ties if second in known} - known:
        known |= behind
    chosen += [row for row, _, second in ties if second in known and row not in chosen]
    return chosen + [row for row in every if row.table == "parties" and row.key in known and row not in chosen]


def _ends(row: _Row) -> tuple[str, str]:
    first, second = TABLES[row.table].parties
    return row.cells[first], row.cells[second]


def _proven_by(folder: Path, vin: str) -> set[tuple[str, str]]:
    path = folder / "expected_evidence.csv"
    rows = [row.cells for row in _read(path)] if path.is_file() else []
    return {(row["table"], row["row_key"]) for row in rows if row["hit_id"].endswith(f"/{vin}")}


def _read(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        first = rows.line_num + 1
        for cells in rows:
            if cells:
                yield _Row(path.stem, first, dict(zip(header, cells, strict=False)))
            first = rows.line_num + 1


def _says(row: _Row) -> str:
    return "; ".join(f"{column}={cell}" for column, cell in row.cells.items() if cell)
