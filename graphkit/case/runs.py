"""The runs of a case: each a folder named for its content, written beside and renamed, with ``current`` naming one."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from graphkit import __version__
from graphkit.case.folder import Folder
from graphkit.errors import CaseError
from graphkit.exports.csv import write_csv
from graphkit.exports.parquet import write_parquet
from graphkit.files import hash_text, replacing
from graphkit.model import Detector
from graphkit.tables.coverage import Coverage
from graphkit.tables.coverage_entries import from_entries
from graphkit.tables.outputs import SHAPES

SPREADSHEETS = (
    "findings",
    "tallies",
    "hits",
    "scores",
    "contributions",
    "clusters",
    "cluster_members",
    "restatement",
    "reported",
    "tiers",
    "aggregates",
)
"""The tables of a run that also lie there as CSV, for those who read them by eye."""

LIBRARIES = ("polars", "narwhals", "numpy", "scipy", "networkx", "pyarrow", "opencc", "phonenumbers")
"""The libraries whose version ``run.json`` notes: a result may change with them."""


@dataclass(frozen=True)
class Run:
    """The results of one run, read from its folder when they are asked for."""

    path: Path

    @property
    def run_id(self) -> str:
        """The name of the run's folder: a hash of what went into it."""
        return self.path.name

    @property
    def views(self) -> Path:
        """Where the network views of this run lie."""
        return self.path / "views"

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What ``run.json`` says: versions, settings, hashes of the inputs."""
        about: Mapping[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        return about

    @property
    def as_of(self) -> date:
        """The day that the run looked from."""
        return date.fromisoformat(self.about["settings"]["as_of"])

    @property
    def regime(self) -> str:
        """Who counted as related in this run."""
        return str(self.about["settings"]["regime"])

    def coverage(self) -> Coverage:
        """What the run took the extracts to contain, as it could be known on its day."""
        return Coverage(from_entries(self.about["settings"]["coverage"])).known_on(self.as_of)

    def frame(self, name: str) -> pl.DataFrame:
        """One table of the run, a name of ``SHAPES``; without rows where the run is older than that table."""
        path = self.path / f"{name}.parquet"
        return pl.read_parquet(path) if path.exists() else SHAPES[name].empty()

    def scan(self, name: str) -> pl.LazyFrame:
        """The same, of which only what is asked for is read."""
        return pl.scan_parquet(self.path / f"{name}.parquet")

    def frames(self) -> dict[str, pl.DataFrame]:
        """Every table of the run by name."""
        return {name: self.frame(name) for name in SHAPES}

    def resolved(self, *names: str) -> dict[str, pl.DataFrame]:
        """The input tables as the run saw them: party ids canonical, stubs among the parties; all, or those named."""
        paths = sorted((self.path / "resolved").glob("*.parquet"))
        return {path.stem: pl.read_parquet(path) for path in paths if not names or path.stem in names}


def stamp(detector: Detector) -> str:
    """A detector's version, the hash of its settings, and whether it is experimental: a judgement under another stamp
    is stale.
    """
    stated = f"{detector.version}+{hash_text(repr(detector.settings), length=8)}"
    return stated if detector.status == "stable" else f"{stated}-{detector.status}"


def describe(
    tables: Mapping[str, str],
    sources: pl.DataFrame,
    detectors: Mapping[str, str],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """What ``run.json`` will say: versions, settings, hashes of the inputs; no clock, so equal runs are equal.

    ``tables`` gives each table's content hash and ``detectors`` each detector's stamp.
    """
    return {
        "graphkit": __version__,
        "libraries": {name: version(name) for name in LIBRARIES},
        "settings": dict(settings),
        "detectors": dict(detectors),
        "tables": dict(sorted(tables.items())),
        "sources": sources.select("table", "name", "source_id").to_dicts(),
    }


def run_id(about: Mapping[str, Any]) -> str:
    """A run's name: a hash of the rows, settings and detector versions; not of the files the rows came in."""
    parts = {key: about[key] for key in ("graphkit", "settings", "detectors", "tables")}
    return hash_text(json.dumps(parts, sort_keys=True, ensure_ascii=False))


def write_run(
    folder: Folder,
    frames: Mapping[str, pl.DataFrame],
    resolved: Mapping[str, pl.DataFrame],
    about: Mapping[str, Any],
) -> Run:
    """Write a run's folder whole, point ``current`` at it and give it."""
    name = run_id(about)
    with replacing(folder.runs / name) as beside:
        beside.mkdir()
        for shape in SHAPES:
            write_parquet(frames[shape], beside / f"{shape}.parquet")
        for shape in SPREADSHEETS:
            write_csv(frames[shape], beside / f"{shape}.csv")
        for table, frame in resolved.items():
            write_parquet(frame, beside / "resolved" / f"{table}.parquet")
        text = json.dumps(about, indent=2, ensure_ascii=False, sort_keys=True)
        (beside / "run.json").write_text(text + "\n", encoding="utf-8")
        drawn = Run(folder.runs / name).views
        if drawn.is_dir():
            # the same run again: what was drawn of it stays
            shutil.copytree(drawn, beside / drawn.name)
    with replacing(folder.current) as beside:
        beside.write_text(name + "\n", encoding="utf-8")
    return Run(folder.runs / name)


def current_run(folder: Folder) -> Run:
    """The run that ``current`` names; raises ``CaseError`` where there is none or its folder is gone."""
    if not folder.current.exists():
        raise CaseError(f"{folder.path} has not been run yet: do graphkit run {folder.path}")
    run = Run(folder.runs / folder.current.read_text(encoding="utf-8").strip())
    if not (run.path / "run.json").is_file():
        raise CaseError(f"the run {run.run_id} of {folder.path} is gone: do graphkit run {folder.path} again")
    return run


def history(folder: Folder) -> dict[str, pl.DataFrame]:
    """Every run that the case still holds and what each found: ``runs`` and ``found`` of ``store.history``."""
    from graphkit.store.history import FOUND, RUNS

    now = current_run(folder).run_id
    runs = [Run(path.parent) for path in sorted(folder.runs.glob("*/run.json"))]
    rows = [(run.run_id, run.as_of, run.regime, run.run_id == now) for run in runs]
    found = [run.frame("findings").with_columns(run_id=pl.lit(run.run_id)).select(list(FOUND)) for run in runs]
    return {"runs": pl.DataFrame(rows, schema=RUNS, orient="row"), "found": pl.concat(found)}
