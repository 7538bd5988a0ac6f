"""Which circle of money speaks for which car, against a plain reading; and how often chance alone would stand out."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest

from graphkit.algorithms import cycle_threads
from graphkit.detectors import circular_payments
from graphkit.detectors.circular_payments import DETECTOR, detect
from graphkit.facts.money_circles import facts_of
from graphkit.model import Market
from graphkit.scores.against_shuffles import against_shuffles
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.trade import circles
from graphkit.trade.money_rounds import circles_of, dealt, rounds_of

pytestmark = pytest.mark.no_cover

START = date(2025, 1, 1)
DEALERS, OTHERS = ("D1", "D2"), ("C1", "C2", "C3", "X1")
PURPOSES = ("咨询费", "市场推广费", "service", None, "loan", "退款", "transfer 3")
LAWFUL = {"loan": "floor_plan", "退款": "refund"}
SILENT = (None, "transfer 3")
Row = dict[str, Any]


def random_books(
    seed: int, payments: int = 26, purposes: tuple[str | None, ...] = PURPOSES
) -> tuple[list[Row], list[Row]]:
    """Retail sales of two dealers with their prices paid, and other payments of like amounts."""
    dice = Random(seed)

    def day() -> date:
        return START + timedelta(dice.randrange(150))

    sales, paid = [], []
    for number in range(8):
        seller, buyer, on = dice.choice(DEALERS), dice.choice(OTHERS), day()
        price = dice.choice((100.0, 104.0, 150.0))
        sales.append(
            {"sale_id": f"S{number}", "vin": f"V{number}", "seller_id": seller, "buyer_id": buyer, "kind": "retail",
             "invoiced_on": on, "price": price, "currency": "CNY"}
        )  # fmt: skip
        paid.append((buyer, seller, on + timedelta(dice.randrange(3)), price, "车款", f"S{number}"))
    for _ in range(payments):
        payer, payee = dice.sample((*DEALERS, *OTHERS), 2)
        paid.append((payer, payee, day(), dice.choice((98.0, 102.0, 110.0, 148.0)), dice.choice(purposes), None))
    names = ("payer_id", "payee_id", "paid_on", "amount", "purpose", "sale_id")
    rows = [dict(zip(names, row, strict=True)) | {"currency": "CNY"} for row in paid]
    return sales, [row | {"payment_id": f"Y{number:02}"} for number, row in enumerate(rows)]


def table(name: str, rows: list[Row]) -> pl.DataFrame:
    key = TABLES[name].key[0]
    schema = TABLES[name].empty().schema
    return pl.DataFrame([row | {"row_key": row[key]} for row in rows], schema=schema)


def market(sales: list[Row], payments: list[Row], stubs: tuple[str, ...] = ()) -> Market:
    def lazy(frame: pl.DataFrame) -> nw.LazyFrame[Any]:
        return nw.from_native(frame.lazy())

    who = [
        {"party_id": party, "canonical_id": party, "kind": "company", "is_stub": party in stubs, "is_undecided": False}
        for party in (*DEALERS, *OTHERS)
    ]
    tables = {name: lazy(contract.empty()) for name, contract in TABLES.items()}
    tables |= {"sales": lazy(table("sales", sales)), "payments": lazy(table("payments", payments))}
    shapes = {
        name: lazy(SHAPES[name].empty()) for name in ("ledger", "flows", "control", "relations", "proofs", "shadows")
    }
    # two companies of one group, one of which money of the first dealer reaches
    groups = [{"party_id": party, "group_id": "G"} for party in ("D1", "X1")]
    return Market(
        tables=tables,
        identities=lazy(SHAPES["identities"].canonical(pl.DataFrame(who, schema=dict(SHAPES["identities"].schema)))),
        groups=lazy(pl.DataFrame(groups, schema=dict(SHAPES["groups"].schema))),
        undone=lazy(pl.DataFrame()),
        coverage=Coverage(),
        regime="ias24",
        as_of=date(2025, 12, 31),
        **shapes,
    )


def plain(given: Market) -> dict[str, tuple[str, str | None]]:
    """The verdict and look-alike of each car, circle by circle: flagged first, then first in, first out, none twice."""
    payments = {row["row_key"]: row for row in given.tables["payments"].collect().to_native().iter_rows(named=True)}
    sold = {row["sale_id"]: row["vin"] for row in given.tables["sales"].collect().to_native().iter_rows(named=True)}
    stubs = set(given.identities.filter(nw.col("is_stub")).collect().to_native()["party_id"])
    frame = given.tables["payments"].collect().to_native()
    listed = circles.circles(
        circles.of_payments(frame), given.groups.collect().to_native(), circles.Bounds(tolerance=0.1)
    )
    candidates = []
    for _, steps in listed.group_by("circle", maintain_order=True):
        keys = steps["row_key"].to_list()
        rows = [payments[key] for key in keys]
        cars = [sold[row["sale_id"]] for row in rows if row["sale_id"]]
        if not cars:
            continue
        lawful = sorted(LAWFUL[row["purpose"]] for row in rows if row["purpose"] in LAWFUL)
        is_open = bool(stubs & {*steps["from_id"], *steps["to_id"]}) or not steps["is_ordered"][0]
        is_silent = any(row["purpose"] in SILENT and not row["sale_id"] for row in rows)
        verdict = "explained" if lawful else "indeterminate" if is_open or is_silent else "flagged"
        rank = ("flagged", "indeterminate", "explained").index(verdict)
        days = steps["on_date"].to_list()
        candidates.append((rank, min(days), max(days), "|".join(keys), verdict, lawful, cars, keys))
    used: set[str] = set()
    found: dict[str, tuple[str, str | None]] = {}
    for *_, verdict, lawful, cars, keys in sorted(candidates, key=lambda one: one[:4]):
        if not used & set(keys):
            used |= set(keys)
            for car in cars:
                found.setdefault(car, (verdict, lawful[0] if lawful else None))
    return found


@pytest.mark.parametrize("seed", range(60))
def test_each_car_has_the_verdict_of_a_plain_reading(seed: int) -> None:
    given = market(*random_books(seed), stubs=("C3",) if seed % 3 == 0 else ())
    outcome = detect(given, replace(DETECTOR.settings, draws=1))
    hits = outcome.hits.collect().to_native()
    assert {row["subject_id"]: (row["verdict"], row["look_alike"]) for row in hits.iter_rows(named=True)} == plain(
        given
    )
    exposure = outcome.exposure.collect().to_native()
    assert exposure["tested"].sum() == 8
    assert exposure["flagged"].sum() == hits.filter(verdict="flagged").height


def test_the_plain_readings_see_every_verdict() -> None:
    seen = [verdict for seed in range(60) for verdict, _ in plain(market(*random_books(seed))).values()]
    assert min(seen.count(word) for word in ("flagged", "explained", "indeterminate")) >= 20


def test_of_a_car_with_two_prices_on_circles_the_flagged_circle_speaks_and_then_the_first() -> None:
    names = ("sale_id", "vin", "seller_id", "buyer_id", "invoiced_on")
    sold = [("S0", "V0", "D1", "C1", START), ("S1", "V1", "D2", "C2", START), ("S2", "V2", "D1", "C3", START)]
    sales = [dict(zip(names, row, strict=True)) | {"kind": "retail", "currency": "CNY"} for row in sold]
    paid = [
        # the price goes out first and comes back as a loan, the second one comes with the seller's own money
        ("C1", "D1", 0, 100.0, "车款", "S0"), ("D1", "C1", 2, 100.0, "loan", None),
        ("D1", "C1", 30, 300.0, "咨询费", None), ("C1", "D1", 35, 300.0, "车款", "S0"),
        # a price needs no purpose
        ("C2", "D2", 10, 500.0, None, "S1"), ("D2", "C2", 12, 500.0, "咨询费", None),
        ("D2", "C2", 40, 700.0, "咨询费", None), ("C2", "D2", 45, 700.0, "车款", "S1"),
        ("D1", "C3", 10, 900.0, "咨询费", None), ("C3", "D1", 12, 900.0, "车款", "S2"),
        ("C3", "D1", 40, 600.0, "车款", "S2"), ("D1", "C3", 45, 600.0, "咨询费", None),
    ]  # fmt: skip
    payments = [
        {"payment_id": f"Y{number:02}", "payer_id": payer, "payee_id": payee, "paid_on": START + timedelta(day),
         "amount": amount, "currency": "CNY", "purpose": purpose, "sale_id": sale}
        for number, (payer, payee, day, amount, purpose, sale) in enumerate(paid)
    ]  # fmt: skip
    outcome = detect(market(sales, payments), replace(DETECTOR.settings, draws=1))
    hits = outcome.hits.collect().to_native().sort("subject_id")
    assert hits.select("subject_id", "verdict", "look_alike", "value").rows() == [
        ("V0", "flagged", None, 300.0), ("V1", "flagged", None, 500.0), ("V2", "flagged", None, 900.0),
    ]  # fmt: skip
    rows = outcome.evidence.collect().to_native().sort("subject_id", "ordinal")
    assert [key for key in rows["row_key"] if key.startswith("Y")] == ["Y02", "Y03", "Y04", "Y05", "Y08", "Y09"]


def test_a_draw_counts_no_price_that_is_not_sure() -> None:
    # one price is paid with another: of the first the payment names the invoice, of the second only the amount is near
    names = ("sale_id", "vin", "seller_id", "buyer_id", "price")
    sold = [("S0", "V0", "D1", "D2", 500.0), ("S1", "V1", "D2", "D1", 505.0)]
    common = {"kind": "retail", "currency": "CNY", "invoiced_on": START}
    sales = [dict(zip(names, row, strict=True)) | common for row in sold]
    paid = [("D1", "D2", 2, None), ("D2", "D1", 8, "S0")]
    payments = [
        {"payment_id": f"Y{at}", "payer_id": payer, "payee_id": payee, "paid_on": START + timedelta(day),
         "amount": 500.0, "currency": "CNY", "purpose": "车款", "sale_id": sale}
        for at, (payer, payee, day, sale) in enumerate(paid)
    ]  # fmt: skip
    given = market(sales, payments)
    hits = detect(given, replace(DETECTOR.settings, draws=1)).hits.collect().to_native().sort("subject_id")
    assert hits.select("subject_id", "verdict").rows() == [
        ("V0", "flagged"),
        ("V1", "indeterminate"),
    ]
    sales_read, read = (given.tables[name].collect().to_native() for name in ("sales", "payments"))
    rounds = rounds_of(read, given.groups.collect().to_native())
    prices = circular_payments.paid_sales(sales_read, read)
    facts = facts_of(rounds, prices, sales_read, given)
    units = prices.select("vin", unit_id="vin").unique()
    drawn = circular_payments._counts(rounds, rounds.payees[None, :], facts, units, DETECTOR.settings)
    assert drawn.rows() == [("V0", 0, 1)]


def test_rows_in_another_order_give_the_same_draws() -> None:
    sales, payments = random_books(1, purposes=("咨询费",))
    one, other = (
        detect(market(sales, rows), replace(DETECTOR.settings, draws=20)) for rows in (payments, payments[::-1])
    )
    assert one.shuffled is not None and other.shuffled is not None
    drawn = [outcome.shuffled.collect().to_native().sort("unit_id", "draw") for outcome in (one, other)]
    assert drawn[0].equals(drawn[1]) and drawn[0].height > 0


def test_circles_beyond_number_clear_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sales, payments = random_books(1, purposes=("咨询费",))
    monkeypatch.setattr(cycle_threads, "MOST_WORK", 1)
    exposure = detect(market(sales, payments), DETECTOR.settings).exposure.collect().to_native()
    assert exposure["indeterminate"].sum() == exposure["tested"].sum() == 8


def many_books(markets: int) -> Market:
    """Small innocent markets side by side, each with parties and a currency of its own: none deals with another."""
    sales: list[Row] = []
    payments: list[Row] = []
    for seed in range(markets):
        own = {"currency": f"X{seed}"}
        sold, paid = random_books(seed, payments=14, purposes=("咨询费",))
        ids = ("sale_id", "vin", "seller_id", "buyer_id", "payment_id", "payer_id", "payee_id")
        for rows, every in ((sold, sales), (paid, payments)):
            every += [
                {name: f"{seed}/{value}" if name in ids and value else value for name, value in row.items()} | own
                for row in rows
            ]
    return market(sales, payments)


@cache
def p_of_shuffled_markets(markets: int = 250, draws: int = 99) -> np.ndarray:
    """One p a market in which who receives what is chance: a draw is taken for the truth, the others judge it."""
    given = many_books(markets)
    sales, payments = (given.tables[name].collect().to_native() for name in ("sales", "payments"))
    rounds = rounds_of(payments, given.groups.collect().to_native())
    paid = circular_payments.paid_sales(sales, payments)
    facts = facts_of(rounds, paid, sales, given)
    facts = replace(facts, parties=facts.parties.with_columns(is_open=pl.lit(False)))
    units = paid.select("vin", unit_id=pl.col("vin").str.split("/").list.first())
    counts, drawn = [], 0
    for payees in dealt(rounds, draws + 1):
        found = circular_payments._counts(rounds, payees, facts, units, DETECTOR.settings)
        counts.append(found.with_columns(pl.col("draw") + drawn))
        drawn += len(payees)
    every = pl.concat(counts)
    truth = every.filter(pl.col("draw") == 0).select("unit_id", "flagged")
    tests = units.group_by("unit_id").agg(n=pl.len()).join(truth, on="unit_id", how="left").fill_null(0)
    return against_shuffles(tests.sort("unit_id"), every.filter(pl.col("draw") > 0), draws)["p"].to_numpy()


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
def test_in_shuffled_innocent_markets_small_p_are_no_more_frequent_than_they_say(alpha: float) -> None:
    p = p_of_shuffled_markets()
    assert (p <= alpha).mean() <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / len(p))


def test_the_shuffled_markets_do_have_circles() -> None:
    p = p_of_shuffled_markets()
    assert (p < 1).mean() > 0.3
    assert (p <= 0.1).any()


def test_draws_have_the_circles_of_markets_so_dealt() -> None:
    given = market(*random_books(7))
    payments = given.tables["payments"].collect().to_native()
    groups = given.groups.collect().to_native()
    rounds = rounds_of(payments, groups)
    payees = next(iter(dealt(rounds, 6)))

    def find(steps: circles.Steps, homes: pl.DataFrame) -> pl.DataFrame:
        return circles.ordered_circles(steps, homes, circles.Bounds(tolerance=0.1))

    together = circles_of(rounds, payees, find).sort("draw", "circle", "step")
    assert together["draw"].n_unique() > 1
    for draw, dealt_to in enumerate(payees):
        names = rounds.rows.with_columns(payee_id=rounds.parties[dealt_to])
        alone = circles.ordered_circles(circles.of_payments(names), groups, circles.Bounds(tolerance=0.1))
        one = together.filter(pl.col("draw") == draw)
        keys = one.with_columns(key=rounds.rows["row_key"][one["number"]]).group_by("circle", maintain_order=True)
        assert {tuple(rows["key"]) for _, rows in keys} == {
            tuple(rows["row_key"]) for _, rows in alone.group_by("circle", maintain_order=True)
        }
