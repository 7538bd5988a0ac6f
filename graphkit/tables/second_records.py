"""An event that two files record: what the row that is left out knows goes to the row that stays, never over it."""

import polars as pl

from graphkit.tables.duplicates import SAME
from graphkit.tables.inputs import Table
from graphkit.tables.lineage import ROW
from graphkit.tables.quarantine import REASONS_SCHEMA, RECORDED

_TOGETHER = ("price", "currency", "price_includes_vat")
"""Columns that say one thing: a price of one file in the currency of another would be a price that nobody recorded."""
_OF_THE_FILE = ("sequence", "source")
"""What is said of a row in its own file: an order there is none elsewhere."""


def with_second_records(table: Table, rows: pl.DataFrame, pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows without those that record an event for the second time, and why these are left out (``REASONS_SCHEMA``).

    ``pairs`` are those rows, each with the key of the row that stays (``ROW``, kept_key). An empty cell of that row is
    filled where all rows left out that know it agree; the reason says what a row adds, and what it says otherwise.
    """
    if pairs.is_empty():
        return rows, pl.DataFrame(schema=REASONS_SCHEMA)
    groups = _groups(table)
    columns = [name for group in groups for name in group]
    others = rows.join(pairs.select(*ROW, "kept_key"), on=ROW).select(*ROW, "kept_key", *columns)
    kept = rows.join(pairs, left_on="row_key", right_on="kept_key", how="semi").select("row_key", *columns)
    said = others.group_by("kept_key").agg(
        *(pl.col(name).drop_nulls().n_unique().alias(f"{name}_ways") for name in columns),
        *(pl.col(name).drop_nulls().first().alias(f"{name}_said") for name in columns),
    )
    both = kept.join(said, left_on="row_key", right_on="kept_key")
    full = both.select("row_key", *(_filled(name, group) for group in groups for name in group))
    told = others.join(kept, left_on="kept_key", right_on="row_key", suffix="_before")
    told = told.join(full, left_on="kept_key", right_on="row_key", suffix="_after")
    adds = [
        _named(name, pl.col(f"{name}_before").is_null() & (pl.col(name) == pl.col(f"{name}_after"))) for name in columns
    ]
    differs = [
        _named(name, pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_after"))) for name in columns
    ]
    reasons = told.select(
        *ROW,
        ordinal=pl.lit(0, dtype=pl.Int64),
        column=pl.lit(";".join(SAME[table.name])),
        reason=pl.concat_str(pl.lit(RECORDED), _listed("it adds ", adds), _listed("it says another ", differs)),
    )
    return rows.join(pairs, on=ROW, how="anti").update(full, on="row_key"), reasons


def _groups(table: Table) -> list[tuple[str, ...]]:
    """The optional columns of a table, those together that say one thing."""
    fixed = (*table.key, *table.parties, *table.required, *SAME[table.name], *_OF_THE_FILE, *_TOGETHER)
    together = tuple(name for name in _TOGETHER if name in table.columns and name not in SAME[table.name])
    # the names are the same in both, so that a code or a place beside one is that of the other
    beside_names = [name for name in table.companions if not name.endswith("_name")]
    alone = [name for name in (*table.columns, *beside_names) if name not in fixed]
    return [together] * bool(together) + [(name,) for name in alone]


def _filled(name: str, group: tuple[str, ...]) -> pl.Expr:
    agree = pl.all_horizontal(
        (pl.col(f"{one}_ways") <= 1) & (pl.col(one) == pl.col(f"{one}_said")).fill_null(value=True) for one in group
    )
    return pl.when(agree).then(pl.coalesce(name, f"{name}_said")).otherwise(pl.col(name)).alias(name)


def _named(name: str, holds: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(pl.lit(name))


def _listed(before: str, names: list[pl.Expr]) -> pl.Expr:
    listed = pl.concat_list(names).list.drop_nulls()
    return pl.when(listed.list.len() > 0).then(pl.lit(f"; {before}") + listed.list.join(", ")).otherwise(pl.lit(""))
