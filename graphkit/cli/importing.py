"""Taking files in: ``map`` shows how one would be read, ``import`` takes them into a case."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphkit.cli.case import PANEL, CasePath

if TYPE_CHECKING:
    from graphkit.case.case import Case

TableOption = Annotated[str | None, typer.Option(help="The table the files are, where the header does not say.")]
SheetOption = Annotated[str | None, typer.Option(help="The sheet to take; else every one that fits a table.")]
HeaderRowOption = Annotated[
    str | None, typer.Option(metavar="LINE", help="The header's line, or its two (2-3); else it is looked for.")
]
EncodingOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="What texts are in whose bytes do not prove it, such as big5.")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", metavar="HEADER=COLUMN", help="What a column is; repeatable.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="COLUMN=VALUE", help="One value for all rows, in the tables that know it; repeatable."
    ),
]
LikeOption = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="Map as there: a case.toml, or a file of graphkit map.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("map", rich_help_panel=PANEL)(map_file)
    app.command("import", rich_help_panel=PANEL)(import_files)


def map_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The table to look at.", readable=False)],
    table: TableOption = None,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    encoding: EncodingOption = None,
    columns: MapOption = None,
    constants: SetOption = None,
    like: LikeOption = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Write the mapping there, to correct and import like."),
    ] = None,
) -> None:
    """Show how a file would be read: its tables, columns, units and constants, with three examples of each.

    A question mark is what only you can say: say it with --set, --map or --encoding, or in the file that --to writes.
    Import reads a file the same way by itself.

    Example: graphkit map invoices.xlsx --set kind=retail --to invoices.toml
    """
    from graphkit.case.case import Case
    from graphkit.cli.pairs import pairs
    from graphkit.cli.printing import print_table

    print_table(
        Case.map_file(
            file,
            table=table,
            sheet=sheet,
            header_row=header_row,
            encoding=encoding,
            columns=pairs(columns, "--map"),
            constants=pairs(constants, "--set"),
            like=like,
            to=to,
        )
    )
    if to is not None:
        typer.echo(f"the mapping is in {to}: correct it there; next: graphkit import CASE {file} --like {to}")


def import_files(
    case: CasePath,
    files: Annotated[
        # whether a file can be read is said by the import, as of any other bad file
        list[Path],
        typer.Argument(metavar="PATH…", help="Tables, or a folder or zip of them; or a coverage.toml.", readable=False),
    ],
    table: TableOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Swap a file of the same name for this one.")] = False,
    sheet: SheetOption = None,
    header_row: HeaderRowOption = None,
    encoding: EncodingOption = None,
    columns: MapOption = None,
    constants: SetOption = None,
    like: LikeOption = None,
) -> None:
    """Take files into a case: all that are named, or none if one cannot be read; of a folder or zip those that can.

    A table is text (CSV and the like), a workbook (XLSX, XLS, XLSB, ODS), HTML, JSON or Parquet, told by its content.
    The header is found below titles and notes, and may have two rows; totals and notes are listed and not loaded. Of a
    workbook every sheet that fits a table goes in. The table is guessed from the header; mapping and coverage are
    proposed and written to case.toml, where you correct and confirm them. The same file again changes nothing.
    A text in UTF-8, UTF-16 or GB18030 proves its encoding; of any other the likeliest is proposed, and nothing is
    loaded before you say it.

    What no column says is read in titles, labels and names and told; what nothing says is asked at the end, each thing
    once, with the line of case.toml to fill.

    Example: graphkit import harbour-case invoices.csv policies.xlsx --replace

    Example: graphkit import harbour-case handed-over/ insurer.zip

    Example: graphkit import harbour-case book.xlsx --sheet Sales --header-row 4 --replace

    Example: graphkit import harbour-case invoices.csv --set kind=retail --map "Deal Date=invoiced_on" --replace
    """
    from graphkit.case.case import Case
    from graphkit.case.undated import asked_once
    from graphkit.cli.pairs import pairs
    from graphkit.cli.printing import print_table, shown
    from graphkit.cli.progress import shown_progress
    from graphkit.errors import InputError

    opened = Case.open(case)
    with shown_progress() as progress:
        taken = opened.import_files(
            files,
            table=table,
            replace=replace,
            sheet=sheet,
            header_row=header_row,
            encoding=encoding,
            columns=pairs(columns, "--map"),
            constants=pairs(constants, "--set"),
            like=like,
            progress=progress,
        )
    refused, asked = (taken[taken["status"] == status] for status in ("refused", "asked"))
    left_out = taken[taken["reason"].notna()]
    print_table(taken.drop(left_out.index).drop(columns=["stated", "reason", "notes"]))
    stated = taken[taken["stated"].notna()].drop_duplicates(["file", "stated"])
    for row in stated.itertuples():
        typer.echo(shown(f"read {row.file}: {row.stated}"))
    faults: dict[tuple[str, str], list[str]] = {}
    for row in left_out.drop(asked.index).drop_duplicates(["file", "status", "reason"]).itertuples():
        # a reason may begin with the file itself
        why = str(row.reason).removeprefix(f"{row.file}: ")
        faults.setdefault((str(row.status), why), []).append(str(row.file))
    for (status, why), named in faults.items():
        who = named[0] if len(named) == 1 else f"{len(named)} files ({_some(named)})"
        typer.echo(shown(f"{status} {who}: {why}"), err=status == "refused")
    for row in taken[taken["notes"].notna()].drop_duplicates(["file", "notes"]).itertuples():
        typer.echo(shown(f"{row.file}: {row.notes}"))
    typer.echo(f"mapping and coverage are in {case / 'case.toml'}: correct them there; next: graphkit check {case}")
    for doubt in opened.doubted():
        typer.echo(
            shown(f"is it true? {doubt}; no run relies on it until you add confirmed = true to its [[coverage]]")
        )
    if len(undated := opened.undated()):
        typer.echo(asked_once(undated))
    _ask(opened)
    waiting = (
        f"{asked['file'].nunique()} {'file waits' if asked['file'].nunique() == 1 else 'files wait'} for what only you "
        "can say: answer in case.toml, or import them again with --replace and --set COLUMN=VALUE or --encoding NAME"
    )
    if len(refused):
        others = f"; {waiting}" if len(asked) else "; the others are in"
        raise InputError(f"{len(refused)} of {taken['file'].nunique()} files were refused, each for its reason{others}")
    # of a file that feeds several tables one may be without a row
    loaded = taken[taken["status"].isin(["imported", "replaced"])].groupby("file")["loaded"].sum()
    empty = loaded[loaded == 0].index
    if len(empty):
        raise InputError(f"no row of {', '.join(empty)} is loaded; graphkit check {case} says why")
    if len(asked):
        raise InputError(waiting)


def _ask(case: "Case") -> None:
    """The open questions of a case, numbered, each with its line of case.toml; coverage comes last."""
    from graphkit.cli.printing import shown

    asked = [f"{row.files}: in [[source]], {row.line}  ({row.answer})" for row in case.asked().itertuples()]
    spans = [span for span in case.settings().coverage if not span.complete]
    days = [
        f"{span.table} {span.first} to {span.last}" if span.first else f"{span.table} as of {span.as_of}"
        for span in spans
    ]
    if days:
        asked.append(
            "what the extracts hold: in [[coverage]], correct from and to, and set complete = true where one has every "
            f"event of the country ({', '.join(days)})"
        )
    if asked:
        typer.echo("\nOnly you can say:")
    for number, line in enumerate(asked, start=1):
        typer.echo(shown(f"{number}. {line}"))


def _some(names: list[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
