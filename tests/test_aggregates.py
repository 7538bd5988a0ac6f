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


def test_no_counts_say_nothing() -> None:
    assert from_reported_counts(counts(), identities()).is_empty()
