"""The rule book: ``rules``."""

from pathlib import Path
from typing import Annotated

import typer

from graphkit.cli.read import PANEL

WIDTH = 100
"""Characters of a line of text."""
MOST_ROWS = 1000
"""A rule is printed whole."""


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(rich_help_panel=PANEL)(rules)


def rules(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[DETECTOR|REGIME]", help="A detector or a regime; without one all are listed."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as one page; without a name the whole book.")
    ] = None,
) -> None:
    """Tell a rule: thresholds with unit and reason, look-alikes, what it misses, references, one worked car.

    Example: graphkit rules pre_insured

    Example: graphkit rules --html rules.html
    """
    from graphkit.cli.printing import print_explanation
    from graphkit.rulebook.book import every_rule
    from graphkit.rulebook.book import rules as rule_of

    rule = rule_of(name)
    if html is None:
        print_explanation(rule, MOST_ROWS, WIDTH)
        return
    from graphkit import __version__
    from graphkit.files import replacing
    from graphkit.views.rule_page import render

    page = render(every_rule() if name is None else (rule,), __version__)
    with replacing(html) as beside:
        beside.write_text(page, encoding="utf-8", newline="\n")
    typer.echo(str(html))
