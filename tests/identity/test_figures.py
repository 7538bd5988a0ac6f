"""The claims of ``python -m tests.benchmarks.identity`` on a smaller market."""

import polars as pl
import pytest

from graphkit.identity import likelihood, resolve
from graphkit.identity.likelihood import with_probabilities
from graphkit.identity.suggestions import suggested
from tests.benchmarks.identity import Figures, as_parties, measure, records


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


def with_extra(parties: pl.DataFrame) -> pl.DataFrame:
    resolved = resolve({"parties": parties})
    return with_probabilities(suggested(parties, resolved), parties, resolved)


def test_without_the_extra_the_rules_suggest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    parties = as_parties(records(600))
    resolved = resolve({"parties": parties})
    rules = suggested(parties, resolved)
    monkeypatch.setattr(likelihood, "is_installed", lambda: False)
    found = with_probabilities(rules, parties, resolved)
    assert found.drop("probability", "weights").equals(rules)
    assert found["probability"].null_count() == found.height > 0
