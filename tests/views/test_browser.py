"""The page in a real browser: opened from disk, alone, it does what an investigator asks of it."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.views.network import network
from graphkit.views.page import render

HOSTILE = "<img src=x onerror=window.__pwn=1> 东升汽车</script><script>window.__pwn=2</script>"
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
        # the browser's own first page may still be loading
        for entry in (json.loads(line["message"])["message"] for line in opened.get_log("performance"))
        if entry["method"] == "Network.requestWillBeSent" and entry["params"]["documentURL"] == page
    ]
    assert sent == [page]


def test_the_title_names_the_case_and_the_cluster(opened: Any) -> None:
    assert opened.title == "Case 示例案件 · 华东示例汽贸有限公司"
    assert by_id(opened, "title").text == "Case 示例案件 · 华东示例汽贸有限公司"


def test_hostile_names_run_nothing_and_are_shown_as_they_are(opened: Any) -> None:
    opened.execute_script("view.show('party/A02')")
    assert panel(opened).splitlines()[0] == HOSTILE
    lanes(opened)
    assert opened.execute_script("return typeof window.__pwn") == "undefined"
    assert opened.find_elements("css selector", "img") == []


def test_the_legend_counts_roles_and_its_boxes_hide_them(opened: Any) -> None:
    legend = by_id(opened, "legend").text.splitlines()
    assert legend == [
        "Show or hide by role", "manufacturer", "1", "dealer", "2", "affiliate", "4", "insurer", "2", "exporter", "1",
        "destination", "3", "person", "3", "vehicle", "110",
        "control, proven", "control, possible", "ring: flagged party",
    ]  # fmt: skip
    assert opened.execute_script(SHOWN, "dealer") == 2
    opened.find_element("css selector", "#legend input[data-kind=dealer]").click()
    assert opened.execute_script(SHOWN, "dealer") == 0
    assert opened.execute_script(
        "return view.edges.get().some((edge) => !edge.hidden && [edge.from, edge.to].includes('party/D01'))"
    ) is False  # fmt: skip
    opened.find_element("css selector", "#legend input[data-kind=dealer]").click()
    assert opened.execute_script(SHOWN, "dealer") == 2


def test_the_panel_says_how_much_the_cluster_sells_to_itself_and_what_a_shuffle_would_give(opened: Any) -> None:
    said = panel(opened).splitlines()
    assert said[:14] == [
        "华东示例汽贸有限公司", "cluster c1 · anchor P01 · as of 2025-03-31", "WHY IT IS INVESTIGATED AS ONE",
        "110 cars were insured before they were sold, to companies of the dealers' owners.",
        "Families", "booking, export", "Cars", "110", "Flagged cars", "110",
        "Trade inside", "1,088 of 2,720 sales of all but the context are among themselves (40 %)",
        "Expected", "6.3 %, if each month's buyers were shuffled",
    ]  # fmt: skip
    assert said[-1] == "A finding is an indicator and needs follow-up; it is no proof of wrongdoing."
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
    assert panel(opened).splitlines() == [
        "LSAMPLE0000000042", "vehicle · flagged 1 time",
        "WHY FLAGGED", "Pre insured · practice",
        "Insured 20 days before the invoice, in another name than the buyer's.",
        "Day", "2024-11-21", "Rows", "policies_临海.csv:44", "sales_临海.csv:44",
        "ITS LIFE", "day what happened",
        "2024-10-12 built 示例汽车制造有限公司",
        "2024-11-01 sold to the dealer 华东示例汽贸有限公司",
        "2024-11-21 first insured in the name of 华东示例汽贸有限公司",
        "2024-12-11 invoiced to the end buyer 宏运汽车租赁（示例）",
        "2024-12-11 odometer 12 km",
    ]  # fmt: skip
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
    shown, flows = opened.execute_script(
        "const flows = view.edges.get().filter((edge) => edge.family === 'flow');"
        "return [flows.filter((edge) => !edge.hidden).length, flows.length]"
    )
    assert shown == flows > 0


def test_a_click_on_a_party_shows_why_it_is_flagged_with_file_and_line(opened: Any, frames: Any) -> None:
    lanes(opened)
    click_canvas(opened, *spot(opened, "party/D01"))
    assert selected(opened) == ["party/D01"]
    above, *rows = panel(opened).partition("VIN date days file:line\n")
    assert above.splitlines() == [
        "华东示例汽贸有限公司", "dealer · core · 临海 · D01", "score 4.1 · strong flagged",
        "WHY FLAGGED", "Pre insured · flagged", "66 of 66 cars, where peers have 3 in a hundred.",
        "Family", "booking", "Observed", "66 of 66", "Expected", "1.98 from 14 peers", "Effect", "33.33 (9.1–20.4)",
        "q", "3.2e-8", "Look-alikes tested", "gift insurance, fleet", "Not tested", "declared stock",
        "Stated denial", "The cars were insured for display.",
        "month cars of expected q", "2024-12 22 24 0.72 3.2e-8",
        "PRE INSURED: 66 CARS",
        "For example LSAMPLE0000000022: Insured 20 days before the invoice, in another name than the buyer's.",
    ]  # fmt: skip
    evidence, _, below = rows[1].partition("\nLINKS\n")
    *listed, left = evidence.splitlines()
    assert left == "The first 60 of 66 are listed."
    # every row: the car, the day of its policy, and the line of each of its rows
    sold = frames()[0]["ledger"].filter(pl.col("dealer_id") == "D01").sort("first_insured_on", "vin").head(60)
    assert listed == [
        said
        for vin, day in sold.select("vin", "first_insured_on").rows()
        for said in (
            f"{vin} {day} 20",
            f"policies_临海.csv:{int(vin[-8:]) + 2}",
            f"sales_临海.csv:{int(vin[-8:]) + 2}",
        )
    ]
    assert below.splitlines() == [
        "party link units last",
        "← 示例汽车制造有限公司 wholesale 66 2024-11-18",
        "→ 示例财产保险 insured 44 2024-12-08",
        "→ Specimen Mutual insured 22 2024-10-29",
        "→ 宏运汽车租赁（示例） retail 19 2024-12-28",
        "→ 鑫达汽车租赁（示例） retail 17 2024-12-19",
        "→ Juniper Example Leasing retail 13 2024-12-28",
        f"→ {HOSTILE} retail 11 2024-12-26",
        f"→ {HOSTILE} owns 100 % 2021-05-01",
        "← 示例人员1 owns 70 % 2021-05-01",
    ]


def test_a_click_on_an_edge_lists_the_cars_behind_it(opened: Any, frames: Any) -> None:
    lanes(opened)
    click_canvas(opened, *spot(opened, "party/E01", "destination/KZ"))
    edge, units = opened.execute_script(
        "const [edge] = view.network.getSelectedEdges(); return [edge, data.links[edge].units]"
    )
    assert edge
    exported = frames()[0]["ledger"].filter(pl.col("exporter_id") == "E01", pl.col("destination") == "KZ")
    assert units == exported.height > 0
    assert f"Units\n{units}\n" in panel(opened)
    rows = [row.text.split()[0] for row in opened.find_elements("css selector", "#panel tbody tr")]
    assert sorted(rows) == exported["vin"].sort().to_list()


def test_a_stretch_of_months_filters_cars_and_flows(opened: Any) -> None:
    strip = by_id(opened, "timeline")
    strip.send_keys("\ue014")
    first = opened.execute_script("return data.timeline[0][1]")
    assert opened.execute_script(SHOWN, "vehicle") == first < 110
    assert by_id(opened, "period").text == f"2024-02 – 2024-02 · {first} flagged cars"
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
    unnamed, controls = opened.execute_script(
        "const all = [...document.querySelectorAll('button, input, select, [tabindex]')];"
        "const named = (control) => control.getAttribute('aria-label') || control.textContent.trim();"
        "return [all.filter((control) => !named(control) || control.tabIndex < 0).length, all.length]"
    )
    assert unnamed == 0 < controls
