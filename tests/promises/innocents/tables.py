"""The rows of a drawn market as tables: with keys, dates and currency, what clerks did to them, and what they cover."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES
from tests.promises.innocents import span
from tests.promises.innocents.market import Market

REGISTERS = ("parties", "ownership", "positions")

EXTRACTS = (
    "ownership", "positions", "sales", "policies", "endorsements", "registrations", "odometer", "exports", "claims",
    "declared_stock", "payments",
)  # fmt: skip
"""What was asked for; an extract may come without a row."""


def tables_of(market: Market) -> Mapping[str, pl.DataFrame]:
    return {name: _table(market, name) for name in TABLES if name in (*market.rows, *REGISTERS)}


def coverage() -> tuple[Span, ...]:
    """Every extract is complete; registers of companies are as of the last day."""
    first, last = _as_date(span.COVERED_FROM), _as_date(span.COVERED_TO)
    return tuple(
        Span(name, as_of=last) if TABLES[name].dated is None else Span(name, first, last, complete=True, confirmed=True)
        for name in EXTRACTS
    )


def _as_date(number: int) -> date:
    return span.EPOCH + timedelta(days=number)


def _table(market: Market, name: str) -> pl.DataFrame:
    rows = market.registers.rows(name) if name in REGISTERS else pl.concat(market.rows[name], how="diagonal_relaxed")
    table = TABLES[name]
    if name == "endorsements":
        first = _table(market, "policies").unique("vin", keep="first", maintain_order=True)
        rows = rows.join(first.select("vin", "policy_id"), on="vin", maintain_order="left")
    if name == "payments":
        at = _dates(pl.col("paid_on")).cast(pl.Datetime("us")) + pl.duration(hours="hour")
        rows = rows.with_columns(paid_at=at)
    if name in ("sales", "payments"):
        rows = rows.with_columns(currency=pl.lit("CNY"))
    rows = _numbered(name, rows)
    if table.dated is not None:
        rows = rows.filter(pl.col(table.dated) <= span.COVERED_TO)
    columns = [column for column in table.columns if column in rows.columns]
    days = [column for column in columns if table.columns[column].dtype == pl.Date]
    return _as_clerks_wrote(market, name, rows.select(columns).with_columns(_dates(pl.col(days))))


def _numbered(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """With a key of their own: ``S1``, ``S2``, … where they have none yet."""
    key = TABLES[name].key
    if len(key) > 1 or name in REGISTERS or not key[0].endswith("_id"):
        return rows
    number = pl.format("{}{}", pl.lit(name[0].upper()), pl.int_range(pl.len()))
    return rows.with_columns(pl.coalesce(key[0], number) if key[0] in rows.columns else number.alias(key[0]))


def _dates(days: pl.Expr) -> pl.Expr:
    return days.cast(pl.Int32).cast(pl.Date)


def _as_clerks_wrote(market: Market, name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """With the numbers that were mistyped and the rows that were sent twice."""
    if name not in ("sales", "policies", "registrations"):
        return rows
    wrong = market.mistyped[name]
    is_wrong = pl.col("vin").is_in(list(wrong))
    if name == "sales":
        is_wrong &= pl.col("kind") == "retail"
    if wrong:
        rows = rows.with_columns(vin=pl.when(is_wrong).then(pl.col("vin").replace(wrong)).otherwise("vin"))
    return pl.concat([rows, rows.filter(pl.col("vin").is_in(market.twice))])
