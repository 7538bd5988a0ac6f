"""What a query returned as a picture: who is drawn as what, under which id, and what is left out."""

import json
import random
import re
from datetime import date
from typing import Any

import pytest

from graphkit.errors import QueryError
from graphkit.views import layout, style
from graphkit.views.answer import answer_network
from graphkit.views.network import Network
from graphkit.views.page import render

HOSTILE = "</script><img src=x onerror=window.__pwn=1>"
Things = list[dict[str, Any]]


def node(element: str, *labels: str, **properties: Any) -> dict[str, Any]:
    return {"element_id": element, "labels": list(labels), "properties": properties}


def link(element: str, start: str, type_: str, end: str, **properties: Any) -> dict[str, Any]:
    return {"element_id": element, "type": type_, "start": start, "end": end, "properties": properties}


def drawn(nodes: Things, links: Things, text: str = "MATCH p = ()--() RETURN p") -> Network:
    return answer_network(nodes, links, title="sales", case_name="case", text=text)


def market() -> tuple[Things, Things]:
    """A dealer that sells to a company of its owner and to a person, as a query's rows hold it."""
    nodes = [
        node("n0", "Dealer", "Party", party_id="D09", name="Northgate Sample Motors", score=4.1, band="strong",
             flagged=True, reason_1="66 of 66 cars.", reason_2="41 went to its owner's companies.",
             capital=2_000_000.0),
        node("n1", "Party", party_id="A01", name=HOSTILE, roles=""),
        node("n2", "Party", "Person", party_id="P01", name="示例人员1", birth_year=1974),
        node("n3", "Sale", sale_id="S1", kind="retail", invoiced_on=date(2024, 3, 4), price=131_000.5),
        node("n4", "Vehicle", vin="LSAMPLE0000000001", shadowed_in=["exports", "listings"], is_stub=False),
        node("n5", "Cluster", cluster_id="c1"),
        node("n6", "Finding", finding_id="f1", detector="pre_insured", month="2024-12", q=3.2e-8),
        node("n7", "Party", "Manufacturer", party_id="M01", name="示例汽车制造有限公司"),
        node("n8", "Policy", policy_id="K1", kind="compulsory", starts_on=date(2024, 2, 4)),
        node("n9", "ReportedCount", reported_count_id="r1", series="retail_sales", period="2024-12"),
        node("n10", "Identifier", identifier_id="i1", kind="phone", value="1380_0000"),
        node("n11", "Party", party_id="B01", name="Juniper Example Leasing"),
        node("n12", "Party", party_id="B02", name="Specimen Holding"),
        node("n13", "Person", "Party", "Vendor", party_id="P02", name="示例人员2"),
        node("n14", "Party", "Vendor", party_id="X01", name="Sample Cars Online"),
        node("n15", "Run", run_id="run1"),
    ]  # fmt: skip
    links = [
        link("l0", "n0", "SOLD", "n3"),
        link("l1", "n3", "BOUGHT_BY", "n11"),
        link("l2", "n3", "OF", "n4"),
        link("l3", "n2", "OWNS", "n1", share=600_000, valid_from=date(2021, 5, 1)),
        link("l4", "n0", "TRADED", "n11", kind="retail", units=12, amount=1_500_000.0, currency="CNY"),
        link("l5", "n0", "TRADED", "n11", kind="resale", units=2),
        link("l6", "n11", "PAID", "n0", amount=10.0),
        link("l7", "n2", "CONTROLS", "n0", verdict="possible"),
    ]
    return nodes, links


def other_ids(nodes: Things, links: Things, seed: int) -> tuple[Things, Things]:
    """The same answer as another run of the query may give it: other element ids, rows in another order."""
    chance = random.Random(seed)
    ends = {end for each in links for end in (each["start"], each["end"])} | {each["element_id"] for each in nodes}
    numbers = chance.sample(range(10_000), len(ends))
    new = {old: f"4:{number}" for old, number in zip(sorted(ends), numbers, strict=True)}
    mixed = [
        {**each, "element_id": new[each["element_id"]], "labels": chance.sample(each["labels"], len(each["labels"]))}
        for each in nodes
    ]
    turned = [
        {**each, "element_id": f"5:{number}", "start": new[each["start"]], "end": new[each["end"]]}
        for number, each in enumerate(chance.sample(links, len(links)))
    ]
    return chance.sample(mixed, len(mixed)), turned


def named(picture: Network) -> dict[str, Any]:
    return {each["id"]: each for each in picture.nodes}


def test_nodes_are_drawn_as_what_their_labels_and_links_say() -> None:
    assert {name: each["kind"] for name, each in named(drawn(*market())).items()} == {
        "party/D09": "dealer", "party/M01": "manufacturer", "party/P01": "person", "party/P02": "person",
        "party/A01": "affiliate", "party/B01": "buyer", "party/B02": "party", "party/X01": "vendor",
        "sale/S1": "sale", "policy/K1": "policy", "vehicle/LSAMPLE0000000001": "vehicle", "cluster/c1": "cluster",
        "finding/f1": "finding", "reported_count/r1": "reported_count", "identifier/i1": "identifier",
        "run/run1": "run",
    }  # fmt: skip


def test_every_kind_has_a_look_of_its_own() -> None:
    looks = {**style.NODES, **style.RECORDS}
    assert {each["kind"] for each in drawn(*market()).nodes} <= set(looks)
    assert len({(look.shape, look.colour) for look in looks.values()}) == len(looks)


def test_nodes_are_called_by_name_else_by_what_they_are() -> None:
    labels = {name: each["label"] for name, each in named(drawn(*market())).items()}
    assert labels["party/D09"] == "Northgate Sample Motors"
    assert labels["vehicle/LSAMPLE0000000001"] == "LSAMPLE0000000001"
    assert labels["sale/S1"] == "retail 2024-03-04"
    assert labels["finding/f1"] == "pre insured 2024-12"
    assert labels["cluster/c1"] == "cluster c1"
    assert labels["identifier/i1"] == "1380_0000"


def test_a_panel_has_the_labels_the_reasons_and_every_property() -> None:
    panels = drawn(*market()).panels
    dealer = panels["party/D09"]
    assert dealer["labels"] == ["Party", "Dealer"]
    assert (dealer["flagged"], dealer["band"]) == (True, "strong")
    assert dealer["reasons"] == ["66 of 66 cars.", "41 went to its owner's companies."]
    assert dealer["properties"][:2] == [["name", "Northgate Sample Motors"], ["party_id", "D09"]]
    assert ["capital", "2,000,000"] in dealer["properties"]
    assert ["birth_year", "1974"] in panels["party/P01"]["properties"]
    assert panels["sale/S1"]["properties"] == [
        ["sale_id", "S1"], ["invoiced_on", "2024-03-04"], ["kind", "retail"], ["price", "131,000.50"]
    ]  # fmt: skip
    assert panels["vehicle/LSAMPLE0000000001"]["properties"][1:] == [
        ["is_stub", "no"],
        ["shadowed_in", "exports, listings"],
    ]
    assert ["q", "3.2e-08"] in panels["finding/f1"]["properties"]


def test_each_relationship_is_one_edge_with_its_type_and_properties() -> None:
    picture = drawn(*market())
    assert len(picture.edges) == 8
    share = next(edge for edge in picture.edges if edge["kind"] == "OWNS")
    assert (share["source"], share["target"]) == ("party/P01", "party/A01")
    assert share["properties"] == [["share", "600000"], ["valid_from", "2021-05-01"]]


def test_what_comes_in_several_rows_is_drawn_once() -> None:
    nodes, links = market()
    twice = drawn(nodes + nodes, links + links)
    assert twice == drawn(nodes, links)


def test_relationships_of_one_pair_do_not_cover_one_another() -> None:
    nodes = [node("a", "Party", party_id="A"), node("b", "Party", party_id="B")]
    links = [link("1", "a", "PAID", "b"), link("2", "a", "OWNS", "b"), link("3", "b", "PAID", "a")]
    edges = island(render(drawn(nodes, links)))["edges"]
    bends = [(edge["from"], edge.get("smooth", {}).get("roundness", 0)) for edge in edges]
    assert len(bends) == len(set(bends)) == 3
    # a straight line there and a straight line back would be one
    assert all(bend for _, bend in bends)


def test_an_end_that_was_not_returned_is_drawn_as_such() -> None:
    picture = drawn([node("1", "Party", party_id="D09", name="N")], [link("9", "1", "SOLD", "2")])
    unknown = next(each for each in picture.nodes if each["kind"] == "unreturned")
    assert unknown["label"] == "not returned"
    assert picture.edges[0]["target"] == unknown["id"]
    assert picture.meta["notes"] == ["Of 1 node the query returned only relationships."]


@pytest.mark.parametrize("seed", range(5))
def test_equal_answers_give_equal_bytes(seed: int) -> None:
    assert render(drawn(*other_ids(*market(), seed))) == render(drawn(*market()))


@pytest.mark.parametrize("seed", range(5))
def test_nodes_without_a_key_are_told_apart_by_their_links(seed: int) -> None:
    # only relationships: two equal chains, a third that a property sets apart, one that ends at a known party, a circle
    links = [
        *(link(f"a{i}", f"a{i}", "SOLD", f"b{i}") for i in range(3)),
        *(link(f"b{i}", f"b{i}", "BOUGHT_BY", f"c{i}", **({"units": 2} if i == 2 else {})) for i in range(3)),
        link("d", "a9", "SOLD", "k"),
        *(link(f"r{i}", f"r{i}", "PAID", f"r{(i + 1) % 4}") for i in range(4)),
    ]
    nodes = [node("k", "Sale", sale_id="S1"), node("f1", "Note", text="same"), node("f2", "Note", text="same")]
    links += [link("n1", "f1", "SAYS", "k"), link("n2", "f2", "SAYS", "a0")]
    first, again = drawn(nodes, links), drawn(*other_ids(nodes, links, seed))
    assert len(named(first)) == 17
    assert render(again) == render(first)


def test_a_key_that_two_nodes_share_still_gives_two_nodes() -> None:
    picture = drawn([node("1", "Party", party_id="D09"), node("2", "Party", party_id="D09", name="other")], [])
    assert len(named(picture)) == 2


def test_of_too_many_nodes_those_with_most_links_are_drawn_and_the_others_counted() -> None:
    nodes = [node(f"n{i}", "Party", party_id=f"P{i:04d}") for i in range(1_600)]
    links = [link(f"l{i}", "n1599", "PAID", f"n{i}") for i in range(100, 1_599)]
    picture = drawn(nodes, links)
    assert len(picture.nodes) == 1_500
    assert {each["ref"] for each in picture.nodes} == {f"P{i:04d}" for i in range(100, 1_600)}
    assert picture.meta["notes"] == ["100 of 1,600 nodes are not drawn: the 1,500 with most links are."]
    assert drawn(*other_ids(nodes, links, 1)) == picture


def test_what_is_kept_of_many_pairs_is_whole_pairs() -> None:
    links = [link(f"l{i}", f"a{i}", "SOLD", f"b{i}") for i in range(1_000)]
    picture = drawn([], links)
    assert (len(picture.nodes), len(picture.edges)) == (1_500, 750)


def test_of_too_many_relationships_every_pair_keeps_one() -> None:
    nodes = [node(f"n{i}", "Party", party_id=f"P{i}") for i in range(3)]
    links = [link(f"l{i}", "n0", "PAID", "n1", amount=float(i)) for i in range(4_000)]
    picture = drawn(nodes, [*links, link("last", "n1", "PAID", "n2")])
    assert len(picture.edges) == 4_000
    assert any(edge["target"] == "party/P2" for edge in picture.edges)
    assert picture.meta["notes"] == ["1 of 4,001 relationships are not drawn."]


def test_an_answer_without_anything_to_draw_says_what_to_return() -> None:
    with pytest.raises(QueryError, match=r"no nodes, relationships or paths to draw: return a path"):
        drawn([], [])


def test_the_steps_of_paths_stand_from_left_to_right() -> None:
    nodes, links = market()
    places = layout.answer(drawn(nodes, [each for each in links if each["type"] != "PAID"]))
    across = [places[name][0] for name in ("party/P01", "party/D09", "sale/S1", "vehicle/LSAMPLE0000000001")]
    assert across == sorted(set(across))
    assert len(set(places.values())) == len(places)


def test_a_circle_stands_as_a_circle() -> None:
    nodes = [node(f"n{i}", "Party", party_id=f"P{i}") for i in range(6)]
    places = layout.answer(drawn(nodes, [link(f"l{i}", f"n{i}", "PAID", f"n{(i + 1) % 6}") for i in range(6)]))
    assert len({x for x, _ in places.values()}) > 2
    assert len({y for _, y in places.values()}) > 2


def test_a_straight_line_through_a_third_node_bends() -> None:
    nodes = [node(f"n{i}", "Party", party_id=f"P{i}") for i in range(3)]
    chain = [link("a", "n0", "OWNS", "n1"), link("b", "n1", "OWNS", "n2"), link("c", "n0", "OWNS", "n2")]
    edges = island(render(drawn(nodes, chain)))["edges"]
    assert [(edge["from"], edge["to"]) for edge in edges if "smooth" in edge] == [("party/P0", "party/P2")]


def island(html: str) -> Any:
    found = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


def test_texts_of_the_case_and_of_the_query_never_become_markup() -> None:
    nodes, links = market()
    nodes.append(node("x", f"Odd{HOSTILE}", **{f"key{HOSTILE}": HOSTILE}))
    links.append(link("y", "x", f"T{HOSTILE}", "n1", note=HOSTILE))
    html = render(drawn(nodes, links, text=f"RETURN '{HOSTILE}'"))
    assert "<img" not in html
    assert island(html)["meta"]["query"] == f"RETURN '{HOSTILE}'"
    assert island(html)["details"]["party/A01"]["label"] == HOSTILE


def test_values_that_json_lacks_are_texts() -> None:
    nodes = [node("1", "Party", party_id="D09", score=float("nan"), high=float("inf"), name=7)]
    block = island(render(drawn(nodes, [])))
    assert ["high", "inf"] in block["panels"]["party/D09"]["properties"]


def test_a_large_answer_lists_fewer_properties_and_says_how_many_there_are() -> None:
    wide = {f"property_{i:02d}": f"text {i} " * 8 for i in range(40)}
    nodes = [node(f"n{i}", "Vehicle", vin=f"V{i:04d}", **wide) for i in range(1_400)]
    html = render(drawn(nodes, []))
    assert len(html.encode()) <= 2_000_000
    panel = island(html)["panels"]["vehicle/V0000"]
    assert len(panel["properties"]) < panel["total"] == 41
    assert panel["properties"][0] == ["vin", "V0000"]
