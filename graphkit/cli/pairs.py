"""Repeated options of the form NAME=VALUE → a mapping."""

from collections.abc import Iterable

import typer


def pairs(given: Iterable[str] | None, option: str) -> dict[str, str]:
    """The names and values of an option; the last sign parts them where a name may hold one (a header).

    >>> pairs(["kind=retail", "Deal Date=invoiced_on"], "--map")
    {'kind': 'retail', 'Deal Date': 'invoiced_on'}
    """
    found = {}
    for pair in given or ():
        name, sign, value = pair.rpartition("=") if option == "--map" else pair.partition("=")
        if not sign or not name.strip():
            raise typer.BadParameter(f"write {option} NAME=VALUE, not {pair!r}")
        found[name.strip()] = value.strip()
    return found
