"""The ``graphkit`` command: its groups put together, and errors told in one sentence with a documented exit code."""

import errno
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from graphkit import __version__
from graphkit.cli import case, cycles, doctor, graph, importing, market, parties, query, read, relations, rules
from graphkit.cli.printing import shown
from graphkit.cli.unforeseen import reported
from graphkit.errors import GraphkitError

WRONG_USAGE = 2
"""What a command ends with that was called wrongly."""
UNFORESEEN = 8
"""What a command ends with that met an error nobody foresaw."""
INTERRUPTED = 130
"""What a command ends with when Ctrl-C stops it."""

EPILOG = (
    "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 a source file cannot be read, 4 the case folder is not right, "
    "5 nothing of that name, 6 the graph store cannot be used, 7 a query or its parameters are wrong, "
    "8 an error that nobody foresaw, 130 stopped."
)


USAGE: type[Exception] = typer.BadParameter.__bases__[0]
"""Every error in how a command was called; typer has it from one library or another, by its version."""

ADVICE = {
    errno.EACCES: "check its permissions, or choose another place",
    errno.EPERM: "check its permissions, or choose another place",
    errno.EROFS: "choose a place that can be written to",
    errno.ENOSPC: "make room on the disk",
    errno.EEXIST: "a folder is needed there, so choose another place",
    errno.ENOTDIR: "a folder is needed there, so choose another place",
    errno.EISDIR: "a file is needed there, so choose another name",
}
"""What to do about an error of the operating system."""


class Told(TyperGroup):
    """A command group whose errors, foreseen or not, are one sentence on stderr, never a traceback."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Read the options before the command; wrong ones are told in a sentence, and none at all gives the help."""
        if not args:
            return super().make_context(info_name, args, *rest, **extra)
        with _told():
            return super().make_context(info_name, args, *rest, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; turn an error or Ctrl-C into a sentence and an exit code."""
        words = [*ctx._protected_args, *ctx.args]
        options = {
            name: [option for param in command.params for option in (*param.opts, *param.secondary_opts)]
            for name, command in self.commands.items()
        }
        with _told(words, options):
            return super().invoke(ctx)


@contextmanager
def _told(words: Sequence[str] = (), options: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Iterator[None]:
    try:
        yield
    except (typer.Exit, typer.Abort, SystemExit, GeneratorExit):
        raise
    except GraphkitError as error:
        _end(str(error), error.exit_code)
    except USAGE as error:
        _end(_wrong_usage(error), WRONG_USAGE)
    except KeyboardInterrupt:
        _end("stopped; nothing was left half-written", INTERRUPTED)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        path = error.filename2 or error.filename or "a file"
        advice = ADVICE.get(error.errno or 0, "check the path")
        _end(f"{path}: {error.strerror or error}; {advice}", GraphkitError.exit_code)
    except BaseException as error:
        # a panic of a compiled library is no Exception
        _end(reported(error, words, options), UNFORESEEN)


def _end(said: str, code: int) -> NoReturn:
    typer.echo(f"graphkit: {shown(said)}", err=True)
    raise typer.Exit(code) from None


def _wrong_usage(error: Any) -> str:
    said = " ".join(error.format_message().replace("Value error, ", "").split()).removesuffix(".").replace(". ", ": ")
    said = said.removeprefix("Invalid value: ")
    command = f"graphkit {error.ctx.info_name}" if error.ctx and error.ctx.parent else "graphkit"
    return f"{said[:1].lower()}{said[1:]}; {command} --help shows how it is used"


app = typer.Typer(
    cls=Told,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (case, importing, read, rules, parties, relations, cycles, query, graph, market, doctor):
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
