"""What commands that speak to a graph server ask of their user."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from graphkit.store.address import Prompt

ServerUri = Annotated[
    str,
    typer.Option("--to", metavar="URI", help="The server: neo4j+s://host, or bolt://localhost:7687."),
]
Database = Annotated[str | None, typer.Option(help="The database on the server; else its default one.")]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Send password and data over a line without TLS to another machine.")
]


def prompted() -> "Prompt | None":
    """Asks for user and password where there is somebody to ask."""
    if not sys.stdin.isatty():
        return None
    return lambda what, hidden: str(typer.prompt(f"{what} of the graph server", hide_input=hidden, err=True))
