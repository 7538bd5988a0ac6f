"""The ownership chart of a party: who is drawn, how each holding looks, and what stands beside a node."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.identity import resolve
from graphkit.parties.answers import Registers
from graphkit.parties.owners import owners
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES
from graphkit.views.ownership import _strength, _strength_of_agreement, ownership_chart
from graphkit.views.page import render

DAY, SINCE = date(2025, 6, 30), date(2020, 1, 1)


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = TABLES[name].loaded_schema()
    keyed = [{"row_key": f"{name}{n}"} | row for n, row in enumerate(rows)]
    return pl.DataFrame([{column: row.get(column) for column in types} for row in keyed], schema=types)


def chart(*holdings: tuple[str, str, int | None], agreements: tuple[tuple[str, str, str], ...] = ()) -> str:
    """The page drawn for D, whose owners are given with shares in percent, agreements with their basis."""
    kinds = {"P1": "person", "P2": "person", "G": "government"}
    ids = dict.fromkeys(["D", *(end for row in (*holdings, *agreements) for end in row[:2])])
    parties = [
        {
            "party_id": one,
            "kind": kinds.get(one, "company"),
            "name": f"示例 {one}",
            "roles": "dealer" if one == "D" else None,
        }
        for one in ids
    ]
    rows = [
        {"owner_id": owner, "owned_id": owned, "share": share and share * 10_000, "valid_from": SINCE}
        for owner, owned, share in holdings
    ]
    agreed = [
        {"controller_id": one, "controlled_id": other, "basis": basis, "valid_from": SINCE}
        for one, other, basis in agreements
    ]
    tables = {"parties": loaded("parties", parties), "ownership": loaded("ownership", rows)}
    tables["control_agreements"] = loaded("control_agreements", agreed)
    who = resolve(tables | {name: loaded(name, []) for name in ("positions", "kinship")})
    found = owners("D", Registers(who.tables, who.identities, Coverage(), DAY))
    return render(ownership_chart("D", found, who.identities, day=str(DAY), case_name="case"))


def page(*holdings: tuple[str, str, int | None], agreements: tuple[tuple[str, str, str], ...] = ()) -> Any:
    """The data block of it."""
    html = chart(*holdings, agreements=agreements)
    (block,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    return json.loads(block)


def test_control_is_thick_influence_thin_and_the_unknown_dashed() -> None:
    drawn = page(("C", "D", 60), ("P2", "D", 25), ("G", "D", None), ("P1", "C", 50), ("P2", "C", 50))
    looks = {(edge["from"], edge["to"]): (edge["width"], edge["dashes"], edge["label"]) for edge in drawn["edges"]}
    assert looks == {
        ("party/C", "party/D"): (4, False, "60 %"),
        ("party/P2", "party/D"): (1.4, False, "25 %"),
        ("party/G", "party/D"): (1.4, True, "0–15 %"),
        # exactly one half is no control
        ("party/P1", "party/C"): (1.4, False, "50 %"),
        ("party/P2", "party/C"): (1.4, False, "50 %"),
    }


@pytest.mark.parametrize(
    ("is_certain", "low", "high", "looks"),
    [
        (True, 500_001, 500_001, "control"), (True, 500_001, 900_000, "control"), (True, 500_000, 500_000, "influence"),
        (True, 400_000, 600_000, "unknown"), (False, 600_000, 600_000, "unknown"), (False, 10, 10, "unknown"),
    ],
)  # fmt: skip
def test_a_holding_looks_like_control_only_where_it_certainly_is_more_than_half(
    is_certain: bool, low: int, high: int, looks: str
) -> None:
    assert _strength({"is_certain": is_certain, "low": low, "high": high}) == looks


@pytest.mark.parametrize("basis", ["contract", "declared", "joint", "concert"])
def test_an_agreement_that_is_not_certain_is_no_control_whatever_its_basis(basis: str) -> None:
    certain = "control" if basis in ("contract", "declared") else "influence"
    looks = [_strength_of_agreement({"is_certain": is_certain, "basis": basis}) for is_certain in (True, False)]
    assert looks == [certain, "unknown"]


def test_control_by_agreement_is_thick_and_blue_with_its_basis_in_words() -> None:
    agreements = (("P1", "D", "contract"), ("C", "D", "joint"), ("P2", "G", "concert"), ("P9", "D", "declared"))
    drawn = page(("P2", "D", 40), ("G", "D", 30), agreements=agreements)
    agreed = {(edge["from"], edge["to"]): edge for edge in drawn["edges"] if not edge["color"].startswith("#7A6F1D")}
    looks = {ends: (edge["width"], edge["dashes"], edge["label"]) for ends, edge in agreed.items()}
    assert looks == {
        ("party/P1", "party/D"): (4, False, "control by contract"),
        ("party/P9", "party/D"): (4, False, "declared control"),
        ("party/C", "party/D"): (1.4, False, "joint control"),
        ("party/P2", "party/G"): (1.4, False, "acting in concert"),
    }
    assert {edge["color"][:7] for edge in agreed.values()} == {"#0072B2"}
    # who act in concert stand side by side
    assert [ends for ends, edge in agreed.items() if edge.get("arrows") == ""] == [("party/P2", "party/G")]
    (contract,) = (link for link in drawn["links"].values() if ["basis", "control by contract"] in link["properties"])
    assert ["valid_from", "2020-01-01"] in contract["properties"]
    assert "Thick blue line: control by contract, or declared." in drawn["meta"]["query"]
    assert "blue" not in page(("P2", "D", 40))["meta"]["query"]


def test_beside_a_node_stands_its_share_in_the_end_and_what_it_is() -> None:
    drawn = page(("C", "D", 60), ("P1", "C", 50), ("P2", "D", 40))
    facts = {name: dict(panel["properties"]) for name, panel in drawn["panels"].items()}
    assert facts["party/P1"]["share_in_the_end"] == "30 %"
    assert facts["party/P1"]["beneficial_owner"] == "proven"
    assert facts["party/C"]["controls"] == "proven"
    assert facts["party/C"]["is_ultimate_controller"] == "yes"
    assert "controls" not in facts["party/P2"]
    assert drawn["meta"]["title"] == "Owners of 示例 D"
    assert drawn["meta"]["heading"] == "Holdings"
    assert "on 2025-06-30" in drawn["meta"]["query"]


def test_a_party_without_owners_is_drawn_alone() -> None:
    drawn = page(("D", "C", 60))
    assert [node["id"] for node in drawn["nodes"]] == ["party/D"]
    assert drawn["edges"] == []


def test_in_a_browser_it_opens_alone_and_shows_party_owners_and_legend(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "owners.html"
    agreements = (("P1", "D", "contract"),)
    path.write_text(chart(("C", "D", 60), ("P2", "C", 30), agreements=agreements), encoding="utf-8")
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(path.as_uri())
    assert browser.get_log("browser") == []
    sent = [
        entry["params"]["request"]["url"]
        for entry in (json.loads(line["message"])["message"] for line in browser.get_log("performance"))
        if entry["method"] == "Network.requestWillBeSent" and entry["params"]["documentURL"] == path.as_uri()
    ]
    assert sent == [path.as_uri()]
    drawn = browser.execute_script("return view.nodes.get().filter((node) => !node.hidden).map((node) => node.id)")
    assert sorted(drawn) == ["party/C", "party/D", "party/P1", "party/P2"]
    legend = browser.find_element("id", "legend").text.replace(" ", "\n")
    for kind in ("dealer\n1", "affiliate\n1", "person\n2"):
        assert kind in legend
    panel = browser.find_element("id", "panel").text
    for said in ("示例 D", "示例 C", "示例 P1", "Thick line: more than half.", "Thick blue line: control by contract"):
        assert said in panel
    # each kind of line has its colour, its name and its number
    types = browser.execute_script(
        "return [...document.querySelectorAll('#panel tr')].filter((row) => row.querySelector('line'))"
        ".map((row) => [row.querySelector('line').getAttribute('stroke'), row.innerText.trim().split(/\\s+/)])"
    )
    assert types == [["#0072B2", ["CONTROLS_BY_AGREEMENT", "1"]], ["#7A6F1D", ["OWNS", "2"]]]
