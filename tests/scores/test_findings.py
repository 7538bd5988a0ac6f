from typing import Any

import polars as pl
import pytest

from graphkit.files import hash_text
from graphkit.model import Floors, Null


def dealers(flagged: list[int], tested: int = 200, detector: str = "pre_insured") -> list[tuple[Any, ...]]:
    return [(detector, f"D{at:02}", tested, k, 0, 0) for at, k in enumerate(flagged)]


def of_party(findings: pl.DataFrame, party: str, detector: str = "pre_insured") -> dict[str, Any]:
    return findings.filter(unit_kind="party", party_id=party, detector=detector).row(0, named=True)


HONEST = [4, 3, 6, 2, 5, 4, 3, 5, 6, 4, 2, 5]


def test_a_guilty_dealer_is_flagged_and_an_honest_one_is_not(detector: Any, counted: Any, found: Any) -> None:
    findings = found(counted(dealers([110, *HONEST])), detector())
    guilty, honest = of_party(findings, "D00"), of_party(findings, "D03")
    assert guilty["verdict"] == "flagged" and guilty["q"] < 1e-4 and guilty["eb05"] > 2
    assert guilty["effect_low"] < guilty["effect"] < guilty["effect_high"]
    assert (guilty["baseline"], guilty["peers_n"], guilty["n"], guilty["observed"]) == ("peers", 12, 200, 110)
    assert guilty["finding_id"] == hash_text("pre_insured", "party/D00", "ias24")
    assert "110 of 200 cars (55.0 %)" in guilty["reason"] and "12 peers" in guilty["reason"]
    assert honest["verdict"] == "unremarkable" and honest["q"] > 0.05
    month = findings.filter(unit_kind="dealer_month", party_id="D00")
    assert month["verdict"].to_list() == ["flagged"] and month["month"].to_list() == ["2024-05"]


def test_guilty_peers_do_not_hide_one_another(detector: Any, counted: Any, found: Any) -> None:
    findings = found(counted(dealers([110, 100, 120, 90, 105, *HONEST])), detector())
    flagged = findings.filter(unit_kind="party", verdict="flagged")["party_id"].to_list()
    assert flagged == ["D00", "D01", "D02", "D03", "D04"]


def test_a_control_group_is_no_peer_of_its_own_members(detector: Any, counted: Any, found: Any) -> None:
    rows = counted(dealers([80, 70, 60, *HONEST]))
    alone = of_party(found(rows, detector()), "D00")
    tied = of_party(found(rows, detector(), groups=[("D00", "G"), ("D01", "G"), ("D02", "G")]), "D00")
    assert (alone["peers_n"], tied["peers_n"]) == (14, 12)
    assert tied["verdict"] == "flagged"


def test_with_fewer_than_ten_peers_the_reference_rate_stands_in(detector: Any, counted: Any, found: Any) -> None:
    row = of_party(found(counted(dealers([120, 5, 4])), detector()), "D00")
    assert (row["baseline"], row["peers_n"]) == ("reference", 2)
    assert row["expected"] == pytest.approx(200 * 0.03)
    assert "reference rate of 3.0 %" in row["reason"] and row["verdict"] == "flagged"


def test_floors_hold_however_small_p_is(detector: Any, counted: Any, found: Any) -> None:
    strict = Floors(min_tested=30, min_flagged=10, min_share=0.6, min_effect=2.0, why="test")
    row = of_party(found(counted(dealers([110, *HONEST])), detector(floors=strict)), "D00")
    assert row["q"] < 1e-4 and row["verdict"] == "unremarkable"


def test_one_month_that_stands_out_is_not_thinned_by_quiet_ones(detector: Any, counted: Any, found: Any) -> None:
    floors = detector(floors=Floors(min_tested=30, min_flagged=30, min_share=0.5, min_effect=2.0, why="test"))
    rows = counted(dealers([150, 60, *HONEST]))
    quiet = counted(dealers([5, 60, *HONEST], tested=400), month="2024-06")
    rows.frame = pl.concat([rows.frame, quiet.frame])
    findings = found(rows, floors)
    # 150 of 200 in May meet the floor of a month; 60 of 200 in May and of 400 in June never do
    guilty = of_party(findings, "D00")
    assert (guilty["observed"], guilty["n"], guilty["verdict"]) == (150, 200, "flagged")
    assert guilty["first_month"] == guilty["last_month"] == "2024-05"
    assert "in 2024-05, its most telling month, 150 of 200 cars (75.0 %)" in guilty["reason"]
    assert guilty["reason"].endswith("; in all months 155 of 600 cars.")
    assert guilty["finding_id"] == hash_text("pre_insured", "party/D00", "ias24")
    assert of_party(findings, "D01")["q"] < 0.05 and of_party(findings, "D01")["verdict"] == "unremarkable"


def test_tests_without_a_hit_count_in_the_family(detector: Any, counted: Any, found: Any) -> None:
    few = of_party(found(counted(dealers([16, *HONEST])), detector()), "D00")
    many = of_party(found(counted(dealers([16, *HONEST, *[0] * 40])), detector()), "D00")
    assert many["q"] > many["p"] * 10 and few["q"] >= few["p"]


def stepped(p: list[float], factor: float) -> list[float]:
    """Each p times the number of tests by its rank, none above a later one: Benjamini and Hochberg by hand."""
    ranked = sorted(p)
    at_rank = [min(1.0, one * factor * len(p) / rank) for rank, one in enumerate(ranked, start=1)]
    return [min(at_rank[ranked.index(one) :]) for one in p]


def test_parties_share_one_family_of_tests_and_months_a_stricter_one(detector: Any, counted: Any, found: Any) -> None:
    buyers = dealers([60, 8, *HONEST], detector="related_party_sales")
    detectors = detector(), detector("related_party_sales", family="buyer")
    findings = found(counted([*dealers([16, 25, *HONEST]), *buyers]), *detectors)
    parties, months = findings.filter(unit_kind="party"), findings.filter(unit_kind="dealer_month")
    assert parties.height == months.height == 28
    # each is asked twice; in its only month a party shows what it shows over all of them
    window = pl.when(pl.col("observed") >= 20, pl.col("p") * 56 > 0.05).then("p").otherwise(1.0)
    twice = [*parties["p"], *parties.select(window).to_series()]
    assert parties["q"].to_list() == pytest.approx(stepped(twice, 1.0)[:28])
    # 1 + 1/2 + ... + 1/28
    assert months["q"].to_list() == pytest.approx(stepped(months["p"].to_list(), 3.927171038966))
    assert 0 < parties["q"].min() < 0.05


def test_a_month_of_a_deterministic_detector_does_not_speak_for_the_party(
    detector: Any, counted: Any, found: Any
) -> None:
    floors = Floors(min_tested=10, min_flagged=10, min_share=0.2, min_effect=0.2, why="test")
    plain = detector("zero_mileage_export", family="export", null=Null.DETERMINISTIC, floors=floors)
    rows = counted([("zero_mileage_export", "X1", 60, 20, 0, 0)])
    quiet = counted([("zero_mileage_export", "X1", 60, 3, 0, 0)], month="2024-06")
    rows.frame = pl.concat([rows.frame, quiet.frame])
    findings = found(rows, plain)
    month = findings.filter(month="2024-05", unit_kind="dealer_month")
    assert month["verdict"].to_list() == ["flagged"]
    # 23 of 120 are less than a fifth
    assert of_party(findings, "X1", "zero_mileage_export")["verdict"] == "unremarkable"


def test_the_three_most_frequent_things_that_are_missing_are_named(detector: Any, counted: Any, found: Any) -> None:
    # what another lacks, and far more often, is not its
    rows = counted([*dealers(HONEST), ("pre_insured", "E1", 100, 0, 0, 10), ("pre_insured", "E2", 100, 0, 0, 20)])
    missing = ["d"] + ["c"] * 2 + ["b"] * 3 + ["a"] * 4
    hits = rows.hits()
    of_dealer = hits.filter(accountable_id="E1").with_columns(missing=pl.Series(missing))
    hits = pl.concat([hits.filter(pl.col("accountable_id") != "E1"), of_dealer])
    findings = found(rows, detector(), hits=hits)
    said = findings.filter(party_id="E1").select("unit_kind", "missing").sort("unit_kind").rows()
    assert said == [(kind, "10 of 100 cars are undecidable; needed: a; b; c") for kind in ("dealer_month", "party")]
    words = "20 of 100 cars are undecidable; needed: registrations after 2024-05-31"
    assert of_party(findings, "E2")["missing"] == words


def test_undecidable_cars_make_a_finding_indeterminate(detector: Any, counted: Any, found: Any) -> None:
    rows = [*dealers([110, *HONEST]), ("pre_insured", "E1", 100, 5, 0, 40), ("pre_insured", "E2", 200, 60, 0, 120)]
    findings = found(counted(rows), detector())
    for party, words in (("E1", "40 of 100 cars"), ("E2", "120 of 200 cars")):
        row = of_party(findings, party)
        assert row["verdict"] == "indeterminate"
        assert row["missing"] == f"{words} are undecidable; needed: registrations after 2024-05-31"
    assert of_party(findings, "E1")["n"] == 60
    assert of_party(findings, "D00")["missing"] is None


def test_a_unit_with_nothing_decidable_is_no_test(detector: Any, counted: Any, found: Any) -> None:
    row = of_party(found(counted([*dealers(HONEST), ("pre_insured", "E1", 50, 0, 0, 50)]), detector()), "E1")
    assert row["verdict"] == "indeterminate"
    assert row["p"] is None and row["q"] is None and row["effect"] is None
    assert row["reason"] == "Title of pre_insured: none of 50 cars can be decided."


def test_hits_that_all_have_a_look_alike_are_explained(detector: Any, counted: Any, found: Any) -> None:
    row = of_party(found(counted([*dealers(HONEST), ("pre_insured", "E1", 100, 0, 60, 0)]), detector()), "E1")
    assert row["verdict"] == "explained" and row["observed"] == 0


def test_a_deterministic_detector_has_an_interval_and_no_p(detector: Any, counted: Any, found: Any) -> None:
    floors = Floors(min_tested=10, min_flagged=10, min_share=0.2, min_effect=0.2, why="test")
    plain = detector("zero_mileage_export", family="export", null=Null.DETERMINISTIC, floors=floors)
    findings = found(counted([("zero_mileage_export", "X1", 120, 90, 10, 20)]), plain)
    row = of_party(findings, "X1", "zero_mileage_export")
    assert row["verdict"] == "flagged" and row["effect"] == pytest.approx(0.9)
    assert row["effect_low"] < 0.9 < row["effect_high"]
    assert [row[name] for name in ("p", "q", "expected", "eb05", "baseline")] == [None] * 5


def test_persons_are_never_judged(detector: Any, counted: Any, found: Any) -> None:
    rows = counted(dealers([110, *HONEST]))
    findings = found(rows, detector(), identities=rows.identities(D00={"kind": "person"}))
    assert "D00" not in findings["party_id"].to_list()


@pytest.mark.parametrize("unknown", ["is_stub", "is_undecided"])
def test_a_party_of_whom_nobody_knows_who_it_is_is_not_flagged(
    unknown: str, detector: Any, counted: Any, found: Any
) -> None:
    rows = counted(dealers([110, *HONEST]))
    findings = found(rows, detector(), identities=rows.identities(D00={unknown: True}))
    own = findings.filter(party_id="D00")
    assert own["unit_kind"].n_unique() == 2
    assert set(own["verdict"]) == {"indeterminate"}
    assert own["missing"].str.contains("who the party is").all()


def test_what_was_not_tested_and_what_the_party_says_stand_beside_the_finding(
    detector: Any, counted: Any, found: Any
) -> None:
    findings = found(
        counted(dealers([110, *HONEST])),
        detector(),
        denials={"D00": "Cars were insured for display."},
        untested={"pre_insured": ("gift_insurance",)},
    )
    row = of_party(findings, "D00")
    assert (row["look_alikes_tested"], row["look_alikes_untested"]) == ("declared_stock", "gift_insurance")
    assert row["denial"] == "Cars were insured for display."
    assert of_party(findings, "D01")["denial"] is None


def test_a_maker_gets_its_finding_from_its_city_months(detector: Any, counted: Any, found: Any) -> None:
    makers = counted(
        [("pre_insured", "M1", 400, 220, 0, 0), ("pre_insured", "M2", 400, 9, 0, 0)], kind="maker_city_month"
    )
    row = of_party(found(makers, detector()), "M1")
    assert (row["observed"], row["n"], row["verdict"]) == (220, 400, "flagged")


def test_shuffled_rows_give_equal_findings(detector: Any, counted: Any, found: Any) -> None:
    rows = dealers([110, 60, *HONEST])
    first = found(counted(rows), detector())
    assert first.equals(found(counted(rows[::-1]), detector()))


def test_a_null_without_a_test_is_refused(detector: Any, counted: Any, found: Any) -> None:
    with pytest.raises(ValueError, match="no test yet"):
        found(counted(dealers(HONEST)), detector(null=Null.COUNT))


def test_only_a_finding_at_the_reference_rate_is_tried_at_twice_that_rate(
    detector: Any, counted: Any, found: Any
) -> None:
    alone = of_party(found(counted(dealers([120, 5, 4])), detector()), "D00")
    assert alone["q"] < alone["q_at_twice_the_rate"] < 1e-3
    among = of_party(found(counted(dealers([120, *HONEST])), detector()), "D00")
    assert (among["baseline"], among["q_at_twice_the_rate"]) == ("peers", None)
    # rate detectors, those judged by a share and those judged by shuffles stand in one table
    plain = detector("zero_mileage_export", null=Null.DETERMINISTIC, reference_rate=None)
    rows = [*dealers([120, 5, 4]), ("zero_mileage_export", "E01", 100, 50, 0, 0)]
    both = found(counted(rows), detector(), plain)
    assert set(both["detector"]) == {"pre_insured", "zero_mileage_export"}


def test_q_without_one_is_the_largest_q_of_all_runs_that_lack_one_other_dealer(
    detector: Any, counted: Any, found: Any
) -> None:
    rows = dealers([28, *HONEST])
    of_all = found(counted(rows), detector())
    weak = of_party(of_all, "D00")
    without = [found(counted(rows[:at] + rows[at + 1 :]), detector()) for at in range(1, len(rows))]
    q = [of_party(findings, "D00")["q"] for findings in without]
    assert weak["q"] < max(q) < 0.05
    assert weak["q_without_one"] == pytest.approx(max(q), rel=1e-6)
    assert f", q {weak['q']:.2g}, {max(q):.2g} at most with one other left out)" in weak["reason"]
    # months are a watch-list: nobody is exported by one
    months = of_all.filter(unit_kind="dealer_month")
    assert months["q_without_one"].null_count() == months.height and not months["near_the_bound"].any()
    assert "left out" not in months.filter(party_id="D00")["reason"].item()


def test_at_the_reference_rate_the_sentence_tells_no_other_q(detector: Any, counted: Any, found: Any) -> None:
    alone = of_party(found(counted(dealers([120, 5, 4])), detector()), "D00")
    assert "left out" not in alone["reason"]
    # no peer moves a documented rate, and of two other tests one is left
    assert alone["q_without_one"] == pytest.approx(alone["q"] * 2 / 3)


def test_who_is_nobody_known_is_not_near_the_bound(detector: Any, counted: Any, found: Any) -> None:
    rows = counted(dealers([24, *HONEST]))
    assert of_party(found(rows, detector()), "D00")["near_the_bound"]
    unknown = found(rows, detector(), identities=rows.identities(D00={"is_stub": True}))
    assert not of_party(unknown, "D00")["near_the_bound"]


def test_who_has_just_ten_peers_is_near_where_it_would_not_stand_at_twice_the_reference_rate(
    detector: Any, counted: Any, found: Any
) -> None:
    def is_near(flagged: int, peers: int) -> bool:
        row = of_party(found(counted(dealers([flagged, *[3] * peers], tested=600)), detector()), "D00")
        assert (row["baseline"], row["verdict"]) == ("peers", "flagged")
        return bool(row["near_the_bound"])

    # with one peer fewer the reference rate is left, and 150 of 600 are not sure enough at twice that
    assert is_near(150, 10)
    assert not is_near(170, 10)
    assert not is_near(150, 11)
