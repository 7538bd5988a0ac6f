"""Rows that repeat a key: identical ones load once, differing ones not at all."""

import polars as pl

from graphkit.tables.inputs import Table
from graphkit.tables.lineage import LINEAGE
from graphkit.tables.quarantine import IDENTICAL, REASONS_SCHEMA


def repeated(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that a repeated key keeps out: source_id, line, ordinal, column, reason.

    Of identical rows (file and line aside) the one with the smallest source_id and line stays. Where rows of one key
    differ, none stays: which came first would depend on the order of rows.
    """
    repeats = rows.filter(pl.col("row_key").is_duplicated())
    if repeats.is_empty():
        return pl.DataFrame(schema=REASONS_SCHEMA)
    content = [name for name in repeats.columns if name not in LINEAGE]
    repeats = repeats.sort(LINEAGE)
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
        *LINEAGE, ordinal=pl.lit(0, dtype=pl.Int64), column=pl.lit(";".join(table.key)), reason=reason
    )
