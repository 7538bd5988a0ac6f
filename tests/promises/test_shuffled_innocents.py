"""What innocent cars share with guilty ones, dealt out by chance: small p are no more frequent than they say."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from graphkit import pipeline
from graphkit.model import DEFAULT_REGIME
from graphkit.tables.coverage import NATIONWIDE, Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from tests.promises.markets.draft import Draft

pytestmark = pytest.mark.no_cover

FIRST, LAST = date(2023, 1, 1), date(2026, 6, 30)
START = date(2025, 1, 1)
PARTIES = 150


class Market(Draft):
    """An innocent market that is being drawn."""

    def company(self, party: str, roles: str | None = None, registered_on: date = FIRST) -> str:
        self.add("parties", party_id=party, kind="company", name=party, roles=roles, registered_on=registered_on)
        return party

    def sell(self, vin: str, seller: str, buyer: str, kind: str, on: date) -> None:
        self.add(
            "sales", sale_id=f"S{self.number('sales')}", vin=vin, seller_id=seller, buyer_id=buyer, kind=kind,
            invoiced_on=on, price=100.0, currency="CNY",
        )  # fmt: skip

    def plate(self, vin: str, owner: str, on: date) -> None:
        number = f"R{self.number('registrations')}"
        self.add("registrations", registration_id=number, vin=vin, owner_id=owner, event="first", plated_on=on)

    def dealt(self, sizes: Sequence[int], share: float) -> list[tuple[int, str, bool]]:
        """Cars of parties that have so many: the party, the car, and whether it is one of the share that looks bad.

        Which cars those are is dealt out by chance.
        """
        looks_bad = [number < share * sum(sizes) for number in range(sum(sizes))]
        self.dice.shuffle(looks_bad)
        owners = [party for party, size in enumerate(sizes) for _ in range(size)]
        return [(party, f"V{car:06}", bad) for car, (party, bad) in enumerate(zip(owners, looks_bad, strict=True))]

    def sizes(self, least: int, most: int) -> list[int]:
        """How many cars each party has."""
        return [self.dice.randint(least, most) for _ in range(PARTIES)]

    def p_values(self, detector: str) -> list[float]:
        """One p a party of which several cars were tested: 1 where nothing was flagged."""
        spans = [Span(name, FIRST, LAST, NATIONWIDE, complete=True) for name, table in TABLES.items() if table.dated]
        ran = pipeline.run(
            self.loaded(),
            {},
            coverage=Coverage(tuple(spans)),
            regime=DEFAULT_REGIME,
            as_of=LAST,
            denials={},
            sources=SHAPES["sources"].empty(),
            only=(detector,),
        )
        units = ran.frames["units"].join(ran.frames["exposure"], on="unit_id")
        found = ran.frames["findings"].filter(unit_kind="party").select("party_id", "p")
        tested = units.group_by("party_id").agg(pl.col("tested").sum()).filter(pl.col("tested") > 1)
        return tested.join(found, on="party_id", how="left")["p"].fill_null(1.0).to_list()


def circling(market: Market) -> None:
    """Dealers' customers, companies, of whom some sell the car back to its dealer within half a year."""
    for party, vin, comes_back in market.dealt(market.sizes(20, 100), 0.05):
        dealer, buyer, on = f"D{party}", market.company(f"C{vin}"), START + timedelta(market.dice.randrange(200))
        market.sell(vin, dealer, buyer, "retail", on)
        if comes_back:
            market.sell(vin, buyer, dealer, "resale", on + timedelta(market.dice.randint(10, 170)))
        else:
            market.plate(vin, buyer, on)
    for party in range(PARTIES):
        market.company(f"D{party}", "dealer")


def young(market: Market) -> None:
    """Young companies that buy of one dealer each and plate most of their cars."""
    for party, vin, is_kept in market.dealt(market.sizes(10, 60), 0.3):
        on = START + timedelta(market.dice.randrange(200))
        market.sell(vin, f"D{party % 7}", f"C{party}", "retail", on)
        if not is_kept:
            market.plate(vin, f"C{party}", on + timedelta(5))
    for party in range(PARTIES):
        market.company(f"C{party}", registered_on=START - timedelta(30))
        market.company(f"D{party}", "dealer")


def trading(market: Market) -> None:
    """Companies that deal with four others most of all, and do not plate some of the cars."""
    for party, vin, is_kept in market.dealt(market.sizes(10, 40), 0.3):
        home = party - party % 5
        buyer = home + (party + market.dice.randint(1, 4)) % 5
        on = START + timedelta(market.dice.randrange(200))
        market.sell(vin, f"C{party}", f"C{buyer}", "retail", on)
        if not is_kept:
            market.plate(vin, f"C{buyer}", on + timedelta(5))
    for party in range(PARTIES):
        market.company(f"C{party}")


MARKETS: dict[str, Callable[[Market], None]] = {
    "circular_sales": circling,
    "shell_buyer": young,
    "collusive_cluster": trading,
}


@cache
def p_values(detector: str) -> list[float]:
    """The p of every party of two markets."""
    drawn = []
    for seed in range(2):
        market = Market(seed)
        MARKETS[detector](market)
        drawn += market.p_values(detector)
    return drawn


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("detector", MARKETS)
def test_small_p_are_no_more_frequent_than_they_say(detector: str, alpha: float) -> None:
    p = np.array(p_values(detector))
    assert len(p) == 2 * PARTIES
    assert (p <= alpha).mean() <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / len(p))


@pytest.mark.parametrize("detector", MARKETS)
def test_the_markets_have_what_looks_bad(detector: str) -> None:
    assert (np.array(p_values(detector)) < 0.5).mean() > 0.25
