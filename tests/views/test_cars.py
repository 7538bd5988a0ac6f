"""The cars and the counted flows of a cluster, on rows that can be counted by hand."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.views.cars import Cars, car_links, car_panels, cars_of, months_of
from graphkit.views.flows import counted, movements_of
from graphkit.views.frames import Frames

NO_VINS = pl.Series("vin", [], dtype=pl.String)


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = SHAPES[name].schema
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=dict(schema))


def cars(hits: list[tuple[str, date | None]], drawn: tuple[str, ...] = ()) -> Cars:
    rows = [{"subject_id": vin, "on_date": day} for vin, day in hits]
    return Cars(NO_VINS, shaped("hits", rows), pl.Series("subject_id", drawn, dtype=pl.String), 0)


def test_a_car_with_several_hits_in_a_month_is_one_car_of_that_month() -> None:
    november, january = date(2024, 11, 30), date(2025, 1, 1)
    hits = [("A", november), ("A", date(2024, 11, 1)), ("B", november), ("A", january), ("C", None)]
    first = 2024 * 12 + 10
    assert months_of(cars(hits)) == [(first, 2), (first + 1, 0), (first + 2, 1)]
    assert months_of(cars([("C", None)])) == []


def test_the_cars_with_most_hits_are_drawn_and_all_flagged_ones_counted(frames: Any) -> None:
    results, tables = frames()
    members = results["cluster_members"]
    core = members.filter(pl.col("standing") == "core")["party_id"]
    found = cars_of(members, core, Frames(results, tables), limit=7)
    known = set(members["party_id"])
    hits: dict[str, int] = {}
    for row in results["hits"].filter(pl.col("verdict") == "flagged").iter_rows(named=True):
        if row["accountable_id"] in known:
            hits[row["subject_id"]] = hits.get(row["subject_id"], 0) + 1
    assert set(hits.values()) == {1, 2}
    assert found.flagged == len(hits) == 110
    assert found.drawn.to_list() == sorted(sorted(hits, key=lambda vin: (-hits[vin], vin))[:7])
    assert found.hits.height == sum(hits.values())


def test_a_car_is_tied_to_who_sold_it_and_only_without_a_sale_to_the_dealer_that_held_it() -> None:
    day = date(2025, 1, 7)
    held = {"dealer_id": "D2", "wholesaled_on": date(2025, 1, 1)}
    lives = shaped("ledger", [
        {"vin": "A", **held, "end_seller_id": "D1", "end_sale_on": day, "end_buyer_id": "C1", "exporter_id": "E1",
         "exported_on": date(2025, 3, 1), "first_insurer_id": "I1", "first_insured_on": date(2025, 1, 3)},
        {"vin": "B", **held, "end_buyer_id": "nobody drawn"},
        {"vin": "C", **held},
    ])  # fmt: skip
    tied = car_links(cars([], ("A", "B")), ["D1", "D2", "C1", "I1", "E1"], Frames({"ledger": lives}, {}))
    assert tied.rows() == [
        ("party/D1", "vehicle/A", "A", "sold", day),
        ("party/D2", "vehicle/B", "B", "sold", date(2025, 1, 1)),
        ("vehicle/A", "party/C1", "A", "bought", day),
        ("vehicle/A", "party/E1", "A", "exported", date(2025, 3, 1)),
        ("vehicle/A", "party/I1", "A", "insured", date(2025, 1, 3)),
    ]


def test_the_life_of_a_car_is_told_in_order_of_days_and_names_drawn_parties_only() -> None:
    life = {
        "vin": "A", "built_on": date(2025, 1, 9), "wholesaled_on": date(2025, 1, 5), "dealer_id": "D1",
        "end_sale_on": date(2025, 2, 1), "end_buyer_id": "C1", "resold_on": date(2025, 1, 20), "km_last": 12_345,
        "km_on": date(2025, 1, 10),
    }  # fmt: skip
    hits = cars([("A", date(2025, 1, 7))], ("A", "B"))
    panels = car_panels(hits, {"D1": "Sample Motors"}, {}, Frames({"ledger": shaped("ledger", [life])}, {}))
    assert panels["vehicle/A"]["life"] == [
        ("2025-01-05", "sold to the dealer", "Sample Motors"),
        ("2025-01-09", "built", ""),
        ("2025-01-10", "odometer 12,345 km", ""),
        ("2025-01-20", "resold", ""),
        ("2025-02-01", "invoiced to the end buyer", ""),
    ]
    assert [said["day"] for said in panels["vehicle/A"]["why"]] == ["2025-01-07"]
    assert panels["vehicle/B"] == {"life": [], "why": []}
    # a reading without a number, or without a day, is none
    for unread in ({"km_last": None}, {"km_on": None}):
        frames = Frames({"ledger": shaped("ledger", [life | unread])}, {})
        assert len(car_panels(hits, {}, {}, frames)["vehicle/A"]["life"]) == 4


def test_each_day_of_a_life_names_who_had_to_do_with_it() -> None:
    days = (
        "built_on",
        "wholesaled_on",
        "first_insured_on",
        "end_sale_on",
        "first_plated_on",
        "applied_on",
        "exported_on",
    )
    people = ("manufacturer", "dealer", "first_insured", "end_buyer", "first_owner", "exporter")
    life = {name: date(2025, 1, at) for at, name in enumerate(days, 1)} | {f"{who}_id": who for who in people}
    names = {who: f"Sample {who}" for who in people}
    frames = Frames({"ledger": shaped("ledger", [{"vin": "A", **life}])}, {})
    told = car_panels(cars([], ("A",)), names, {}, frames)["vehicle/A"]["life"]
    assert [who for _, _, who in told] == [f"Sample {who}" for who in (*people, "exporter")]


def test_the_flows_with_most_cars_are_kept_and_the_others_counted() -> None:
    day = date(2025, 1, 7)
    sizes = {"a": 1, "b": 3, "c": 2, "d": 3}
    rows = [(source, "t", "retail", f"{source}{at}", day, None, None) for source, n in sizes.items() for at in range(n)]
    schema = dict.fromkeys(("source", "target", "kind", "vin"), pl.String)
    moved = pl.DataFrame(
        rows, schema=schema | {"on_date": pl.Date, "amount": pl.Float64, "currency": pl.String}, orient="row"
    )
    kept, left_out = counted(moved, cars([("b1", day), ("b1", day)]), limit=3, rows=2)
    assert [(flow["source"], flow["units"], flow["flagged"]) for flow in kept] == [
        ("b", 3, 1),
        ("c", 2, 0),
        ("d", 3, 0),
    ]
    assert left_out == 1
    assert [[row["vin"] for row in flow["rows"]] for flow in kept] == [["b1", "b0"], ["c0", "c1"], ["d0", "d1"]]
    assert [flow["amounts"] for flow in kept] == [None] * 3


def the_cars(results: Any, tables: Any) -> Cars:
    members = results["cluster_members"]
    core = members.filter(pl.col("standing") == "core")["party_id"]
    return cars_of(members, core, Frames(results, tables), limit=300)


@pytest.mark.parametrize(
    "changed",
    [{"verdict": "explained"}, {"verdict": "indeterminate"}, {"status": "experimental"}, {"unit_kind": "dealer_month"}],
    ids=str,
)
def test_no_car_is_flagged_for_a_finding_that_is_not_flagged_and_stable(frames: Any, changed: dict[str, str]) -> None:
    results, tables = frames()
    told = results["findings"].with_columns(**{name: pl.lit(value) for name, value in changed.items()})
    found = the_cars(results | {"findings": told}, tables)
    assert (found.flagged, found.hits.height, found.drawn.len()) == (0, 0, 0)


@pytest.mark.parametrize("verdict", ["explained", "indeterminate"])
def test_a_car_whose_hit_is_explained_or_undecided_is_none_of_the_flagged(frames: Any, verdict: str) -> None:
    results, tables = frames()
    lawful = results["hits"]["subject_id"][0]
    told = pl.when(pl.col("subject_id") == lawful).then(pl.lit(verdict)).otherwise("verdict")
    found = the_cars(results | {"hits": results["hits"].with_columns(told.alias("verdict"))}, tables)
    assert found.flagged == 109
    assert lawful not in [*found.hits["subject_id"], *found.drawn]


def test_the_cars_of_a_cluster_are_all_that_its_anchor_group_bought_sold_insured_owned_or_exported() -> None:
    members = shaped("cluster_members", [{"cluster_id": "c", "party_id": "D1", "standing": "core"}])
    ends = [("D1", "X", "sold"), ("X", "D1", "bought"), ("X", "Y", "of others"), ("D1", "X", None)]
    flows = [{"source_id": source, "target_id": target, "vin": vin} for source, target, vin in ends]
    tables = {
        "policies": loaded("policies", [{"vin": "insured", "insured_id": "D1"}, {"vin": "another", "insured_id": "X"}]),
        "registrations": loaded("registrations", [{"vin": "owned", "owner_id": "D1"}, {"vin": "one", "owner_id": "X"}]),
        "exports": loaded("exports", [{"vin": "exported", "exporter_id": "D1"}, {"vin": "gone", "exporter_id": "X"}]),
    }
    found = cars_of(members, members["party_id"], Frames({"flows": shaped("flows", flows)}, tables), limit=9)
    assert found.vins.to_list() == ["bought", "exported", "insured", "owned", "sold"]


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def test_the_cars_that_made_a_cluster_are_those_its_anchor_group_answers_for_or_built() -> None:
    members = shaped("cluster_members", [
        {"party_id": "D1", "standing": "core"}, {"party_id": "M1", "standing": "core"},
        {"party_id": "B1", "standing": "counterparty"},
    ])  # fmt: skip
    found = {"unit_kind": "party", "verdict": "flagged", "status": "stable"}
    findings = [
        {"detector": "pre_insured", "party_id": "D1"}, {"detector": "shell_buyer", "party_id": "M1"},
        # of somebody else, though of the cluster too
        {"detector": "zero_mileage_export", "party_id": "B1"},
    ]  # fmt: skip
    met = [
        ("pre_insured", "its own", "D1"), ("pre_insured", "built by it", "B1"),
        ("pre_insured", "of another maker", "B1"),
        ("pre_insured", "built by it, sold by others", "X"), ("zero_mileage_export", "of no finding", "D1"),
        # what a member and what an outsider answer for on a car that is in the picture already
        ("zero_mileage_export", "its own", "B1"), ("zero_mileage_export", "its own", "X"),
    ]  # fmt: skip
    hits = [
        {"hit_id": f"h{at}", "detector": name, "subject_kind": "vehicle", "subject_id": vin, "accountable_id": who,
         "verdict": "flagged"}
        for at, (name, vin, who) in enumerate(met)
    ]  # fmt: skip
    hits.append(hits[0] | {"subject_kind": "party", "subject_id": "D1"})
    makers = {"its own": "M2", "built by it": "M1", "of another maker": "M2", "built by it, sold by others": "M1"}
    lives = [{"vin": vin, "manufacturer_id": maker} for vin, maker in makers.items()]
    results = {
        "findings": shaped("findings", [found | one for one in findings]),
        "hits": shaped("hits", hits),
        "ledger": shaped("ledger", lives),
    }
    core = members.filter(standing="core")["party_id"]
    drawn = cars_of(members, core, Frames(results, {}), limit=9)
    assert drawn.hits.select("detector", "subject_id", "accountable_id").rows() == [
        ("pre_insured", "built by it", "B1"),
        ("pre_insured", "its own", "D1"),
        ("zero_mileage_export", "its own", "B1"),
    ]
    assert drawn.vins.to_list() == drawn.drawn.to_list() == ["built by it", "its own"]
    assert drawn.flagged == 2


def test_what_moved_is_told_of_the_clusters_cars_between_drawn_parties_alone() -> None:
    one, two, three = (date(2025, 1, day) for day in (1, 2, 3))
    flows = [
        {"source_id": source, "target_id": target, "kind": kind, "vin": vin, "on_date": one, "amount": 9.0,
         "currency": "CNY"}
        for source, target, kind, vin in (
            ("D1", "B1", "retail", "A"), ("D1", "B1", "retail", "of others"), ("D1", "nobody drawn", "retail", "A"),
            ("nobody drawn", "B1", "retail", "A"), ("B1", "D1", "payment", None), ("B1", "E1", "retail", "C"),
        )
    ]  # fmt: skip
    exports = [
        {"vin": vin, "exporter_id": who, "cleared_on": three, "destination": "KZ", "value": 5.0}
        for vin, who in (("A", "E1"), ("B", "E1"), ("C", "E1"), ("of others", "E1"), ("A", "nobody drawn"))
    ]
    policies = [
        {"vin": vin, "insured_id": "D1", "insurer_id": "I1", "starts_on": two} for vin in ("A", "of others", "B")
    ]
    lives = [
        {"vin": "A", "end_buyer_id": "B1", "first_owner_id": "D1"},
        {"vin": "B", "end_buyer_id": "nobody drawn", "first_owner_id": "D1"},
        {"vin": "C", "end_buyer_id": "B1"}, {"vin": "of others", "end_buyer_id": "B1"},
    ]  # fmt: skip
    frames = Frames(
        {"flows": shaped("flows", flows), "ledger": shaped("ledger", lives)},
        {"exports": loaded("exports", exports), "policies": loaded("policies", policies)},
    )
    mine = Cars(pl.Series("vin", ["A", "B", "C"]), shaped("hits", []), NO_VINS, 0)
    moved = movements_of(mine, ["B1", "D1", "E1", "I1"], frames)
    assert moved.columns == ["source", "target", "kind", "vin", "on_date", "amount", "currency"]
    assert moved.rows() == [
        ("party/B1", "party/D1", "payment", None, one, 9.0, "CNY"),
        # it bought C itself
        ("party/B1", "party/E1", "retail", "C", one, 9.0, "CNY"),
        ("party/B1", "party/E1", "to exporter", "A", three, None, None),
        ("party/D1", "party/B1", "retail", "A", one, 9.0, "CNY"),
        ("party/D1", "party/E1", "to exporter", "B", three, None, None),
        ("party/D1", "party/I1", "insured", "A", two, None, None),
        ("party/D1", "party/I1", "insured", "B", two, None, None),
        *(("party/E1", "destination/KZ", "exported", vin, three, 5.0, None) for vin in "ABC"),
    ]
