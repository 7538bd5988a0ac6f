"""The planted circle of money and its shell buyer, and the honest payers and young companies beside them."""

import math
from collections import defaultdict
from collections.abc import Callable

import polars as pl
import pytest

from graphkit.simulate import Simulated, simulate
from graphkit.simulate.money_labels import circular_payments, shell_buyer

Tables = dict[str, pl.DataFrame]

DEALER, SISTER, MIDDLEMAN, TRADER = "D40", "C347", "C348", "C349"
RING_VENDOR, RING_MIDDLEMAN, RING_TRADER = "C355", "C357", "C358"
NEAR = math.log(1.1)
LAWFUL = ["库存融资", "floor plan loan", "贷款", "还款", "退款", "资金归集"]
SAYS_NOTHING = [None, "转账", "other"]


@pytest.fixture(scope="module")
def market() -> Simulated:
    return simulate(seed=2, scale=0.05)


@pytest.fixture
def tables(market: Simulated) -> Tables:
    return dict(market.tables)


def _met(market: Simulated, detector: str) -> set[str]:
    return set(market.labels["vehicles"].filter(pl.col("detector") == detector, "meets_rule", "decidable")["vin"])


def _planted(tables: Tables) -> pl.DataFrame:
    return tables["sales"].filter(pl.col("buyer_id") == TRADER, pl.col("kind") == "retail")


def test_the_dealer_its_sister_the_middleman_and_the_trader_are_guilty_with_their_owners(market: Simulated) -> None:
    guilty = market.labels["parties"].filter(pl.col("cluster") == f"circular_payments/{DEALER}")
    owners = market.tables["ownership"].filter(pl.col("owned_id").is_in([DEALER, SISTER, MIDDLEMAN, TRADER]))
    assert set(guilty["party_id"]) == {DEALER, SISTER, MIDDLEMAN, TRADER, *owners["owner_id"]}
    owner_of = dict(owners.select("owned_id", "owner_id").rows())
    assert owner_of[DEALER] == owner_of[SISTER]
    assert len({owner_of[party] for party in (DEALER, MIDDLEMAN, TRADER)}) == 3


def test_120_cars_meet_both_rules_and_no_honest_one_does(market: Simulated, tables: Tables) -> None:
    planted = _planted(tables)
    assert planted.height == 120
    assert set(planted["seller_id"]) == {DEALER}
    gone_round = set(_of_the_ring(tables)["vin"])
    assert _met(market, "circular_payments") - gone_round == _met(market, "shell_buyer") == set(planted["vin"])
    others = ("circular_sales", "insured_not_plated", "pre_insured", "related_party_sales", "zero_mileage_export")
    assert not any(_met(market, detector) & set(planted["vin"]) for detector in others)


def _of_the_ring(tables: Tables) -> pl.DataFrame:
    return tables["sales"].filter(pl.col("buyer_id") == RING_TRADER)


def test_a_ring_of_60_cars_meets_the_rule_of_cars_and_the_rule_of_money(market: Simulated, tables: Tables) -> None:
    out, back = _of_the_ring(tables), tables["sales"].filter(pl.col("seller_id") == RING_TRADER)
    assert (out.height, set(out["seller_id"]), set(back["buyer_id"])) == (60, {RING_VENDOR}, {RING_VENDOR})
    assert sorted(back["vin"]) == sorted(out["vin"])
    assert set(out["vin"]) == set(out["vin"]) & _met(market, "circular_payments") & _met(market, "circular_sales")
    guilty = market.labels["parties"].filter(pl.col("cluster") == f"circular_sales/{RING_VENDOR}")
    assert {RING_VENDOR, RING_MIDDLEMAN, RING_TRADER} < set(guilty["party_id"])
    assert guilty.height == 7


def test_each_planted_price_is_paid_once_and_most_payments_name_the_invoice(tables: Tables) -> None:
    paid = tables["payments"].filter(pl.col("payer_id") == TRADER)
    assert set(paid["payee_id"]) == {DEALER}
    assert sorted(paid["amount"]) == sorted(_planted(tables)["price"])
    assert paid["sale_id"].is_not_null().sum() == 84
    given = tables["payments"].filter(pl.col("payee_id") == MIDDLEMAN)["payer_id"].value_counts()
    assert dict(given.rows()) == {DEALER: 72, SISTER: 48}


def test_the_trading_company_is_entered_about_60_days_before_its_first_car_and_keeps_them_all(tables: Tables) -> None:
    entered = tables["parties"].filter(pl.col("party_id") == TRADER)["registered_on"].item()
    planted = _planted(tables)
    assert 60 <= (planted["invoiced_on"].min() - entered).days <= 75
    assert planted["invoiced_on"].dt.month().n_unique() == 8
    cars = planted.select("vin")
    assert all(
        cars.join(tables[name], on="vin", how="semi").is_empty() for name in ("registrations", "policies", "exports")
    )
    assert tables["sales"].filter(pl.col("seller_id") == TRADER).is_empty()


def test_a_search_by_hand_finds_the_same_cars(tables: Tables) -> None:
    """Chains from every payment on, in plain Python, that come back to the first payer or to another of its owner."""
    tables["payments"] = tables["payments"].filter(pl.col("paid_on") < pl.date(2025, 6, 1))
    owners = tables["ownership"].filter(pl.col("share") == "100%")
    owner_of = dict(owners.select("owned_id", "owner_id").rows())
    price_of = {row["sale_id"]: row for row in tables["sales"].iter_rows(named=True) if row["kind"] == "retail"}
    spoken = tables["payments"].filter(~pl.col("purpose").is_in([*LAWFUL, *SAYS_NOTHING[1:]])).drop_nulls("purpose")
    rows = spoken.rows(named=True)
    paid_by = defaultdict(list)
    for row in rows:
        paid_by[row["payer_id"]].append(row)

    def is_next(chain: list[dict], row: dict) -> bool:
        return (
            row["paid_on"] > chain[-1]["paid_on"]
            and (row["paid_on"] - chain[0]["paid_on"]).days <= 180
            and abs(math.log(row["amount"] / chain[-1]["amount"])) <= NEAR
        )

    found = set()

    def walk(chain: list[dict]) -> None:
        first, last = chain[0]["payer_id"], chain[-1]["payee_id"]
        is_home = last == first or owner_of.get(last, last) == owner_of.get(first, first)
        if len(chain) > 1 and is_home and abs(math.log(chain[-1]["amount"] / chain[0]["amount"])) <= NEAR:
            found.update(row["sale_id"] for row in chain)
        if len(chain) < 6 and last not in {row["payer_id"] for row in chain}:
            for row in paid_by[last]:
                if is_next(chain, row):
                    walk([*chain, row])

    for row in rows:
        walk([row])
    named = {price_of[sale_id]["vin"] for sale_id in found if sale_id}
    known = set(spoken["sale_id"].drop_nulls())
    with_name = {row["vin"] for sale_id, row in price_of.items() if sale_id in known}
    assert named == set(circular_payments(tables)["vin"]) & with_name
    assert len(named) > 20


def _say(tables: Tables, words: list[str | None]) -> Tables:
    asked = pl.col("purpose").is_in(words, nulls_equal=True)
    said = pl.when(asked).then(pl.lit("货款")).otherwise("purpose")
    return tables | {"payments": tables["payments"].with_columns(said.alias("purpose"))}


@pytest.mark.parametrize(
    ("words", "at_least"),
    [(LAWFUL[:4], 60), (["退款"], 40), (["资金归集"], 90), ([None], 8), (["转账"], 8), (["other"], 8)],
)
def test_honest_money_comes_back_and_only_its_purpose_tells_why(
    words: list[str | None], at_least: int, tables: Tables
) -> None:
    honest = tables["payments"].filter(~pl.col("payer_id").is_in([MIDDLEMAN, RING_MIDDLEMAN]))
    assert circular_payments(tables | {"payments": honest}).is_empty()
    assert circular_payments(_say(tables | {"payments": honest}, words)).height >= at_least


def test_a_supplier_was_paid_far_less_than_the_price_or_long_before(market: Simulated, tables: Tables) -> None:
    payments = tables["payments"]
    middlemen = [MIDDLEMAN, RING_MIDDLEMAN]
    supplied = payments.filter(pl.col("purpose") == "市场推广费", ~pl.col("payee_id").is_in(middlemen))
    assert supplied.height == 35
    bought = tables["sales"].select(payee_id="buyer_id", price="price", invoiced_on="invoiced_on")
    both = supplied.join(bought, on="payee_id")
    is_near = (both["amount"] / both["price"]).log().abs() <= NEAR
    is_recent = (both["invoiced_on"] - both["paid_on"]).dt.total_days() <= 180
    assert both.height == 35
    assert is_near.sum() == 15
    assert is_recent.sum() == 20
    assert not (is_near & is_recent).any()


def _without(name: str, rows: pl.Expr) -> Callable[[Tables], Tables]:
    return lambda tables: tables | {name: tables[name].filter(~rows.fill_null(False))}


def _as_of_one_dealer(tables: Tables) -> Tables:
    one = (
        pl.when(pl.col("buyer_id").is_in(tables["young"]["party_id"].implode()))
        .then(pl.lit("D01"))
        .otherwise("seller_id")
    )
    return tables | {"sales": tables["sales"].with_columns(one.alias("seller_id"))}


def _all_young(tables: Tables) -> Tables:
    young = pl.when(pl.col("kind") == "company").then(pl.date(2024, 1, 1)).otherwise("registered_on")
    return tables | {"parties": tables["parties"].with_columns(young.alias("registered_on"))}


@pytest.mark.parametrize(
    ("change", "more"),
    [
        pytest.param(_without("registrations", pl.lit(True)), 60, id="fleets are plated"),
        pytest.param(_without("exports", pl.col("declared_as") == "new"), 12, id="an exporter exports as new"),
        pytest.param(_as_of_one_dealer, 36, id="stock comes of several dealers"),
        pytest.param(_all_young, 10, id="the works yard's company is old"),
    ],
)
def test_honest_young_companies_lack_one_thing_each(
    change: Callable[[Tables], Tables], more: int, market: Simulated, tables: Tables
) -> None:
    entered_late = tables["parties"].filter(pl.col("registered_on") > pl.date(2023, 1, 1))
    assert entered_late.height == 10
    met = set(shell_buyer(change(tables | {"young": entered_late}))["vin"])
    assert len(met - _met(market, "shell_buyer")) >= more


def test_a_young_trader_sells_its_cars_to_persons_and_many_of_them_plate_late(
    market: Simulated, tables: Tables
) -> None:
    young = tables["parties"].filter(pl.col("registered_on") > pl.date(2023, 1, 1))["party_id"].implode()
    resold = tables["sales"].filter(pl.col("kind") == "resale", pl.col("seller_id").is_in(young))
    assert resold.height == 40
    assert resold["buyer_id"].str.starts_with("P").all()
    kept = _without("sales", pl.col("sale_id").is_in(resold["sale_id"].implode()))(tables)
    more = set(shell_buyer(kept)["vin"]) - _met(market, "shell_buyer")
    assert 10 <= len(more) < 40
    assert more <= set(resold["vin"])


def test_everyday_payments_stay(market: Simulated, tables: Tables) -> None:
    everyday = tables["payments"].filter(pl.col("purpose") == "车款", pl.col("sale_id").is_not_null())
    retail = tables["sales"].filter(pl.col("kind") == "retail", pl.col("seller_id").is_in(["D09", "D11", "D38"]))
    assert 0.07 < everyday.join(retail, on="sale_id", how="semi").height / retail.height < 0.13
    twice = tables["payments"].drop_nulls("sale_id").filter(pl.col("purpose") == "车款")["sale_id"]
    assert twice.is_unique().all()
