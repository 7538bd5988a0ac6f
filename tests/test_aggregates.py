from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.aggregates import UNMATCHED, from_reported_counts
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

PUBLISHED = Path(__file__).parents[1] / "data" / "sample" / "published"


def counts(*rows: dict[str, Any]) -> pl.DataFrame:
    given = [{"reporter_id": "R", "subject_id": "M", "period": "2024-05", "statistic": "total"} | row for row in rows]
    return pl.DataFrame(given, schema=TABLES["reported_counts"].loaded_schema())


def identities(*parties: tuple[str, str]) -> pl.DataFrame:
    rows = [{"party_id": party, "canonical_id": party, "name": name} for party, name in parties]
    return pl.DataFrame(rows, schema=dict(SHAPES["identities"].schema))


def said(*rows: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = from_reported_counts(counts(*rows), identities(("M", "甲 Maker")))
    assert set(found["cohort"]) <= {UNMATCHED}
    return {row["measure"]: row for row in found.iter_rows(named=True)}


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, Any]]:
    text = {name: pl.String() for name in ("period", "city", "share", "share_high", "source")}
    raw = pl.read_csv(PUBLISHED / "reported_counts.csv", schema_overrides=text)
    ppm = pl.col("share", "share_high").str.strip_suffix("%").cast(pl.Int64) * 10_000
    parties = pl.read_csv(PUBLISHED / "parties.csv").select("party_id", "name")
    loaded = counts(*raw.with_columns(ppm).to_dicts())
    assert set(loaded["subject_id"]) | set(loaded["reporter_id"]) == set(parties["party_id"])
    assert loaded["source"].null_count() == 0
    found = from_reported_counts(loaded, identities(*parties.iter_rows()))
    return {row["measure"]: row for row in found.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("measure", "low", "high", "bound", "words"),
    [
        ("booked_early_share", 0.5532, None, "at least", "at least 64,719 of 117,000 cars"),
        ("plated_share", 0.0990, 0.0990, "open", "(9.9 %)"),
        ("plating_shortfall", 2466, 2466, "open", "2,466 fewer plates"),
        ("company_share", 0.9163, 0.9163, "at most", "(91.6 %) went to companies: an upper bound"),
        ("insured_times_monthly_mean", 14.0, None, "more than", "more than 14 times"),
        ("zero_mileage_exports", 305_200, 392_400, "range", "305,200 to 392,400 of 436,000"),
    ],
)
def test_the_published_figures_say_what_they_can(
    published: dict[str, dict[str, Any]], measure: str, low: float, high: float | None, bound: str, words: str
) -> None:
    row = published[measure]
    assert row["value_low"] == pytest.approx(low, abs=1e-4) and row["bound"] == bound
    assert row["value_high"] == (None if high is None else pytest.approx(high, abs=1e-4))
    assert words in row["sentence"] and UNMATCHED in row["sentence"] and row["source"] in row["sentence"]


def test_the_published_figures_say_nothing_else(published: dict[str, dict[str, Any]]) -> None:
    assert len(published) == 6


def test_only_counts_of_one_subject_city_and_period_stand_beside_each_other() -> None:
    whole = {"series": "insured", "units": 100.0, "city": "X"}
    assert said(whole, {"series": "plated", "units": 40.0, "city": "X"})["plated_share"]["value_low"] == 0.4
    for other in ({"city": "Y"}, {"city": None}, {"city": "X", "period": "2024-06"}, {"city": "X", "subject_id": "N"}):
        assert not said(whole, {"series": "plated", "units": 40.0} | other)


def test_a_range_gives_a_range_and_more_plates_than_cars_no_shortfall() -> None:
    found = said({"series": "insured", "units": 80.0, "units_high": 100.0}, {"series": "plated", "units": 90.0})
    assert (found["plated_share"]["value_low"], found["plated_share"]["value_high"]) == (0.9, 1.125)
    assert "plating_shortfall" not in found


def test_the_same_reporters_whole_is_preferred_and_insured_before_retail() -> None:
    part = {"series": "sold_to_companies", "units": 50.0}
    wholes = [
        {"series": "retail", "units": 200.0},
        {"series": "insured", "units": 100.0},
        {"series": "insured", "units": 1000.0, "reporter_id": "Q"},
    ]
    assert said(part, *wholes)["company_share"]["value_low"] == 0.5
    assert said(part, wholes[0], wholes[2])["company_share"]["value_low"] == 0.25
    assert said(part, wholes[2])["company_share"]["value_low"] == 0.05


def test_a_month_is_measured_against_the_mean_of_the_latest_period() -> None:
    found = said(
        {"series": "retail", "units": 600.0},
        {"series": "retail", "units": 100.0, "statistic": "monthly_mean", "period": "2022"},
        {"series": "retail", "units": 200.0, "statistic": "monthly_mean", "period": "2023"},
    )["retail_times_monthly_mean"]
    assert (found["value_low"], found["value_high"], found["bound"]) == (3.0, 3.0, "exact")
    assert found["sentence"].startswith("甲 Maker, 2024-05: 600 cars reported as retail against a monthly mean of 200")


@pytest.mark.parametrize(
    ("mean", "low", "high", "bound", "words"),
    [
        ({"units": 100.0, "units_high": 200.0}, 3, 6, "range", "a monthly mean of 100 to 200 (2023): 3 to 6 times"),
        ({"units": None, "units_high": 200.0}, 3, None, "more than", "below 200 (2023): more than 3 times"),
        ({"units": 0.0, "units_high": 200.0}, 3, None, "more than", "0 to 200 (2023): more than 3 times"),
        ({"units": 180.0}, 10 / 3, 10 / 3, "exact", "a monthly mean of 180 (2023): 3.3 times"),
    ],
)
def test_a_mean_that_is_a_range_or_a_bound_gives_a_range_or_a_bound(
    mean: dict[str, Any], low: float, high: float | None, bound: str, words: str
) -> None:
    month = {"series": "retail", "units": 600.0}
    of_a_year = {"series": "retail", "statistic": "monthly_mean", "period": "2023"} | mean
    row = said(month, of_a_year)["retail_times_monthly_mean"]
    assert (row["value_low"], row["value_high"], row["bound"], row["unit"]) == (low, high, bound, "times")
    assert words in row["sentence"]
    # a year is no month, and a mean of nothing no measure
    assert not said(month | {"period": "2024"}, of_a_year)
    assert not said(month, of_a_year | {"units": 0.0, "units_high": 0.0})
    # nor is the mean of another series, city or subject
    for other in ({"series": "insured"}, {"city": "X"}, {"subject_id": "N"}):
        assert not said(month, of_a_year | other)


def test_early_bookings_are_a_share_of_retail_before_insured_before_wholesale() -> None:
    part = {"series": "booked_early", "units": 50.0}
    wholes = [{"series": name, "units": n} for name, n in (("wholesale", 400.0), ("insured", 200.0), ("retail", 100.0))]
    for left, share in ((wholes, 0.5), (wholes[:2], 0.25), (wholes[:1], 0.125)):
        row = said(part, *left)["booked_early_share"]
        assert (row["value_low"], row["value_high"], row["bound"]) == (share, None, "at least")
    # a whole without cars is none
    assert not said(part, {"series": "retail", "units": 0.0})


def test_of_a_range_each_end_is_told() -> None:
    plates = {"series": "plated", "units": 20.0, "units_high": 30.0}
    found = said({"series": "insured", "units": 100.0, "units_high": 120.0}, plates)
    share, short = found["plated_share"], found["plating_shortfall"]
    assert (share["value_low"], share["value_high"]) == (20 / 120, 0.3)
    assert "20 to 30 plates against 100 to 120 cars reported as insured (16.7 to 30.0 %)" in share["sentence"]
    assert (short["value_low"], short["value_high"], short["unit"]) == (70, 100, "cars")
    # as many plates as cars are no shortfall
    assert "plating_shortfall" not in said({"series": "insured", "units": 30.0}, plates)


def test_a_sentence_names_city_and_sources_or_says_that_there_are_none() -> None:
    rows = [{"series": "insured", "units": 100.0, "city": "X"}, {"series": "plated", "units": 40.0, "city": "X"}]
    plain = said(*rows)["plated_share"]
    assert plain["sentence"].startswith("甲 Maker, X, 2024-05: 40 plates")
    assert plain["sentence"].endswith("(unmatched cohort; no source given).")
    told = said(*(row | {"source": source} for row, source in zip(rows, ("paper A", "paper B"), strict=True)))
    assert told["plated_share"]["source"] == "paper B; paper A"
    once = said(*(row | {"source": "paper A"} for row in rows))
    assert once["plated_share"]["sentence"].endswith("(unmatched cohort; source: paper A).")
    assert (told["plated_share"]["reporter_id"], told["plated_share"]["subject_id"]) == ("R", "M")


def test_a_published_share_of_used_exports_is_told_in_cars() -> None:
    share = {"series": "exported_zero_mileage", "share": 700_000}
    row = said(share, {"series": "exported_used", "units": 1000.0})["zero_mileage_exports"]
    assert (row["value_low"], row["value_high"], row["bound"], row["unit"]) == (700, 700, "exact", "cars")
    assert "700 of 1,000 used exports had no mileage, at the published share of 70.0 %" in row["sentence"]
    assert not said(share, {"series": "exported_new", "units": 1000.0})


def test_a_range_of_used_exports_at_a_range_of_shares_is_told_with_both_ends() -> None:
    share = {"series": "exported_zero_mileage", "share": 700_000, "share_high": 800_000}
    row = said(share, {"series": "exported_used", "units": 1000.0, "units_high": 1200.0})["zero_mileage_exports"]
    assert (row["value_low"], row["value_high"], row["bound"]) == (700, 960, "range")
    # a series without its share, or its number, says nothing of it
    assert not said(share | {"share": None}, {"series": "exported_used", "units": 1000.0})
    assert not said(share, {"series": "exported_used", "units": None})


def test_a_monthly_mean_is_no_total_of_which_there_could_be_a_share() -> None:
    plates = {"series": "plated", "units": 40.0}
    assert not said({"series": "insured", "units": 100.0, "statistic": "monthly_mean"}, plates)
    assert said({"series": "insured", "units": 100.0, "statistic": None}, plates).keys() == {
        "plated_share", "plating_shortfall",
    }  # fmt: skip


def test_a_subject_goes_by_the_name_of_the_party_that_it_is_else_by_its_id() -> None:
    rows = [{"series": "insured", "units": 100.0}, {"series": "plated", "units": 40.0}]
    who = identities(("M", "甲 Maker"))
    for subject, told in (("M", "甲 Maker, "), ("M9", "M9, "), (None, "unknown, ")):
        found = from_reported_counts(counts(*(row | {"subject_id": subject} for row in rows)), who)
        assert [sentence.startswith(told) for sentence in found["sentence"]] == [True, True]


def test_the_first_of_equally_good_wholes_is_that_of_the_first_reporter_whatever_the_order() -> None:
    part = {"series": "sold_to_companies", "units": 50.0}
    wholes = [{"series": "insured", "units": units, "reporter_id": who} for who, units in (("S", 500.0), ("Q", 100.0))]
    for rows in (wholes, wholes[::-1]):
        assert said(part, *rows)["company_share"]["value_low"] == 0.5
    # a reporter's own whole goes before a better series of another
    own = {"series": "retail", "units": 200.0}
    assert said(part, wholes[1], own)["company_share"]["value_low"] == 0.25


def test_no_counts_say_nothing() -> None:
    assert from_reported_counts(counts(), identities()).is_empty()
