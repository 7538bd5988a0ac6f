"""``graphkit doctor``: is this machine, and this case, all right?"""

from pathlib import Path
from typing import Annotated

import typer

PANEL = "Try it and measure it"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(rich_help_panel=PANEL)(doctor)


def doctor(
    case: Annotated[Path | None, typer.Argument(metavar="CASE", help="A case folder to check as well.")] = None,
) -> None:
    """Check Python, the libraries and the graph engine, and a case's sources and runs.

    Example: graphkit doctor harbour-case
    """
    from graphkit.doctor import examine

    checks = examine(case)
    for check in checks:
        typer.echo(f"{'ok ' if check.is_ok else 'BAD'}  {check.name}: {check.detail}")
    if not all(check.is_ok for check in checks):
        raise typer.Exit(1)
