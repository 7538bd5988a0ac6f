"""A market that is being drawn: its rows so far, and the dice that every choice comes from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

import polars as pl

from graphkit.tables import vins
from graphkit.tables.inputs import TABLES
from graphkit.tables.row_keys import row_key

FIRST, LAST = date(2023, 1, 1), date(2026, 6, 30)

_NAMES = ("名外示例有限公司", "示例人甲", "Nobody's GmbH", " ")
"""Parties that a row names without an id; the last name is none, and leaves the row without a party."""

Thing = TypeVar("Thing")


class Draft:
    """Rows by table; the same seed draws the same rows."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = Random(seed)
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def apart(self, name: str) -> "Draft":
        """The same rows with other dice: a draw of them moves no later draw of these."""
        other = Draft(self.seed)
        other.dice, other._rows = Random(f"{self.seed} {name}"), self._rows
        return other

    def add(self, table: str, /, **row: Any) -> None:
        """One more row; a column that is not given is empty."""
        self._rows[table].append(row)

    def number(self, table: str) -> int:
        """How many rows a table has so far: a number for the next one's id."""
        return len(self._rows[table])

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        """The rows of a table so far."""
        return self._rows[table]

    def pick(self, things: Sequence[Thing]) -> Thing:
        return self.dice.choice(things)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def maybe(self, share: float, thing: Thing) -> Thing | None:
        """``thing`` in this share of the cases, else nothing."""
        return thing if self.chance(share) else None

    def day(self, first: date = FIRST, last: date = LAST) -> date:
        return first + timedelta(days=self.dice.randint(0, (last - first).days))

    def later(self, day: date, *days: int) -> date:
        """So many days later, one of ``days``."""
        return day + timedelta(days=self.pick(days))

    def loaded(self) -> dict[str, pl.DataFrame]:
        """Every table as loading would give it: a key once, lineage, checked VINs."""
        return {name: self._loaded(name) for name in TABLES}

    def _loaded(self, name: str) -> pl.DataFrame:
        table = TABLES[name]
        for row in self._rows[name]:
            for column in table.parties:
                if row.get(column) is None:
                    row[f"{column.removesuffix('_id')}_name"] = self.pick(_NAMES)
        frame = pl.DataFrame(self._rows[name], schema=table.loaded_schema())
        frame = frame.with_columns(row_key(table), source_id=pl.lit(f"file of {name}"))
        if table.has_vin:
            frame = frame.with_columns(vin_check=vins.check(pl.col("vin")))
        frame = frame.unique("row_key", keep="first", maintain_order=True)
        return frame.with_columns(line=pl.int_range(2, pl.len() + 2, dtype=pl.Int64))
