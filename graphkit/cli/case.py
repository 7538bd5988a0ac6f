"""Making a case and running it: ``new``, ``check``, ``run``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="The case folder.", show_default=False)]
PANEL = "Work on a case"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("new", rich_help_panel=PANEL)(new)
    app.command("check", rich_help_panel=PANEL)(check)
    app.command("run", rich_help_panel=PANEL)(run)


def new(case: CasePath, name: Annotated[str | None, typer.Option(help="What the case is called.")] = None) -> None:
    """Make an empty case folder.

    Example: graphkit new harbour-case
    """
    from graphkit.case.case import Case

    Case.new(case, name=name)
    typer.echo(f"made {case}; next: graphkit import {case} PATH…")


def check(case: CasePath) -> None:
    """Say what is loaded, what is quarantined and why, and what each detector will decide and for want of what not.

    Example: graphkit check harbour-case
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_table
    from graphkit.cli.progress import shown_progress

    with shown_progress() as progress:
        found = Case.open(case).check(progress=progress)
    for title, frame in found.parts():
        typer.echo(f"{title}")
        if len(frame):
            print_table(frame)
        else:
            typer.echo("none")
        typer.echo("")
    for text in found.asked():
        typer.echo(f"{text}\n")


def run(
    case: CasePath,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Ignore what was not known that day; else the last covered day."),
    ] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="DETECTOR", help="Run this detector; repeatable.")] = None,
    regime: Annotated[
        str | None, typer.Option(help="Who counts as related in this run; else the regime of case.toml.")
    ] = None,
) -> None:
    """Run the detectors, score, cluster, restate; print a summary and write the results into the case.

    Example: graphkit run harbour-case --as-of 2025-12-31 --only pre_insured

    Example: graphkit run harbour-case --regime cn_exchange
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import shown
    from graphkit.cli.progress import shown_progress

    opened = Case.open(case)
    with shown_progress() as progress:
        opened.run(as_of=as_of.date() if as_of else None, only=tuple(only or ()), regime=regime, progress=progress)
    typer.echo(shown(opened.summary()))
