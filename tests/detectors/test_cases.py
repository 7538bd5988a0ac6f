"""Every folder under cases/ is a tiny market: source files and coverage in, exactly these hits and counts out, and
where it says so the rows that prove them, or what is told of its worked car.
"""

import tomllib
from pathlib import Path

import polars as pl
import pytest

from graphkit.detectors import DETECTORS
from tests.detectors.markets import CASES, FOLDERS, found, refused

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
        written = expected.sort(key).to_dicts()
        where = "; not loaded: ".join([f"{folder / f'expected_{name}.csv'}", *refused(folder)])
        assert frame.select(expected.columns).sort(key).to_dicts() == written, where


@pytest.mark.parametrize("detector", [detector.id for detector in DETECTORS])
def test_the_worked_car_of_a_detector_is_flagged_as_its_case_tells_it(detector: str) -> None:
    worked = 0
    for folder in (folder for folder in FOLDERS if folder.parent.name == detector):
        about = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
        if "worked" in about:
            worked += 1
            hits = found(folder).hits.filter(subject_id=about["worked"])
            told = hits.select("verdict", "reason").rows()
            assert told == [("flagged", about["worked_reason"])], f"{folder / 'case.toml'}: worked and worked_reason"
    assert worked == 1, f"tests/detectors/cases/{detector}: one case.toml names a worked car and its reason"


MOVED = [detector.id for detector in DETECTORS if detector.deduction and detector.deduction.moved_to]


@pytest.mark.parametrize("detector", MOVED)
def test_the_day_to_which_a_car_is_moved_is_expected_somewhere_and_so_is_none(detector: str) -> None:
    paths = sorted((CASES / detector).glob("*/expected_hits.csv"))
    hits = [pl.read_csv(path, infer_schema=False, comment_prefix="#") for path in paths]
    days = [frame["received_on"].is_null() for frame in hits if "received_on" in frame.columns]
    where = (
        f"{CASES / detector}: an expected_hits.csv with the column received_on, a day in one row and none in another"
    )
    assert {True, False} <= {is_none for column in days for is_none in column}, where
