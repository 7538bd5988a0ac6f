from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from graphkit.clusters import cluster
from graphkit.detectors import DETECTORS
from graphkit.files import hash_text
from graphkit.tables.outputs import SHAPES

DAY = date(2024, 12, 5)


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return SHAPES[name].canonical(pl.DataFrame(rows, schema=dict(SHAPES[name].schema)))


PARTIES = {
    "D1": ("company", "dealer"), "D2": ("company", "dealer"), "H1": ("company", ""), "B1": ("company", ""),
    "B2": ("company", ""), "B3": ("company", ""), "P1": ("person", ""), "P2": ("person", ""), "GOV": ("government", ""),
    "I1": ("company", "insurer"), "M1": ("company", "manufacturer"), "LESSOR": ("company", "lessor"),
    "I2": ("company", "insurer"), "M2": ("company", "dealer;manufacturer"),
    **{f"O{at}": ("company", "dealer") for at in range(11)}, **{f"P{at}": ("person", "") for at in range(3, 20)},
}  # fmt: skip

ROUND = {
    "circular_sales": ("sales", "invoice of the circle"),
    "circular_payments": ("payments", "payment of the circle"),
    "collusive_cluster": ("sales", "invoice"),
}  # fmt: skip

GROUPS = {"D1": "G1", "H1": "G1", "B1": "G1"}


class Scene:
    """Two guilty dealers with one maker and one insurer: D1 sells to its sister B1, both sell to outsiders."""

    def __init__(self) -> None:
        self.cars: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []
        self.flows: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.control = [("H1", "D1", "proven"), ("H1", "B1", "proven")]
        self.since: dict[str, date] = {}
        self.until: dict[str, date] = {}
        self.groups = [{"party_id": party, "group_id": group} for party, group in GROUPS.items()]

    def sell(
        self,
        seller: str,
        buyer: str,
        count: int,
        detector: str = "related_party_sales",
        *,
        day: date = DAY,
        verdict: str = "flagged",
    ) -> "Scene":
        for _ in range(count):
            car = {"seller": seller, "buyer": buyer, "detector": detector, "day": day, "verdict": verdict}
            self.cars.append({"vin": f"V{len(self.cars):04}", "evidence": []} | car)
            self.deal(seller, buyer)
        return self

    def go_round(
        self,
        way: str,
        count: int,
        detector: str = "circular_sales",
        *,
        day: date = DAY,
        verdict: str = "flagged",
    ) -> "Scene":
        """Cars that go the way of these parties, from the first, which answers for them, to the last."""
        parties = way.split()
        table, role = ROUND[detector]
        for _ in range(count):
            self.sell(parties[0], parties[1], 1, detector, day=day, verdict=verdict)
            car, self.flows = self.cars[-1], self.flows[:-1]
            for step, (one, other) in enumerate(pairwise(parties), start=1):
                row = {"table": table, "row_key": f"{car['vin']}-{step}"}
                self.flows.append({"source_id": one, "target_id": other, "kind": "resale", "on_date": DAY, **row})
                hit = {"hit_id": f"{detector}/{car['vin']}", "ordinal": step, "role": role}
                car["evidence"].append(hit | row)
        return self

    def deal(self, seller: str, buyer: str) -> None:
        """A sale that no detector speaks of."""
        self.flows.append({"source_id": seller, "target_id": buyer, "kind": "retail", "on_date": DAY})

    def pass_on(self, party: str, car: int, detector: str = "circular_sales") -> "Scene":
        """``party`` answers for a step of that car."""
        self.steps.append({
            "hit_id": f"{detector}/V{car:04}/2", "detector": detector, "subject_kind": "step",
            "subject_id": f"V{car:04}/2", "unit_id": "u", "accountable_id": party, "counterparty_id": "D2",
            "on_date": DAY, "verdict": "flagged",
        })  # fmt: skip
        return self

    def flag(self, party: str, detector: str = "related_party_sales", observed: int = 10) -> "Scene":
        self.findings.append({
            "finding_id": f"{detector}-{party}", "detector": detector, "family": "buyer", "unit_kind": "party",
            "party_id": party, "verdict": "flagged", "observed": observed, "reason": f"{observed} cars.",
        })  # fmt: skip
        if PARTIES[party][1] == "manufacturer" and detector == "pre_insured":
            month = {
                "finding_id": f"{detector}-{party}-month",
                "unit_kind": "maker_city_month",
                "verdict": "unremarkable",
            }
            self.findings.append({**self.findings[-1], **month})
        return self

    def clusters(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        hits = [
            {
                "hit_id": f"{car['detector']}/{car['vin']}", "detector": car["detector"], "subject_kind": "vehicle",
                "subject_id": car["vin"], "unit_id": "u", "accountable_id": car["seller"],
                "counterparty_id": car["buyer"], "on_date": car["day"], "verdict": car["verdict"],
            }
            for car in self.cars
        ]  # fmt: skip
        ledger = [{"vin": car["vin"], "manufacturer_id": "M1", "first_insurer_id": "I1"} for car in self.cars]
        identities = [
            {"party_id": party, "canonical_id": party, "name": f"Name {party}", "kind": kind, "roles": roles}
            for party, (kind, roles) in PARTIES.items()
        ]
        return cluster(
            DETECTORS,
            shaped("findings", self.findings),
            shaped("hits", hits + self.steps),
            shaped("flows", self.flows),
            shaped("groups", self.groups),
            shaped("control", [
                {"controller_id": up, "controlled_id": down, "verdict": verdict,
                 "valid_from": self.since.get(up), "valid_to": self.until.get(up)}
                for up, down, verdict in self.control
            ]),
            shaped("identities", identities),
            shaped("ledger", ledger),
            shaped("evidence", [row for car in self.cars for row in car["evidence"]]),
        )  # fmt: skip


def standings(members: pl.DataFrame, anchor: str) -> dict[str, str]:
    rows = members.filter(cluster_id=hash_text("cluster", anchor))
    return dict(rows.select("party_id", "standing").iter_rows())


def test_a_cluster_is_the_group_its_counterparties_and_their_surroundings() -> None:
    clusters, members = Scene().sell("D1", "B1", 10).sell("D1", "B2", 3).sell("D1", "P2", 2).flag("D1").clusters()
    assert standings(members, "G1") == {
        "D1": "core", "B1": "core", "H1": "core", "B2": "counterparty", "M1": "context", "I1": "context",
    }  # fmt: skip
    row = clusters.row(0, named=True)
    assert (row["anchor_id"], row["units"], row["families"]) == ("G1", 15, "buyer")
    assert row["reason"] == "Name D1 (cars: 15, counterparties: 1): 10 cars."
    by_party = {row["party_id"]: row for row in members.iter_rows(named=True)}
    assert (by_party["B1"]["role"], by_party["B1"]["units"], by_party["B1"]["first_on"]) == ("affiliate", 10, DAY)
    assert (by_party["H1"]["role"], by_party["H1"]["units"]) == ("affiliate", 0)
    assert (by_party["B2"]["role"], by_party["M1"]["role"]) == ("other", "manufacturer")


def test_clusters_do_not_melt_through_a_shared_insurer_maker_or_buyer() -> None:
    scene = Scene().sell("D1", "B1", 5).sell("D2", "B3", 5).sell("D1", "B2", 1).sell("D2", "B2", 1)
    clusters, members = scene.flag("D1").flag("D2").clusters()
    assert clusters["anchor_id"].sort().to_list() == ["D2", "G1"]
    first, second = standings(members, "G1"), standings(members, "D2")
    assert first["I1"] == second["I1"] == "context" and first["B2"] == second["B2"] == "counterparty"
    assert "D2" not in first and "D1" not in second


def test_a_customer_with_one_late_plate_among_hundreds_of_cars_is_not_drawn_in() -> None:
    scene = Scene().sell("D1", "B1", 300).sell("D1", "B2", 3).sell("D1", "B3", 4).flag("D1")
    _, members = scene.clusters()
    # 307 cars: three of them are less than one in a hundred, four are more
    assert "B2" not in standings(members, "G1")
    assert standings(members, "G1")["B3"] == "counterparty"


@pytest.mark.parametrize(("others", "standing"), [(99, "counterparty"), (100, None)])
def test_one_car_in_a_hundred_is_a_part_and_one_in_a_hundred_and_one_is_not(others: int, standing: str | None) -> None:
    _, members = Scene().sell("D1", "B1", others).sell("D1", "B2", 1).flag("D1").clusters()
    assert standings(members, "G1").get("B2") == standing


def hub(groups: int, *, sister_groups: bool = False) -> Scene:
    """A lessor that bought from a flagged dealer, and deals with so many control groups; that dealer is one of them."""
    scene = Scene().sell("D2", "LESSOR", 3).flag("D2")
    for at in range(groups - 1):
        # some sold to it, some bought from it
        scene.deal(*(f"O{at}", "LESSOR")[:: 1 if at % 2 else -1])
    if sister_groups:
        scene.groups += [{"party_id": f"O{at}", "group_id": "G2"} for at in range(2)]
    return scene


def test_who_deals_with_ten_groups_is_a_counterparty_and_with_eleven_a_hub() -> None:
    for scene, standing in (
        (hub(10), "counterparty"),
        (hub(11), "context"),
        # two sisters are one group
        (hub(11, sister_groups=True), "counterparty"),
        (hub(12, sister_groups=True), "context"),
    ):
        assert standings(scene.clusters()[1], "D2")["LESSOR"] == standing


def test_persons_and_the_state_make_nobody_a_hub() -> None:
    scene = hub(10)
    for other in ("GOV", *(f"P{at}" for at in range(1, 20))):
        scene.deal("LESSOR", other)
    assert standings(scene.clusters()[1], "D2")["LESSOR"] == "counterparty"


def test_a_hub_that_sold_cars_itself_stays_a_counterparty_as_their_seller() -> None:
    scene = hub(11).sell("LESSOR", "B3", 2, "pre_insured").flag("M1", "pre_insured", 4)
    scene.sell("M1", "LESSOR", 2, "pre_insured")
    _, members = scene.clusters()
    assert standings(members, "D2")["LESSOR"] == "context"
    assert standings(members, "M1")["LESSOR"] == "counterparty"


def test_insurers_and_makers_are_context_also_where_they_bought_the_cars() -> None:
    _, members = Scene().sell("D2", "I2", 5).sell("D2", "M2", 5).flag("D2").clusters()
    found = standings(members, "D2")
    assert (found["I2"], found["M2"]) == ("context", "context")
    roles = dict(members.select("party_id", "role").iter_rows())
    assert (roles["I2"], roles["M2"]) == ("insurer", "manufacturer")


@pytest.mark.parametrize(("days", "is_core"), [(0, True), (1, False)])
def test_a_controller_counts_from_the_first_flagged_car_to_the_last(days: int, is_core: bool) -> None:
    later = DAY + timedelta(days=30)
    scene = Scene().sell("D1", "B1", 2).sell("D1", "B1", 2, day=later).flag("D1")
    scene.control += [("B2", "D1", "proven"), ("B3", "D1", "proven")]
    scene.groups += [{"party_id": party, "group_id": "G1"} for party in ("B2", "B3")]
    scene.since, scene.until = {"B2": later + timedelta(days=days)}, {"B3": DAY - timedelta(days=days)}
    found = standings(scene.clusters()[1], "G1")
    assert ("B2" in found, "B3" in found) == (is_core, is_core)


@pytest.mark.parametrize(("days", "anchors"), [(0, ["NEW"]), (1, ["OLD"])])
def test_a_party_is_of_the_group_that_it_was_in_on_its_last_flagged_car(days: int, anchors: list[str]) -> None:
    later = DAY + timedelta(days=30)
    scene = Scene().sell("D2", "B2", 2).sell("D2", "B2", 2, day=later).flag("D2")
    moved = later + timedelta(days=days)
    scene.groups += [
        {"party_id": "D2", "group_id": "OLD", "valid_to": moved - timedelta(days=1)},
        {"party_id": "D2", "group_id": "NEW", "valid_from": moved},
    ]
    assert scene.clusters()[0]["anchor_id"].to_list() == anchors


def test_only_flagged_cars_of_detectors_that_flagged_the_party_count() -> None:
    scene = Scene().sell("D2", "B2", 3).flag("D2")
    scene.sell("D2", "B3", 3, verdict="explained").sell("D2", "B1", 3, "pre_insured")
    clusters, members = scene.clusters()
    assert clusters["units"].to_list() == [3]
    assert {"B1", "B3"}.isdisjoint(members["party_id"])


def test_neither_a_month_nor_an_unremarkable_finding_is_an_anchor() -> None:
    for changes in ({"unit_kind": "dealer_month"}, {"verdict": "unremarkable"}, {"verdict": "indeterminate"}):
        scene = Scene().sell("D2", "B2", 3).flag("D2")
        scene.findings[0] |= changes
        assert scene.clusters()[0].is_empty()


def test_the_finding_with_the_most_cars_speaks_for_the_cluster() -> None:
    for first, second in ((7, 12), (12, 7)):
        scene = Scene().sell("D2", "B2", 7).sell("D2", "B2", 12, "pre_insured")
        clusters, _ = scene.flag("D2", observed=first).flag("D2", "pre_insured", second).clusters()
        assert clusters["reason"].item().endswith(": 12 cars.")


def test_an_id_survives_a_new_car_and_the_content_hash_does_not() -> None:
    before, _ = Scene().sell("D1", "B1", 5).flag("D1").clusters()
    after, _ = Scene().sell("D1", "B1", 6).flag("D1").clusters()
    assert before["cluster_id"].to_list() == after["cluster_id"].to_list()
    assert before["content_hash"].to_list() != after["content_hash"].to_list()


def test_hubs_government_and_consumers_are_no_counterparties() -> None:
    scene = Scene().sell("D2", "LESSOR", 3).sell("D2", "GOV", 2).sell("D2", "P2", 4).sell("D2", "B2", 1).flag("D2")
    scene.flows += [{"source_id": f"O{at}", "target_id": "LESSOR", "kind": "retail"} for at in range(11)]
    _, members = scene.clusters()
    assert standings(members, "D2") == {
        "D2": "core", "LESSOR": "context", "GOV": "context", "B2": "counterparty", "M1": "context", "I1": "context",
    }  # fmt: skip


def test_a_person_is_a_counterparty_only_where_it_controls_a_core_member() -> None:
    scene = Scene().sell("D2", "P1", 3).sell("D2", "P2", 3).flag("D2")
    scene.control += [("P1", "D2", "proven"), ("P2", "D2", "possible")]
    _, members = scene.clusters()
    assert standings(members, "D2").get("P1") == "counterparty"
    assert "P2" not in standings(members, "D2")


def test_a_flagged_maker_is_its_own_anchor_beside_its_dealers_clusters() -> None:
    scene = Scene().sell("D1", "B1", 5, "pre_insured").sell("D2", "B2", 4, "pre_insured")
    clusters, members = scene.flag("M1", "pre_insured", 9).flag("D1", "pre_insured", 5).clusters()
    assert clusters["anchor_id"].sort().to_list() == ["G1", "M1"]
    assert standings(members, "M1") == {
        "M1": "core", "D1": "counterparty", "D2": "counterparty", "I1": "context",
    }  # fmt: skip
    assert "D2" not in standings(members, "G1")


def test_a_maker_that_sells_its_own_cars_answers_for_each_once_with_its_buyer() -> None:
    clusters, members = Scene().sell("M1", "B2", 5, "pre_insured").flag("M1", "pre_insured", 5).clusters()
    assert clusters.select("anchor_id", "units").rows() == [("M1", 5)]
    assert standings(members, "M1") == {"M1": "core", "B2": "counterparty", "I1": "context"}


def test_a_maker_flagged_for_what_it_sold_draws_in_no_dealer_of_its_cars() -> None:
    scene = Scene().sell("M1", "B2", 5).sell("D2", "B3", 1)
    clusters, members = scene.flag("M1", observed=5).clusters()
    assert clusters["units"].to_list() == [5]
    assert standings(members, "M1") == {"M1": "core", "B2": "counterparty", "I1": "context"}


def test_who_bought_a_company_after_its_last_flagged_car_is_not_drawn_in() -> None:
    scene = Scene().sell("D1", "B1", 5).flag("D1")
    after = date(2024, 12, 6)
    scene.groups = [
        *({"party_id": party, "group_id": "G1", "valid_to": DAY} for party in GROUPS),
        *({"party_id": party, "group_id": "B3", "valid_from": after} for party in ("D1", "B3")),
    ]
    scene.control.append(("B3", "D1", "proven"))
    scene.since = {"B3": after}
    clusters, members = scene.clusters()
    assert clusters["anchor_id"].to_list() == ["G1"]
    assert "B3" not in members["party_id"].to_list()
    assert standings(members, "G1")["B1"] == "core"


def test_who_controls_a_lone_guilty_dealer_is_part_of_its_core() -> None:
    _, members = Scene().sell("D1", "P2", 5).flag("D1").clusters()
    assert standings(members, "G1") == {"D1": "core", "H1": "core", "M1": "context", "I1": "context"}


def test_a_cluster_says_how_much_it_sells_to_itself_and_what_shuffled_buyers_would_give() -> None:
    scene = Scene().sell("D1", "B1", 6).sell("D1", "B2", 3).sell("D1", "P2", 1).flag("D1")

    def other(seller: str, buyer: str, count: int, day: date, kind: str = "resale") -> None:
        scene.flows += [{"source_id": seller, "target_id": buyer, "kind": kind, "on_date": day}] * count

    other("D2", "B1", 2, DAY)
    other("D2", "B3", 8, DAY)
    january = date(2025, 1, 2)
    other("M1", "D1", 4, january)
    other("B2", "D1", 1, january)
    # neither the money between them nor who is context counts
    other("D1", "B1", 9, january, "payment")
    other("M1", "D2", 5, january)
    clusters, members = scene.clusters()
    inner = members.filter(pl.col("standing") != "context")["party_id"].sort().to_list()
    assert inner == ["B1", "B2", "D1", "H1"]
    row = clusters.row(0, named=True)
    # in December they sold 10 and bought 11 of 20, in January 1 and 5 of 10
    expected = 10 * 11 / 20 + 1 * 5 / 10
    assert (row["inside"], row["outside"], row["inside_share"]) == (10, 7, 10 / 17)
    assert row["expected_inside_share"] == pytest.approx(expected / (10 + 11 + 1 + 5 - expected))


def test_a_cluster_without_sales_of_its_own_has_no_share_and_trade_is_no_part_of_its_hash() -> None:
    scene = Scene().sell("D1", "B1", 5).flag("D1")
    trading, _ = scene.clusters()
    scene.flows = []
    still, _ = scene.clusters()
    trade = ["inside", "outside", "inside_share", "expected_inside_share"]
    assert trading.select(trade).rows() == [(5, 0, 1.0, 1.0)]
    assert still.select(trade).rows() == [(0, 0, None, None)]
    assert trading["content_hash"].to_list() == still["content_hash"].to_list()


def test_without_a_flagged_finding_there_is_no_cluster() -> None:
    clusters, members = Scene().sell("D1", "B1", 5).clusters()
    assert clusters.is_empty() and members.is_empty()


@pytest.mark.parametrize("detector", ["circular_sales", "circular_payments"])
def test_who_passed_on_cars_or_money_on_their_way_round_is_an_intermediary(detector: str) -> None:
    scene = Scene().go_round("D2 B2 B3 D2", 5, detector).flag("D2", detector)
    clusters, members = scene.clusters()
    assert standings(members, "D2") == {
        "D2": "core", "B2": "intermediary", "B3": "intermediary", "M1": "context", "I1": "context",
    }  # fmt: skip
    assert clusters["reason"].item() == "Name D2 (cars: 5, counterparties: 0, intermediaries: 2): 10 cars."
    assert dict(members.select("party_id", "units").iter_rows())["B3"] == 5
    # they trade inside their cluster
    assert clusters.select("inside", "outside").row(0) == (15, 0)


def test_a_chain_that_ends_in_the_group_has_its_middle_outside_and_its_ends_in_the_core() -> None:
    scene = Scene().go_round("D1 B2 B1", 5).go_round("D1 B1 B3 D1", 5).flag("D1", "circular_sales")
    _, members = scene.clusters()
    found = standings(members, "G1")
    assert {party: found[party] for party in ("D1", "B1", "B2", "B3")} == {
        "D1": "core", "B1": "core", "B2": "intermediary", "B3": "intermediary",
    }  # fmt: skip


def test_a_company_of_the_group_that_only_gets_cars_at_the_end_of_their_way_is_of_the_core_with_them() -> None:
    scene = Scene().go_round("D1 B2 B1", 5).go_round("D1 B2 D1", 3).flag("D1", "circular_sales")
    _, members = scene.clusters()
    assert members.filter(party_id="B1").select("standing", "units").rows() == [("core", 5)]


@pytest.mark.parametrize(("others", "standing"), [(99, "intermediary"), (100, None)])
def test_who_passed_on_less_than_one_car_in_a_hundred_is_no_member(others: int, standing: str | None) -> None:
    scene = Scene().go_round("D2 B2 D2", others).go_round("D2 B2 B3 D2", 1).flag("D2", "circular_sales")
    assert standings(scene.clusters()[1], "D2").get("B3") == standing


def test_nobody_is_an_intermediary_of_a_circle_that_is_not_flagged_or_of_a_mere_invoice() -> None:
    scene = Scene().go_round("D2 B2 D2", 5).go_round("D2 B2 B3 D2", 5, verdict="indeterminate")
    scene.go_round("D2 B2 O1 D2", 5, "collusive_cluster").flag("D2", "circular_sales").flag("D2", "collusive_cluster")
    found = standings(scene.clusters()[1], "D2")
    assert (found["B2"], found.get("B3"), found.get("O1")) == ("intermediary", None, None)


def test_who_only_passed_cars_on_stands_in_the_cluster_of_their_seller_and_has_none_of_its_own() -> None:
    scene = Scene().go_round("D2 B2 D2", 5).flag("D2", "circular_sales")
    for car in range(5):
        scene.pass_on("B2", car)
    clusters, members = scene.flag("B2", "circular_sales").clusters()
    assert clusters.select("anchor_id", "units").rows() == [("D2", 5)]
    assert standings(members, "D2")["B2"] == "intermediary"
    # of cars that it sold itself it is the anchor, and those it passed on are none of them
    clusters, members = scene.go_round("B2 B3 B2", 2).clusters()
    assert dict(clusters.select("anchor_id", "units").rows()) == {"D2": 5, "B2": 2}
    assert "D2" not in standings(members, "B2")


def test_a_dealer_to_which_the_cars_came_by_wholesale_passed_nothing_on() -> None:
    scene = Scene().go_round("M2 O1 B2 M2", 5).flag("M2", "circular_sales")
    for flow in scene.flows:
        flow["kind"] = "wholesale" if flow["source_id"] == "M2" else "retail"
    found = standings(scene.clusters()[1], "M2")
    assert (found["O1"], found["B2"]) == ("counterparty", "intermediary")


def test_a_maker_a_government_body_and_a_person_in_the_middle_stay_what_they_are() -> None:
    scene = Scene().go_round("D2 B2 M2 GOV P1 D2", 5).flag("D2", "circular_sales")
    found = standings(scene.clusters()[1], "D2")
    assert {party: found.get(party) for party in ("B2", "M2", "GOV", "P1")} == {
        "B2": "intermediary", "M2": "context", "GOV": "context", "P1": None,
    }  # fmt: skip


def test_an_intermediary_is_of_the_core_where_it_was_of_the_group_on_the_day_of_the_car() -> None:
    scene = Scene().go_round("D1 B3 B2 D1", 5).flag("D1", "circular_sales")
    # it was sold to others afterwards, and then passed on a car of which nobody knows
    scene.go_round("D1 B3 B2 D1", 1, day=DAY + timedelta(9), verdict="indeterminate")
    scene.groups.append({"party_id": "B2", "group_id": "G1", "valid_to": DAY})
    scene.groups.append({"party_id": "B2", "group_id": "G9", "valid_from": DAY + timedelta(1)})
    found = standings(scene.clusters()[1], "G1")
    assert (found["B2"], found["B3"]) == ("core", "intermediary")
