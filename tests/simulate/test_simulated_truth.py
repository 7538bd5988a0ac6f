"""Who is labelled guilty, and that no innocent party stands inside a guilty chain."""

import polars as pl
import pytest

from graphkit.simulate import Simulated, simulate

GROUPS = {
    "circular_payments": 1,
    "circular_sales": 2,
    "collusive_cluster": 1,
    "pre_insured": 7,
    "related_party_sales": 1,
    "zero_mileage_export": 1,
}
"""How many groups of parties are guilty of each scheme."""


@pytest.fixture(scope="module", params=(1, 20241231))
def market(request: pytest.FixtureRequest) -> Simulated:
    return simulate(seed=request.param, scale=0.1)


def _guilty(market: Simulated) -> pl.DataFrame:
    return market.labels["parties"].filter("guilty")


def test_every_majority_owner_and_subsidiary_of_the_guilty_is_guilty_in_the_same_group(market: Simulated) -> None:
    group = dict(_guilty(market).select("party_id", "cluster").rows())
    majority = pl.col("share").str.strip_suffix("%").cast(pl.Float64) > 50
    pairs = market.tables["ownership"].filter(majority).select("owner_id", "owned_id").rows()
    assert [pair for pair in pairs if group.get(pair[0]) != group.get(pair[1])] == []
    assert len([pair for pair in pairs if pair[0] in group]) >= 25


def test_no_consumer_is_guilty(market: Simulated) -> None:
    guilty = _guilty(market).filter(pl.col("kind") == "person")["party_id"].implode()
    assert market.tables["sales"].filter(pl.col("buyer_id").is_in(guilty)).height == 0
    assert market.tables["policies"].filter(pl.col("insured_id").is_in(guilty)).height == 0


def test_each_guilty_party_has_a_scheme_and_one_of_its_groups_and_no_innocent_one_has(market: Simulated) -> None:
    parties = market.labels["parties"]
    named = pl.col("scheme").is_not_null() & pl.col("cluster").is_not_null()
    assert parties.filter(pl.col("guilty") != named).height == 0
    groups = dict(parties.drop_nulls().group_by("scheme").agg(pl.col("cluster").n_unique()).sort("scheme").rows())
    assert groups == GROUPS, "correct GROUPS of tests/simulate/test_simulated_truth.py, or blame others"


def test_labels_cover_every_party_and_only_known_cars(market: Simulated) -> None:
    assert set(market.labels["parties"]["party_id"]) == set(market.tables["parties"]["party_id"])
    met = market.labels["vehicles"]
    assert met.join(market.tables["vehicles"], on="vin", how="anti").height == 0
    assert met["meets_rule"].all()
    assert met.select("vin", "detector").is_duplicated().any() is False


def test_each_kind_of_missing_fact_occurs(market: Simulated) -> None:
    undecidable = market.labels["vehicles"].filter(~pl.col("decidable")).group_by("detector").len()
    counted = dict(undecidable.rows())
    assert counted.pop("related_party_sales") == 11
    # one car may lack two facts
    assert 9 <= counted.pop("zero_mileage_export") <= 14
    assert counted == {}
    exports = market.tables["exports"].filter(pl.col("declared_as") == "used")
    assert exports.join(market.tables["odometer"], on="vin", how="anti").height >= 12
    assert market.tables["vehicles"]["built_on"].null_count() >= 5
    alike = market.tables["parties"].filter(pl.col("kind") == "person", pl.col("person_key").is_null())
    assert alike.height == 12


def test_one_december_buyer_stands_under_two_ids_with_one_code(market: Simulated) -> None:
    parties = market.tables["parties"].filter(pl.col("party_id").is_in(["C010", "C909"]))
    assert parties["uscc"].n_unique() == 1
    assert parties["uscc"].null_count() == 0
    bought = market.tables["sales"].filter(pl.col("buyer_id").is_in(["C010", "C909"]))
    assert bought["buyer_id"].n_unique() == 2


def test_no_two_companies_share_a_name(market: Simulated) -> None:
    bodies = market.tables["parties"].filter(pl.col("kind") != "person", pl.col("party_id") != "C909")
    assert bodies["name"].is_unique().all()


def test_thirty_or_more_companies_share_one_address_and_some_of_them_buy(market: Simulated) -> None:
    parties = market.tables["parties"].filter(pl.col("address").is_not_null())
    hub = parties.group_by("address").agg("party_id").filter(pl.col("party_id").list.len() >= 30)
    assert hub.height == 1
    bought = market.tables["sales"].filter(pl.col("buyer_id").is_in(hub["party_id"].explode().implode()))
    assert bought.height > 0
