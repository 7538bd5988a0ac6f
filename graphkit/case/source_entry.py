"""One imported table as ``case.toml`` keeps it: its file, how it is read, and what only its user can say of it."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from graphkit.errors import InputError
from graphkit.tables import encodings
from graphkit.tables.inputs import TABLES
from graphkit.tables.raw_table import HeaderRow
from graphkit.tables.sources import missing_columns
from graphkit.tables.stated_constants import DERIVED

_HASH = r"^[0-9a-f]{64}$"


def _known_table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"no table is called {name}")
    return name


def _file_name(name: str) -> str:
    # the folders and the zip that the file was in are part of its name; the last part becomes part of a path
    if any(Path(part).name != part or "\\" in part or part in ("", ".", "..") for part in name.split("/")):
        raise ValueError("a file name is needed, after the folders or the zip that the file was in")
    return name


def _header_row(told: Any) -> str:
    try:
        HeaderRow.of(str(told))
    except InputError as error:
        raise ValueError(str(error)) from None
    return str(told)


def _encoding(name: str) -> str:
    return encodings.named(name) if name else ""


TableName = Annotated[str, AfterValidator(_known_table)]


class Strict(BaseModel):
    """An entry that refuses keys which graphkit does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceEntry(Strict):
    """One imported table and how its columns are read: header text → field, and the unit of a field.

    ``constants`` are fields of which the whole file has one value, ``date_order`` (``dmy``, ``mdy``) how dates with the
    year last are written, ``status`` the headers that say what became of a row, ``where`` which rows are of this table
    (header → ``filled``, ``positive``, ``negative`` or a word). What is empty here waits for its user: ``questions``.
    ``stated`` says where a constant, or the unit of a column, was read if not in the column's header; ``period`` are
    the days that the file says it was asked for, ``drawn_on`` the day as of which it says that it stands.

    ``file`` is the hash of the file's content where that is not ``source_id``: of a workbook from which several sheets
    were taken, each has its own. ``sheet`` and ``header_row`` say where the table is; without ``header_row`` the header
    is looked for. ``format`` and ``delimiter`` say what was found; the reader finds them again each time. A text is
    read in ``encoding``, which is empty where its bytes do not prove one: its columns are then written as
    ``encoding_proposed`` reads them.
    """

    source_id: Annotated[str, Field(pattern=_HASH)]
    name: Annotated[str, AfterValidator(_file_name)]
    file: Annotated[str, Field(pattern=_HASH)] | None = None
    sheet: str | None = None
    header_row: Annotated[str, BeforeValidator(_header_row)] | None = None
    table: TableName
    format: str = "csv"
    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    encoding_proposed: Annotated[str, AfterValidator(_encoding)] | None = None
    delimiter: str | None = None
    columns: dict[str, str] = {}
    units: dict[str, str] = {}
    constants: dict[str, str] = {}
    date_order: str | None = None
    status: tuple[str, ...] = ()
    where: dict[str, str] = {}
    stated: dict[str, str] = {}
    period: tuple[date, date] | None = None
    drawn_on: date | None = None

    @property
    def kept(self) -> str:
        """The hash of the file's content, under which it is kept."""
        return self.file or self.source_id

    @property
    def questions(self) -> list[str]:
        """What only its user can say before it is loaded: each a line of ``case.toml`` that is still empty."""
        asked = ['encoding = ""'] * (self.encoding == "")
        asked += [
            f'{part}.{name} = ""'
            for part in ("constants", "units")
            for name, to in getattr(self, part).items()
            if not to
        ]
        heads = [(part, head) for part in ("columns", "where") for head, to in getattr(self, part).items() if not to]
        asked += [f'{part}."{head}" = ""' for part, head in heads]
        asked += [] if heads else [f'columns."…" = "{name}"' for name in self.lacking]
        return asked + ['date_order = ""'] * (self.date_order == "")

    @property
    def lacking(self) -> list[str]:
        """The columns that the table needs, and that neither a header nor a constant gives."""
        given = [*self.columns.values(), *self.constants, *DERIVED.get(self.table, ())]
        return missing_columns(TABLES[self.table], given)

    @property
    def read_outside(self) -> list[str]:
        """What was read elsewhere than in the header of a column, each with where: it may be corrected here."""
        said = {**self.units, **self.constants}
        return [f"{name} = {said[name]}, from {place}" for name, place in self.stated.items() if said.get(name)]

    @property
    def title(self) -> str:
        """The name in evidence: that of the file, and of the sheet where several of it were taken."""
        return f"{self.name}/{self.sheet}" if self.file and self.sheet else self.name
