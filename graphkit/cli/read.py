"""Reading results and deciding about them: ``findings``, ``explain``, ``search``, ``judge``."""

from enum import StrEnum
from typing import Annotated

import typer

from graphkit.cli.case import CasePath

PANEL = "Read and decide"


class Decision(StrEnum):
    """What can be decided about a finding."""

    CONFIRM = "confirm"
    REJECT = "reject"
    EXPLAIN = "explain"
    UNDO = "undo"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (findings, explain, search, judge):
        app.command(rich_help_panel=PANEL)(command)


def findings(case: CasePath) -> None:
    """List the findings of the last run, flagged ones first; all columns are in the run's findings.csv.

    Example: graphkit findings harbour-case
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_table

    opened = Case.open(case)
    if opened.is_stale():
        typer.echo(f"graphkit: the case changed after its last run: graphkit run {case}", err=True)
    regime = opened.known()["regime"]
    if regime != opened.settings().regime:
        said = f"the last run is under {regime} and case.toml names {opened.settings().regime}"
        typer.echo(f"graphkit: {said}: graphkit run {case} runs under that", err=True)
    columns = [
        "finding_id", "detector", "status", "unit_id", "party_name", "first_month", "last_month", "observed", "n",
        "expected", "effect", "q", "verdict", "sold", "related_a", "related_ab", "related_abc", "judgement", "is_stale",
    ]  # fmt: skip
    print_table(opened.findings()[columns])


def explain(
    case: CasePath,
    what: Annotated[str, typer.Argument(metavar="FINDING|VIN|PARTY", help="An id that findings or search gave.")],
) -> None:
    """Explain a finding, a car or a party: the rule, the rows with file and line, what was and was not ruled out.

    Example: graphkit explain harbour-case D09
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_explanation

    print_explanation(Case.open(case).explain(what))


def search(
    case: CasePath, text: Annotated[str, typer.Argument(help="A piece of a name, code, VIN or number.")]
) -> None:
    """Find parties, cars and documents by a piece of their name or number.

    Example: graphkit search harbour-case 海山
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_table

    found = Case.open(case).search(text)
    if found.empty:
        typer.echo("nothing found")
    else:
        print_table(found)


def judge(
    case: CasePath,
    finding: Annotated[str, typer.Argument(help="The id of a finding.")],
    decision: Annotated[Decision, typer.Argument(help="Your decision; undo takes the last one back.")],
    why: Annotated[str, typer.Option(help="The reason, kept with your name and the time.")],
) -> None:
    """Record a decision about a finding; it is shown beside the finding and never changes it.

    Example: graphkit judge harbour-case 3f1c0a9be2d47765 reject --why "demo cars, seen on site"
    """
    from graphkit.case.case import Case

    Case.open(case).judge(finding, decision.value, why)
    typer.echo(f"recorded: {decision.value} {finding}")
