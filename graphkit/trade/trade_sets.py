"""Small sets of companies that sell cars to one another in every direction, and more than to all others together."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from graphkit.algorithms.communities import communities
from graphkit.algorithms.components import strongly_connected
from graphkit.algorithms.shuffles import shuffled_targets
from graphkit.algorithms.thresholds import setting
from graphkit.tables.lineage import hash_frame

Numbers = npt.NDArray[np.int64]

UNDOES = ("return", "swap", "trade_in", "leaseback")
"""The kinds of an invoice that takes a sale back, or exchanges a car: no deal."""

_NO_SET = -1
_OTHER_SIDES = ("manufacturer", "insurer")


@dataclass(frozen=True)
class Bounds:
    """What a set is."""

    fewest: int = setting(3, "companies", "two that deal with each other are no set (our judgement)")
    most: int = setting(20, "companies", "more are a market (our judgement)")
    inside_share: float = setting(
        0.5, "share of a set's cars", "so that trade inside outweighs trade outside (our judgement)"
    )
    draws: int = setting(
        99, "shuffles", "none may have a set as dense, so that a market has one by chance in one case of a hundred"
    )


BOUNDS = Bounds()
"""What a set is unless something else is said."""


@dataclass(frozen=True)
class _Deals:
    """Who sold cars to whom: a place a pair of companies. ``pairs``: seller_id, buyer_id, cars, first_on, last_on.
    ``parties`` are their ids, ``seller`` and ``buyer`` places in them. Deals of the same ``content``, which is the hash
    of who sold how many cars to whom, are equal.
    """

    pairs: pl.DataFrame = field(compare=False)
    parties: pl.Series = field(compare=False)
    seller: Numbers = field(compare=False)
    buyer: Numbers = field(compare=False)
    cars: Numbers = field(compare=False)
    content: str

    @property
    def seed(self) -> int:
        """The first of the seeds of the shuffles."""
        return int(self.content[:15], 16)


def trade_sets(sales: pl.DataFrame, parties: pl.DataFrame, bounds: Bounds = BOUNDS) -> pl.DataFrame:
    """The members of each set: ``party_id``, ``trade_set_id`` (the least id among them), ``members``, ``inside`` and
    ``outside`` (cars sold between members, and between one of them and another company), ``first_on`` and ``last_on``
    (the first and the last invoice between members).

    ``sales`` and ``parties`` are resolved tables. Companies deal where one sold a car to the other; :func:`dealers`
    says who counts. A set is strongly connected, so that along its sales each member reaches every other; it lies
    within one community of all companies that deal, weighted by cars, and keeps ``bounds``. And it is more than chance:
    where each pair of companies goes whole to another buyer, so that every company deals with as many others as it
    did, no shuffle of the market has any set in which as many pairs deal beyond those of a ring, which are as many as
    there are members. Pairs are dealt and not single cars, as a fleet that is loyal to one dealer is one pair however
    many cars it buys. The measure is that of G. K. Palshikar and
    M. M. Apte, Collusion set detection using graph clustering, Data Mining and Knowledge Discovery 16 (2008).

    >>> from datetime import date
    >>> ring = [("A", "B"), ("B", "C"), ("C", "A")] * 9
    >>> others = [(f"D{n % 20}", f"X{n}") for n in range(60)]
    >>> sales = pl.DataFrame(
    ...     [(*pair, "retail", str(n), date(2025, 1, 1)) for n, pair in enumerate(ring + others)],
    ...     schema=["seller_id", "buyer_id", "kind", "vin", "invoiced_on"], orient="row")
    >>> parties = pl.DataFrame({"party_id": sales["seller_id"].append(sales["buyer_id"]).unique(), "kind": "company",
    ...     "roles": None}, schema_overrides={"roles": pl.String})
    >>> trade_sets(sales, parties).drop("first_on", "last_on").rows()
    [('A', 'A', 3, 27, 0), ('B', 'A', 3, 27, 0), ('C', 'A', 3, 27, 0)]
    """
    deals = _deals(sales, dealers(parties))
    sets, found = _sets(deals, deals.buyer, bounds)
    found = found.filter(pl.col("beyond_ring") > _most_by_chance(deals, bounds, _most(found)))
    numbers = pl.Series("number", sets)
    within = deals.pairs.with_columns(number=numbers[deals.seller]).filter(
        numbers[deals.seller] == numbers[deals.buyer]
    )
    days = within.group_by("number").agg(pl.col("first_on").min(), pl.col("last_on").max())
    members = pl.DataFrame({"party_id": deals.parties, "number": numbers}).join(found, on="number")
    return (
        members.join(days, on="number")
        .select(
            "party_id",
            pl.col("party_id").min().over("number").alias("trade_set_id"),
            pl.len().over("number").cast(pl.Int64).alias("members"),
            "inside",
            "outside",
            "first_on",
            "last_on",
        )
        .sort("trade_set_id", "party_id")
    )


def dealers(parties: pl.DataFrame) -> pl.DataFrame:
    """The ``party_id`` of those whose deals count: companies that are neither makers nor insurers.

    Persons buy and sell nothing on, every dealer buys from its maker, and the state is everybody's customer. A party
    that no file defines may be a company, and counts.
    """
    roles = pl.col("roles").fill_null("").str.split(";")
    return parties.filter(
        pl.col("kind").is_in(["company", "unknown"]),
        ~pl.any_horizontal(roles.list.contains(role) for role in _OTHER_SIDES),
    ).select("party_id")


def _deals(sales: pl.DataFrame, companies: pl.DataFrame) -> _Deals:
    pairs = (
        sales.filter(pl.col("seller_id") != pl.col("buyer_id"), ~pl.col("kind").is_in(UNDOES))
        .join(companies, left_on="seller_id", right_on="party_id", how="semi")
        .join(companies, left_on="buyer_id", right_on="party_id", how="semi")
        .group_by("seller_id", "buyer_id")
        .agg(
            cars=pl.col("vin").n_unique().cast(pl.Int64),
            first_on=pl.col("invoiced_on").min(),
            last_on=pl.col("invoiced_on").max(),
        )
        .sort("seller_id", "buyer_id")
    )
    parties = pl.concat([pairs["seller_id"], pairs["buyer_id"]]).unique().sort()
    places = parties.search_sorted(pairs["seller_id"]), parties.search_sorted(pairs["buyer_id"])
    seller, buyer = (place.to_numpy().astype(np.int64) for place in places)
    content = hash_frame(pairs.select("seller_id", "buyer_id", "cars"))
    return _Deals(pairs, parties, seller, buyer, pairs["cars"].to_numpy(), content)


def _sets(deals: _Deals, buyer: Numbers, bounds: Bounds) -> tuple[Numbers, pl.DataFrame]:
    """If the cars of each pair went to ``buyer``: the number of each party's set, -1 for none, and of each set its
    number, the cars sold inside and outside, and its pairs beyond those of a ring.
    """
    count, seller = len(deals.parties), deals.seller
    label = communities(count, seller, buyer, deals.cars)
    is_close = label[seller] == label[buyer]
    core = strongly_connected(count, seller[is_close], buyer[is_close])
    size = np.bincount(core, minlength=count)
    is_inside = core[seller] == core[buyer]

    def cars(of: Numbers, which: npt.NDArray[np.bool_]) -> Numbers:
        return np.bincount(of[which], weights=deals.cars[which], minlength=count).astype(np.int64)

    inside = cars(core[seller], is_inside)
    outside = cars(core[seller], ~is_inside) + cars(core[buyer], ~is_inside)
    # a shuffle may deal a pair twice: it counts twice, lest the shuffles be the looser for it
    beyond_ring = np.bincount(core[seller[is_inside]], minlength=count) - size
    is_set = (size >= bounds.fewest) & (size <= bounds.most) & (inside >= bounds.inside_share * (inside + outside))
    of_sets = {"inside": inside[is_set], "outside": outside[is_set], "beyond_ring": beyond_ring[is_set]}
    numbers = pl.DataFrame({"number": np.arange(is_set.sum(), dtype=np.int64), **of_sets})
    return np.where(is_set, np.cumsum(is_set) - 1, _NO_SET)[core], numbers


# a graph is made several times of the same sales: to see what is to be written, to write it, to find what is stale
@lru_cache(maxsize=1)
def _most_by_chance(deals: _Deals, bounds: Bounds, most_found: int) -> int:
    """The most pairs beyond a ring in a set of any shuffle, -1 for no set; once as many are found no more are dealt."""
    most = -1
    for draw in range(bounds.draws):
        if most >= most_found:
            break
        one = np.zeros_like(deals.seller)
        dealt = shuffled_targets(deals.seller, deals.buyer, one, 1, deals.seed + draw)[0]
        # communities take long, and can only part what hangs together
        if _most_possible(deals, dealt) > most:
            most = max(most, _most(_sets(deals, dealt, bounds)[1]))
    return most


def _most_possible(deals: _Deals, buyer: Numbers) -> int:
    """The most pairs beyond a ring in any strongly connected part, -1 for none: no set within it has more, since what
    joins it to the rest of the part are pairs in chains, each of more pairs than companies (ear decomposition).
    """
    count = len(deals.parties)
    part = strongly_connected(count, deals.seller, buyer)
    is_inside = part[deals.seller] == part[buyer]
    beyond_ring = np.bincount(part[deals.seller[is_inside]], minlength=count) - np.bincount(part, minlength=count)
    return int(beyond_ring.max(initial=-1))


def _most(sets: pl.DataFrame) -> int:
    return int(sets["beyond_ring"].to_numpy().max(initial=-1))
