"""The ``graphkit`` command: its groups put together, and errors told in one sentence with a documented exit code."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from graphkit import __version__
from graphkit.cli import case, doctor, graph, market, read
from graphkit.errors import GraphkitError

INTERRUPTED = 130
"""What a command ends with when Ctrl-C stops it."""

EPILOG = (
    "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 a source file cannot be read, 4 the case folder is not right, "
    "5 nothing of that name, 6 the graph store cannot be used, 7 a query or its parameters are wrong, 130 stopped."
)


class Told(TyperGroup):
    """A command group whose deliberate errors are one sentence on stderr, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn a ``GraphkitError`` or Ctrl-C into a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except GraphkitError as error:
            typer.echo(f"graphkit: {error}", err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            typer.echo("graphkit: stopped; nothing was left half-written", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            typer.echo(f"graphkit: {error.filename or 'a file'}: {error.strerror or error}", err=True)
            raise typer.Exit(GraphkitError.exit_code) from None


app = typer.Typer(
    cls=Told,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (case, read, graph, market, doctor):
    group.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"graphkit {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find, prove and score inflated car sales in invoices, insurance, plates, company registers and customs records.

    Start with: graphkit demo
    """


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # names in any script are printed everywhere; a console that cannot show a character shows a mark for it
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()
