"""Files and pages of the network of a case, and a server that holds it: ``view``, ``export``, ``push``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graphkit.cli.case import CasePath
from graphkit.cli.server import Database, Insecure, ServerUri, prompted

PANEL = "See the network"
FOR_IMPORT = "neo4j-admin"
"""The format of ``export`` that is a folder for Neo4j's bulk importer."""


class Scope(StrEnum):
    """How much of a case is pushed."""

    CASE = "case"
    FINDINGS = "findings"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (view, export, push):
        app.command(rich_help_panel=PANEL)(command)


def view(
    case: CasePath,
    what: Annotated[str, typer.Argument(metavar="CLUSTER|PARTY", help="The id of a cluster or a party.")],
) -> None:
    """Draw a cluster, or who owns a party, as a page that opens from disk and asks the network for nothing.

    Of a party: control thick, influence thin, what is unknown dashed.

    Example: graphkit view harbour-case 7b0d9a51c2e84f36

    Example: graphkit view harbour-case D09
    """
    from graphkit.case.case import Case

    typer.echo(str(Case.open(case).view(what)))


def export(
    case: CasePath,
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="The folder to write to; else one in the case.")
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="csv, parquet, xlsx, graphml or gexf; repeatable, else csv, xlsx, graphml. "
            f"Or {FOR_IMPORT}: the whole graph, for Neo4j's bulk importer."
        ),
    ] = None,
) -> None:
    """Write the results for other programs: flagged parties that pass the gate, findings, clusters; never persons.

    The format neo4j-admin is the whole case instead, persons included, with a README that says how it is imported.

    Example: graphkit export harbour-case handover --format xlsx
    """
    from graphkit.case.case import Case
    from graphkit.cli.progress import shown_progress

    wanted = tuple(format or ("csv", "xlsx", "graphml"))
    opened = Case.open(case)
    if FOR_IMPORT in wanted:
        if len(wanted) > 1:
            raise typer.BadParameter(f"{FOR_IMPORT} is the whole graph: write it alone, to a folder of its own")
        with shown_progress() as progress:
            written = opened.export_graph(folder, progress)
    else:
        written = opened.export(folder, wanted)
    for path in written:
        typer.echo(str(path))


def push(
    case: CasePath,
    to: ServerUri,
    database: Database = None,
    scope: Annotated[Scope, typer.Option(help="The whole case, or only what its findings touch.")] = Scope.CASE,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what lies under graphkit's labels in that database.")
    ] = False,
    insecure: Insecure = False,
) -> None:
    """Fill a Neo4j with the graph of a case and what was found in it; done again it changes nothing.

    After an interruption the same command goes on where it stopped. User and password come from GRAPHKIT_NEO4J_USER and
    GRAPHKIT_NEO4J_PASSWORD (else NEO4J_USERNAME and NEO4J_PASSWORD), or you are asked for them.

    Example: graphkit push harbour-case --to neo4j+s://graph.example.org --scope findings
    """
    from graphkit.case.case import Case
    from graphkit.cli.progress import shown_progress

    opened = Case.open(case)
    prompt = prompted()
    with shown_progress() as progress:
        done = opened.push(
            to, None, database, scope=scope, replace=replace, insecure=insecure, prompt=prompt, progress=progress
        )
    if not done.written and not done.removed:
        typer.echo(f"nothing to do: {to} holds this case already ({done.rows:,} nodes and relationships)")
        return
    typer.echo(
        f"{to} holds {done.rows:,} nodes and relationships: {done.written:,} written, {done.removed:,} removed; "
        f"next: graphkit query {case} dealer_buyers --param dealer_id=… --to {to}"
    )
