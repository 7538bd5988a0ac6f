"""The page in a real browser: opened from disk, alone, it does what an investigator asks of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from graphkit.views.network import network
from graphkit.views.page import render

SHOWN = "return view.nodes.get().filter((node) => !node.hidden && data.details[node.id].kind === arguments[0]).length"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, frames: Any) -> str:
    path: Path = tmp_path_factory.mktemp("page") / "cluster.html"
    path.write_text(render(network("c1", *frames(), case_name="Case 示例案件")), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser: Any, page: str) -> Any:
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(page)
    return browser


def by_id(opened: Any, name: str) -> Any:
    return opened.find_element("id", name)


def panel(opened: Any) -> str:
    return str(by_id(opened, "panel").text)


def click_canvas(opened: Any, x: float, y: float) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.action_builder import ActionBuilder

    box = by_id(opened, "canvas").rect
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


def lanes(opened: Any) -> None:
    by_id(opened, "layout").find_element("css selector", "option[value=lanes]").click()


def search(opened: Any, text: str) -> str:
    box = by_id(opened, "search")
    box.clear()
    box.send_keys(text, "\n")
    return str(by_id(opened, "found").text)


def selected(opened: Any) -> list[str]:
    return list(opened.execute_script("return view.network.getSelectedNodes()"))


def test_it_opens_from_disk_without_an_error_or_a_request(opened: Any, page: str) -> None:
    lanes(opened)
    by_id(opened, "dark").click()
    assert opened.get_log("browser") == []
    sent = [
        entry["params"]["request"]["url"]
        for entry in (json.loads(line["message"])["message"] for line in opened.get_log("performance"))
        if entry["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in sent if url != page] == []


def test_hostile_names_run_nothing_and_are_shown_as_they_are(opened: Any) -> None:
    opened.execute_script("view.show('party/A02')")
    assert "<img src=x onerror=window.__pwn=1> 东升汽车</script>" in panel(opened)
    lanes(opened)
    assert opened.execute_script("return typeof window.__pwn") == "undefined"
    assert opened.find_elements("css selector", "img") == []


def test_the_legend_counts_roles_and_its_boxes_hide_them(opened: Any) -> None:
    legend = by_id(opened, "legend").text
    assert "vehicle\n110" in legend.replace(" ", "\n")
    assert opened.execute_script(SHOWN, "dealer") == 2
    opened.find_element("css selector", "#legend input[data-kind=dealer]").click()
    assert opened.execute_script(SHOWN, "dealer") == 0
    assert opened.execute_script(
        "return view.edges.get().some((edge) => !edge.hidden && [edge.from, edge.to].includes('party/D01'))"
    ) is False  # fmt: skip
    opened.find_element("css selector", "#legend input[data-kind=dealer]").click()
    assert opened.execute_script(SHOWN, "dealer") == 2


def test_the_panel_says_how_much_the_cluster_sells_to_itself_and_what_a_shuffle_would_give(opened: Any) -> None:
    said = panel(opened)
    assert "1,088 of 2,720 sales of core and counterparties are among themselves (40 %)" in said
    assert "6.3 %, if each month's buyers were shuffled" in said
    opened.execute_script("data.meta.inside_share = null; view.show(null)")
    assert "Trade inside" not in panel(opened)
    assert "shuffled" not in panel(opened)


def test_search_finds_names_ids_and_cars_and_says_when_it_does_not(opened: Any) -> None:
    assert search(opened, "宏运") == "1 of 1"
    assert selected(opened) == ["party/A03"]
    x, y = spot(opened, "party/A03")
    box = by_id(opened, "canvas").rect
    assert abs(x - box["width"] / 2) < 2
    assert abs(y - box["height"] / 2) < 2
    assert search(opened, "juniper") == "1 of 1"
    assert selected(opened) == ["party/A04"]
    assert search(opened, "e01") == "1 of 1"
    assert selected(opened) == ["party/E01"]
    assert search(opened, "LSAMPLE0000000042") == "1 of 1"
    assert selected(opened) == ["vehicle/LSAMPLE0000000042"]
    assert "LSAMPLE0000000042" in panel(opened)
    assert "policies_临海.csv:44" in panel(opened)
    assert search(opened, "nobody of this name") == "no match"


def test_a_slash_goes_to_the_search_box(opened: Any) -> None:
    by_id(opened, "reset").send_keys("/")
    assert opened.switch_to.active_element.get_attribute("id") == "search"
    assert by_id(opened, "search").get_attribute("value") == ""


def test_the_layout_switch_moves_nodes_and_collapses_cars(opened: Any) -> None:
    before = opened.execute_script("return view.network.getPosition('party/M01')")
    assert opened.execute_script(SHOWN, "vehicle") == 110
    lanes(opened)
    assert opened.execute_script("return view.network.getPosition('party/M01')") != before
    assert opened.execute_script(SHOWN, "vehicle") == 0
    assert opened.execute_script(
        "return view.edges.get().filter((edge) => edge.family === 'flow').every((edge) => !edge.hidden)"
    )


def test_a_click_on_a_party_shows_why_it_is_flagged_with_file_and_line(opened: Any) -> None:
    lanes(opened)
    click_canvas(opened, *spot(opened, "party/D01"))
    assert selected(opened) == ["party/D01"]
    text = panel(opened)
    for said in ("华东示例汽贸有限公司", "score 4.1 · strong", "66 of 66", "1.98 from 14 peers", "3.2e-8"):
        assert said in text
    for said in (
        "gift insurance, fleet",
        "declared stock",
        "The cars were insured for display.",
        "policies_临海.csv:24",
    ):
        assert said in text


def test_a_click_on_an_edge_lists_the_cars_behind_it(opened: Any) -> None:
    lanes(opened)
    click_canvas(opened, *spot(opened, "party/E01", "destination/KZ"))
    edge, units = opened.execute_script(
        "const [edge] = view.network.getSelectedEdges(); return [edge, data.links[edge].units]"
    )
    assert edge
    assert f"Units\n{units}" in panel(opened)
    assert len(opened.find_elements("css selector", "#panel tbody tr")) == units
    assert "LSAMPLE00" in panel(opened)


def test_a_stretch_of_months_filters_cars_and_flows(opened: Any) -> None:
    strip = by_id(opened, "timeline")
    strip.send_keys("\ue014")
    first = opened.execute_script("return data.timeline[0][1]")
    assert opened.execute_script(SHOWN, "vehicle") == first < 110
    assert f"{first} flagged cars" in by_id(opened, "period").text
    strip.send_keys("\ue00c")
    assert opened.execute_script(SHOWN, "vehicle") == 110


def test_the_picture_can_be_saved_and_darkened(opened: Any) -> None:
    assert opened.execute_script(
        "let saved; HTMLAnchorElement.prototype.click ="
        " function () { saved = [this.download, this.href.slice(0, 22)]; };"
        " document.getElementById('png').click(); return saved"
    ) == ["cluster-c1.png", "data:image/png;base64,"]
    by_id(opened, "dark").click()
    assert by_id(opened, "dark").get_attribute("aria-pressed") == "true"


def test_every_control_has_a_name_and_can_be_reached_by_key(opened: Any) -> None:
    unnamed = opened.execute_script(
        "return [...document.querySelectorAll('button, input, select, [tabindex]')].filter((control) =>"
        " !(control.getAttribute('aria-label') || control.textContent.trim()) || control.tabIndex < 0).length"
    )
    assert unnamed == 0
