"""A detector is whole: what a reader, an investigator and a test need of it is there, and a failure names the file."""

import re
import sys
from pathlib import Path

import polars as pl
import pytest

from graphkit.detectors import DETECTORS
from graphkit.model import Detector
from graphkit.queries import library
from graphkit.simulate import simulate

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "detectors" / "cases"
PARTS = (
    "What it finds",
    "Why it matters",
    "How it decides",
    "Lawful look-alikes",
    "What it misses",
    "References",
)
TO_WRITE = "<write"
"""What ``python -m tests.new_detector`` leaves where a person must write."""

each_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)


@pytest.fixture(scope="module")
def planted() -> pl.DataFrame:
    """Which cars of a small simulated market truly meet which rule."""
    return simulate(scale=0.02).labels["vehicles"]


def _expected(detector: Detector) -> pl.DataFrame:
    """Every hit that the cases of a detector expect: subject_id, verdict, look_alike."""
    files = sorted((CASES / detector.id).glob("*/expected_hits.csv"))
    assert files, f"write a case: {_place(CASES / detector.id)}/<name>/ (see .github/CONTRIBUTING.md)"
    columns = ("subject_id", "verdict", "look_alike")
    rows = [pl.read_csv(file, infer_schema=False) for file in files]
    return pl.concat([frame.select(pl.col(name) if name in frame.columns else pl.lit(None, pl.String).alias(name)
                                   for name in columns) for frame in rows])  # fmt: skip


def _place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_file_of_the_room_is_a_detector_in_the_tuple() -> None:
    files = sorted(path.stem for path in (ROOT / "graphkit" / "detectors").glob("*.py") if path.stem != "__init__")
    listed = [detector.id for detector in DETECTORS]
    assert listed == files, "add each file's DETECTOR to graphkit/detectors/__init__.py, in alphabetical order"
    for detector in DETECTORS:
        assert detector.detect.__module__ == f"graphkit.detectors.{detector.id}", "the id of a detector names its file"


@each_detector
def test_its_file_says_what_it_is_in_six_parts(detector: Detector) -> None:
    file = f"graphkit/detectors/{detector.id}.py"
    text = sys.modules[detector.detect.__module__].__doc__ or ""
    headings = re.findall(r"^(\S.*\S)$", text.split("\n", 1)[1], flags=re.MULTILINE)
    assert tuple(headings) == PARTS, f"{file}: the docstring has the parts {', '.join(PARTS)}, in this order"
    for heading, following in zip(PARTS, (*PARTS[1:], None), strict=True):
        said = text.split(f"\n{heading}\n", 1)[1]
        said = said.split(f"\n{following}\n", 1)[0] if following else said
        assert len(said.split()) >= 3, f"{file}: the part {heading} says nothing"


@each_detector
def test_no_case_has_a_car_explained_by_what_it_does_not_name(detector: Detector) -> None:
    # that each look-alike it names explains a car by itself is held by test_look_alikes.py
    unnamed = set(_expected(detector)["look_alike"].drop_nulls()) - set(detector.look_alike_ids)
    assert not unnamed, f"graphkit/detectors/{detector.id}.py: look_alikes leaves out {', '.join(sorted(unnamed))}"


@each_detector
@pytest.mark.parametrize("verdict", ["flagged", "indeterminate"])
def test_a_case_has_a_car_of_each_verdict(detector: Detector, verdict: str) -> None:
    assert _expected(detector).filter(verdict=verdict).height, f"{_place(CASES / detector.id)}: no car is {verdict}"


@each_detector
def test_it_has_its_twin_in_cypher(detector: Detector) -> None:
    twins = {query.name for query in library().values() if query.folder == "detect"}
    assert detector.id in twins, f"write cypher/detect/{detector.id}.cypher"


@each_detector
def test_cars_that_meet_its_rule_are_planted_in_the_simulated_market(detector: Detector, planted: pl.DataFrame) -> None:
    cars = planted.filter(detector=detector.id, meets_rule=True)
    assert cars.height >= 10, (
        f"graphkit/simulate/labels.py: say which cars meet {detector.id}; where there are fewer than ten, plant them "
        "in a file of graphkit/simulate/ that simulator.py calls"
    )


@each_detector
def test_the_readme_says_what_it_finds_and_in_which_records(detector: Detector) -> None:
    rows = re.findall(r"^\|(.*)\|(.*)\| `(\w+)` \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {name for found, records, name in rows if found.strip() and records.strip()}
    assert detector.id in told, "README.md: the first table has no row for it"


@each_detector
def test_nothing_of_its_skeleton_is_left_to_write(detector: Detector) -> None:
    files = [
        ROOT / "graphkit" / "detectors" / f"{detector.id}.py",
        ROOT / "cypher" / "detect" / f"{detector.id}.cypher",
        ROOT / "graphkit" / "simulate" / f"{detector.id}_cars.py",
        ROOT / "graphkit" / "simulate" / "labels.py",
        ROOT / "tests" / "detectors" / "reaches.toml",
        ROOT / "tests" / "detectors" / "edges" / f"{detector.id}.csv",
        ROOT / "tests" / "promises" / "markets" / f"random_{detector.id}.py",
        *sorted(path for path in (CASES / detector.id).rglob("*") if path.is_file()),
    ]
    unwritten = [_place(path) for path in files if path.exists() and TO_WRITE in path.read_text(encoding="utf-8")]
    assert not unwritten, f"write what is marked with {TO_WRITE} in {', '.join(unwritten)}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert not [line for line in readme if f"`{detector.id}`" in line and TO_WRITE in line], "README.md: write its row"
