"""The network of a case: ``query``, ``view``, ``export``."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphkit.cli.case import CasePath

if TYPE_CHECKING:
    import polars as pl

PANEL = "See the network"


class Format(StrEnum):
    """How the rows of a query are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (query, view, export):
        app.command(rich_help_panel=PANEL)(command)


def query(
    case: CasePath,
    name: Annotated[str | None, typer.Argument(help="A query of the library; none lists them.")] = None,
    param: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A parameter; repeatable.")] = None,
    format: Annotated[Format, typer.Option(help="How rows are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="The file to write; parquet needs one.")] = None,
) -> None:
    """Ask the graph of a case a question of the library; the first question builds the graph store.

    Example: graphkit query harbour-case dealer_buyers --param dealer_id=D09 --format csv
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_table
    from graphkit.cli.progress import shown_progress

    opened = Case.open(case)
    if name is None:
        print_table(opened.library(), most=1000)
        return
    given = {}
    for pair in param or ():
        key, sign, value = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"write --param NAME=VALUE, not {pair!r}")
        given[key] = value
    if format is Format.PARQUET and out is None:
        raise typer.BadParameter("parquet is for files: add --out FILE")
    if format is Format.TABLE and out is not None:
        raise typer.BadParameter("a table is for reading: write a file with --format csv, json or parquet")
    with shown_progress() as progress:
        rows = opened.ask(name, progress=progress, **given)
    _write(rows, format, out)


def _write(frame: "pl.DataFrame", format: Format, out: Path | None) -> None:
    from graphkit.cli.printing import print_table
    from graphkit.exports.csv import write_csv
    from graphkit.exports.formulas import neutralise
    from graphkit.exports.parquet import write_parquet
    from graphkit.files import replacing

    if format is Format.TABLE:
        print_table(frame)
    elif format is Format.JSON:
        text = json.dumps(frame.to_dicts(), ensure_ascii=False, indent=1, default=str)
        if out is None:
            print(text)
        else:
            with replacing(out) as beside:
                beside.write_text(text + "\n", encoding="utf-8")
    elif out is None:
        sys.stdout.write(neutralise(frame).write_csv())
    elif format is Format.CSV:
        write_csv(frame, out)
    else:
        write_parquet(frame, out)


def view(case: CasePath, cluster: Annotated[str, typer.Argument(help="The id of a cluster.")]) -> None:
    """Draw one cluster as a page that opens from disk and asks the network for nothing.

    Example: graphkit view harbour-case 7b0d9a51c2e84f36
    """
    from graphkit.case.case import Case

    typer.echo(str(Case.open(case).view(cluster)))


def export(
    case: CasePath,
    to: Annotated[Path | None, typer.Option(help="The folder to write to; else CASE/export.")] = None,
    format: Annotated[
        list[str] | None, typer.Option(help="csv, parquet, xlsx, graphml or gexf; repeatable. Else csv, xlsx, graphml.")
    ] = None,
) -> None:
    """Write the results for other programs: flagged parties that pass the gate, findings, clusters; never persons.

    Example: graphkit export harbour-case --to handover --format xlsx
    """
    from graphkit.case.case import Case

    written = Case.open(case).export(to, tuple(format or ("csv", "xlsx", "graphml")))
    for path in written:
        typer.echo(str(path))
