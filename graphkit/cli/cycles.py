"""Cars and money that come back: ``cycles``."""

import re
from enum import StrEnum
from typing import Annotated, Any

import typer

from graphkit.cli.case import CasePath

PANEL = "Read and decide"
SHOWN = 20
"""Circles that are printed unless --top says otherwise."""


class Kind(StrEnum):
    """What may come back."""

    SALES = "sales"
    PAYMENTS = "payments"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(rich_help_panel=PANEL)(cycles)


def days(text: str) -> int:
    """A number of days.

    >>> days("180d"), days("180")
    (180, 180)
    """
    if not re.fullmatch(r"\d{1,6}d?", text, re.ASCII):
        raise typer.BadParameter(f"write a number of days, such as 180d, not {text!r}")
    return int(text.removesuffix("d"))


def percent(text: str) -> float:
    """A share in percent.

    >>> percent("10%"), percent("2.5 %")
    (0.1, 0.025)
    """
    if not re.fullmatch(r"\d{1,4}(\.\d+)? ?%", text, re.ASCII):
        raise typer.BadParameter(f"write a share in percent, such as 10%, not {text!r}")
    return float(text.removesuffix("%")) / 100


def cycles(
    case: CasePath,
    kind: Annotated[Kind, typer.Option(help="Cars that come back, or money.")],
    window: Annotated[
        int, typer.Option(parser=days, metavar="DAYS", help="From the first step to the last: 180d.")
    ] = "180d",  # type: ignore[assignment]
    max_length: Annotated[int, typer.Option(min=2, help="The most steps of a circle.")] = 6,
    tolerance: Annotated[
        float | None,
        typer.Option(parser=percent, metavar="PERCENT", help="How far amounts may lie apart; for payments, else 10%."),
    ] = None,
    groups: Annotated[
        bool, typer.Option("--groups/--parties", help="Close on the first party's control group, or on itself only.")
    ] = True,
    top: Annotated[int, typer.Option(min=1, help="How many to list: those that returned most.")] = SHOWN,
    count: Annotated[bool, typer.Option("--count", help="Only count them, by length.")] = False,
    view: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Draw circle N of the list as a page instead.")
    ] = None,
) -> None:
    """List circles: a car that returns to its seller, money that returns to its payer, each with its rows.

    Loops within one day of which nobody recorded the order stand apart: they are indeterminate.

    Example: graphkit cycles harbour-case --kind sales --window 90d

    Example: graphkit cycles harbour-case --kind payments --tolerance 5% --view 1
    """
    from graphkit.case.case import Case
    from graphkit.cli.printing import print_explanation, print_table

    if count and view is not None:
        raise typer.BadParameter("give --count or --view, not both")
    bounds: dict[str, Any] = {
        "window_days": window, "max_length": max_length, "tolerance": tolerance, "by_groups": groups,
    }  # fmt: skip
    opened = Case.open(case)
    if view is not None:
        typer.echo(str(opened.view_cycle(kind.value, view, **bounds)))
    elif count:
        print_table(opened.count_cycles(kind.value, **bounds))
    else:
        # every step of what is listed
        print_explanation(opened.cycles(kind.value, top=top, **bounds), most=top * max_length)
