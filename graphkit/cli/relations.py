"""Who is tied to whom, and who owns whom: ``related``, ``owners``."""

from datetime import datetime
from typing import Annotated

import typer

from graphkit.cli.case import CasePath

PANEL = "Read and decide"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (related, owners):
        app.command(rich_help_panel=PANEL)(command)


def related(
    case: CasePath,
    party: Annotated[str | None, typer.Argument(help="The id of a party; not needed with --between.")] = None,
    between: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Explain one pair, also why it is not related.")
    ] = None,
    regime: Annotated[str | None, typer.Option(help="Who counts as related; else the last run's regime.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What was known on this day; else the run's day.")
    ] = None,
) -> None:
    """List who is related to a party: rule, tier, verdict, days, and the rows that prove it.

    Example: graphkit related harbour-case D09 --regime cn_exchange

    Example: graphkit related harbour-case --between D09 C003
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_explanation

    if (party is None) == (between is None):
        raise typer.BadParameter("give a party, or two with --between")
    day = as_of.date() if as_of else None
    opened = Case.open(case)
    if between:
        print_explanation(opened.explain_relation(*between, regime=regime, as_of=day))
    else:
        print_explanation(opened.related(str(party), regime=regime, as_of=day))


def owners(
    case: CasePath,
    party: Annotated[str, typer.Argument(help="The id of a party.")],
    tree: Annotated[bool, typer.Option("--tree", help="Print the holdings above it as a tree.")] = False,
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; else that of the last run.")
    ] = None,
) -> None:
    """List who owns a party in the end: direct and integrated shares, who controls it, who is a beneficial owner.

    Example: graphkit owners harbour-case D09 --tree
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_explanation
    from graphkit.explanation import Explanation

    found = Case.open(case).owners(party, as_of.date() if as_of else None)
    shown = tuple(one for one in found.sections if (one.title == "Ownership tree") == tree)
    print_explanation(Explanation(found.kind, found.subject_id, found.title, shown))
