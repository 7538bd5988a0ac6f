"""What is written to a graph: batches of nodes or relationships, each with the one statement that writes them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

ROWS = 5_000
"""Rows a statement."""

BYTES = 6 * 2**20
"""Bytes a statement, as polars estimates them: a Bolt message over 16 MiB hangs the driver against the engine."""


@dataclass(frozen=True)
class Nodes:
    """Nodes of one set of labels, one a row; every column is a property, null ones are left out."""

    labels: tuple[str, ...]
    frame: pl.DataFrame

    @property
    def what(self) -> str:
        """The label that these nodes are counted under."""
        return self.labels[0]

    @property
    def statement(self) -> str:
        """The Cypher that creates them from ``$rows``."""
        return f"UNWIND $rows AS row CREATE (:{':'.join(self.labels)}{_properties(self.frame.columns)})"


@dataclass(frozen=True)
class End:
    """One end of a relationship: the node whose ``key`` equals the row's ``column``."""

    label: str
    key: str
    column: str


@dataclass(frozen=True)
class Links:
    """Relationships of one type, one a row; every column that names no end is a property."""

    type: str
    start: End
    end: End
    frame: pl.DataFrame

    @property
    def what(self) -> str:
        """The type that these relationships are counted under."""
        return self.type

    @property
    def statement(self) -> str:
        """The Cypher that creates them from ``$rows``."""
        a, b = self.start, self.end
        properties = [name for name in self.frame.columns if name not in (a.column, b.column)]
        return (
            f"UNWIND $rows AS row MATCH (a:{a.label} {{{a.key}: row.{a.column}}}) "
            f"MATCH (b:{b.label} {{{b.key}: row.{b.column}}}) "
            f"CREATE (a)-[:{self.type}{_properties(properties)}]->(b)"
        )


Batch = Nodes | Links


def _properties(names: list[str]) -> str:
    return f" {{{', '.join(f'{name}: row.{name}' for name in names)}}}" if names else ""


def slices(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The rows in pieces that fit into one message: at most ROWS rows and about BYTES bytes.

    >>> [piece.height for piece in slices(pl.DataFrame({"x": range(12_000)}))]
    [5000, 5000, 2000]
    """
    if frame.height == 0:
        return
    per_row = max(1, frame.estimated_size() // frame.height)
    if frame.height > 1 and (frame.height > ROWS or per_row * frame.height > BYTES):
        step = ROWS if per_row * ROWS <= BYTES else max(1, frame.height // 2)
        for piece in frame.iter_slices(min(step, ROWS)):
            yield from slices(piece)
    else:
        yield frame
