"""How results look on a terminal and in a pipe; text of the data is shown, never interpreted."""

import re
import sys
from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from graphkit.explanation import Explanation

MOST_ROWS = 50
"""Rows of a table that are printed."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(value: Any) -> str:
    """A cell as text: empty for nothing, four digits for a number with decimals, no control characters.

    >>> shown("a\\x1b[31mb"), shown(None), shown(0.123456), shown(2737)
    ('a�[31mb', '', '0.1235', '2737')
    """
    if value is None or value != value:  # nan and pandas' NaT differ from themselves
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if hasattr(value, "date") and hasattr(value, "hour") and (value.hour, value.minute, value.second) == (0, 0, 0):
        value = value.date()
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value))


def print_table(frame: "pd.DataFrame | pl.DataFrame", most: int = MOST_ROWS) -> None:
    """Print the first rows of a table to stdout: fitted to a terminal, tab-separated in a pipe."""
    rows = [[shown(value) for value in row] for row in _rows(frame.head(most))]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in frame.columns:
            table.add_column(Text(str(name)), overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
    else:
        for row in [[str(name) for name in frame.columns], *rows]:
            print("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
    if len(frame) > most:
        print(f"… and {len(frame) - most:,} more")


def _rows(frame: "pd.DataFrame | pl.DataFrame") -> Iterable[tuple[Any, ...]]:
    import polars as pl

    return frame.iter_rows() if isinstance(frame, pl.DataFrame) else frame.itertuples(index=False)


def print_explanation(explanation: "Explanation", most: int | None = None, width: int | None = None) -> None:
    """Print an explanation section by section, of each its first ``most`` rows (20 unless given).

    With ``width`` a longer sentence goes on in the next line, that of a list under its first word.
    """
    from graphkit.explanation import SHOWN

    print(shown(explanation.title))
    for section in explanation.sections:
        print(f"\n{section.title}")
        for line in section.lines:
            for piece in _pieces(shown(line), width):
                print(f"  {piece}")
        if section.frame is not None and section.frame.height:
            print_table(section.frame, SHOWN if most is None else most)
        elif not section.lines:
            print("  none")


def _pieces(line: str, width: int | None) -> list[str]:
    if width is None:
        return [line]
    under = "  " if line.startswith("- ") else ""
    return wrap(line, width, subsequent_indent=under, break_long_words=False, break_on_hyphens=False)
