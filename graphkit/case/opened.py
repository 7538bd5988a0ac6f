"""A case folder that is open: what its settings say, its tables, and its last run."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from graphkit.case import merges
from graphkit.case.folder import Folder
from graphkit.case.loading import read_stamps, read_tables, scan_tables
from graphkit.case.renewing import refresh
from graphkit.case.runs import Run, current_run, stamp
from graphkit.case.settings import Settings, read_settings
from graphkit.case.undated import undated
from graphkit.detectors import DETECTORS
from graphkit.errors import NotFoundError
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.lineage import hash_frame
from graphkit.tables.outputs import SHAPES
from graphkit.tables.promises import Doubt, doubts

if TYPE_CHECKING:
    import pandas as pd

    from graphkit.identity.resolve import Resolved

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0 where that is not known)."""


def quiet(step: str, done: int, total: int) -> None:
    """Progress that nobody is told."""


class OpenedCase:
    """What every part of a case reads; ``Case`` is the whole."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where the case lies."""
        return self._folder.path

    def settings(self) -> Settings:
        """What ``case.toml`` says now; raises ``CaseError`` naming the key that is wrong."""
        return read_settings(self._folder.settings)

    def table(self, name: str) -> "pd.DataFrame":
        """An input table as it was loaded, or a table of the last run, by name."""
        return self.frame(name).to_pandas()

    def frame(self, name: str) -> pl.DataFrame:
        """The same as ``table``, as a polars frame."""
        if name in TABLES:
            return self._tables(quiet)[name]
        if name in SHAPES:
            return self._run().frame(name)
        raise NotFoundError(f"there is no table {name}: choose from {', '.join([*TABLES, *SHAPES])}")

    def _renewed(self, progress: Progress) -> Settings:
        """What ``case.toml`` says once stale tables are loaded anew: answers and coverage are written there."""
        refresh(self._folder, progress)
        return self.settings()

    def doubted(self, progress: Progress = quiet) -> tuple[Doubt, ...]:
        """What ``case.toml`` states as complete and the rows contradict: no run relies on it before it is confirmed."""
        promised = [span for span in self.settings().coverage if span.complete and not span.confirmed]
        # a big case is not read where nothing is promised
        return doubts(Coverage(tuple(promised)), self._tables(progress)) if promised else ()

    def undated(self) -> "pd.DataFrame":
        """Registers of the case with rows of which nobody says since when: ``case.undated``."""
        self._renewed(quiet)
        return undated(scan_tables(self._folder), self.settings().covers()).to_pandas()

    def _tables(self, progress: Progress) -> dict[str, pl.DataFrame]:
        self._renewed(progress)
        return read_tables(self._folder)

    def _row_hashes(self) -> dict[str, str]:
        rows = {name: held["rows"] for name, held in read_stamps(self._folder).items()}
        judged = merges.in_force(self._folder.merges)
        # a run is also made of what people judged about its parties
        return rows if judged.is_empty() else rows | {"merges": hash_frame(judged)}

    def _resolved(self) -> "tuple[Resolved, pl.DataFrame]":
        from graphkit.identity.resolve import resolve

        judged = merges.in_force(self._folder.merges)
        return resolve(self._tables(quiet), judged), judged

    def _run(self) -> Run:
        return current_run(self._folder)

    def _files(self) -> dict[str, str]:
        return {entry.source_id: entry.title for entry in self.settings().source}

    def _stamps(self) -> dict[str, str]:
        return {detector.id: stamp(detector) for detector in DETECTORS}
