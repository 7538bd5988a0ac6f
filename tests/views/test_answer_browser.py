"""The picture of a query's answer in a real browser: opened from disk, alone, it shows what the query returned."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graphkit.views.answer import answer_network
from graphkit.views.page import render

HOSTILE = "<img src=x onerror=window.__pwn=1></script><script>window.__pwn=2</script>"
TEXT = "MATCH p = (:Dealer)-[:SOLD]->(s:Sale)-[:BOUGHT_BY]->() RETURN p // <b>"
CARS = 4


def answer() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    nodes = [
        {"element_id": "d", "labels": ["Dealer", "Party"], "properties": {
            "party_id": "D09", "name": "Northgate Sample Motors", "score": 4.1, "band": "strong", "flagged": True,
            "reason_1": "4 of 4 cars went to a company of its owner.", "city": "临海"}},
        {"element_id": "b", "labels": ["Party"], "properties": {"party_id": "A01", "name": HOSTILE}},
    ]  # fmt: skip
    links: list[dict[str, Any]] = [
        {"element_id": "t", "type": "RELATED_TO", "start": "d", "end": "b",
         "properties": {"rule": "9(b)(vi)", "verdict": "proven", "valid_from": date(2021, 5, 1)}},
    ]  # fmt: skip
    for car in range(CARS):
        sale, vehicle = f"s{car}", f"v{car}"
        nodes += [
            {"element_id": sale, "labels": ["Sale"], "properties": {"sale_id": f"S{car}", "kind": "retail"}},
            {"element_id": vehicle, "labels": ["Vehicle"], "properties": {"vin": f"LSAMPLE{car:010}", "model": "S1"}},
        ]
        for type_, start, end in (("SOLD", "d", sale), ("BOUGHT_BY", sale, "b"), ("OF", sale, vehicle)):
            links.append({"element_id": f"{type_}{car}", "type": type_, "start": start, "end": end, "properties": {}})
    return nodes, links


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("answer") / "out.html"
    picture = answer_network(*answer(), title="absorbed cars", case_name="Case 示例案件", text=TEXT)
    path.write_text(render(picture), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser: Any, page: str) -> Any:
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(page)
    return browser


def panel(opened: Any) -> str:
    return str(opened.find_element("id", "panel").text)


def click(opened: Any, x: float, y: float) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.action_builder import ActionBuilder

    box = opened.find_element("id", "canvas").rect
    actions = ActionBuilder(opened)
    actions.pointer_action.move_to_location(round(box["x"] + x), round(box["y"] + y)).click()
    actions.perform()
    # the library waits to see whether a second click follows
    ActionChains(opened).pause(0.4).perform()


def spot(opened: Any, *nodes: str) -> tuple[float, float]:
    where = opened.execute_script(
        "return arguments[0].map((id) => view.network.canvasToDOM(view.network.getPosition(id)))", list(nodes)
    )
    return sum(at["x"] for at in where) / len(where), sum(at["y"] for at in where) / len(where)


def shown(opened: Any) -> list[str]:
    return list(opened.execute_script("return view.nodes.get().filter((node) => !node.hidden).map(({ id }) => id)"))


def test_it_opens_from_disk_without_an_error_or_a_request_and_draws_every_node(opened: Any, page: str) -> None:
    assert len(shown(opened)) == 2 + 2 * CARS
    assert opened.execute_script("return view.edges.get().filter((edge) => !edge.hidden).length") == 1 + 3 * CARS
    opened.find_element("id", "dark").click()
    opened.find_element("id", "reset").click()
    assert opened.get_log("browser") == []
    sent = [
        entry["params"]["request"]["url"]
        # the browser's own first page may still be loading
        for entry in (json.loads(line["message"])["message"] for line in opened.get_log("performance"))
        if entry["method"] == "Network.requestWillBeSent" and entry["params"]["documentURL"] == page
    ]
    assert sent == [page]


def test_every_node_stands_inside_the_picture(opened: Any) -> None:
    box = opened.find_element("id", "canvas").rect
    for name in shown(opened):
        x, y = spot(opened, name)
        assert 0 < x < box["width"]
        assert 0 < y < box["height"]


def test_the_query_stands_beside_the_picture_with_what_it_returned(opened: Any) -> None:
    assert opened.find_element("css selector", "#panel pre").text == TEXT
    for said in ("absorbed cars", "10 nodes, 13 relationships", "BOUGHT_BY 4", "Northgate Sample Motors dealer"):
        assert said in panel(opened)


def test_a_click_on_a_party_shows_why_it_is_flagged_and_its_properties(opened: Any) -> None:
    click(opened, *spot(opened, "party/D09"))
    text = panel(opened)
    for said in ("Party, Dealer · D09", "score 4.1 · strong", "WHY FLAGGED", "city\n临海", "→ retail"):
        assert said in text
    assert text.index("4 of 4 cars went to a company of its owner.") < text.index("PROPERTIES")


def test_a_click_on_a_car_shows_its_properties_and_leads_to_its_sale(opened: Any) -> None:
    click(opened, *spot(opened, "vehicle/LSAMPLE0000000002"))
    assert "model\nS1" in panel(opened)
    opened.find_element("css selector", "#panel table .pick").click()
    assert "OF" in panel(opened)
    opened.find_element("css selector", "#panel h2 .pick").click()
    assert "sale id\nS2" in panel(opened)


def test_a_click_on_a_relationship_shows_its_type_and_properties(opened: Any) -> None:
    [line] = opened.execute_script("return data.edges.filter((edge) => edge.label === 'RELATED_TO')") or [None]
    assert line is not None
    middle = opened.execute_script(
        "return view.network.canvasToDOM(view.network.body.edges[arguments[0]].edgeType.getPoint(0.3))", line["id"]
    )
    click(opened, middle["x"], middle["y"])
    for said in ("RELATED_TO", "rule\n9(b)(vi)", "verdict\nproven", "valid from\n2021-05-01"):
        assert said in panel(opened)


def test_the_legend_counts_kinds_and_its_boxes_hide_them(opened: Any) -> None:
    assert f"vehicle\n{CARS}" in opened.find_element("id", "legend").text.replace(" ", "\n")
    opened.find_element("css selector", "#legend input[data-kind=vehicle]").click()
    assert len(shown(opened)) == 2 + CARS
    lines = opened.execute_script("return view.edges.get().filter((edge) => !edge.hidden).length")
    assert lines == 1 + 2 * CARS
    opened.find_element("css selector", "#legend input[data-kind=vehicle]").click()
    assert len(shown(opened)) == 2 + 2 * CARS


def test_search_finds_names_and_keys(opened: Any) -> None:
    for text, name in (
        ("northgate", "party/D09"),
        ("S3", "sale/S3"),
        ("LSAMPLE0000000001", "vehicle/LSAMPLE0000000001"),
    ):
        box = opened.find_element("id", "search")
        box.clear()
        box.send_keys(text, "\n")
        assert opened.execute_script("return view.network.getSelectedNodes()") == [name]


def test_what_only_a_cluster_has_is_not_shown(opened: Any) -> None:
    for name in ("layout", "timeline", "timeline-help", "period"):
        assert not opened.find_element("id", name).is_displayed()
    assert (
        opened.find_element("id", "stage").rect["height"]
        > 0.95 * opened.find_element("css selector", "main").rect["height"]
    )


def test_hostile_names_run_nothing_and_are_shown_as_they_are(opened: Any) -> None:
    opened.execute_script("view.show('party/A01')")
    assert opened.find_element("css selector", "#panel h2").text == HOSTILE
    assert opened.execute_script("return typeof window.__pwn") == "undefined"
    assert opened.find_elements("css selector", "img") == []


def test_every_control_has_a_name_and_can_be_reached_by_key(opened: Any) -> None:
    unnamed = opened.execute_script(
        "return [...document.querySelectorAll('button, input, select, [tabindex]')].filter((control) =>"
        " !control.hidden && (!(control.getAttribute('aria-label') || control.textContent.trim())"
        " || control.tabIndex < 0)).length"
    )
    assert unnamed == 0
