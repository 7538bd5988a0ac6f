"""The house rules that a machine can hold: style, types, layers, and that nothing is left lying about."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from graphkit.detectors import DETECTORS

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    ],
    ids=lambda command: " ".join(command),
)
def test_the_house_is_in_order(command: tuple[str, ...]) -> None:
    tool = Path(sys.executable).parent / command[0]
    ran = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_public_example_runs() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--doctest-modules", "graphkit", "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


MOST_FILES = {"circular_payments": 14}
"""What one reads to understand a detector; any other one is understood from 12 files at most."""


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("graphkit")


@pytest.mark.parametrize("detector", [detector.id for detector in DETECTORS])
def test_a_detector_is_understood_from_few_files(detector: str, imports: grimp.ImportGraph) -> None:
    name = f"graphkit.detectors.{detector}"
    shared = ("graphkit.algorithms", "graphkit.model", "graphkit.tables")
    read = {file for file in imports.find_upstream_modules(name) if not file.startswith(shared)} | {name}
    assert len(read) <= MOST_FILES.get(detector, 12), sorted(read)
