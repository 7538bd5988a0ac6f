"""The picture of a circle: who is drawn as what, what each line says, and that it can be read in a browser."""

import json
import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.views.circles import circle_view
from graphkit.views.page import render

DAY = date(2025, 1, 3)
STEPS = {"step": pl.Int64, "is_ordered": pl.Boolean, "from_id": pl.String, "to_id": pl.String, "on_date": pl.Date,
         "kind": pl.String, "vin": pl.String, "amount": pl.Float64, "currency": pl.String, "table": pl.String,
         "file": pl.String, "line": pl.Int64}  # fmt: skip
HOSTILE = "<img src=x onerror=window.__pwn=1> 示例"


def steps(*ends: str, table: str = "sales", is_ordered: bool = True) -> pl.DataFrame:
    rows = [
        (n + 1, is_ordered, one, other, DAY + timedelta(days=n), "retail", "V", 180_000.0 - n, "CNY", table, "s.csv", n)
        for n, (one, other) in enumerate(pairwise(ends))
    ]
    return pl.DataFrame(rows, schema=STEPS, orient="row")


def page(found: pl.DataFrame, homes: dict[str, str] | None = None) -> str:
    parties = [(one, f"示例 {one}" if one != "C" else HOSTILE, "company", "dealer" if one[0] == "D" else None, None)
               for one in ("D", "D2", "C", "B", "E", "F", "H")]  # fmt: skip
    identities = pl.DataFrame(parties, schema=["party_id", "name", "kind", "roles", "city"], orient="row")
    return render(circle_view(found, identities, homes or {}, title="A circle", case_name="case"))


def block(html: str) -> Any:
    (text,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    return json.loads(text)


def test_lines_are_numbered_in_time_and_parties_have_roles_and_names() -> None:
    drawn = block(page(steps("D", "C", "B", "D")))
    labels = {(edge["from"], edge["to"]): edge["label"] for edge in drawn["edges"]}
    assert labels == {
        ("party/D", "party/C"): "1 · 2025-01-03 · retail · 180,000 CNY",
        ("party/C", "party/B"): "2 · 2025-01-04 · retail · 179,999 CNY",
        ("party/B", "party/D"): "3 · 2025-01-05 · retail · 179,998 CNY",
    }
    assert {node["id"]: node["group"] for node in drawn["nodes"]} == {
        "party/D": "dealer", "party/C": "buyer", "party/B": "buyer"
    }  # fmt: skip
    (third,) = (said for link in drawn["links"].values() if (said := dict(link["properties"]))["step"][0] == "3")
    assert (third["row"], third["vin"], third["amount"]) == ("s.csv:2", "V", "179,998")


def test_a_circle_that_ends_in_the_group_is_closed_by_a_line_that_names_it() -> None:
    drawn = block(page(steps("D", "C", "D2"), {"D": "H", "D2": "H"}))
    (closing,) = (edge for edge in drawn["edges"] if (edge["from"], edge["to"]) == ("party/D2", "party/D"))
    assert closing["label"] == "one control group: 示例 H"
    assert ["control_group", "示例 H"] in drawn["panels"]["party/D2"]["properties"]
    assert "示例 D and 示例 D2 are in one control group, 示例 H." in drawn["meta"]["query"]


def test_steps_of_unknown_order_have_no_number() -> None:
    drawn = block(page(steps("D", "C", "D", table="payments", is_ordered=False)))
    assert {edge["label"][:1] for edge in drawn["edges"]} == {"?"}
    assert {link["kind"] for link in drawn["links"].values()} == {"PAID"}
    assert "this is no proof" in drawn["meta"]["query"]


@pytest.mark.parametrize("ends", ["DCD", "DCBD", "DCBEFHD"])
def test_in_a_browser_no_line_hides_what_another_says(browser: Any, tmp_path: Path, ends: str) -> None:
    path = tmp_path / "circle.html"
    path.write_text(page(steps(*ends)), encoding="utf-8")
    browser.get_log("browser")
    browser.get(path.as_uri())
    assert browser.get_log("browser") == []
    assert browser.execute_script("return typeof window.__pwn") == "undefined"
    lines = browser.execute_script(
        "return Object.values(view.network.body.edges).map((edge) => [edge.options.label, edge.labelModule.size])"
    )
    assert len(lines) == len(ends) - 1
    boxes = [(size["left"], size["left"] + size["width"], size["top"], size["top"] + 11) for _, size in lines]
    for at, one in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = one[1] < other[0] or other[1] < one[0] or one[3] < other[2] or other[3] < one[2]
            assert apart, (ends, one, other)
    said = browser.find_element("id", "panel").text
    for number in range(1, len(ends)):
        assert f"{number} · 2025-01-0{number + 2} · retail" in said
    assert "示例 D" in said
