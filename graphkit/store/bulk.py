"""A graph as a folder of files for Neo4j's bulk importer, for what is too large for transactions."""

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graphkit.errors import StoreError
from graphkit.files import replacing
from graphkit.queries import schema
from graphkit.store.batches import Batch, Nodes, Progress

TITLE = "# A graphkit case for neo4j-admin: persons are in it"
"""The first line of the README, which warns who is in it; by its first words a folder of ours is known."""

ROWS = 100_000
"""Rows that are turned into text at a time."""

_SEPARATOR = "\x1f"
_REPORT = "import.report"
_TEXTS = ("README.md", "schema.cypher", "graphkit.grass")
_DATA = re.compile(r"(nodes|relationships)-[a-z0-9_-]+(\.header\.csv|\.csv\.gz)")
_TYPES: Mapping[type[pl.DataType], str] = {
    pl.String: "string",
    pl.Int64: "long",
    pl.Float64: "double",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "localdatetime",
    pl.List: "string[]",
}


@dataclass(frozen=True)
class _Set:
    """The nodes or relationships of one pair of files."""

    name: str
    option: str
    rows: int
    properties: int


def write_bulk(batches: Iterable[Batch], folder: Path, style: str, progress: Progress) -> list[Path]:
    """Write a projection, and a README with the command that imports it, as ``folder``; gives its files by name.

    ``style`` is the text of the Browser style sheet. What has no rows is left out; the same batches give the same
    bytes. The folder appears whole or not at all, in place of one that this wrote before. Raises StoreError for a
    folder that holds anything else, and for a list that the importer cannot read back.
    """
    _refuse_foreign(folder)
    with replacing(folder.resolve()) as beside:
        beside.mkdir()
        sets: list[_Set] = []
        taken: set[str] = set()
        for batch in batches:
            if batch.frame.height:
                name = _free_name(batch, taken)
                taken.add(name)
                sets.append(_write(batch, name, beside, progress))
        for name, text in zip(_TEXTS, (_readme(sets), "".join(f"{line};\n" for line in schema()), style), strict=True):
            (beside / name).write_text(text, encoding="utf-8", newline="\n")
        names = sorted(path.name for path in beside.iterdir())
    return [folder / name for name in names]


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StoreError(f"{folder} is a file: name a folder that is new or empty")
    found = sorted(path.name for path in folder.iterdir())
    foreign = [name for name in found if name not in (*_TEXTS, _REPORT) and not _DATA.fullmatch(name)]
    if foreign or (found and not _is_ours(folder / "README.md")):
        raise StoreError(f"{folder} holds {(foreign or found)[0]}, which is no bulk export: name a new or empty folder")


def _is_ours(readme: Path) -> bool:
    return readme.is_file() and readme.read_bytes().startswith(TITLE.partition(":")[0].encode())


def _free_name(batch: Batch, taken: set[str]) -> str:
    """What the files of a batch are called: its labels, or its type and the labels of its ends."""
    if isinstance(batch, Nodes):
        words = ["nodes", *(_snake(label) for label in batch.labels)]
    else:
        words = ["relationships", batch.type.lower(), _snake(batch.start.label), _snake(batch.end.label)]
    name, at = "-".join(words), 1
    while name in taken:
        at += 1
        name = f"{'-'.join(words)}-{at}"
    return name


def _snake(label: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", label).lower()


def _write(batch: Batch, name: str, folder: Path, progress: Progress) -> _Set:
    frame = batch.frame
    header = ",".join(_fields(batch)) + "\n"
    (folder / f"{name}.header.csv").write_text(header, encoding="utf-8", newline="\n")
    progress(batch.what, 0, frame.height)
    # no name and no time inside, so that the same rows are the same bytes
    with (
        (folder / f"{name}.csv.gz").open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed,
    ):
        done = 0
        for piece in frame.iter_slices(ROWS):
            # texts go out as they are: a leading "=" means something to a spreadsheet, nothing to the importer
            packed.write(_readable(piece, name).write_csv(include_header=False).encode())
            done += piece.height
            progress(batch.what, done, frame.height)
    if isinstance(batch, Nodes):
        option, ends = f"--nodes={':'.join(batch.labels)}", set()
    else:
        option, ends = f"--relationships={batch.type}", {batch.start.column, batch.end.column}
    properties = sum(frame[column].count() for column in frame.columns if column not in ends)
    return _Set(name, f"{option}={name}.header.csv,{name}.csv.gz", frame.height, properties)


def _fields(batch: Batch) -> Iterator[str]:
    """The header: every column with its type; ids are told apart by the label that they belong to."""
    for column, dtype in batch.frame.schema.items():
        if isinstance(batch, Nodes):
            is_key = column == batch.key
            yield f"{column}:ID({batch.labels[0]})" if is_key else f"{column}:{_TYPES[dtype.base_type()]}"
        elif column == batch.start.column:
            yield f":START_ID({batch.start.label})"
        elif column == batch.end.column:
            yield f":END_ID({batch.end.label})"
        else:
            yield f"{column}:{_TYPES[dtype.base_type()]}"


def _readable(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows with the values that a CSV file or the importer knows by another name, or not at all, as text."""
    lists = [column for column, dtype in frame.schema.items() if dtype == pl.List(pl.String)]
    for column in lists:
        given = frame[column].drop_nulls()
        joined = given.list.join(_SEPARATOR)
        # an empty text stands for no property, a separator in a value for two values
        if ((joined == "") | (joined.str.split(_SEPARATOR).list.len() != given.list.len())).any():
            raise StoreError(
                f"{name} has a list in {column} that is empty or holds the character U+001F: mend the table"
            )
    reals = pl.col(pl.Float64).cast(pl.String).replace({"inf": "Infinity", "-inf": "-Infinity"})
    return frame.with_columns(reals, pl.col(lists).list.join(_SEPARATOR))


def _readme(sets: list[_Set]) -> str:
    nodes = [one for one in sets if one.option.startswith("--nodes")]
    relationships = [one for one in sets if one not in nodes]
    options = [
        "--id-type=string",
        "--multiline-fields=true",
        "--array-delimiter=U+001F",
        "--bad-tolerance=0",
        f"--report-file={_REPORT}",
        *(one.option for one in sorted(sets, key=lambda one: one.name)),
    ]
    command = " \\\n  ".join(["neo4j-admin database import full neo4j", *options])
    rows = "\n".join(f"| {one.name} | {one.rows:,} |" for one in sorted(sets, key=lambda one: one.name))
    return f"""{TITLE}

The graph of a case for the bulk importer of Neo4j 5.26. It fills a database that does not exist yet or is empty.

## Import

Run this in this folder, as the user that runs the server. `neo4j` in the first line is the name of the database.

```sh
{command}
```

The importer ends with {sum(one.rows for one in nodes):,} nodes, {sum(one.rows for one in relationships):,} \
relationships and {sum(one.properties for one in sets):,} properties, and `{_REPORT}` is empty. It skips no row: one
that it cannot take ends it with an error.

A database of that name that is there already is kept, and the importer says so. To have it deleted and replaced, stop
it and add `--overwrite-destination=true`.

## Afterwards

1. Start the database. One of another name than `neo4j` is first made known with `CREATE DATABASE`.
2. Make its constraints and indexes: `cypher-shell --database=neo4j --file=schema.cypher`, which asks who you are.
3. Drag `graphkit.grass` into Neo4j Browser to have it coloured.

## Files

Each set of nodes or relationships is a header (`.header.csv`) and its rows (`.csv.gz`). An empty field is no property,
`""` is an empty text.

| set | rows |
|---|---:|
{rows}
"""
