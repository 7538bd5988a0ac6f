"""The ownership chart of a party: who is drawn, how each holding looks, and what stands beside a node."""

import json
import re
from datetime import date
from typing import Any

import polars as pl

from graphkit.identity import resolve
from graphkit.model import Coverage
from graphkit.parties.answers import Registers
from graphkit.parties.owners import owners
from graphkit.tables.inputs import TABLES
from graphkit.views.ownership import ownership_chart
from graphkit.views.page import render

DAY, SINCE = date(2025, 6, 30), date(2020, 1, 1)


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = TABLES[name].loaded_schema()
    keyed = [{"row_key": f"{name}{n}"} | row for n, row in enumerate(rows)]
    return pl.DataFrame([{column: row.get(column) for column in types} for row in keyed], schema=types)


def page(*holdings: tuple[str, str, int | None]) -> Any:
    """The data block of the page drawn for D, whose owners are given with shares in percent."""
    kinds = {"P1": "person", "P2": "person", "G": "government"}
    ids = dict.fromkeys(["D", *(end for row in holdings for end in row[:2])])
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
    who = resolve({"parties": loaded("parties", parties), "ownership": loaded("ownership", rows)} | {
        name: loaded(name, []) for name in ("control_agreements", "positions", "kinship")
    })  # fmt: skip
    found = owners("D", Registers(who.tables, who.identities, Coverage(), DAY))
    html = render(ownership_chart("D", found, who.identities, day=str(DAY), case_name="case"))
    (block,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    return json.loads(block)


def test_control_is_thick_influence_thin_and_the_unknown_dashed() -> None:
    drawn = page(("C", "D", 60), ("P2", "D", 25), ("G", "D", None), ("P1", "C", 100))
    looks = {(edge["from"], edge["to"]): (edge["width"], edge["dashes"], edge["label"]) for edge in drawn["edges"]}
    assert looks == {
        ("party/C", "party/D"): (4, False, "60 %"),
        ("party/P2", "party/D"): (1.4, False, "25 %"),
        ("party/G", "party/D"): (1.4, True, "0–15 %"),
        ("party/P1", "party/C"): (4, False, "100 %"),
    }


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
