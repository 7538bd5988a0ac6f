"""Every folder under cases/ is a tiny market: source files and coverage in, exactly these hits and counts out, and
where it says so the rows that prove them.
"""

import tomllib
from pathlib import Path

import polars as pl
import pytest

from graphkit.case.case import Case

CASES = sorted(path.parent for path in (Path(__file__).parent / "cases").glob("*/*/case.toml"))
EXPECTED = ("hits", "exposure", "evidence")


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_market_gives_exactly_the_expected_hits(folder: Path, tmp_path: Path) -> None:
    case = Case.new(tmp_path / "case")
    sources = [path for path in sorted(folder.glob("*.csv")) if not path.stem.startswith("expected_")]
    case.import_files([*sources, folder / "coverage.toml"])
    as_of = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))["as_of"]
    case.run(as_of=as_of, only=(folder.parent.name,))

    for name in EXPECTED:
        if name == "evidence" and not (folder / "expected_evidence.csv").exists():
            continue
        expected = pl.read_csv(folder / f"expected_{name}.csv", infer_schema=False)
        key = expected.columns[:2]
        found = case.frame(name).with_columns(pl.col(pl.Float64).cast(pl.Int64)).cast(pl.String)
        assert found.select(expected.columns).sort(key).to_dicts() == expected.sort(key).to_dicts()


def test_every_detector_has_a_case() -> None:
    from graphkit.detectors import DETECTORS

    assert {folder.parent.name for folder in CASES} == {detector.id for detector in DETECTORS}
