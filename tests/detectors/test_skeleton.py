"""The skeleton that ``python -m tests.new_detector`` writes: it runs, it is in style, and it is red until written."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAME = "sold_twice_over"

OWN = ("graphkit/detectors/{}.py", "graphkit/simulate/{}_cars.py", "tests/promises/markets/random_{}.py")
"""The files of a detector that hold its code."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a detector touches, with a new one in it."""
    copy = tmp_path_factory.mktemp("tree")
    for part in ("graphkit", "cypher", "data/reference", "tests/detectors", "tests/promises/markets"):
        # with the compiled kernels, which take longest
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("*.pyc"))
    simulated = [f"tests/simulate/{file}.py" for file in ("test_simulated_truth", "test_simulated_figures")]
    for file in ("README.md", "pyproject.toml", "tests/new_detector.py", *simulated):
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    ran = _run(copy, "-m", "tests.new_detector", NAME)
    assert ran.returncode == 0, ran.stderr
    return copy


def _run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


def test_it_is_red_where_something_is_to_be_written_and_nowhere_else(tree: Path) -> None:
    ran = _run(tree, "-m", "pytest", "tests/detectors/test_complete.py", "-q", "-k", NAME, "-p", "no:cacheprovider")
    failed = re.findall(
        rf"^FAILED tests/detectors/test_complete\.py::(\w+)\[(?:(\w+)-)?{NAME}\]", ran.stdout, re.MULTILINE
    )
    assert sorted(failed) == [
        ("test_a_case_has_a_car_of_each_verdict", "indeterminate"),
        ("test_cars_that_meet_its_rule_are_planted_in_the_simulated_market", ""),
        ("test_its_file_says_what_it_is_in_six_parts", ""),
        ("test_nothing_of_its_skeleton_is_left_to_write", ""),
    ], ran.stdout


def test_it_is_in_style_and_its_cases_edges_and_groups_hold(tree: Path) -> None:
    style = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", *(place.format(NAME) for place in OWN)],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert style.returncode == 0, style.stdout
    ran = _run(
        tree,
        "-m",
        "pytest",
        *(f"tests/detectors/test_{room}.py" for room in ("cases", "edges", "look_alikes", "numbers", "reaches")),
        "tests/simulate/test_simulated_truth.py",
        "tests/simulate/test_simulated_figures.py",
        "-q",
        "-k",
        f"({NAME} and not worked) or needs_are or one_of_its_groups or a_quarter_of_the_dealers",
        "-p",
        "no:cacheprovider",
    )
    assert ran.returncode == 0, ran.stdout


def test_a_name_that_is_taken_or_no_name_is_refused(tree: Path) -> None:
    taken = _run(tree, "-m", "tests.new_detector", "pre_insured")
    assert taken.returncode == 2
    assert taken.stderr.endswith("error: graphkit/detectors/pre_insured.py is there already\n")
    strange = _run(tree, "-m", "tests.new_detector", "PreInsured")
    assert strange.returncode == 2
    assert strange.stderr.endswith("error: PreInsured is not in snake_case\n")


DRAWN = f"""
from tests.promises.markets.random_market import *
flagged = 0
for seed in (0, 2):
    market = random_market(seed)
    given = dict(coverage=market.coverage, regime=market.regime, as_of=LAST, denials={{}})
    found = pipeline.run(market.tables, {{}}, **given, sources=SHAPES["sources"].empty(), only=("{NAME}",))
    hits = found.frames["hits"].filter(verdict="flagged")
    # the cars of its own file have the highest numbers
    flagged += hits.filter(pl.col("subject_id").str.slice(-6) >= "005000").height
print(flagged)
"""


def test_the_random_markets_have_cars_that_it_flags(tree: Path) -> None:
    ran = _run(tree, "-c", DRAWN)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) >= 5
