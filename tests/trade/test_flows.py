"""Flows and their shapes against a plain reading of the sales and payments that they are."""

from collections.abc import Iterable, Mapping
from datetime import date
from random import Random
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from graphkit.tables.inputs import SALE_KINDS, TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.trade.flow_shapes import with_shapes
from graphkit.trade.flows import build_flows
from tests.trade.test_flow_shapes import NUMBERS, plain

Row = dict[str, Any]
COLUMNS = tuple(SHAPES["flows"].schema)
PARTIES = ("A", "B", "C", "D", "E", None)


def loaded(name: str, rows: Iterable[Row]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def flows(tables: Mapping[str, pl.DataFrame]) -> list[Row]:
    lazy = {name: nw.from_native(frame.lazy()) for name, frame in tables.items()}
    return SHAPES["flows"].canonical(with_shapes(build_flows(lazy).collect().to_native())).to_dicts()


def read(sales: Iterable[Row], payments: Iterable[Row]) -> list[Row]:
    rows: list[Row] = []
    for row in sales:
        rows.append({
            "source_id": row["seller_id"], "target_id": row["buyer_id"], "kind": row["kind"],
            "on_date": row["invoiced_on"], "vin": row["vin"], "amount": row["price"], "currency": row["currency"],
            "table": "sales", "row_key": row["row_key"],
        })  # fmt: skip
    for row in payments:
        rows.append({
            "source_id": row["payer_id"], "target_id": row["payee_id"], "kind": "payment", "on_date": row["paid_on"],
            "vin": None, "amount": row["amount"], "currency": row["currency"], "table": "payments",
            "row_key": row["row_key"],
        })  # fmt: skip
    known = [row for row in rows if row["source_id"] is not None and row["target_id"] is not None]
    order = ("kind", "source_id", "target_id", "on_date", "table", "row_key")
    known.sort(key=lambda row: [row[name] for name in order])
    shapes = plain([(row["source_id"], row["target_id"], row["kind"], row["on_date"]) for row in known])
    return [row | dict(zip(NUMBERS, numbers, strict=True)) for row, numbers in zip(known, shapes, strict=True)]


def random_books(seed: int) -> tuple[list[Row], list[Row]]:
    dice = Random(seed)

    def day() -> date:
        return date(2024, dice.choice((1, 2, 2, 3)), dice.choice((1, 2, 27, 28, 29)))

    sales = [
        {"row_key": f"s{n}", "seller_id": dice.choice(PARTIES), "buyer_id": dice.choice(PARTIES), "vin": f"V{n % 7}",
         "kind": dice.choice(SALE_KINDS), "invoiced_on": day(), "price": dice.choice((None, 1.5, 2.0)),
         "currency": dice.choice(("CNY", None))}
        for n in range(30)
    ]  # fmt: skip
    payments = [
        {"row_key": f"p{n}", "payer_id": dice.choice(PARTIES), "payee_id": dice.choice(PARTIES), "paid_on": day(),
         "amount": dice.choice((-1.0, 0.0, 7.25)), "currency": dice.choice(("CNY", "USD", None))}
        for n in range(20)
    ]  # fmt: skip
    return sales, payments


@pytest.mark.parametrize("seed", range(12))
def test_a_flow_is_a_sale_or_a_payment_between_two_known_parties(seed: int) -> None:
    tables = dict(zip(("sales", "payments"), map(loaded, ("sales", "payments"), random_books(seed)), strict=True))
    expected = read(*(tables[name].to_dicts() for name in ("sales", "payments")))
    assert flows(tables) == expected
    assert 20 < len(expected) < 50
    assert max(row["scatter_gather"] for row in expected) > 0


def test_flows_told_in_full() -> None:
    sold = {"vin": "V", "price": 9.0, "currency": "CNY", "kind": "wholesale"}
    tables = {
        "sales": loaded("sales", [
            sold | {"row_key": "s1", "seller_id": "M", "buyer_id": "D", "invoiced_on": date(2024, 1, 31)},
            sold | {"row_key": "s2", "seller_id": "D", "buyer_id": "C", "invoiced_on": date(2024, 3, 1),
                    "kind": "retail", "price": None},
            sold | {"row_key": "s3", "seller_id": "D", "buyer_id": None, "invoiced_on": date(2024, 3, 1)},
            sold | {"row_key": "s4", "seller_id": "D", "buyer_id": "D", "invoiced_on": date(2024, 3, 1)},
        ]),
        "payments": loaded("payments", [
            {"row_key": "p1", "payer_id": "C", "payee_id": "D", "paid_on": date(2024, 3, 2), "amount": 8.0},
            {"row_key": "p2", "payer_id": None, "payee_id": "D", "paid_on": date(2024, 3, 2), "amount": 8.0},
        ]),
    }  # fmt: skip
    assert [tuple(row[name] for name in COLUMNS) for row in flows(tables)] == [
        ("C", "D", "payment", date(2024, 3, 2), None, 8.0, None, "payments", "p1", 1, 1, 0),
        ("D", "C", "retail", date(2024, 3, 1), "V", None, "CNY", "sales", "s2", 1, 1, 1),
        ("D", "D", "wholesale", date(2024, 3, 1), "V", 9.0, "CNY", "sales", "s4", 0, 0, 0),
        ("M", "D", "wholesale", date(2024, 1, 31), "V", 9.0, "CNY", "sales", "s1", 1, 1, 1),
    ]
