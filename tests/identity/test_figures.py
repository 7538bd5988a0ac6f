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
