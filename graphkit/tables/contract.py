"""What a row must hold beyond readable cells: the contract's rules, a party in each party column, ordered intervals."""

import polars as pl

from graphkit.tables.inputs import Table
from graphkit.tables.lineage import ROW
from graphkit.tables.quarantine import REASONS_SCHEMA

INTERVALS = (
    ("valid_from", "valid_to"),
    ("share_min", "share_max"),
    ("share", "share_high"),
    ("units", "units_high"),
    ("starts_on", "ends_on"),
    ("issued_on", "cancelled_on"),
    ("registered_on", "dissolved_on"),
    ("plated_on", "deregistered_on"),
)
"""Columns of which the first may not lie after the second.

Not among them, because it is honest: a policy cancelled before it starts, a car handed over before its invoice.
"""

_RULES = {
    "nullability": "is required but empty",
    "regex": "has not the form it must have",
    "check__one_of": "is not a word of its list",
    "min": "is below the least allowed value",
    "max": "is above the largest allowed value",
    "inf": "is infinite",
    "nan": "is not a number",
}


def violations(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Every broken rule of every row: source_id, line, piece, ordinal (of the column), column, reason.

    ``rows`` has the columns of ``table.loaded_schema()`` and ``piece``.
    """
    return pl.concat([_broken_rules(table, rows), _missing_parties(table, rows), _reversed_intervals(table, rows)])


def _broken_rules(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    # the place of a row stands in for its line, since several may be of one
    placed = rows.with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64)).select(table.schema.column_names())
    details = table.schema.filter(placed)[1].details()
    rules = [name for name in details.columns if "|" in name]
    if details.is_empty():
        return pl.DataFrame(schema=REASONS_SCHEMA)
    broken = pl.concat(
        [rows.select(pl.col(ROW).gather(details["line"])), details.select(pl.col(rules).cast(pl.String))],
        how="horizontal",
    )
    long = broken.unpivot(index=ROW, variable_name="rule")
    parts = pl.col("rule").str.splitn("|", 2)
    column, rule = parts.struct.field("field_0"), parts.struct.field("field_1")
    return long.filter(pl.col("value") == "invalid").select(
        *ROW,
        ordinal=column.replace_strict(_ordinals(table), default=len(table.columns), return_dtype=pl.Int64),
        column=column,
        reason=pl.format("{}: {}", column, rule.replace_strict(_RULES, default=rule, return_dtype=pl.String)),
    )


def _missing_parties(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    ordinals = _ordinals(table)
    parts = [pl.DataFrame(schema=REASONS_SCHEMA)]
    for column in table.parties:
        name = f"{column.removesuffix('_id')}_name"
        missing = rows.filter(pl.col(column).is_null() & pl.col(name).is_null())
        parts.append(_reasons(missing, ordinals[column], column, f"{column}: neither an id nor a name is given"))
    return pl.concat(parts)


def _reversed_intervals(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    ordinals = _ordinals(table)
    parts = [pl.DataFrame(schema=REASONS_SCHEMA)]
    for first, last in INTERVALS:
        if first in table.columns and last in table.columns:
            wrong = rows.filter(pl.col(first) > pl.col(last), ~_may_come_back(table, last))
            parts.append(_reasons(wrong, ordinals[last], last, f"{last}: lies before {first}"))
    return pl.concat(parts)


def _may_come_back(table: Table, last: str) -> pl.Expr:
    """Whether the end may lie before the begin after all: a car registered again may tell when it was taken off."""
    if (table.name, last) == ("registrations", "deregistered_on"):
        return (pl.col("event") == "re_registration").fill_null(False)
    return pl.lit(False)


def _reasons(rows: pl.DataFrame, ordinal: int, column: str, reason: str) -> pl.DataFrame:
    return rows.select(
        *ROW,
        ordinal=pl.lit(ordinal, dtype=pl.Int64),
        column=pl.lit(column),
        reason=pl.lit(reason),
    )


def _ordinals(table: Table) -> dict[str, int]:
    return {column: ordinal for ordinal, column in enumerate(table.columns)}
