from math import e, log, log10
from typing import Any

import polars as pl
import pytest

from graphkit.model import Floors, Null
from graphkit.scores.doubts import doubtful
from graphkit.scores.score import _proof, _summary, score
from graphkit.tables.outputs import SHAPES

HONEST = [4, 3, 6, 2, 5, 4, 3, 5, 6, 4, 2, 5]
EXPORT_FLOORS = Floors(min_tested=10, min_flagged=10, min_share=0.2, min_effect=0.2, why="test")


@pytest.fixture
def scored(found: Any) -> Any:
    def run(counts: Any, *detectors: Any, grade: str = "practice", **more: Any) -> tuple[Any, Any, Any]:
        hits = more.pop("hits", counts.hits(grade=grade))
        identities = more.pop("identities", counts.identities())
        findings = found(counts, *detectors, hits=hits, identities=identities, **more)
        members = [{"party_id": party, "group_id": group} for party, group in more.get("groups", ())]
        groups = pl.DataFrame(members, schema=dict(SHAPES["groups"].schema))
        return findings, *score(detectors, findings, hits, counts.exposure, counts.units, identities, groups)

    return run


def row_of(scores: pl.DataFrame, party: str) -> dict[str, Any]:
    return scores.filter(party_id=party).row(0, named=True)


def rows(first: list[tuple[Any, ...]], *detectors: str, tested: int = 300) -> list[tuple[Any, ...]]:
    return first + [(name, f"D{at:02}", tested, k, 0, 0) for name in detectors for at, k in enumerate(HONEST, start=1)]


def test_counted_weights_sum_to_the_score_of_every_party(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(
        rows(
            [
                ("pre_insured", "D00", 300, 170, 0, 0),
                ("insured_not_plated", "D00", 300, 60, 0, 0),
                ("related_party_sales", "D00", 300, 50, 0, 0),
            ],
            "pre_insured",
            "insured_not_plated",
            "related_party_sales",
        )
    )
    detectors = [
        detector(),
        detector("insured_not_plated"),
        detector("related_party_sales", family="buyer"),
    ]
    findings, scores, contributions = scored(counts, *detectors)
    summed = contributions.filter("counted").group_by("party_id").agg(pl.col("weight").sum())
    joined = scores.join(summed, on="party_id", how="left").with_columns(pl.col("weight").fill_null(0.0))
    assert joined["score"].to_list() == joined["weight"].round(6).to_list()
    guilty = row_of(scores, "D00")
    assert guilty["families"] == "booking;buyer" and guilty["score"] == 4.0 and guilty["band"] == "strong"
    booking = contributions.filter(party_id="D00", family="booking")
    assert booking["counted"].sum() == 1, "two findings of one family count once"
    assert set(contributions["finding_id"]) <= set(findings["finding_id"])
    assert guilty["flagged"] and guilty["gate_failed"] is None
    assert guilty["reason_1"] and guilty["reason_2"] and guilty["reason_3"]


def test_a_weight_is_the_most_its_p_can_say(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "D00", 300, 33, 0, 0)], "pre_insured"))
    findings, _, contributions = scored(counts, detector())
    p = findings.filter(unit_kind="party", party_id="D00")["p"][0]
    assert 1e-6 < p < 0.01
    expected = min(log10(-1 / (e * p * log(p))), 2.0)
    assert contributions.filter(party_id="D00")["weight"][0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("weights", "total", "band"),
    [
        ((2.0, 1.0), 3.0, "strong"),
        ((2.0,), 2.0, "strong"),
        ((1.999999,), 1.999999, "elevated"),
        ((1.0,), 1.0, "elevated"),
        ((0.999999,), 0.999999, "watch"),
        ((0.5,), 0.5, "watch"),
        ((0.499999,), 0.499999, "none"),
        ((0.8, -0.30103), 0.49897, "none"),
        ((), 0.0, "none"),
    ],
)
def test_a_band_begins_at_its_score_and_not_before(weights: Any, total: float, band: str, detector: Any) -> None:
    unknown = ("missing", "q", "explained", "denial", "look_alikes_untested", "effect", "eb05", "baseline")
    row = dict.fromkeys((*unknown, "q_at_twice_the_rate", "q_without_one", "near_the_bound"))
    row |= {"verdict": "unremarkable", "family": "buyer", "reason": "Why.", "detector": "pre_insured"}
    row |= {
        "observed": 1,
        "of_group": 1,
        "of_set": 0,
        "n": 9,
        "tested": 9,
        "indeterminate": 0,
        "breaches": 0,
        "counted": True,
    }
    evidence, detectors = [row | {"weight": weight} for weight in weights], {"pre_insured": detector()}
    told = _summary(evidence, [_proof(one, detectors["pre_insured"]) for one in evidence], detectors)
    assert (told["score"], told["band"]) == (total, band)


def test_a_score_names_its_smallest_q_its_heaviest_reasons_and_the_families_that_speak_for_it(
    detector: Any, counted: Any, scored: Any
) -> None:
    names = ("pre_insured", "insured_not_plated", "related_party_sales", "circular_sales", "shell_buyer")
    first = [(name, "D00", 300, k, 0, 0) for name, k in zip(names, (170, 120, 60, 50, 3), strict=True)]
    counts = counted(rows([*first, ("shell_buyer", "D13", 300, 2, 100, 0)], *names))
    family = dict(zip(names, ("booking", "booking", "buyer", "circular_cars", "export"), strict=True))
    findings, scores, contributions = scored(counts, *(detector(name, family=family[name]) for name in names))
    row = row_of(scores, "D00")
    own = findings.filter(unit_kind="party", party_id="D00")
    assert row["q"] == own["q"].min() < own["q"].max()
    assert row["families"] == "booking;buyer;circular_cars"
    assert [row[f"reason_{n}"].partition(":")[0] for n in (1, 2, 3)] == [
        "Title of pre_insured", "Title of insured_not_plated", "Title of related_party_sales",
    ]  # fmt: skip
    against = contributions.filter(party_id="D13")
    assert against["weight"].to_list() == [-0.30103] and against["counted"].to_list() == [True]
    assert row_of(scores, "D13")["families"] == ""


def test_a_company_of_which_no_car_was_tested_has_no_row(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "D00", 0, 0, 0, 0)], "pre_insured"))
    _, scores, _ = scored(counts, detector())
    assert "D00" not in scores["party_id"].to_list() and "D01" in scores["party_id"].to_list()


def test_every_tested_company_has_a_row_and_no_person_or_stub(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "D00", 300, 170, 0, 0)], "pre_insured"))
    identities = counts.identities(D00={"is_stub": True}, D01={"kind": "person"})
    _, scores, contributions = scored(counts, detector(), identities=identities)
    assert scores["party_id"].to_list() == [f"D{at:02}" for at in range(2, 13)]
    assert set(contributions["party_id"]) <= set(scores["party_id"])
    honest = row_of(scores, "D02")
    assert (honest["score"], honest["band"], honest["flagged"]) == (0.0, "none", False)


def test_experimental_detectors_feed_no_score(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "D00", 300, 170, 0, 0)], "pre_insured"))
    _, scores, contributions = scored(counts, detector(status="experimental"))
    assert scores.is_empty() and contributions.is_empty()


def export(**changes: Any) -> dict[str, Any]:
    return {"family": "export", "null": Null.DETERMINISTIC, "floors": EXPORT_FLOORS} | changes


def test_a_breach_weighs_more_than_a_practice_and_opens_the_gate(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted([("zero_mileage_export", "X1", 60, 40, 0, 0)])
    plain = detector("zero_mileage_export", **export())
    _, practice, _ = scored(counts, plain)
    _, breach, _ = scored(counts, plain, grade="breach")
    assert (row_of(practice, "X1")["score"], row_of(breach, "X1")["score"]) == (1.0, 2.0)
    assert not row_of(practice, "X1")["flagged"] and row_of(breach, "X1")["flagged"]
    assert "40 flagged cars, 100 are needed" in row_of(practice, "X1")["gate_failed"]


@pytest.mark.parametrize(("breaches", "total"), [(9, 2.0), (8, 1.0)])
def test_only_flagged_hits_of_that_grade_break_a_rule(
    breaches: int, total: float, detector: Any, counted: Any, scored: Any
) -> None:
    floors = Floors(min_tested=10, min_flagged=9, min_share=0.1, min_effect=0.1, why="test")
    counts = counted([("zero_mileage_export", "X1", 60, 19, 5, 0)])
    # of nineteen flagged hits so many broke it, and the five that are explained would have
    grades = ["breach"] * breaches + ["practice"] * (19 - breaches) + ["breach"] * 5
    hits = counts.hits()
    assert hits["verdict"].to_list() == ["explained"] * 5 + ["flagged"] * 19
    hits = hits.with_columns(grade=pl.Series(grades[::-1]))
    _, scores, _ = scored(counts, detector("zero_mileage_export", **export(floors=floors)), hits=hits)
    row = row_of(scores, "X1")
    assert (row["score"], row["flagged"]) == (total, total == 2.0)


def test_mostly_explained_hits_count_against_suspicion(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "E1", 300, 4, 200, 0)], "pre_insured"))
    _, scores, contributions = scored(counts, detector(), denials={"E1": "They were demo cars."})
    row = row_of(scores, "E1")
    assert -0.5 < row["score"] < 0 and row["band"] == "none" and not row["flagged"]
    assert "200 hits are explained" in row["exculpatory"] and "They were demo cars." in row["exculpatory"]
    assert contributions.filter(party_id="E1")["counted"].to_list() == [True]


def test_undecidable_findings_weigh_nothing_and_say_what_is_missing(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "E1", 300, 120, 0, 170)], "pre_insured"))
    _, scores, _ = scored(counts, detector())
    row = row_of(scores, "E1")
    assert row["score"] == 0 and not row["flagged"]
    assert "registrations after 2024-05-31" in row["gate_failed"] and row["missing"]


def test_a_few_explained_hits_say_nothing_either_way(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "E1", 300, 0, 5, 0)], "pre_insured"))
    _, scores, _ = scored(counts, detector())
    assert row_of(scores, "E1")["score"] == 0


def test_what_weighs_nothing_or_speaks_for_a_party_is_no_reason_against_it(
    detector: Any, counted: Any, scored: Any
) -> None:
    names = ("pre_insured", "insured_not_plated")
    first = [("pre_insured", "E1", 300, 0, 40, 0), ("insured_not_plated", "E1", 300, 1, 0, 0)]
    counts = counted(rows([*first, ("pre_insured", "E2", 300, 170, 0, 0)], *names))
    _, scores, contributions = scored(counts, *(detector(name) for name in names))
    assert contributions.filter(party_id="E1")["weight"].sort().to_list() == [-0.30103, 0.0]
    told = {party: [row_of(scores, party)[f"reason_{at}"] for at in (1, 2, 3)] for party in ("E1", "E2")}
    assert told["E1"] == [None, None, None]
    assert told["E2"][0].startswith("Title of pre_insured: 170 of 300 cars") and told["E2"][1:] == [None, None]


def test_a_month_that_stands_out_weighs_though_its_party_misses_the_floors(
    detector: Any, counted: Any, scored: Any
) -> None:
    floors = Floors(min_tested=30, min_flagged=30, min_share=0.5, min_effect=2.0, why="test")
    counts = counted(rows([("pre_insured", "D00", 300, 200, 0, 0)], "pre_insured"))
    quiet = counted(rows([("pre_insured", "D00", 300, 4, 0, 0)], "pre_insured"), month="2024-06")
    counts.frame = pl.concat([counts.frame, quiet.frame])
    findings, scores, contributions = scored(counts, detector(floors=floors))
    # 204 of 600 cars are less than half, 200 of 300 in May are more
    assert findings.filter(unit_kind="party", party_id="D00")["verdict"].to_list() == ["flagged"]
    assert row_of(scores, "D00")["score"] == 2.0
    assert contributions.filter(party_id="D00")["counted"].to_list() == [True]


SHELLS = ((57, 53), (62, 58), (65, 60), (70, 65), (75, 70), (82, 76))
"""Cars tested and flagged of six companies that one owner put between itself and its cars: 93 %."""


def test_six_shells_of_one_group_are_all_exported_and_apart_none_is(detector: Any, counted: Any, scored: Any) -> None:
    first = [("shell_buyer", f"S{at}", n, k, 0, 0) for at, (n, k) in enumerate(SHELLS, 1)]
    counts = counted(rows(first, "shell_buyer"))
    shell_buyer = detector("shell_buyer", family="buyer", accountable="buyer_company")
    group = [(f"S{at}", "G") for at in range(1, 7)]
    _, together, _ = scored(counts, shell_buyer, groups=group)
    assert together.filter("flagged")["party_id"].to_list() == [party for party, _ in group]
    _, apart, _ = scored(counts, shell_buyer)
    assert not apart["flagged"].any()
    assert "76 flagged cars, 100 are needed" in row_of(apart, "S6")["gate_failed"]
    # the first alone in one group with the second
    _, two, _ = scored(counts, shell_buyer, groups=[("S1", "G"), ("S2", "G"), ("S3", "H")])
    assert two.filter("flagged")["party_id"].to_list() == ["S1", "S2"]


def sold_to(hits: pl.DataFrame, buyer: str, *, by: tuple[str, ...]) -> pl.DataFrame:
    """The hits, in which those of these sellers name one buyer."""
    is_theirs = pl.col("accountable_id").is_in(by)
    return hits.with_columns(counterparty_id=pl.when(is_theirs).then(pl.lit(buyer)).otherwise("counterparty_id"))


def test_of_a_trade_set_each_with_a_finding_of_its_own_is_exported_and_nobody_else(
    detector: Any, counted: Any, scored: Any
) -> None:
    # two vendors sell to one trader; an honest company of the set kept a few of its cars
    floors = Floors(min_tested=10, min_flagged=10, min_share=0.5, min_effect=2.0, why="test")
    first = [("collusive_cluster", party, 80, k, 0, 0) for party, k in (("A", 55), ("B", 45), ("H", 9))]
    counts = counted([*rows(first, "collusive_cluster"), ("collusive_cluster", "T", 40, 0, 0, 0)])
    hits = sold_to(counts.hits(), "T", by=("A", "B", "H"))
    sets = {"family": "circular_cars", "floors": floors, "needs": {"sales": ("seller_id", "buyer_id")}}
    together = detector("collusive_cluster", act_together="they deal", **sets)
    _, scores, _ = scored(counts, together, hits=hits)
    assert scores.filter("flagged")["party_id"].to_list() == ["A", "B"]
    assert row_of(scores, "H")["gate_failed"] == "No finding meets its effect floor beyond chance."
    # of a detector that does not say so each counts alone, and so do those who sold to different ones
    _, alone, _ = scored(counts, detector("collusive_cluster", **sets), hits=hits)
    _, apart, _ = scored(counts, together, hits=sold_to(sold_to(hits, "T2", by=("B",)), "T3", by=("H",)))
    assert not alone["flagged"].any() and not apart["flagged"].any()
    assert "55 flagged cars, 100 are needed" in row_of(apart, "A")["gate_failed"]
    # nine cars of the honest one are of the set as well: 99 + 9
    _, fewer, _ = scored(
        counts, together, hits=hits.filter(~pl.col("subject_id").str.starts_with("H-flagged")).slice(1)
    )
    assert "of its own and 99 of its trade set, 100 are needed" in str(fewer["gate_failed"].to_list())


SALES = {"sales": ("seller_id", "buyer_id")}


def of_one_buyer(counts: Any) -> pl.DataFrame:
    """The hits, where the shell bought the cars of all dealers with two letters, and answers for those of DX and DH."""
    number = pl.col("subject_id").str.extract(r"(\d+)$").cast(pl.Int64)
    dealer = pl.when(number < 60).then(pl.lit("DX")).otherwise(pl.lit("DH"))
    is_shell = pl.col("accountable_id") == "S"
    # its first sixty are the cars of DX, the others of DH
    return counts.hits().with_columns(
        subject_id=pl.when(is_shell).then(pl.format("{}-flagged-{}", dealer, number % 60)).otherwise("subject_id"),
        counterparty_id=pl.when(is_shell).then(dealer).when(pl.col("accountable_id").str.contains("^D[XH]$")).then(
            pl.lit("S")
        ),
    )  # fmt: skip


@pytest.mark.parametrize("paid_to_honest", [0, 2, 70])
def test_a_dealer_is_exported_by_its_money_and_its_buyer_and_one_that_sold_in_good_faith_is_not(
    paid_to_honest: int, detector: Any, counted: Any, scored: Any
) -> None:
    # the shell kept sixty cars that a dealer's own money paid for, and twenty of one that knew nothing, though prices
    # of its other cars may have gone round
    first = [("money", "DX", 300, 60, 0, 0), ("money", "DH", 300, paid_to_honest, 0, 0), ("shell", "S", 82, 80, 0, 0)]
    counts = counted(rows(first, "money", "shell"))
    money = detector("money", family="circular_money", needs=SALES, binds_seller="the price went round")
    shell = detector("shell", family="buyer", accountable="buyer_company")
    hits = of_one_buyer(counts)
    _, scores, _ = scored(counts, money, shell, hits=hits)
    assert scores.filter("flagged")["party_id"].to_list() == ["DX"]
    told = row_of(scores, "DX")["reason_1"]
    assert told.endswith(". The buyer S is itself found in “Title of shell”, on 60 of these cars.")
    assert told.startswith("Title of money: 60 of 300 cars")
    assert "The buyer" not in str(row_of(scores, "S")) + str(row_of(scores, "DH"))
    # without a rule that binds, and where the cars are others, neither is the dealer
    plain = detector("money", family="circular_money", needs=SALES)
    _, unbound, _ = scored(counts, plain, shell, hits=hits)
    others = hits.with_columns(counterparty_id=pl.when(pl.col("accountable_id") != "DX").then("counterparty_id"))
    _, unsold, _ = scored(counts, money, shell, hits=others)
    assert not unbound["flagged"].any() and not unsold["flagged"].any()


def test_of_ten_outlets_of_one_group_only_the_guilty_one_is_exported(detector: Any, counted: Any, scored: Any) -> None:
    # one of the innocent ones has twice what its peers show, as one in so many does by chance
    usual = (4, 3, 6, 2, 5, 4, 3, 5, 9)
    first = [("pre_insured", "A0", 300, 170, 0, 0)]
    first += [("pre_insured", f"A{at}", 300, k, 0, 0) for at, k in enumerate(usual, 1)]
    counts = counted(rows(first, "pre_insured"))
    _, scores, _ = scored(counts, detector(), groups=[(f"A{at}", "G") for at in range(10)])
    assert scores.filter("flagged")["party_id"].to_list() == ["A0"]
    assert row_of(scores, "A9")["gate_failed"] == "No finding meets its effect floor beyond chance."


def test_a_member_below_the_number_says_how_many_are_its_own_and_its_groups(
    detector: Any, counted: Any, scored: Any
) -> None:
    first = [("pre_insured", "A0", 60, 50, 0, 0), ("pre_insured", "A1", 60, 49, 0, 0)]
    counts = counted(rows(first, "pre_insured"))
    _, scores, _ = scored(counts, detector(), groups=[("A0", "G"), ("A1", "G")])
    said = "50 flagged cars of its own and 99 of its control group, 100 are needed"
    assert said in row_of(scores, "A0")["gate_failed"]


def test_a_car_of_a_weak_tie_is_undecided_and_holds_back_no_export(detector: Any, counted: Any, scored: Any) -> None:
    counts = counted(rows([("pre_insured", "D00", 300, 120, 0, 150)], "pre_insured"))
    weak = detector(doubts=("registrations after 2024-05-31",))
    for one, exported in ((detector(), False), (weak, True), (detector(doubts=("another fact",)), False)):
        findings, scores, _ = scored(counts, one)
        assert row_of(scores, "D00")["flagged"] == exported
        whole = findings.filter(unit_kind="party", party_id="D00")["missing"].item()
        assert whole.startswith("150 of 300 cars are undecidable")
    # more of them than of decidable cars: the months and the party stand all the same
    counts = counted(rows([("pre_insured", "D00", 300, 120, 0, 170)], "pre_insured"))
    verdicts = [scored(counts, one)[0].filter(party_id="D00")["verdict"].to_list() for one in (detector(), weak)]
    assert verdicts == [["indeterminate"] * 2, ["flagged"] * 2]


def test_a_car_that_lacks_a_record_besides_its_weak_tie_is_undecided_for_the_record(
    detector: Any, counted: Any
) -> None:
    counts = counted(rows([("pre_insured", "D00", 10, 4, 0, 3)], "pre_insured"))
    weak = [detector(doubts=("whose price it is", "who paid"))]
    for missing, number in (
        ("whose price it is", 3), ("who paid; whose price it is", 3), ("whose price it is; sales complete", 0),
        ("whose price it is not", 0), ("sales complete", 0),
    ):  # fmt: skip
        found = doubtful(weak, counts.hits(missing=missing).rename({"accountable_id": "party_id"}), "party_id")
        assert found["doubtful"].sum() == number


@pytest.mark.parametrize(
    ("flagged_cars", "exported", "near"),
    [(150, False, False), (200, False, True), (215, True, True), (400, True, False)],
)
def test_a_party_that_one_other_dealer_could_export_or_clear_is_told_to_be_near_the_bound(
    flagged_cars: int, exported: bool, near: bool, detector: Any, counted: Any, scored: Any
) -> None:
    floors = Floors(min_tested=30, min_flagged=10, min_share=0.01, min_effect=2.0, why="test")
    counts = counted(rows([("pre_insured", "D00", 2_000, flagged_cars, 0, 0)], "pre_insured"))
    _, scores, _ = scored(counts, detector(floors=floors))
    row = row_of(scores, "D00")
    assert (row["flagged"], row["near_the_bound"]) == (exported, near)
    words = "Near the bound: one party more or less among its peers may change whether it is exported as flagged."
    # who is exported has no gate_failed, and what speaks for it is told beside
    assert (words in (row["gate_failed"] or ""), words in (row["exculpatory"] or "")) == (
        near and not exported, near and exported,
    )  # fmt: skip
    if flagged_cars == 200:
        assert "its q is above 0.05 with one other unit left out. Near the bound" in row["gate_failed"]
    assert not scores.filter(pl.col("party_id") != "D00")["near_the_bound"].any()
