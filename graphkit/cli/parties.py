"""Deciding who is one party: ``parties`` reviews suggested merges, records decisions and takes them back."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphkit.cli.case import CasePath

if TYPE_CHECKING:
    from graphkit.case.case import Case

PANEL = "Read and decide"
SHOWN = 10
"""Suggestions that are printed unless --top says otherwise."""


class Action(StrEnum):
    """What can be done about the parties of a case."""

    REVIEW = "review"
    ACCEPT = "accept"
    REJECT = "reject"
    UNDO = "undo"
    MERGED = "merged"
    HISTORY = "history"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("parties", rich_help_panel=PANEL)(parties)


def parties(
    case: CasePath,
    action: Annotated[
        Action,
        typer.Argument(
            help="review suggested merges; accept, reject or undo one; list what is merged; the history of decisions."
        ),
    ] = Action.REVIEW,
    pair: Annotated[
        list[str] | None, typer.Argument(metavar="A B", help="The two party ids that you decide about.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="The reason, kept with your name and the time.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many suggestions to review.")] = SHOWN,
) -> None:
    """Review which parties may be one and decide; a decision is recorded, holds on every run and can be taken back.

    Example: graphkit parties harbour-case accept P17 P203 --why "same seal on both contracts"
    """
    from graphkit.case.case import Case

    opened = Case.open(case)
    deciding = action in (Action.ACCEPT, Action.REJECT, Action.UNDO)
    named = tuple(pair or ())
    if len(named) != (2 if deciding else 0):
        raise typer.BadParameter(f"{action.value} takes {'two party ids' if deciding else 'no party ids'}")
    if deciding:
        if why is None:
            raise typer.BadParameter("a decision needs a reason: say it with --why")
        decide = {Action.ACCEPT: opened.merge, Action.REJECT: opened.keep_apart, Action.UNDO: opened.undo_merge}[action]
        decide(named[0], named[1], why)
        typer.echo(f"recorded: {action.value} {' '.join(named)}; it holds from the next graphkit run {case} on")
    elif action is Action.REVIEW:
        _review(opened, top)
    else:
        _list(opened.merges() if action is Action.MERGED else opened.merge_history())


def _list(found: Any) -> None:
    from graphkit.cli.printing import print_table

    if found.empty:
        typer.echo("none")
    else:
        print_table(found)


def _review(opened: "Case", top: int) -> None:
    from graphkit.cli.printing import shown
    from graphkit.identity.likelihood import EXTRA, is_installed

    found = opened.suggested_merges()
    for row in found.head(top).to_dict("records"):
        typer.echo(shown(f"{row['party_a']} and {row['party_b']}: {row['reason']}"))
        for name, value in (
            ("against", row["against"]),
            ("probability", row["probability"]),
            ("weights", row["weights"]),
        ):
            if text := shown(value):
                typer.echo(f"  {name:<12}{text}")
        facts = [name.removesuffix("_a") for name in found.columns if name.endswith("_a") and name != "party_a"]
        for fact in facts:
            one, other = shown(row[f"{fact}_a"]), shown(row[f"{fact}_b"])
            if one or other:
                typer.echo(f"  {fact:<12}{one or '-'} | {other or '-'}")
        typer.echo("")
    if found.empty:
        typer.echo("nothing to review: no two parties that are not merged look alike")
    elif len(found) > top:
        typer.echo(f"… and {len(found) - top:,} more: --top shows them")
    if not found.empty:
        typer.echo(f'decide: graphkit parties {opened.path} accept|reject A B --why "…"')
    if not is_installed():
        typer.echo(f"probabilities are left out: install them with pip install '{EXTRA}'")
