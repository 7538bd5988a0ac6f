"""Tiers side by side: a sale counts under the strongest tier of its day, and under nothing that is not proven."""

from datetime import date

import polars as pl

from graphkit.parties.tiers import tiers
from graphkit.tables.outputs import SHAPES

JANUARY, MARCH = date(2025, 1, 15), date(2025, 3, 15)


def sales(*rows: tuple[str, str, str, date, str]) -> pl.DataFrame:
    columns = ("vin", "seller_id", "buyer_id", "invoiced_on", "kind")
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    # of one day the last row is the first sale
    return frame.with_columns(sale_id=pl.format("S{}", pl.int_range(pl.len())), sequence=pl.int_range(pl.len(), 0, -1))


def relations(*rows: tuple[str, str, str, float, date | None, date | None]) -> pl.DataFrame:
    columns = ("party_a", "tier", "verdict", "weight", "valid_from", "valid_to")
    types = {name: SHAPES["relations"].schema[name] for name in columns}
    # the words of the rules stand in another order than their tiers
    words = {"A": "R1", "B": "legal_representative", "C": "address"}
    rule = pl.col("tier").replace_strict(words)
    return pl.DataFrame(rows, schema=types, orient="row").with_columns(rule=rule, party_b=pl.lit("Z/1"))


def test_the_strongest_proven_tier_of_the_invoice_day_counts() -> None:
    sold = sales(
        ("v1", "Z/1", "A", JANUARY, "retail"),
        ("v2", "Z/1", "B", JANUARY, "retail"),
        ("v3", "Z/1", "C", JANUARY, "retail"),
        ("v4", "Z/1", "D", JANUARY, "retail"),
        ("v5", "Z/1", "A", MARCH, "retail"),
        # sold before, a trade between dealers, and a sale of somebody without relations
        ("v1", "Z/1", "A", MARCH, "retail"),
        ("v6", "Z/1", "A", JANUARY, "wholesale"),
        ("v7", "Y", "A", JANUARY, "retail"),
        ("v8", "Z/1", "A", JANUARY, "retail"),
        ("v8", "Y", "A", JANUARY, "retail"),
        # an invoice to oneself, of two ids that are one party, stands for no sale
        ("v5", "Z/1", "Z/1", JANUARY, "retail"),
    )
    held = relations(
        ("A", "A", "proven", 1.0, JANUARY, JANUARY),
        ("A", "B", "proven", 1.0, None, None),
        ("A", "C", "proven", 0.5, None, None),
        ("B", "A", "possible", 1.0, None, None),
        ("B", "B", "proven", 1.0, None, None),
        ("C", "C", "proven", 0.25, None, None),
    )
    columns = ("unit_id", "month", "sold", "related_a", "related_ab", "related_abc", "weighted_abc")
    assert tiers(sold, held).select(columns).rows() == [
        ("dealer_month/Z%2F1/2025-01", "2025-01", 4, 1, 2, 3, 2.25),
        ("dealer_month/Z%2F1/2025-03", "2025-03", 1, 0, 1, 1, 1.0),
        ("party/Z%2F1", None, 5, 1, 3, 4, 3.25),
    ]


def test_nothing_related_gives_no_row() -> None:
    assert tiers(sales(("v1", "Z/1", "A", JANUARY, "retail")), relations()).equals(SHAPES["tiers"].empty())
