"""Which payment paid for which car, against a reading row by row."""

import re
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import polars as pl
import pytest

from graphkit.trade.paid_sales import paid_sales, passed_over

SALE = {
    "sale_id": pl.String, "row_key": pl.String, "vin": pl.String, "seller_id": pl.String, "buyer_id": pl.String,
    "kind": pl.String, "invoiced_on": pl.Date, "sequence": pl.Int64, "price": pl.Float64, "currency": pl.String,
}  # fmt: skip
PAYMENT = {
    "row_key": pl.String, "payer_id": pl.String, "payee_id": pl.String, "paid_on": pl.Date, "amount": pl.Float64,
    "currency": pl.String, "purpose": pl.String, "sale_id": pl.String,
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
        "currency": "CNY", "purpose": None, "sale_id": None,
    }  # fmt: skip
    return facts | changes


def frames(sales: list[Row], payments: list[Row]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return pl.DataFrame(sales, schema=SALE), pl.DataFrame(payments, schema=PAYMENT)


def tied(sales: list[Row], payments: list[Row]) -> set[tuple[str, str, str]]:
    return set(paid_sales(*frames(sales, payments)).select("vin", "payment_key", "matched_by").rows())


@pytest.mark.parametrize(
    ("changes", "matched_by"),
    [
        ({}, "amount"),
        ({"on": 30}, "amount"),
        ({"on": 31}, None),
        ({"on": -30}, "amount"),
        ({"on": -31}, None),
        ({"amount": 10.01}, "near_amount"),
        ({"amount": 11.0}, "near_amount"),
        ({"amount": 11.01}, None),
        ({"amount": 9.09}, None),
        ({"amount": 9.1}, "near_amount"),
        ({"amount": 11.0, "on": -30}, "near_amount"),
        ({"amount": 11.0, "on": 31}, None),
        ({"currency": None}, None),
        ({"amount": 10.5, "currency": "USD"}, None),
        ({"payer_id": "B"}, None),
        ({"payer_id": "B", "sale_id": "S1"}, "invoice"),
        ({"on": 400, "amount": 1.0, "currency": "USD", "sale_id": "S1"}, "invoice"),
        ({"payee_id": "X", "sale_id": "S1"}, None),
        ({"payer_id": "D", "payee_id": "C", "sale_id": "S1"}, None),
        ({"sale_id": "S2"}, None),
        ({"payer_id": "B", "on": 400, "amount": 1.0, "purpose": "车款lsaaa1134r0111100号"}, "vin"),
        ({"payee_id": "X", "purpose": "LSAAA1134R0111100"}, None),
        ({"purpose": "LSAAA1134R0111100", "sale_id": "S2"}, None),
        ({"purpose": "ALSAAA1134R0111100"}, "amount"),
        ({"purpose": "LSAAA1134R0111101"}, "amount"),
    ],
)
def test_a_payment_pays_where_it_names_invoice_or_car_or_has_parties_time_and_about_the_amount(
    changes: Row, matched_by: str | None
) -> None:
    car = sale(1, 0, vin="LSAAA1134R0111100", price=10.0)
    found = tied([car], [payment(1, changes.pop("on", 0), **{"amount": 10.0} | changes)])
    assert found == ({(car["vin"], "Y1", matched_by)} if matched_by else set())


def test_the_first_retail_invoice_of_a_car_is_the_one_that_is_paid() -> None:
    sales = [sale(1, 5, vin="V"), sale(2, 3, vin="V", kind="wholesale"), sale(3, 9, vin="V", price=7.0)]
    paid = [payment(1, 5), payment(2, 9, amount=7.0), payment(3, 3, sale_id="S2")]
    assert tied(sales, paid) == {("V", "Y1", "amount")}


def test_a_payment_that_names_two_cars_pays_for_neither() -> None:
    one, other = "LSAAA1134R0111100", "LSAAA1236R0222200"
    sales = [sale(1, 0, vin=one), sale(2, 9, vin=other)]
    assert tied(sales, [payment(1, 0, purpose=f"{one} + {other}")]) == set()
    # what names a car is a price of that car only
    assert tied(sales, [payment(1, 9, purpose=f"{one} {one}")]) == {(one, "Y1", "vin")}


def test_names_come_first_then_the_amount_to_the_cent_then_the_nearest_amount_day_and_key() -> None:
    sales = [sale(1, 0, price=10.0), sale(2, 9, price=10.4)]
    # named: the price of one is left for the other
    both = [payment(1, 9, amount=10.4, sale_id="S1"), payment(2, 20, amount=10.0)]
    assert tied(sales, both) == {("V1", "Y1", "invoice"), ("V2", "Y2", "near_amount")}
    # to the cent on day 30 before another amount on the day
    assert tied(sales, [payment(1, 30, amount=10.0), payment(2, 0, amount=10.1)]) == {
        ("V1", "Y1", "amount"), ("V2", "Y2", "near_amount"),
    }  # fmt: skip
    # the nearest amount before the nearest day
    assert tied(sales, [payment(1, 9, amount=10.1)]) == {("V1", "Y1", "near_amount")}
    alike = [sale(1, 0), sale(2, 9)]
    assert tied(alike, [payment(1, 5)]) == {("V2", "Y1", "amount")}
    assert tied(alike, [payment(1, 4)]) == {("V1", "Y1", "amount")}
    assert tied(alike, [payment(1, 4), payment(2, 5)]) == {("V1", "Y1", "amount"), ("V2", "Y2", "amount")}


def test_a_payment_that_may_be_for_an_invoice_without_a_price_is_an_equal_choice() -> None:
    def unpriced(day: int, **changes: Any) -> Row:
        return sale(2, day, price=None, **changes)

    paid = [payment(1, 3)]
    assert tied([sale(1, 0), unpriced(33)], paid) == {("V1", "Y1", "equal_choice")}
    assert tied([sale(1, 0), unpriced(34)], paid) == {("V1", "Y1", "amount")}
    assert tied([sale(1, 0), unpriced(3, buyer_id="B")], paid) == {("V1", "Y1", "amount")}


def test_an_equal_choice_is_told_and_so_is_what_hangs_on_it() -> None:
    assert tied([sale(1, 0), sale(2, 0)], [payment(1, 3)]) == {("V1", "Y1", "equal_choice")}
    assert tied([sale(1, 0), sale(2, 6)], [payment(1, 3)]) == {("V1", "Y1", "equal_choice")}
    assert tied([sale(1, 0)], [payment(1, 3), payment(2, 3)]) == {("V1", "Y1", "equal_choice")}
    assert tied([sale(1, 0), sale(2, 0)], [payment(1, 3), payment(2, 3)]) == {
        ("V1", "Y1", "equal_choice"), ("V2", "Y2", "equal_choice"),
    }  # fmt: skip
    # the second payment takes what the first left, whichever that was
    assert tied([sale(1, 0), sale(2, 0)], [payment(1, 3), payment(2, 9)]) == {
        ("V1", "Y1", "equal_choice"), ("V2", "Y2", "equal_choice"),
    }  # fmt: skip
    # and so does the third, which would have had the car of the second
    assert tied([sale(1, 0), sale(2, 0), sale(3, 30)], [payment(1, 3), payment(2, 14), payment(3, 29)]) == {
        ("V1", "Y1", "equal_choice"), ("V2", "Y2", "equal_choice"), ("V3", "Y3", "amount"),
    }  # fmt: skip


def test_the_account_of_a_fleet_is_paired_by_exact_amounts_in_the_order_of_days() -> None:
    # 317 payments by 316 invoices are more than a hundred thousand pairs; the first and the last amount occur once
    prices = [1000.0, *[2000.0 + at // 2 for at in range(314)], 5000.0]
    sales = [sale(at, at % 20, price=price) for at, price in enumerate(prices)]
    paid = [payment(at, at % 20 + 9, amount=price) for at, price in enumerate(prices)]
    paid.append(payment(999, 3, amount=5001.0))
    found = tied(sales, paid)
    assert {("V0", "Y0", "amount"), ("V315", "Y315", "amount")} <= found
    assert {matched_by for vin, _, matched_by in found if vin not in ("V0", "V315")} == {"equal_choice"}
    # nothing near is weighed in such an account, and nothing later than its time
    assert len(found) == 316 and "Y999" not in {paid for _, paid, _ in found}
    late = [row | {"paid_on": row["paid_on"] + timedelta(22)} for row in paid]
    assert tied(sales, late) == set()
    # one invoice less, and each is weighed against each
    assert ("V314", "Y999", "near_amount") in tied(
        [*sales[:314], sale(314, 3, price=5002.0)], [*paid[:313], *paid[314:315], paid[316]]
    )
    of_another = tied(
        [*sales, sale(1, 0, buyer_id="E", vin="V_E")], [*paid, payment(1001, 0, payer_id="E", amount=9.5)]
    )
    assert ("V_E", "Y1001", "near_amount") in of_another


def test_a_longer_time_and_another_tolerance_are_asked_for() -> None:
    rows = frames([sale(1, 0)], [payment(1, 31)])
    assert paid_sales(*rows, tie_days=31).height == 1
    assert paid_sales(*rows, tie_days=30).height == 0
    rows = frames([sale(1, 0, price=100.0)], [payment(1, 0, amount=105.0)])
    assert paid_sales(*rows, tolerance=0.05).height == 1
    assert paid_sales(*rows, tolerance=0.04).height == 0


def test_what_a_payment_names_is_not_paid_again_by_price() -> None:
    sales, payments = [sale(1, 0), sale(2, 20)], [payment(1, 0, sale_id="S1"), payment(2, 1)]
    assert tied(sales, payments) == {("V1", "Y1", "invoice"), ("V2", "Y2", "amount")}


def test_payments_between_the_parties_of_an_invoice_that_pay_for_none_are_counted() -> None:
    sales = [sale(1, 0), sale(2, 0, kind="wholesale", buyer_id="W")]
    paid = [payment(1, 0), payment(2, 1), payment(3, 90, amount=500.0), payment(4, 0, sale_id="S9")]
    elsewhere = [payment(5, 0, payer_id="B"), payment(6, 0, payer_id="W"), payment(7, 0, payer_id="D", payee_id="C")]
    assert passed_over(*frames(sales, paid + elsewhere)) == 3
    assert passed_over(*frames(sales, paid[:1])) == 0


@pytest.mark.parametrize(("sequences", "paid"), [((2, 1), "S2"), ((1, 1), "S1"), ((1, None), "S2"), ((None, 0), "S1")])
def test_of_one_day_the_invoice_that_comes_first_is_the_one_that_is_paid(
    sequences: tuple[int | None, ...], paid: str
) -> None:
    sales = [sale(number, 0, vin="V", sequence=order) for number, order in enumerate(sequences, start=1)]
    found = paid_sales(pl.DataFrame(sales, schema=SALE), pl.DataFrame([payment(1, 0)], schema=PAYMENT))
    assert found["sale_id"].to_list() == [paid]


ROW = ("vin", "sale_id", "sale_key", "seller_id", "buyer_id", "invoiced_on", "payment_key", "matched_by")
VINS = ("LSAAA1134R0111100", "LSAAA1236R0222200", "LSAAA1338R0333300", "V3", "V4", "V5")


@pytest.mark.parametrize("seed", range(200))
def test_ties_are_those_of_a_plain_reading_in_any_order(seed: int) -> None:
    dice = Random(seed)
    # in every second market all fall on a few days
    days = range(90) if seed % 2 else (0, 1, 30, 31, 61)
    sales = [
        sale(
            number, dice.choice(days), row_key=f"s{number}", vin=dice.choice(VINS), buyer_id=dice.choice("CBD"),
            seller_id=dice.choice("DDE"), kind=dice.choice(("retail", "retail", "wholesale")),
            price=dice.choice((9.0, 8.2, None)), currency=dice.choice(("CNY", None)),
            sequence=dice.choice((None, 0, 1)),
        )
        for number in range(dice.randrange(10))
    ]  # fmt: skip
    payments = [
        payment(
            number, dice.choice(days), payer_id=dice.choice("CB"), payee_id=dice.choice("DDE"),
            amount=dice.choice((9.0, 8.2, 8.5)), currency=dice.choice(("CNY", None)),
            purpose=dice.choice((None, "车款", f"车款{dice.choice(VINS)}", " ".join(VINS[:2]))),
            sale_id=dice.choice((None, None, f"S{dice.randrange(8)}")),
        )
        for number in range(dice.randrange(9))
    ]  # fmt: skip
    expected = plain(sales, payments)
    for _ in range(2):
        found = paid_sales(*frames(sales, payments))
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
    cars = {row["vin"] for row in sales}
    named = {row["row_key"]: cars & set(re.findall("[A-Z0-9]+", row["purpose"] or "")) for row in payments}
    found = []
    for row in payments:
        names = named[row["row_key"]] if row["sale_id"] is None else ()
        for sold in first.values():
            if row["payee_id"] == sold["seller_id"] and row["sale_id"] == sold["sale_id"]:
                found.append((row, sold, "invoice"))
            elif row["payee_id"] == sold["seller_id"] and len(sold["vin"]) == 17 and names == {sold["vin"]}:
                found.append((row, sold, "vin"))
    paid = {sold["vin"] for _, sold, _ in found}
    unnamed = [
        row for row in payments if row["sale_id"] is None and not any(len(car) == 17 for car in named[row["row_key"]])
    ]
    found += settled(unnamed, [row for row in first.values() if row["vin"] not in paid])
    return sorted(
        (sold["vin"], sold["sale_id"], sold["row_key"], sold["seller_id"], sold["buyer_id"], sold["invoiced_on"],
         paid["row_key"], matched_by)
        for paid, sold, matched_by in found
    )  # fmt: skip


def distances(payments: list[Row], invoices: list[Row]) -> dict[tuple[str, str], tuple[float, int]]:
    """How far a payment is from each invoice that it may settle, in money and then in days."""
    found = {}
    for paid, sold in product(payments, invoices):
        ends = (paid["payer_id"], paid["payee_id"], paid["currency"] or "")
        days = abs((paid["paid_on"] - sold["invoiced_on"]).days)
        if ends != (sold["buyer_id"], sold["seller_id"], sold["currency"] or "") or days > 30 or sold["price"] is None:
            continue
        low, high = sorted((paid["amount"], sold["price"]))
        if high <= low * 1.1:
            found[paid["row_key"], sold["row_key"]] = (round(high - low, 4), days)
    return found


def settled(payments: list[Row], invoices: list[Row]) -> list[tuple[Row, Row, str]]:
    """The nearest pair again and again; who might have been in another one is followed from pair to pair."""
    far = distances(payments, invoices)
    unpriced = [
        paid["row_key"]
        for paid, sold in product(payments, invoices)
        if (paid["payer_id"], paid["payee_id"]) == (sold["buyer_id"], sold["seller_id"])
        and sold["price"] is None
        and abs((paid["paid_on"] - sold["invoiced_on"]).days) <= 30
    ]
    left, doubtful, found = dict(far), {}, []
    for step in sorted(set(far.values())):
        now = sorted(pair for pair, distance in left.items() if distance == step)
        for pair in now:
            if pair not in left:
                continue
            is_equal = sum(other[0] == pair[0] or other[1] == pair[1] for other in now) > 1
            is_sure = not is_equal and not any(end in doubtful and doubtful[end] <= step for end in enumerate(pair))
            told = "amount" if is_sure and pair[0] not in unpriced else "equal_choice"
            by = "near_amount" if step[0] else told
            found.append((pair, by))
            if not is_sure:
                # whom either could have been with is in doubt from there on
                for other, distance in far.items():
                    if other[0] == pair[0] or other[1] == pair[1]:
                        for end in enumerate(other):
                            doubtful[end] = min(doubtful.get(end, (9e9, 0)), max(distance, step))
            left = {other: far[other] for other in left if other[0] != pair[0] and other[1] != pair[1]}
    rows = {row["row_key"]: row for row in (*payments, *invoices)}
    return [(rows[paid], rows[sold], by) for (paid, sold), by in found]


@pytest.mark.parametrize("seed", range(100))
def test_what_is_sure_is_so_however_equal_choices_fall(seed: int) -> None:
    dice = Random(seed)
    sales = [sale(n, dice.choice((0, 1, 3, 12, 20))) for n in range(5)]
    payments = [payment(n, dice.choice((0, 2, 4, 12, 20))) for n in range(5)]
    sure = {(sold["row_key"], paid["row_key"]) for paid, sold, by in settled(payments, sales) if by == "amount"}
    for _ in range(20):
        keys = [str(n) for n in dice.sample(range(10), 10)]
        renamed = [row | {"row_key": key} for row, key in zip((*sales, *payments), keys, strict=True)]
        names = dict(zip(keys, [row["row_key"] for row in (*sales, *payments)], strict=True))
        found = paid_sales(*frames(renamed[:5], renamed[5:])).select("sale_key", "payment_key", "matched_by").rows()
        pairs = {(names[sold], names[paid]) for sold, paid, _ in found}
        assert sure <= pairs
        assert {(names[sold], names[paid]) for sold, paid, by in found if by == "amount"} == sure
