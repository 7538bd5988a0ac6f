"""The summary of a run, line by line, on tables small enough to add up by hand."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from graphkit.case.summary import summary
from graphkit.tables.outputs import SHAPES

NOTHING = {
    name: 0 for name, dtype in SHAPES["restatement"].schema.items() if dtype == pl.Int64
}  # fmt: skip


def frame(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = SHAPES[name].schema
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=dict(schema))


def told(
    tmp_path: Path, frames: dict[str, pl.DataFrame], not_run: dict[str, list[str]], passed_over: int = 0
) -> dict[str, list[str]]:
    """The lines of a summary under each of its titles."""
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "k1.html").touch()
    run = SimpleNamespace(
        frames=lambda: {name: shape.empty() for name, shape in SHAPES.items()} | frames,
        about={
            "settings": {"as_of": "2025-12-31", "regime": "ias24"},
            "not_run": not_run,
            "payments_passed_over": passed_over,
        },
        path=tmp_path,
        views=tmp_path / "views",
    )
    first, *parts = summary(run, Path("harbour"), "Harbour").split("\n\n")  # type: ignore[arg-type]
    assert first == "Harbour: as of 2025-12-31, regime ias24"
    return {title: [line.strip() for line in lines] for title, *lines in (part.split("\n") for part in parts)}


def test_makers_are_added_up_the_largest_first_and_a_range_is_shown_as_one(tmp_path: Path) -> None:
    restated = (
        {"maker_id": "M2", "booked": 900, "supportable_low": 900, "supportable_high": 900},
        {"maker_id": "M1", "month": "2025-11", "booked": 1200, "pre_insured": 150, "returned": 50,
         "supportable_low": 990, "supportable_high": 1000},
        {"maker_id": "M1", "month": "2025-12", "booked": 300,
         "moved_in": 120, "moved_beyond": 3, "pre_insured": 100, "zero_mileage_exported": 1,
         "supportable_low": 319, "supportable_high": 319},
        {"maker_id": "M9", "booked": 2, "supportable_low": 2, "supportable_high": 2},
        {"maker_id": None, "booked": 1, "supportable_low": 1, "supportable_high": 1},
    )  # fmt: skip
    said = told(
        tmp_path,
        {
            "restatement": frame("restatement", *(NOTHING | row for row in restated)),
            "identities": frame("identities", {"party_id": "M1", "name": "Sample Works"}, {"party_id": "M9"}),
        },
        {},
    )
    assert said["What was booked as sold"] == [
        "Sample Works: 1,500 booked, less 250 pre insured, 50 returned, 1 zero mileage exported, 120 of them moved in "
        "to a later month, 3 sold after the last booked month; 1,309 to 1,319 supportable",
        "M2: 900 booked; 900 supportable",
        "M9: 2 booked; 2 supportable",
        "no maker named: 1 booked; 1 supportable",
    ]
    assert "What the makers reported" not in said


def test_what_a_maker_reported_stands_beside_what_the_records_count(tmp_path: Path) -> None:
    one = {"maker_id": "M1", "series": "insured", "reported_low": 10.0, "reported_high": 10.0, "counted": 10,
           "difference_low": 0.0, "difference_high": 0.0}  # fmt: skip
    reported = (
        one | {"period": "2025-10"},
        one | {"period": "2025-11", "counted": 14, "difference_low": -4.0, "difference_high": -4.0},
        one | {"period": "2025-12", "city": "临海", "counted": 13, "difference_low": -3.0, "difference_high": -3.0},
        one | {"period": "2025", "series": "retail", "maker_id": "M2", "reported_low": 1200.0, "reported_high": 1300.0,
               "counted": 1100, "difference_low": 100.0, "difference_high": 200.0},
        one | {"period": "2024", "counted": 0, "difference_low": None, "difference_high": None, "missing": "policies"},
    )  # fmt: skip
    names = frame("identities", {"party_id": "M1", "name": "Sample Works"})
    said = told(tmp_path, {"reported": frame("reported", *reported), "identities": names}, {})
    assert said["What the makers reported"] == [
        "Sample Works, insured: 3 totals compared; furthest apart in 2025-11: 10 reported, 14 counted",
        "M2, retail: 1 total compared; furthest apart in 2025: 1,200 to 1,300 reported, 1,100 counted",
        "1 reported total says nothing: the records are incomplete (see reported, the column missing)",
    ]


def test_a_detectors_cars_are_counted_once_and_its_flagged_parties_beside(tmp_path: Path) -> None:
    units = [
        {"unit_id": "dealer_month/D09/2025-12", "unit_kind": "dealer_month", "party_id": "D09"},
        {"unit_id": "dealer_month/D10/2025-12", "unit_kind": "dealer_month", "party_id": "D10"},
        # the maker's roll-up counts the same cars again
        {"unit_id": "maker_city_month/M1/x/2025-12", "unit_kind": "maker_city_month", "party_id": "M1"},
    ]
    counts = [(1000, 100, 30, 3), (500, 20, 0, 1), (1500, 120, 30, 4)]
    exposure = [
        {"detector": "pre_insured", "unit_id": unit["unit_id"], "tested": n, "flagged": k, "explained": e,
         "indeterminate": i}
        for unit, (n, k, e, i) in zip(units, counts, strict=True)
    ]  # fmt: skip
    nobody = {"detector": "shell_buyer", "tested": 0, "flagged": 0, "explained": 0, "indeterminate": 0}
    exposure.append(nobody | {"unit_id": units[0]["unit_id"]})
    findings = [
        {"detector": "pre_insured", "unit_kind": "party", "verdict": "flagged", "party_id": "D09"},
        {"detector": "pre_insured", "unit_kind": "party", "verdict": "flagged", "party_id": "D10"},
        {"detector": "pre_insured", "unit_kind": "party", "verdict": "indeterminate", "party_id": "D11"},
        {"detector": "pre_insured", "unit_kind": "dealer_month", "verdict": "flagged", "party_id": "D09"},
        {"detector": "shell_buyer", "unit_kind": "party", "verdict": "flagged", "party_id": "C1"},
    ]
    said = told(
        tmp_path,
        {
            "units": frame("units", *units),
            "exposure": frame("exposure", *exposure),
            "findings": frame("findings", *findings),
        },
        {"zero_mileage_export": ["exports", "odometer"]},
    )
    assert said["What was found"] == [
        "Insured before anyone bought it: 120 of 1,500 cars (8.0%), 30 explained, 4 undecided; 2 parties beyond chance",
        "Bought by a young company that neither plated nor sold it: 0 of 0 cars, 0 explained, 0 undecided; "
        "1 party beyond chance",
        "Exported as used within 180 days, unused or against the rule: not run, by 2025-12-31 the case has no exports, "
        "no odometer",
    ]


def test_who_passed_cars_on_adds_no_car_to_those_found(tmp_path: Path) -> None:
    units = [
        {"unit_id": f"{kind}/2025-12", "unit_kind": kind, "party_id": party}
        for kind, party in (("dealer_month", "D1"), ("reseller_month", "C1"))
    ]
    counts = [(100, 60, 5, 3), (80, 60, 4, 2)]
    exposure = [
        {"detector": "circular_sales", "unit_id": unit["unit_id"], "tested": n, "flagged": k, "explained": e,
         "indeterminate": i}
        for unit, (n, k, e, i) in zip(units, counts, strict=True)
    ]  # fmt: skip
    steps = [("flagged", 60), ("explained", 4), ("indeterminate", 2)]
    hits = [
        {"detector": "circular_sales", "hit_id": f"{verdict}{n}", "subject_kind": kind, "verdict": verdict}
        for verdict, number in steps
        for n in range(number)
        for kind in ("vehicle", "step")
    ]
    frames = {
        "units": frame("units", *units), "exposure": frame("exposure", *exposure), "hits": frame("hits", *hits),
    }  # fmt: skip
    assert told(tmp_path, frames, {})["What was found"] == [
        "Car that came back to its seller: 60 of 180 cars (33.3%), 5 explained, 3 undecided; 0 parties beyond chance"
    ]


@pytest.mark.parametrize(("number", "said"), [(1, "1 payment from a buyer to its seller is"),
                                              (1_234, "1,234 payments from a buyer to its seller are")])  # fmt: skip
def test_payments_that_are_no_price_are_counted(tmp_path: Path, number: int, said: str) -> None:
    assert told(tmp_path, {}, {}, number)["What was found"] == [f"{said} matched with no car"]


def test_only_flagged_parties_are_named_the_highest_score_first(tmp_path: Path) -> None:
    scores = [
        {"party_id": "D11", "score": 2.0, "flagged": True, "reason_1": "why", "name": None},
        {"party_id": "D10", "score": 2.0, "flagged": True, "reason_1": "why", "name": "Sample Ten"},
        {"party_id": "D09", "score": 4.04, "flagged": True, "reason_1": "much", "name": "Sample Nine"},
        {"party_id": "D12", "score": 9.0, "flagged": False, "reason_1": "gate", "name": "Sample Twelve"},
    ]
    assert told(tmp_path, {"scores": frame("scores", *scores)}, {})["Flagged parties"] == [
        "Sample Nine (D09), score 4.0: much",
        "Sample Ten (D10), score 2.0: why",
        "D11 (D11), score 2.0: why",
    ]


@pytest.mark.parametrize(("count", "rest"), [(5, []), (6, ["and 1 more"]), (1_006, ["and 1,001 more"])])
def test_the_five_largest_clusters_are_named_and_the_others_counted(
    tmp_path: Path, count: int, rest: list[str]
) -> None:
    clusters = [{"cluster_id": f"k{at}", "units": 9 if at < 3 else 2000 - at, "reason": "why"} for at in range(count)]
    said = told(tmp_path, {"clusters": frame("clusters", *clusters)}, {})["Clusters"]
    named = sorted(clusters, key=lambda row: (-int(str(row["units"])), row["cluster_id"]))[:5]
    drawn = {"k1": f" → {tmp_path / 'views' / 'k1.html'}"}
    assert said == [f"{row['cluster_id']}: why{drawn.get(str(row['cluster_id']), '')}" for row in named] + rest


def test_published_figures_show_what_their_sentence_does_not_say(tmp_path: Path) -> None:
    figures = [
        {"subject_id": "M1", "sentence": "9 % of all, matched", "cohort": "matched", "source": "press", "bound": "low"},
        {"subject_id": "M2", "sentence": "half (press)", "cohort": None, "source": "press", "bound": None},
    ]
    assert told(tmp_path, {"aggregates": frame("aggregates", *figures)}, {})["What published figures alone say"] == [
        "9 % of all, matched [press; bound: low]",
        "half (press) [bound: none]",
    ]


def test_what_has_nothing_to_say_has_no_title_and_the_files_are_named(tmp_path: Path) -> None:
    assert told(tmp_path, {}, {}) == {
        "Files": [
            f"{tmp_path}: findings, hits, scores as .csv and .parquet, run.json",
            "next: graphkit findings harbour; graphkit explain harbour FINDING; graphkit query harbour",
        ]
    }
