"""Every folder under cases/ is a tiny market: source files and coverage in, exactly these hits and counts out, and
where it says so the rows that prove them.
"""

from pathlib import Path

import polars as pl
import pytest

from graphkit.detectors import DETECTORS
from tests.detectors.markets import FOLDERS, found

EXPECTED = ("hits", "exposure", "evidence")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_market_gives_exactly_the_expected_hits(folder: Path) -> None:
    for name in EXPECTED:
        if name == "evidence" and not (folder / "expected_evidence.csv").exists():
            continue
        expected = pl.read_csv(folder / f"expected_{name}.csv", infer_schema=False, comment_prefix="#")
        key = expected.columns[:2]
        frame: pl.DataFrame = getattr(found(folder), name)
        frame = frame.with_columns(pl.col(pl.Float64).cast(pl.Int64)).cast(pl.String)
        assert frame.select(expected.columns).sort(key).to_dicts() == expected.sort(key).to_dicts()


def test_every_detector_has_a_case() -> None:
    assert {folder.parent.name for folder in FOLDERS} == {detector.id for detector in DETECTORS}
