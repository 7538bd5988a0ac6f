"""Rows that repeat a key: identical ones load once, differing ones not at all; and one event in two files."""

from collections.abc import Mapping, Sequence

import polars as pl

from graphkit.tables.inputs import Table
from graphkit.tables.lineage import ROW
from graphkit.tables.quarantine import IDENTICAL, REASONS_SCHEMA


def repeated(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that a repeated key keeps out: source_id, line, piece, ordinal, column, reason.

    Of identical rows (file and line aside) the one with the smallest source_id and line stays. Where rows of one key
    differ, none stays: which came first would depend on the order of rows.
    """
    repeats = rows.filter(pl.col("row_key").is_duplicated())
    if repeats.is_empty():
        return pl.DataFrame(schema=REASONS_SCHEMA)
    content = [name for name in repeats.columns if name not in ROW]
    repeats = repeats.sort(ROW)
    variants = repeats.unique(content).group_by("row_key").agg(variants=pl.len())
    judged = repeats.join(variants, on="row_key").with_columns(
        place=pl.int_range(pl.len()).over("row_key"),
        differs=pl.col("variants") > 1,
    )
    key = ", ".join(table.key)
    reason = (
        pl.when("differs").then(pl.lit(f"the key {key} is repeated with other content")).otherwise(pl.lit(IDENTICAL))
    )
    return judged.filter(pl.col("differs") | (pl.col("place") > 0)).select(
        *ROW, ordinal=pl.lit(0, dtype=pl.Int64), column=pl.lit(";".join(table.key)), reason=reason
    )


SAME: Mapping[str, tuple[str, ...]] = {
    "sales": ("vin", "invoiced_on", "kind", "seller_id", "buyer_id"),
    "payments": ("paid_on", "amount", "payer_id", "payee_id"),
}
"""What makes two rows of different files one event, whatever their numbers: a dealer's own list repeats invoices that
the tax office has, and the banks of both sides record one payment."""

PAIRS_SCHEMA = {"source_id": pl.String(), "line": pl.Int64(), "piece": pl.Int64(), "kept_key": pl.String()}


def recorded_twice(table: Table, rows: pl.DataFrame, shared: pl.DataFrame, numbered: Sequence[str]) -> pl.DataFrame:
    """The rows that record what a row of another file records, each with the key of that row: ``PAIRS_SCHEMA``.

    Rows of one file are never one event. Of n equal rows in one file and m in another, max(n, m) stay; that with most
    filled cells stays, then that of the smallest source_id. ``rows`` have each key once; ``shared`` are the keys that
    several files have (row_key, source_id), whose row stands in each of these. ``numbered`` are the sources that have
    no ids of their own, but numbers of an office or none: two files with ids say themselves what is one.
    """
    same = SAME.get(table.name)
    if same is None or rows["source_id"].n_unique() < 2:
        return pl.DataFrame(schema=PAIRS_SCHEMA)
    sides = {name: f"{name.removesuffix('_id')}_name" for name in same if name in table.parties}
    # a party that has an id in one file and a name in another is not compared: that is judged later
    facts = [pl.coalesce(sides[name], name).alias(name) if name in sides else pl.col(name) for name in same]
    content = [name for name in rows.columns if name not in ROW]
    told = (
        rows.select(*ROW, "row_key", *facts, filled=pl.sum_horizontal(pl.col(content).is_not_null().cast(pl.Int32)))
        .filter(pl.struct(same).is_duplicated())
        .filter(pl.all_horizontal(pl.col(same).is_not_null()))
    )
    files = pl.concat([told.select("row_key", "source_id"), shared.select("row_key", "source_id")]).unique()
    held = told.select("row_key", *same).join(files, on="row_key").sort("row_key", "source_id")
    held = held.with_columns(nth=pl.int_range(pl.len()).over("source_id", *same))
    held = held.with_columns(nth=pl.col("nth").max().over("row_key"))
    # two rows of one file are two events, whatever other files make of their order
    is_one = (pl.col("row_key").n_unique().over("source_id", *same, "nth") == 1).all().over(*same, "nth")
    numbers = held.with_columns(is_one=is_one).select("row_key", "nth", "is_one").unique()
    told = (
        told.join(numbers, on="row_key")
        .sort("filled", *ROW, descending=[True, False, False, False])
        .with_columns(
            place=pl.int_range(pl.len()).over(*same, "nth"), kept_key=pl.col("row_key").first().over(*same, "nth")
        )
    )
    is_numbered = pl.col("source_id").is_in(list(numbered)).any().over(*same, "nth")
    return told.filter((pl.col("place") > 0) & is_numbered & pl.col("is_one")).select(*PAIRS_SCHEMA)
