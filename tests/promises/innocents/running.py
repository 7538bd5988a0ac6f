"""A drawn market as a case: written as files, imported, run."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import tomlkit

from graphkit import Case
from graphkit.tables.coverage_entries import to_entries
from tests.promises.innocents.drawing import Drawn


@dataclass(frozen=True)
class Ran:
    """What a run said: hits, exported parties (party_id, roles, why), and how many rows were quarantined."""

    hits: pl.DataFrame
    exported: pl.DataFrame
    quarantined: int


def run(drawn: Drawn, only: Sequence[str] = ()) -> Ran:
    """Import the tables into a new case and run it."""
    folder = Path(tempfile.mkdtemp(prefix="innocents-"))
    try:
        case = Case.new(folder / "case")
        report = case.import_files(_written(drawn, folder))
        case.run(only=tuple(only))
        scores = case.frame("scores").filter(pl.col("flagged").fill_null(False))
        return Ran(
            hits=case.frame("hits"),
            exported=scores.select("party_id", "roles", "families", "reason_1"),
            quarantined=int(report["quarantined"].sum()),
        )
    finally:
        shutil.rmtree(folder)


def _written(drawn: Drawn, folder: Path) -> list[Path]:
    files = []
    for name, rows in drawn.tables.items():
        if rows.height:
            files.append(folder / f"{name}.csv")
            rows.write_csv(files[-1])
    (folder / "coverage.toml").write_text(tomlkit.dumps({"coverage": to_entries(drawn.coverage)}), encoding="utf-8")
    return [*files, folder / "coverage.toml"]
