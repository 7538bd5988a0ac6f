"""Files of decisions: who, when, what and why; rows are only ever added."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from graphkit.errors import CaseError, GraphkitError
from graphkit.exports.formulas import neutralise
from graphkit.files import replacing


def add(path: Path, columns: Sequence[str], decision: Mapping[str, str]) -> None:
    """Add a decision to the file at ``path``, with the day and time and the name of the user.

    ``columns`` are those of the file, ``when``, ``who`` and ``why`` among them. Raises ``GraphkitError`` where no
    reason is given.
    """
    if not decision["why"].strip():
        raise GraphkitError("a judgement needs a reason: say it with --why")
    row = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "who": getpass.getuser(), **decision}
    held = read(path, columns)
    with replacing(path) as beside:
        neutralise(pl.concat([held, pl.DataFrame([row], schema=held.schema)])).write_csv(beside)


def read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """Every decision ever made, oldest first; raises ``CaseError`` where the file was damaged."""
    schema = {name: pl.String() for name in columns}
    if not path.exists():
        return pl.DataFrame(schema=schema)
    try:
        rows = pl.read_csv(path, schema=schema)
    except pl.exceptions.PolarsError:
        raise CaseError(f"{path} is damaged: restore it from a copy, its rows are only ever added") from None
    # the mark that keeps a spreadsheet from running a text is taken off again
    return rows.with_columns(pl.all().str.replace(r"^'([=+\-@\t\r\n＝＋－＠])", "$1"))
