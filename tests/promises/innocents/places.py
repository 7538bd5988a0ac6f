"""Where and when the cars of a population are sold: all over the market, in one city, or by one dealer within weeks."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.market import Group, Market, Texts
from tests.promises.innocents.span import Days

KINDS = ("spread", "city", "dealer", "dealer")
"""One dealer with all of a population is the hard case, so it comes twice as often."""

BURST = 75
"""Days within which a third of the populations come."""


@dataclass(frozen=True)
class Place:
    """Dealers who sell the cars, groups for what only a group does, and the days between which it happens."""

    kind: str
    sellers: pl.DataFrame
    groups: tuple[Group, ...]
    first: int
    last: int

    def dealers(self, market: Market, n: int) -> Texts:
        """The dealer of each of ``n`` cars."""
        return _drawn(market, self.sellers, n)

    def members(self, market: Market, n: int) -> tuple[Texts, list[Group]]:
        """A dealer of a group, and the group, for each of ``n`` cars; one dealer where one has them all."""
        of_car = [self.groups[int(number)] for number in market.rng.integers(0, len(self.groups), n)]
        sellers = [
            group.dealers[0 if self.kind == "dealer" else int(market.rng.integers(len(group.dealers)))]
            for group in of_car
        ]
        return np.array(sellers, dtype=object), of_car

    def days(self, market: Market, n: int, first: int = span.FIRST_SALE, last: int = span.LAST_SALE) -> Days:
        """When they are sold: in the place's days where they meet those between ``first`` and ``last``."""
        begin, end = max(first, self.first), min(last, self.last)
        if end - begin < BURST / 2:
            begin, end = first, last
        return market.sale_days(n, begin, end)


def draw_place(market: Market) -> Place:
    """Where a population is, by chance."""
    kind = str(market.rng.choice(KINDS))
    sellers, groups = market.dealers, market.groups
    if kind == "city":
        sellers = sellers.filter(
            pl.col("city") == str(market.rng.choice(sellers["city"].unique(maintain_order=True).to_numpy()))
        )
    elif kind == "dealer":
        sellers = sellers[int(market.rng.integers(sellers.height))]
    if kind != "spread":
        groups = (groups[int(market.rng.integers(len(groups)))],)
    first = int(market.rng.integers(span.FIRST_SALE, span.LAST_SALE - BURST))
    in_burst = market.rng.random() < 1 / 3
    return Place(
        kind, sellers, groups, first if in_burst else span.FIRST_SALE, first + BURST if in_burst else span.LAST_SALE
    )


def _drawn(market: Market, sellers: pl.DataFrame, n: int) -> Texts:
    weights = sellers["weight"].to_numpy()
    return market.rng.choice(sellers["dealer_id"].to_numpy(), n, p=weights / weights.sum())
