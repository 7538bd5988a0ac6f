"""Which payment paid for which car, against a reading row by row."""

from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from graphkit.trade.paid_sales import paid_sales

SALE = {
    "sale_id": pl.String, "row_key": pl.String, "vin": pl.String, "seller_id": pl.String, "buyer_id": pl.String,
    "kind": pl.String, "invoiced_on": pl.Date, "sequence": pl.Int64, "price": pl.Float64, "currency": pl.String,
}  # fmt: skip
PAYMENT = {
    "row_key": pl.String, "payer_id": pl.String, "payee_id": pl.String, "paid_on": pl.Date, "amount": pl.Float64,
    "currency": pl.String, "sale_id": pl.String,
}  # fmt: skip
START = date(2025, 1, 1)
Row = dict[str, Any]


def sale(number: int, on: int, **changes: Any) -> Row:
    facts: Row = {
        "sale_id": f"S{number}", "row_key": f"S{number}", "vin": f"V{number}", "seller_id": "D", "buyer_id": "C",
        "kind": "retail", "invoiced_on": START + timedelta(on), "sequence": None, "price": 9.0, "currency": "CNY",
    }  # fmt: skip
    return facts | changes


def payment(number: int, on: int, **changes: Any) -> Row:
    facts: Row = {
        "row_key": f"Y{number}", "payer_id": "C", "payee_id": "D", "paid_on": START + timedelta(on), "amount": 9.0,
        "currency": "CNY", "sale_id": None,
    }  # fmt: skip
    return facts | changes


def tied(sales: list[Row], payments: list[Row]) -> set[tuple[str, str]]:
    found = paid_sales(pl.DataFrame(sales, schema=SALE), pl.DataFrame(payments, schema=PAYMENT))
    return set(found.select("vin", "payment_key").rows())


@pytest.mark.parametrize(
    ("changes", "is_tied"),
    [
        ({}, True),
        ({"on": 30}, True),
        ({"on": 31}, False),
        ({"on": -30}, True),
        ({"on": -31}, False),
        ({"amount": 9.01}, False),
        ({"currency": None}, False),
        ({"payer_id": "B"}, False),
        ({"payer_id": "B", "sale_id": "S1"}, True),
        ({"on": 400, "amount": 1.0, "currency": "USD", "sale_id": "S1"}, True),
        ({"payee_id": "X", "sale_id": "S1"}, False),
        ({"payer_id": "D", "payee_id": "C", "sale_id": "S1"}, False),
        ({"sale_id": "S2"}, False),
    ],
)
def test_a_payment_pays_where_it_names_the_invoice_or_has_its_parties_amount_and_time(
    changes: Row, is_tied: bool
) -> None:
    found = tied([sale(1, 0)], [payment(1, changes.pop("on", 0), **changes)])
    assert found == ({("V1", "Y1")} if is_tied else set())


def test_the_first_retail_invoice_of_a_car_is_the_one_that_is_paid() -> None:
    sales = [sale(1, 5, vin="V"), sale(2, 3, vin="V", kind="wholesale"), sale(3, 9, vin="V", price=7.0)]
    assert tied(sales, [payment(1, 5), payment(2, 9, amount=7.0), payment(3, 3, sale_id="S2")]) == {("V", "Y1")}


def test_alike_payments_of_a_day_pay_for_one_car_each() -> None:
    assert tied([sale(1, 0), sale(2, 0)], [payment(1, 3), payment(2, 3)]) == {("V1", "Y1"), ("V2", "Y2")}
    assert tied([sale(1, 0), sale(2, 0)], [payment(1, 3)]) == {("V1", "Y1")}


def test_a_longer_time_is_asked_for_by_its_days() -> None:
    rows = pl.DataFrame([sale(1, 0)], schema=SALE), pl.DataFrame([payment(1, 31)], schema=PAYMENT)
    assert paid_sales(*rows, tie_days=31).height == 1
    assert paid_sales(*rows, tie_days=30).height == 0


def test_what_a_payment_names_is_not_paid_again_by_price() -> None:
    sales, payments = [sale(1, 0), sale(2, 20)], [payment(1, 0, sale_id="S1"), payment(2, 1)]
    assert tied(sales, payments) == {("V1", "Y1"), ("V2", "Y2")}


@pytest.mark.parametrize(("sequences", "paid"), [((2, 1), "S2"), ((1, 1), "S1"), ((1, None), "S2"), ((None, 0), "S1")])
def test_of_one_day_the_invoice_that_comes_first_is_the_one_that_is_paid(
    sequences: tuple[int | None, ...], paid: str
) -> None:
    sales = [sale(number, 0, vin="V", sequence=order) for number, order in enumerate(sequences, start=1)]
    found = paid_sales(pl.DataFrame(sales, schema=SALE), pl.DataFrame([payment(1, 0)], schema=PAYMENT))
    assert found["sale_id"].to_list() == [paid]


@pytest.mark.parametrize(("later", "paid"), [(30, "V1"), (31, "V2")])
def test_the_oldest_invoice_is_paid_first_but_none_that_nothing_follows_in_time(later: int, paid: str) -> None:
    assert tied([sale(1, 0), sale(2, later)], [payment(1, later)]) == {(paid, "Y1")}


ROW = ("vin", "sale_id", "sale_key", "seller_id", "buyer_id", "invoiced_on", "payment_key")


@pytest.mark.parametrize("seed", range(200))
def test_ties_are_those_of_a_plain_reading_in_any_order(seed: int) -> None:
    dice = Random(seed)
    # in every second market all fall on a few days
    days = range(90) if seed % 2 else (0, 1, 30, 31, 61)
    sales = [
        sale(
            number, dice.choice(days), row_key=f"s{number}", vin=f"V{dice.randrange(6)}", buyer_id=dice.choice("CBD"),
            seller_id=dice.choice("DDE"), kind=dice.choice(("retail", "retail", "wholesale")),
            price=dice.choice((9.0, 8.0, None)), currency=dice.choice(("CNY", None)),
            sequence=dice.choice((None, 0, 1)),
        )
        for number in range(dice.randrange(10))
    ]  # fmt: skip
    payments = [
        payment(
            number, dice.choice(days), payer_id=dice.choice("CB"), payee_id=dice.choice("DDE"),
            amount=dice.choice((9.0, 8.0)), currency=dice.choice(("CNY", None)),
            sale_id=dice.choice((None, None, f"S{dice.randrange(8)}")),
        )
        for number in range(dice.randrange(9))
    ]  # fmt: skip
    expected = plain(sales, payments)
    for _ in range(2):
        found = paid_sales(pl.DataFrame(sales, schema=SALE), pl.DataFrame(payments, schema=PAYMENT))
        assert found.rows() == expected
        dice.shuffle(sales)
        dice.shuffle(payments)
    assert tuple(found.columns) == ROW


def plain(sales: list[Row], payments: list[Row]) -> list[tuple[Any, ...]]:
    first: dict[str, Row] = {}
    # of one day, what has no number comes first
    order = lambda row: (row["invoiced_on"], -1 if row["sequence"] is None else row["sequence"], row["sale_id"])  # noqa: E731
    for row in sorted(sales, key=order):
        if row["kind"] == "retail" and row["seller_id"] != row["buyer_id"]:
            first.setdefault(row["vin"], row)
    invoices = {row["sale_id"]: row for row in first.values()}
    found = [
        (row, invoices[row["sale_id"]])
        for row in payments
        if row["sale_id"] in invoices and row["payee_id"] == invoices[row["sale_id"]]["seller_id"]
    ]
    paid = {invoice["vin"] for _, invoice in found}
    open_invoices = [row for row in first.values() if row["vin"] not in paid]
    unnamed = [row for row in payments if row["sale_id"] is None]
    for alike in {kind(row) for row in (*open_invoices, *unnamed)} - {None}:
        found += settled(
            [row for row in unnamed if kind(row) == alike], [row for row in open_invoices if kind(row) == alike]
        )
    return sorted(
        (sold["vin"], sold["sale_id"], sold["row_key"], sold["seller_id"], sold["buyer_id"], sold["invoiced_on"],
         paid["row_key"])
        for paid, sold in found
    )  # fmt: skip


def kind(row: Row) -> tuple[Any, ...] | None:
    """What an invoice and its payment have in common; none without an amount."""
    amount = row["price"] if "price" in row else row["amount"]
    ends = [row.get(sold) or row.get(paid) for sold, paid in (("buyer_id", "payer_id"), ("seller_id", "payee_id"))]
    return None if amount is None else (*ends, amount, row["currency"] or "")


def settled(payments: list[Row], invoices: list[Row]) -> list[tuple[Row, Row]]:
    """The first with the first of each spell, the second with the second, if near in time."""
    events = sorted(
        [(row["paid_on"], 1, row["row_key"], row) for row in payments]
        + [(row["invoiced_on"], 0, row["sale_id"], row) for row in invoices],
        key=lambda event: event[:3],
    )
    found, spell, before = [], ([], []), None
    for on, is_payment, _, row in [*events, (date(2999, 1, 1), 0, "", {})]:
        if before and (on - before).days > 30:
            found += list(zip(*spell[::-1], strict=False))
            spell = ([], [])
        spell[is_payment].append(row)
        before = on
    return [pair for pair in found if abs((pair[0]["paid_on"] - pair[1]["invoiced_on"]).days) <= 30]
