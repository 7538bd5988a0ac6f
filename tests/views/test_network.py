"""What a cluster's network holds: who is drawn, what the flows count, what is never shown."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.errors import NotFoundError
from graphkit.views import layout
from graphkit.views.network import Network, network


@pytest.fixture(scope="module")
def small(frames: Any) -> Network:
    return network("c1", *frames(), case_name="case")


def flow(drawn: Network, source: str, target: str, kind: str) -> Any:
    found = [edge for edge in drawn.edges if (edge["source"], edge["target"], edge["kind"]) == (source, target, kind)]
    assert len(found) == 1
    return found[0]


def test_every_company_and_controller_of_the_cluster_is_drawn_in_its_role(small: Network) -> None:
    kinds = {node["ref"]: node["kind"] for node in small.nodes if node["kind"] != "vehicle"}
    assert kinds == {
        "M01": "manufacturer", "D01": "dealer", "D02": "dealer", "A01": "affiliate", "A02": "affiliate",
        "A03": "affiliate", "A04": "affiliate", "I01": "insurer", "I02": "insurer", "E01": "exporter",
        "P01": "person", "P02": "person", "P03": "person",
        "AE": "destination", "KZ": "destination", "RU": "destination",
    }  # fmt: skip


def test_what_a_party_did_in_the_cluster_comes_before_what_a_register_calls_it(frames: Any) -> None:
    results, tables = frames()
    did = pl.col("party_id").replace_strict({"A04": "exporter", "E01": "dealer"}, default=pl.col("role"))
    members = results["cluster_members"].with_columns(role=did)
    drawn = network("c1", results | {"cluster_members": members}, tables, case_name="case")
    kinds = {node["ref"]: node["kind"] for node in drawn.nodes}
    assert (kinds["A04"], kinds["E01"], kinds["I01"]) == ("exporter", "dealer", "insurer")


def test_a_private_buyer_is_neither_drawn_nor_named(small: Network) -> None:
    whole = repr((small.nodes, small.edges, small.panels, small.meta))
    assert "C01" not in whole
    assert "私人买家甲" not in whole


def test_a_flow_counts_every_car_and_sums_their_amounts(small: Network, frames: Any) -> None:
    flows = frames()[0]["flows"].filter(pl.col("source_id") == "D01", pl.col("target_id") == "A01")
    edge = flow(small, "party/D01", "party/A01", "retail")
    assert edge["units"] == flows.height > 0
    assert edge["amounts"] == [["CNY", flows["amount"].sum()]]
    assert sorted(row[0] for row in edge["rows"]) == sorted(flows["vin"])
    assert sum(units for _, units in edge["months"]) == flows.height


def test_a_car_that_passed_twice_is_two_movements_and_one_flagged_car(small: Network, frames: Any) -> None:
    results, tables = frames()
    sold = results["flows"].filter(pl.col("source_id") == "D01", pl.col("target_id") == "A01").head(1)
    again = sold.with_columns(row_key=pl.lit("again"), on_date=pl.lit(date(2030, 1, 2)), currency=pl.lit("USD"))
    once = flow(small, "party/D01", "party/A01", "retail")
    drawn = network("c1", results | {"flows": pl.concat([results["flows"], again])}, tables, case_name="case")
    twice = flow(drawn, "party/D01", "party/A01", "retail")
    assert (twice["units"], twice["flagged"]) == (once["units"] + 1, once["flagged"])
    assert (twice["first_on"], twice["last_on"]) == (once["first_on"], "2030-01-02")
    assert twice["amounts"] == [*once["amounts"], ["USD", sold["amount"][0]]]
    assert [row[:2] for row in twice["rows"] if row[1] == "2030-01-02"] == [[sold["vin"][0], "2030-01-02"]]


def test_the_flagged_cars_of_a_flow_are_listed_first_and_then_by_day(frames: Any) -> None:
    results, tables = frames()
    sold = results["flows"].filter(pl.col("source_id") == "D01", pl.col("target_id") == "A01").sort("on_date", "vin")
    plain = sold["vin"].head(2)
    hits = results["hits"].filter(~pl.col("subject_id").is_in(plain.implode()))
    drawn = network("c1", results | {"hits": hits}, tables, case_name="case")
    edge = flow(drawn, "party/D01", "party/A01", "retail")
    assert (edge["units"], edge["flagged"]) == (sold.height, sold.height - 2)
    days = [(vin, str(day), int(vin not in plain)) for vin, day in sold.select("vin", "on_date").iter_rows()]
    assert [(row[0], row[1], row[3]) for row in edge["rows"]] == [*days[2:], *days[:2]]


def test_payments_between_drawn_parties_are_a_flow_without_cars(frames: Any) -> None:
    results, tables = frames()
    like = results["flows"].head(1).with_columns(vin=pl.lit(None, pl.String), kind=pl.lit("payment"))
    rows = [("A01", 100.25), ("A01", 50.5), ("A01", None), ("C01", 9.0)]
    facts = [{"row_key": f"y{at}", "source_id": payer, "amount": amount} for at, (payer, amount) in enumerate(rows)]
    told = pl.DataFrame(facts).with_columns(target_id=pl.lit("D01"))
    paid = like.drop(told.columns).join(told, how="cross").select(like.columns)
    drawn = network("c1", results | {"flows": pl.concat([results["flows"], paid])}, tables, case_name="case")
    edge = flow(drawn, "party/A01", "party/D01", "payment")
    assert (edge["units"], edge["flagged"], edge["amounts"]) == (3, 0, [["CNY", 150.75]])
    assert [row[0] for row in edge["rows"]] == [None] * 3
    assert not [one for one in drawn.edges if one["kind"] == "payment" and one is not edge]


def test_a_car_that_the_exporter_never_bought_is_handed_over_by_its_buyer(small: Network, frames: Any) -> None:
    exported = frames()[0]["ledger"].filter(pl.col("end_buyer_id") == "A01", pl.col("exporter_id") == "E01")
    assert flow(small, "party/A01", "party/E01", "to exporter")["units"] == exported.height > 0


def test_of_buyer_and_first_owner_the_buyer_hands_the_car_to_the_exporter(frames: Any) -> None:
    results, tables = frames()
    ledger = results["ledger"].with_columns(first_owner_id=pl.lit("A02"))
    drawn = network("c1", results | {"ledger": ledger}, tables, case_name="case")
    exported = ledger.filter(pl.col("end_buyer_id") == "A01", pl.col("exporter_id") == "E01")
    assert flow(drawn, "party/A01", "party/E01", "to exporter")["units"] == exported.height > 0
    # a private buyer is not drawn, so the owner whom the plate names does
    ledger = ledger.with_columns(end_buyer_id=pl.lit("C01"))
    drawn = network("c1", results | {"ledger": ledger}, tables, case_name="case")
    givers = {edge["source"] for edge in drawn.edges if edge["kind"] == "to exporter"}
    assert givers == {"party/A02"}


def test_a_car_that_was_the_exporters_own_is_handed_over_by_nobody(frames: Any) -> None:
    results, tables = frames()
    ledger = results["ledger"].with_columns(end_buyer_id=pl.lit("C01"), first_owner_id=pl.lit("E01"))
    # nor is a policy that an insurer wrote for itself a movement
    policies = tables["policies"].with_columns(insured_id=pl.lit("D01"), insurer_id=pl.lit("D01"))
    drawn = network("c1", results | {"ledger": ledger}, tables | {"policies": policies}, case_name="case")
    assert any(edge["kind"] == "exported" and edge["source"] == "party/E01" for edge in drawn.edges)
    assert not [edge for edge in drawn.edges if edge["source"] == edge["target"]]


def test_ties_are_single_steps_with_share_dates_and_source_line(small: Network) -> None:
    ties = {(edge["source"], edge["target"]): edge for edge in small.edges if edge["family"] == "tie"}
    assert ("party/P01", "party/A02") not in ties
    step = ties["party/P01", "party/D01"]
    assert (step["share"], step["verdict"], step["first_on"]) == ("70 %", "proven", "2021-05-01")
    assert (step["file"], step["line"]) == ("ownership_临海.csv", 2)
    assert (ties["party/P03", "party/A04"]["share"], ties["party/P03", "party/A04"]["verdict"]) == (
        "30–62 %",
        "possible",
    )


def test_evidence_names_file_and_line_of_each_row(small: Network) -> None:
    part = small.panels["party/D01"]["evidence"][0]
    vin, _, days, unit, lines = part["rows"][0]
    number = int(vin.removeprefix("LSAMPLE00"))
    files = small.meta["files"]
    assert [(files[file], line) for file, line in lines] == [
        ("policies_临海.csv", number + 2), ("sales_临海.csv", number + 2)
    ]  # fmt: skip
    assert (days, unit) == (20.0, "days")
    assert part["total"] > len(part["rows"])


def test_who_answers_for_a_car_and_who_is_on_its_other_side_are_told_apart(small: Network, frames: Any) -> None:
    hits = frames()[0]["hits"].filter(pl.col("detector") == "pre_insured")
    for party, column, is_other in (("D01", "accountable_id", False), ("A01", "counterparty_id", True)):
        parts = [part for part in small.panels[f"party/{party}"]["evidence"] if part["detector"] == "pre_insured"]
        cars = hits.filter(pl.col(column) == party).height
        assert [(part["is_other_side"], part["total"]) for part in parts] == [(is_other, cars)]
        # whose cars they are not is given no sentence about them
        assert [part["example"] is None for part in parts] == [is_other]


def test_a_step_of_a_proven_tie_is_proven_though_an_uncertain_one_uses_it_too(frames: Any) -> None:
    results, tables = frames()
    control = results["control"]
    unsure = control.filter(pl.col("proof_id") == "P01-A01").with_columns(
        verdict=pl.lit("possible"), proof_id=pl.lit("unsure")
    )
    steps = results["proofs"].filter(pl.col("proof_id") == "P01-A01").with_columns(proof_id=pl.lit("unsure"))
    more = {"control": pl.concat([unsure, control]), "proofs": pl.concat([steps, results["proofs"]])}
    drawn = network("c1", results | more, tables, case_name="case")
    ends = ("party/P01", "party/A01")
    verdicts = [
        edge["verdict"] for edge in drawn.edges if edge["family"] == "tie" and (edge["source"], edge["target"]) == ends
    ]
    assert verdicts == ["proven"]


def test_a_row_whose_file_is_gone_goes_by_the_name_of_its_table(frames: Any) -> None:
    results, tables = frames()
    sources = results["sources"].filter(pl.col("table") != "policies")
    drawn = network("c1", results | {"sources": sources}, tables, case_name="case")
    vin, *_, lines = drawn.panels["party/D01"]["evidence"][0]["rows"][0]
    number = int(vin.removeprefix("LSAMPLE00"))
    files = drawn.meta["files"]
    assert [(files[file], line) for file, line in lines] == [("policies", number + 2), ("sales_临海.csv", number + 2)]


def test_control_without_a_step_is_one_link_of_its_own_over_all_its_days(frames: Any) -> None:
    results, tables = frames()
    rows = [("proven", date(2023, 1, 1), None, "none"), ("possible", date(2022, 1, 1), date(2024, 1, 1), "no other")]
    like = results["control"].head(1).with_columns(controller_id=pl.lit("P02"), controlled_id=pl.lit("D01"))
    told = pl.DataFrame(rows, schema=["verdict", "valid_from", "valid_to", "proof_id"], orient="row")
    bare = like.drop(told.columns).join(told, how="cross").select(like.columns)
    to_itself = bare.with_columns(controlled_id=pl.lit("P02"))
    control = pl.concat([results["control"], bare, to_itself])
    drawn = network("c1", results | {"control": control}, tables, case_name="case")
    (link,) = (edge for edge in drawn.edges if (edge["source"], edge["target"]) == ("party/P02", "party/D01"))
    said = [link[fact] for fact in ("kind", "detail", "share", "verdict", "first_on", "last_on", "file")]
    assert said == ["controls", "majority", "", "proven", "2022-01-01", "2024-01-01", ""]
    assert not [edge for edge in drawn.edges if edge["source"] == edge["target"]]


def test_who_controls_a_member_is_drawn_only_above_the_anchor_group(frames: Any) -> None:
    results, tables = frames()
    # P03 may control A01 of the anchor group, and A04, which only bought from it
    results["cluster_members"] = results["cluster_members"].filter(pl.col("party_id") != "P03")
    control = results["control"]
    elsewhere = control.filter((pl.col("controller_id") != "P03") | (pl.col("controlled_id") != "A01"))
    for held, is_drawn in ((control, True), (elsewhere, False)):
        drawn = network("c1", results | {"control": held}, tables, case_name="case")
        assert ("P03" in {node["ref"] for node in drawn.nodes}) == is_drawn


def test_a_member_of_two_standings_is_drawn_in_the_first_of_them(frames: Any) -> None:
    results, tables = frames()
    members = results["cluster_members"]
    twice = members.filter(pl.col("party_id") == "D01").with_columns(
        standing=pl.lit("context"), units=pl.col("units") * 0
    )
    for both in (pl.concat([twice, members]), pl.concat([members, twice])):
        drawn = network("c1", results | {"cluster_members": both}, tables, case_name="case")
        (dealer,) = (node for node in drawn.nodes if node["ref"] == "D01")
        assert (dealer["standing"], dealer["units"] > 0) == ("core", True)


def test_findings_are_told_flagged_first_and_then_by_cars_each_with_its_months(frames: Any) -> None:
    results, tables = frames()
    like = results["findings"].filter(pl.col("party_id") == "D01", pl.col("unit_kind") == "party")
    more = [("shell_buyer", "explained", 900), ("circular_sales", "flagged", 70), ("other", "indeterminate", 800)]
    told = pl.DataFrame(more, schema=["detector", "verdict", "observed"], orient="row")
    rows = like.drop(told.columns).join(told, how="cross").select(like.columns)
    drawn = network("c1", results | {"findings": pl.concat([rows, results["findings"]])}, tables, case_name="case")
    found = drawn.panels["party/D01"]["findings"]
    assert [(one["detector"], one["verdict"]) for one in found] == [
        ("circular_sales", "flagged"), ("pre_insured", "flagged"), ("other", "indeterminate"),
        ("shell_buyer", "explained"),
    ]  # fmt: skip
    months = {one["detector"]: one["months"] for one in found}
    assert months.pop("pre_insured") == [("2024-12", 22, 24, 24 * 0.03, 3.2e-8, "flagged")]
    assert list(months.values()) == [[], [], []]


def test_the_picture_is_called_by_the_company_of_the_anchor_group_with_most_cars_and_says_of_which_day(
    small: Network, frames: Any
) -> None:
    assert (small.meta["title"], small.meta["anchor"]) == ("华东示例汽贸有限公司", "P01")
    assert small.meta["as_of"] == "2025-03-31"
    assert small.meta["notes"] == ["13 of 14 parties are drawn; private buyers never are."]
    results, tables = frames()
    # a person gives the picture no name, however many cars are his
    units = {"D01": 1, "D02": 900, "P01": 1_000}
    turned = results["cluster_members"].with_columns(
        units=pl.col("party_id").replace_strict(units, default=pl.col("units"))
    )
    drawn = network("c1", results | {"cluster_members": turned}, tables, case_name="case")
    assert drawn.meta["title"] == "Northgate Sample Motors"


def test_the_months_count_flagged_cars_without_a_gap(small: Network, frames: Any) -> None:
    hits = frames()[0]["hits"]
    months = [month for month, _ in small.timeline]
    assert months == list(range(months[0], months[-1] + 1))
    cars = hits.select(pl.col("on_date").dt.strftime("%Y-%m"), "subject_id").unique()
    assert sum(units for _, units in small.timeline) == cars.height


def test_the_picture_says_how_much_the_cluster_sells_to_itself(small: Network) -> None:
    said = [small.meta[fact] for fact in ("inside", "outside", "inside_share", "expected_inside_share")]
    assert said == [1_088, 1_632, 0.4, 0.0625]


def test_a_networkx_graph_has_every_node_and_edge(small: Network) -> None:
    graph = small.to_networkx()
    assert graph.number_of_nodes() == len(small.nodes)
    assert graph.number_of_edges() == len(small.edges)
    assert graph.nodes["party/D01"]["label"] == "华东示例汽贸有限公司"
    assert not any(isinstance(value, list | dict) for *_, facts in graph.edges(data=True) for value in facts.values())


def test_a_large_cluster_keeps_the_biggest_and_says_what_is_left_out(frames: Any) -> None:
    results, tables = frames(cars=2_000, affiliates=1_600)
    drawn = network("c1", results, tables, case_name="case")
    assert len(drawn.nodes) <= 1_500
    shown = [node["ref"] for node in drawn.nodes if node.get("standing") == "core"]
    core = results["cluster_members"].filter(pl.col("standing") == "core")
    is_shown = pl.col("party_id").is_in(shown)
    kept, left = core.filter(is_shown)["units"].to_list(), core.filter(~is_shown)["units"].to_list()
    assert min(kept) >= max(left)
    assert any("of 1,614 parties are drawn" in note for note in drawn.meta["notes"])
    assert any("of 2,000 flagged cars are drawn" in note for note in drawn.meta["notes"])


def test_of_another_cluster_nothing_is_drawn(frames: Any, small: Network) -> None:
    results, tables = frames()
    members = results["cluster_members"]
    other = members.filter(pl.col("party_id").is_in(["D02", "A04"])).with_columns(
        cluster_id=pl.lit("c2"), party_id=pl.format("{} of c2", "party_id"), standing=pl.lit("core")
    )
    both = results | {"cluster_members": pl.concat([other, members])}
    drawn = network("c1", both, tables, case_name="case")
    assert (drawn.nodes, drawn.edges) == (small.nodes, small.edges)


def test_an_unknown_cluster_is_one_sentence(frames: Any) -> None:
    with pytest.raises(NotFoundError, match="no cluster 'nothing'"):
        network("nothing", *frames(), case_name="case")


def test_a_case_without_optional_tables_still_has_a_picture(frames: Any) -> None:
    results, _ = frames()
    needed = {name: results[name] for name in ("clusters", "cluster_members", "identities")}
    drawn = network("c1", needed, {}, case_name="case")
    assert {node["ref"] for node in drawn.nodes} >= {"D01", "A01", "P01"}
    assert drawn.timeline == ()


def test_lanes_run_from_maker_to_destination(small: Network) -> None:
    places, lanes = layout.swim_lanes(small)
    chain = ["party/M01", "party/D01", "party/P01", "party/A01", "party/I01", "party/E01", "destination/KZ"]
    across = [places[node][0] for node in chain]
    assert across == sorted(set(across))
    assert all(lane.left < x < lane.right for lane, x in zip(lanes, across, strict=True))
    assert not any(node.startswith("vehicle/") for node in places)


def test_no_two_nodes_stand_on_one_spot(small: Network) -> None:
    spots = list(layout.cluster(small).values())
    assert len(spots) == len(small.nodes) == len(set(spots))
