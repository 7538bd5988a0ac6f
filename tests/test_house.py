"""The house rules that a machine can hold: style, types, layers, and that nothing is left lying about."""

import subprocess
import sys
from pathlib import Path

import pytest

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
