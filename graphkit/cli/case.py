"""Making a case and running it: ``new``, ``import``, ``check``, ``run``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

CasePath = Annotated[Path, typer.Argument(metavar="CASE", help="The case folder.", show_default=False)]
PANEL = "Work on a case"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("new", rich_help_panel=PANEL)(new)
    app.command("import", rich_help_panel=PANEL)(import_files)
    app.command("check", rich_help_panel=PANEL)(check)
    app.command("run", rich_help_panel=PANEL)(run)


def new(case: CasePath, name: Annotated[str | None, typer.Option(help="What the case is called.")] = None) -> None:
    """Make an empty case folder.

    Example: graphkit new harbour-case
    """
    from graphkit.case.case import Case

    Case.new(case, name=name)
    typer.echo(f"made {case}; next: graphkit import {case} PATH…")


def import_files(
    case: CasePath,
    files: Annotated[
        # whether a file can be read is said by the import, as of any other bad file
        list[Path],
        typer.Argument(metavar="PATH…", help="Tables, or a folder or zip of them; or a coverage.toml.", readable=False),
    ],
    table: Annotated[str | None, typer.Option(help="The table the files are, where the header does not say.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Swap a file of the same name for this one.")] = False,
    sheet: Annotated[str | None, typer.Option(help="The sheet to take; else every one that fits a table.")] = None,
    header_row: Annotated[
        str | None, typer.Option(metavar="LINE", help="The header's line, or its two (2-3); else it is looked for.")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="HEADER=COLUMN", help="What a column is; repeatable.")
    ] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", metavar="COLUMN=VALUE", help="One value for all rows; repeatable.")
    ] = None,
    like: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Map as there: a case.toml, or a file of graphkit map.")
    ] = None,
) -> None:
    """Take files into a case: all that are named, or none if one cannot be read; of a folder or zip those that can.

    A table is text (CSV and the like), a workbook (XLSX, XLS, XLSB, ODS), HTML, JSON or Parquet, told by its content.
    The header is found below titles and notes, and may have two rows; totals and notes are listed and not loaded. Of a
    workbook every sheet that fits a table goes in. The table is guessed from the header; mapping and coverage are
    proposed and written to case.toml, where you correct and confirm them. The same file again changes nothing.

    Example: graphkit import harbour-case invoices.csv policies.xlsx --replace

    Example: graphkit import harbour-case handed-over/ insurer.zip

    Example: graphkit import harbour-case book.xlsx --sheet Sales --header-row 4 --replace

    Example: graphkit import harbour-case invoices.csv --set kind=retail --map "Deal Date=invoiced_on" --replace
    """
    from graphkit.case.case import Case
    from graphkit.cli.pairs import pairs
    from graphkit.cli.printing import print_table, shown
    from graphkit.cli.progress import shown_progress
    from graphkit.errors import InputError

    with shown_progress() as progress:
        taken = Case.open(case).import_files(
            files,
            table=table,
            replace=replace,
            sheet=sheet,
            header_row=header_row,
            columns=pairs(columns, "--map"),
            constants=pairs(constants, "--set"),
            like=like,
            progress=progress,
        )
    refused = taken[taken["status"] == "refused"]
    left_out = taken[taken["reason"].notna()]
    print_table(taken.drop(left_out.index).drop(columns="reason"))
    for row in left_out.itertuples():
        # a reason may begin with the file itself
        why = str(row.reason).removeprefix(f"{row.file}: ")
        typer.echo(shown(f"{row.status} {row.file}: {why}"), err=bool(row.status == "refused"))
    typer.echo(f"mapping and coverage are in {case / 'case.toml'}: correct them there; next: graphkit check {case}")
    if len(refused):
        raise InputError(f"{len(refused)} of {len(taken)} files were refused, each for its reason; the others are in")


def check(case: CasePath) -> None:
    """Say what is loaded, what is quarantined and why, and which detectors can run.

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
