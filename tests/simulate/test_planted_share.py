"""A weaker market: the planted schemes have fewer cars each, and everything else is as it was."""

import polars as pl
import pytest

from graphkit.simulate import Simulated, simulate

CARS = {
    0.5: {
        "circular_payments": 60 + 30,
        "circular_sales": 120 + 30,
        "collusive_cluster": 2 * 65,
        "shell_buyer": 60,
        "the December": 1_254,
        "the ring": 90 + 8 + 27 + 5,
    },
    0.25: {
        "circular_payments": 30 + 15,
        "circular_sales": 60 + 15,
        "collusive_cluster": 2 * 32,
        "shell_buyer": 30,
        "the December": 627,
        "the ring": 45 + 4 + 14 + 2,
    },
}
"""The cars of each scheme at this share of their full size, each of its parts rounded."""


@pytest.fixture(scope="module")
def full() -> Simulated:
    return simulate(seed=6, scale=0.05)


@pytest.fixture(scope="module", params=CARS)
def weak(request: pytest.FixtureRequest) -> tuple[float, Simulated]:
    return request.param, simulate(seed=6, scale=0.05, planted=request.param)


def _cluster(market: Simulated, name: str) -> pl.Series:
    return market.labels["parties"].filter(pl.col("cluster") == name)["party_id"]


def _booked_early(market: Simulated) -> float:
    """The share of the maker's cars that were insured before anybody had bought them."""
    vehicles = market.tables["vehicles"].filter(pl.col("manufacturer_id") == "M02")["vin"].implode()
    policies = market.tables["policies"].filter(pl.col("kind") == "compulsory", pl.col("vin").is_in(vehicles))
    early = market.labels["vehicles"].filter(pl.col("detector") == "pre_insured", pl.col("vin").is_in(vehicles))
    return early.height / policies["vin"].n_unique()


def test_each_scheme_has_its_share_of_cars(weak: tuple[float, Simulated], full: Simulated) -> None:
    planted, market = weak
    met = dict(market.labels["vehicles"].group_by("detector").len().rows())
    december = market.tables["sales"].filter(
        pl.col("seller_id") == "D09",
        pl.col("buyer_id").is_in(_cluster(market, "related_party_sales/D09").implode()),
        pl.col("invoiced_on").dt.strftime("%Y-%m") == "2025-12",
    )
    ring = market.tables["exports"].filter(pl.col("exporter_id") == "E01")
    counted = {name: met[name] for name in CARS[planted] if name in met}
    assert counted | {"the December": december.height, "the ring": ring.height} == CARS[planted]
    assert _booked_early(market) == pytest.approx(planted * _booked_early(full), rel=0.02)


def test_as_many_parties_are_guilty_of_them(weak: tuple[float, Simulated], full: Simulated) -> None:
    guilty = [market.labels["parties"].filter("guilty") for market in (weak[1], full)]
    # a person's number says how many customers came before
    of_clusters = [sorted(parties.group_by("scheme", "cluster", "kind").len().rows()) for parties in guilty]
    assert of_clusters[0] == of_clusters[1]
    companies = [parties.filter(pl.col("kind") == "company")["party_id"].to_list() for parties in guilty]
    assert companies[0] == companies[1]


def _honest(market: Simulated) -> dict[str, object]:
    """How many cars the market has that are lawful and look like the schemes, or stand beside them."""
    sales, exports = market.tables["sales"], market.tables["exports"]
    undone = sales.filter(pl.col("kind").is_in(["return", "swap", "leaseback"]))
    absorbed = pl.col("buyer_id").is_in(_cluster(market, "related_party_sales/D09").implode())
    december = sales.filter(pl.col("seller_id") == "D09", pl.col("invoiced_on").dt.strftime("%Y-%m") == "2025-12")
    return {
        "the December": december.filter(~absorbed).height,
        "exports": exports.filter(pl.col("exporter_id") != "E01").height,
        "declared": market.tables["declared_stock"].height,
        "undone": sorted(undone.group_by("kind").len().rows()),
    }


def test_what_is_lawful_keeps_its_size(weak: tuple[float, Simulated], full: Simulated) -> None:
    assert _honest(weak[1]) == _honest(full)
    # what is everyday is drawn before and after what is planted, and a draw later is another draw
    cars = [market.tables["vehicles"].filter(pl.col("manufacturer_id") == "M02").height for market in (weak[1], full)]
    assert cars[0] == pytest.approx(cars[1], rel=0.02)
