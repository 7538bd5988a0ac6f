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
    """Nodes of one set of labels, one a row; every column is a property, null ones are left out.

    ``key`` is the column that no two nodes of the first label share. ``roles`` are the further labels that such nodes
    may have: one that is not among ``labels`` is taken from a node which had it.
    """

    labels: tuple[str, ...]
    key: str
    frame: pl.DataFrame
    roles: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """The label that these nodes are counted under."""
        return self.labels[0]

    @property
    def creation(self) -> str:
        """The Cypher that writes them from ``$rows`` where there are none yet."""
        return f"UNWIND $rows AS row CREATE (:{':'.join(self.labels)} {_properties(self.frame.columns)})"

    @property
    def merging(self) -> str:
        """The Cypher that writes them from ``$rows``; written twice they are there once."""
        properties = [name for name in self.frame.columns if name != self.key]
        lost = [label for label in self.roles if label not in self.labels]
        return (
            f"UNWIND $rows AS row MERGE (n:{self.labels[0]} {{{self.key}: row.{self.key}}})"
            + (f" REMOVE n:{':'.join(lost)}" if lost else "")
            + (f" SET n:{':'.join(self.labels[1:])}" if self.labels[1:] else "")
            + (f" SET n += {_properties(properties)}" if properties else "")
        )


@dataclass(frozen=True)
class End:
    """One end of a relationship: the node whose ``key`` equals the row's ``column``."""

    label: str
    key: str
    column: str


@dataclass(frozen=True)
class Links:
    """Relationships of one type, one a row; every column that names no end is a property.

    Where two nodes may be tied by several of them, ``row_key`` tells these apart.
    """

    type: str
    start: End
    end: End
    frame: pl.DataFrame

    @property
    def what(self) -> str:
        """The type that these relationships are counted under."""
        return self.type

    @property
    def key(self) -> str | None:
        """The column that tells those between the same two nodes apart, where there may be several."""
        return "row_key" if "row_key" in self.frame.columns else None

    @property
    def creation(self) -> str:
        """The Cypher that writes them from ``$rows`` where there are none yet."""
        properties = self._without(self.start.column, self.end.column)
        return f"{self._ends} CREATE (a)-[:{self.type}{' ' + _properties(properties) if properties else ''}]->(b)"

    @property
    def merging(self) -> str:
        """The Cypher that writes them from ``$rows``; written twice they are there once.

        The embedded engine would search all relationships of a busy node for each row: minutes where ``creation`` takes
        seconds.
        """
        properties = self._without(self.start.column, self.end.column, "row_key")
        return f"{self._ends} MERGE (a)-[r:{self.type}{' {row_key: row.row_key}' if self.key else ''}]->(b)" + (
            f" SET r += {_properties(properties)}" if properties else ""
        )

    @property
    def _ends(self) -> str:
        a, b = self.start, self.end
        return (
            f"UNWIND $rows AS row MATCH (a:{a.label} {{{a.key}: row.{a.column}}}) "
            f"MATCH (b:{b.label} {{{b.key}: row.{b.column}}})"
        )

    def _without(self, *names: str) -> list[str]:
        return [name for name in self.frame.columns if name not in names]


Batch = Nodes | Links


def _properties(names: list[str]) -> str:
    # properties written out: the rows as whole maps are ten times slower on the embedded engine
    return f"{{{', '.join(f'{name}: row.{name}' for name in names)}}}"


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
