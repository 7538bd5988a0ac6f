"""The claims of ``python -m tests.benchmarks.identity`` on a smaller market."""

import polars as pl
import pytest

from graphkit.identity import likelihood, resolve
from graphkit.identity.likelihood import with_probabilities
from graphkit.identity.suggestions import company_records, suggested
from tests.benchmarks.identity import Figures, as_parties, measure, records
from tests.identity.rows import company, table


@pytest.fixture(scope="module")
def figures() -> Figures:
    return measure(5_000, persons=200)


def test_hardly_any_merge_is_wrong(figures: Figures) -> None:
    assert figures.precision >= 0.995


@pytest.mark.parametrize(("pairs", "share"), [("both have a valid code", 0.99), ("elsewhere, no typo", 0.80)])
def test_most_duplicates_are_merged(figures: Figures, pairs: str, share: float) -> None:
    assert figures.share(pairs, "merged") >= share


def test_nearly_all_duplicates_are_merged_or_suggested(figures: Figures) -> None:
    assert figures.share("all", "found") >= 0.95


def test_persons_who_share_a_name_and_a_city_stay_apart(figures: Figures) -> None:
    assert figures.persons_merged == 0


def test_the_same_rows_give_the_same_probabilities_in_any_order() -> None:
    parties = as_parties(records(600))
    found = [with_extra(rows) for rows in (parties, parties.reverse())]
    assert found[0].equals(found[1])
    assert found[0]["probability"].drop_nulls().len() > 20
    assert found[0]["weights"].str.contains(r"core name \+").any()
    # records that are one party already are no pair
    assert (found[0]["party_a"] < found[0]["party_b"]).all()


def with_extra(parties: pl.DataFrame) -> pl.DataFrame:
    resolved = resolve({"parties": parties})
    return with_probabilities(suggested(parties, resolved), parties, resolved)


@pytest.mark.parametrize(("companies", "is_learnt"), [(200, True), (199, False)])
def test_from_two_hundred_companies_on_weights_are_learnt_and_likelier_one_than_two_is_suggested(
    companies: int, is_learnt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # names that have nothing in common, so that no rule finds a pair
    names = [f"{chr(0x4E00 + 7 * n)}{chr(0x6E00 + 11 * n)}有限公司" for n in range(companies)]
    parties = table("parties", [company(f"P{n:03}", name) for n, name in enumerate(names)])
    resolved = resolve({"parties": parties})
    rows = [("P000", "P001", 0.5, "w"), ("P002", "P003", 0.4999, "w")]
    likely = pl.DataFrame(rows, schema=["party_a", "party_b", "probability", "weights"], orient="row")
    monkeypatch.setattr(likelihood, "is_installed", lambda: True)
    monkeypatch.setattr(likelihood, "_likely", lambda records: likely)
    rules = suggested(parties, resolved)
    assert rules.is_empty()
    found = with_probabilities(rules, parties, resolved)
    assert found.select("party_a", "party_b").rows() == ([("P000", "P001")] if is_learnt else [])


def test_a_pair_of_rules_that_the_model_did_not_see_stands_between_the_likely_and_the_unlikely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"{chr(0x4E00 + 7 * n)}{chr(0x6E00 + 11 * n)}有限公司" for n in range(200)]
    rows = [company(f"P{n:03}", name) for n, name in enumerate(names)]
    rows += [company(f"P{n}", "示例松涛商贸有限公司", city=city) for n, city in ((300, "温州"), (301, "宁波"))]
    parties = table("parties", rows)
    resolved = resolve({"parties": parties})
    seen = [("P000", "P001", 0.7, "w"), ("P002", "P003", 0.5, "w")]
    likely = pl.DataFrame(seen, schema=["party_a", "party_b", "probability", "weights"], orient="row")
    monkeypatch.setattr(likelihood, "is_installed", lambda: True)
    monkeypatch.setattr(likelihood, "_likely", lambda records: likely)
    found = with_probabilities(suggested(parties, resolved), parties, resolved)
    assert found.select("party_a", "probability").rows() == [("P000", 0.7), ("P300", None), ("P002", 0.5)]


@pytest.mark.parametrize(("weight", "probability"), [(40.0, 0.9999), (-40.0, 0.0001), (1.0, 0.6667)])
def test_two_parties_are_as_likely_one_as_their_likeliest_rows_and_never_for_certain(
    weight: float, probability: float
) -> None:
    records = pl.DataFrame({"record_id": ["R0", "R1", "R2"], "party_id": ["A", "A", "B"]})
    weights = dict.fromkeys((f"mw_{column}" for column in likelihood._SAID), 0.0)
    pairs = [
        {"unique_id_l": row, "unique_id_r": 2, "match_weight": found, "match_probability": 2**found / (1 + 2**found)}
        | weights
        | {"mw_city_key": found, "mw_core": -1.5}
        for row, found in ((0, weight - 5), (1, weight))
    ]
    found = likelihood._by_party(pl.DataFrame(pairs), records)
    city = f"{'+' if weight > 0 else ''}{weight}"
    assert found.rows() == [("A", "B", probability, f"core name -1.5, city {city}")]


@pytest.mark.parametrize(("firms", "is_compared"), [(300, True), (301, False)])
def test_a_key_that_three_hundred_share_is_compared_and_one_of_more_is_not(firms: int, is_compared: bool) -> None:
    parties = table("parties", [company(f"P{n:03}", f"示例{n}行有限公司", phone="0576-85123456") for n in range(firms)])
    blocks = likelihood._blocked(company_records(parties, resolve({"parties": parties})))
    assert blocks["by_phone"].is_not_null().all() is is_compared
    assert blocks["by_phone"].is_null().all() is not is_compared


def test_without_the_extra_the_rules_suggest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    parties = as_parties(records(600))
    resolved = resolve({"parties": parties})
    rules = suggested(parties, resolved)
    monkeypatch.setattr(likelihood, "is_installed", lambda: False)
    found = with_probabilities(rules, parties, resolved)
    assert found.drop("probability", "weights").equals(rules)
    assert found["probability"].null_count() == found.height > 0
