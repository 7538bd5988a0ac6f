"""Questions to the graph: ``query``."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphkit.cli.graph import PANEL
from graphkit.cli.server import Database, Insecure, prompted

if TYPE_CHECKING:
    import polars as pl

    from graphkit.case.asking import Questions


class Format(StrEnum):
    """How the rows of a query are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(rich_help_panel=PANEL)(query)


def query(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CASE] [NAME]", help="A case and a query of the library; no name lists the library."),
    ] = None,
    param: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A parameter; repeatable.")] = None,
    file: Annotated[str | None, typer.Option(metavar="FILE", help="Cypher of your own; - reads it from stdin.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the query, ready for Neo4j Browser.")] = False,
    to: Annotated[
        str | None, typer.Option(metavar="URI", help="Ask a server that the case was pushed to; see graphkit push.")
    ] = None,
    database: Database = None,
    insecure: Insecure = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="When the query is stopped.", min=0.001)] = 30.0,
    limit: Annotated[int, typer.Option(metavar="ROWS", help="The most rows of a text of your own.", min=1)] = 10_000,
    graph: Annotated[
        Path | None, typer.Option(metavar="HTML", help="Draw the nodes and paths that a text of your own returns.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How rows are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="The file to write; parquet needs one.")] = None,
) -> None:
    """Ask the graph of a case a question of the library, or one of your own in Cypher, which may only read.

    Without a name the questions are listed. The first question to a case builds its graph store; with --to a Neo4j is
    asked, for which no case folder is needed.

    Example: graphkit query harbour-case dealer_buyers --param dealer_id=D09 --format csv
    """
    from graphkit.case import asking
    from graphkit.cli.printing import print_table

    case, name = _case_and_name(words or [], is_text=file is not None, has_server=to is not None)
    given = _params(param or [])
    _check(format, out)
    if name is None and file is None:
        if show or to or graph:
            raise typer.BadParameter("name a query of the library: graphkit query lists them")
        print_table(asking.listing(), most=1000)
        return
    if show:
        _show(name, given)
        return
    if graph is not None and file is None:
        raise typer.BadParameter("--graph draws what a text of your own returns: give it with --file")
    text = "" if file is None else _text(file)
    _refuse_early(case, name, given, text)
    with _questions(case, to, database, insecure) as questions:
        for note in questions.notes:
            typer.echo(f"graphkit: {note}", err=True)
        if name is not None:
            rows = questions.ask(name, given, timeout=timeout)
        else:
            answer = questions.cypher(text, given, timeout=timeout, limit=limit)
            if answer.is_cut:
                typer.echo(f"graphkit: only the first {limit:,} rows are given: --limit gives more", err=True)
            if graph is not None:
                asking.draw(answer, text, graph, str(case or to))
                typer.echo(str(graph))
                return
            rows = answer.frame
    _write(rows, format, out)


def _case_and_name(words: list[str], *, is_text: bool, has_server: bool) -> tuple[Path | None, str | None]:
    """Which of the words is a case and which a query; a query alone can be shown, or put to a server."""
    from graphkit.queries import library

    if len(words) > 2 or (is_text and len(words) > 1):
        raise typer.BadParameter("give a case and one query: graphkit query CASE NAME, or graphkit query CASE --file F")
    if len(words) == 2:
        return Path(words[0]), words[1]
    if not words:
        if is_text and not has_server:
            raise typer.BadParameter("say whom to ask: graphkit query CASE --file F, or --to URI")
        return None, None
    if words[0] in library() and not is_text and not (Path(words[0]) / "case.toml").is_file():
        return None, words[0]
    return Path(words[0]), None


def _params(pairs: list[str]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise typer.BadParameter(f"write --param NAME=VALUE, not {pair!r}")
        given[key] = value
    return given


def _check(format: Format, out: Path | None) -> None:
    if format is Format.PARQUET and out is None:
        raise typer.BadParameter("parquet is for files: add --out FILE")
    if format is Format.TABLE and out is not None:
        raise typer.BadParameter("a table is for reading: write a file with --format csv, json or parquet")


def _show(name: str | None, given: dict[str, str]) -> None:
    from graphkit.case.asking import known_query
    from graphkit.queries import to_paste

    if name is None:
        raise typer.BadParameter("--show prints a query of the library: name one")
    typer.echo(to_paste(known_query(name), given))


def _refuse_early(case: Path | None, name: str | None, given: dict[str, str], text: str) -> None:
    """Say what cannot be asked before a graph is built or a server is spoken to."""
    from graphkit.case import asking
    from graphkit.case.case import Case
    from graphkit.store.vetting import vet

    if name is None:
        vet(text)
        return
    asking.known_query(name)
    if case is not None:
        asking.bound(name, given, Case.open(case).known())


@contextmanager
def _questions(case: Path | None, to: str | None, database: str | None, insecure: bool) -> "Iterator[Questions]":
    from graphkit.case import asking
    from graphkit.case.case import Case
    from graphkit.cli.progress import shown_progress

    if case is None and to is None:
        raise typer.BadParameter("say whom to ask: graphkit query CASE NAME, or --to URI")
    if to is None:
        assert case is not None
        with shown_progress() as progress, Case.open(case).questions(progress) as questions:
            yield questions
    elif case is None:
        with asking.on_server(to, None, database, insecure=insecure, prompt=prompted()) as questions:
            yield questions
    else:
        with Case.open(case).on_server(to, None, database, insecure=insecure, prompt=prompted()) as questions:
            yield questions


def _text(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    return Path(file).read_text(encoding="utf-8-sig")


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
