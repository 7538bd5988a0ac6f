import subprocess
import sys

import pytest
from typer.testing import CliRunner

from graphkit.cli.main import app

COMMANDS = (
    "new",
    "import",
    "check",
    "run",
    "findings",
    "rules",
    "explain",
    "search",
    "judge",
    "parties",
    "related",
    "owners",
    "cycles",
    "query",
    "view",
    "export",
    "push",
)
COMMANDS += ("export", "demo", "simulate", "evaluate", "doctor")
HEAVY = (
    "polars",
    "pandas",
    "pyarrow",
    "numpy",
    "scipy",
    "networkx",
    "neo4j",
    "pyvis",
    "dataframely",
    "duckdb",
    "pydantic",
)


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_help_and_import_load_no_heavy_library():
    code = """
import sys
import graphkit
from graphkit.cli.main import app
try:
    app(["--help"])
except SystemExit:
    pass
print("loaded:", sorted(name for name in sys.modules if "." not in name))
"""
    loaded = run_python(code).rpartition("loaded:")[2]
    assert "typer" in loaded
    assert not [name for name in HEAVY if f"'{name}'" in loaded]


def test_every_command_is_listed():
    listed = CliRunner().invoke(app, ["--help"]).output
    assert all(f" {name} " in listed for name in COMMANDS)
    assert "Exit codes" in listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"Example: graphkit {command}" in result.output


def test_python_dash_m_is_the_same_command():
    shown = subprocess.run([sys.executable, "-m", "graphkit", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("graphkit 0.")


def test_wrong_usage_ends_with_2():
    assert CliRunner().invoke(app, ["import"]).exit_code == 2
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2
