"""A whole market of a seed: who holds which populations, and its tables as an investigator would get them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from graphkit.tables.coverage import Span
from tests.promises.innocents import (
    buyers,
    comebacks,
    dirt,
    early_policies,
    everyday,
    exported,
    group_cars,
    money,
    plates,
    span,
)
from tests.promises.innocents.market import Market, Size, open_market
from tests.promises.innocents.places import Place, draw_place
from tests.promises.innocents.tables import coverage, tables_of


def subsidy_cliff(market: Market, place: Place, n: int) -> None:
    """Everybody sells three times as much in December, and nothing in January."""
    market.has_cliff = True
    market.months[span.CLIFF] = 3.0
    market.months[(span.CLIFF[0] + 1, 1)] = 0.0


POPULATIONS: Mapping[str, Callable[[Market, Place, int], None]] = {
    write.__name__: write
    for write in (
        # these shape the whole market, so they come first
        subsidy_cliff,
        plates.quota_city,
        plates.slow_dealer,
        plates.plated_elsewhere,
        early_policies.gift_insurance,
        early_policies.declared_display,
        early_policies.demo_in_use,
        early_policies.demo_by_kilometres,
        early_policies.pre_registered_openly,
        early_policies.cancelled_order,
        buyers.fleet_of_others,
        group_cars.fleet_of_the_group,
        group_cars.company_cars,
        group_cars.sister_outlet,
        group_cars.staff_scheme,
        buyers.state_siblings,
        buyers.shared_people,
        buyers.government,
        comebacks.rental_buy_back,
        comebacks.customer_returns,
        comebacks.trade_in,
        comebacks.dealer_swap,
        comebacks.leaseback,
        group_cars.group_transfer,
        exported.letter_of_2026,
        exported.awaited_with_letter,
        exported.used_export,
        exported.parallel_export,
        buyers.young_customers,
        money.refunds,
        money.floor_plan,
        money.cash_pooling,
        dirt.dirty_rows,
    )
}
"""How the cars of each population come about, by its name in ``populations.toml``."""


@dataclass(frozen=True)
class Drawn:
    """The tables of a market, what its extracts cover, and which cars are of which population (vin, population)."""

    tables: Mapping[str, pl.DataFrame]
    coverage: tuple[Span, ...]
    labels: pl.DataFrame
    places: Mapping[str, str]
    dealers: int
    cars: int


def draw(seed: Sequence[int], size: Size, populations: Sequence[str]) -> Drawn:
    """The market of a seed with these populations; the same seed draws the same rows."""
    rng = np.random.default_rng(seed)
    market = open_market(rng, size)
    places = {}
    for name, write in POPULATIONS.items():
        if name in populations:
            place = draw_place(market)
            places[name] = place.kind
            write(market, place, int(rng.integers(size.population[0], size.population[1] + 1)))
    everyday.write_everyday(market)
    tables = tables_of(market)
    labels = pl.concat(market.labels).unique(maintain_order=True)
    return Drawn(tables, coverage(), labels, places, market.dealers.height, tables["vehicles"].height)


def dealt(seed: int, markets: int, each: int) -> list[tuple[str, ...]]:
    """The populations of each market: all are dealt out before one comes again."""
    rng = np.random.default_rng((seed, 7))
    deck: list[str] = []
    hands = []
    for _ in range(markets):
        hand: list[str] = []
        while len(hand) < each:
            if set(deck) <= set(hand):
                deck += [str(name) for name in rng.permutation(list(POPULATIONS))]
            hand.append(next(name for name in deck if name not in hand))
            deck.remove(hand[-1])
        hands.append(tuple(hand))
    return hands
