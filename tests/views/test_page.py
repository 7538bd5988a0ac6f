"""The page is one safe file: nothing from outside, nothing of the case as markup, the same bytes every time."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import polars as pl
import pytest

from graphkit.views.answer import answer_network
from graphkit.views.network import network
from graphkit.views.page import render

HOSTILE = "<img src=x onerror=window.__pwn=1>"
HARMLESS = """Sample & Söhne <b>"a" 'b'</b> &amp; 示例"""
CASE = f"{HARMLESS} {HOSTILE}"


class Reader(HTMLParser):
    """The tags of a page, and the text inside its scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self.title = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.blocks.append((tag, dict(attrs), ""))

    def handle_data(self, text: str) -> None:
        if self.tags and self.tags[-1][0] == "title":
            self.title += text
        if self.tags and self.tags[-1][0] in ("script", "style") and self.rawdata:
            tag, attrs, before = self.blocks[-1]
            self.blocks[-1] = (tag, attrs, before + text)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self.tags.append(("/" + tag, {}))


@pytest.fixture(scope="module", params=["cluster", "answer"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def html(frames: Any, kind: str) -> str:
    """A page of each kind: the scripts and styles of an answer are others than those of a cluster."""
    if kind == "cluster":
        return render(network("c1", *frames(), case_name=CASE))
    party = {"element_id": "1", "labels": ["Party"], "properties": {"party_id": "A02", "name": f"{HOSTILE} {HARMLESS}"}}
    return render(answer_network([party], [], title="sales", case_name=CASE, text=f"RETURN '{CASE}'"))


@pytest.fixture(scope="module")
def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def policy(read: Reader) -> dict[str, list[str]]:
    text = next(attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert text is not None
    return {words[0]: words[1:] for words in (part.split() for part in text.split(";"))}


def test_nothing_is_fetched(read: Reader) -> None:
    assert {tag for tag, _ in read.tags if not tag.startswith("/")} == {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "input", "span", "select", "option", "button",
        "main", "div", "fieldset", "legend", "p", "aside", "script",
    }  # fmt: skip
    reaching = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "style"}
    assert not [(tag, attrs) for tag, attrs in read.tags if reaching & set(attrs)]
    (styles,) = (text for tag, _, text in read.blocks if tag == "style")
    assert "#panel" in styles
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_policy_allows_exactly_the_blocks_of_the_page_and_comes_before_them(read: Reader) -> None:
    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    scripts = [text for tag, attrs, text in read.blocks if tag == "script" and "type" not in attrs]
    styles = [text for tag, _, text in read.blocks if tag == "style"]
    assert (len(scripts), len(styles)) == (2, 1)
    assert policy(read) == {
        "default-src": ["'none'"],
        "script-src": [hashed(text) for text in scripts],
        "style-src": [hashed(text) for text in styles],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    # what stands above the policy is not under it
    metas = [attrs for tag, attrs in read.tags[:5] if tag == "meta"]
    assert [list(attrs) for attrs in metas] == [["charset"], ["http-equiv", "content"], ["name", "content"]]


def test_the_title_is_the_case_and_the_subject_as_they_are_written(read: Reader, kind: str) -> None:
    assert read.title == f"{CASE} · {'sales' if kind == 'answer' else '华东示例汽贸有限公司'}"


def test_the_page_has_one_data_block_and_it_is_plain_json(read: Reader) -> None:
    blocks = [text for _, attrs, text in read.blocks if attrs.get("type") == "application/json"]
    assert len(blocks) == 1
    assert not set("<>&\u2028\u2029") & set(blocks[0])
    block = json.loads(blocks[0])
    assert block["details"]["party/A02"]["label"].startswith(f"{HOSTILE} ")
    assert block["meta"]["case_name"] == CASE
    assert block["options"]["physics"] == {"enabled": False}


def test_hostile_names_never_become_markup(html: str, read: Reader) -> None:
    assert "onerror=window" in html
    assert HOSTILE not in html
    assert not [tag for tag, attrs in read.tags if tag == "img" or any(name.startswith("on") for name in attrs)]


def test_our_scripts_set_text_and_never_markup(read: Reader, kind: str) -> None:
    _, own = (text for tag, attrs, text in read.blocks if tag == "script" and "type" not in attrs)
    names = ["panel.js", "answer.js", "timeline.js", "network.js"]
    texts = [
        files("graphkit.views").joinpath(name).read_text(encoding="utf-8")
        for name in names
        if kind == "answer" or name != "answer.js"
    ]
    assert own.split() == "\n".join(texts).split()
    assert "textContent" in own
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b", own)


def test_the_same_rows_in_any_order_give_the_same_bytes(frames: Any) -> None:
    results, tables = frames()
    mixed = [
        {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in part.items()}
        for seed, part in enumerate((results, tables))
    ]
    assert not mixed[0]["hits"].equals(results["hits"])
    pages = [render(network("c1", *part, case_name="case")) for part in ((results, tables), mixed)]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(("cars", "affiliates"), [(110, 0), (3_000, 30), (3_000, 1_600)])
def test_no_file_is_larger_than_two_megabytes(frames: Any, cars: int, affiliates: int) -> None:
    page = render(network("c1", *frames(cars=cars, affiliates=affiliates), case_name="case"))
    assert len(page.encode()) <= 2_000_000
    # how many there are is said whole, however few are listed
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(block)["meta"]["flagged_cars"] == cars


def test_a_proven_tie_is_a_thick_full_line_and_a_possible_one_thin_and_dashed(frames: Any) -> None:
    drawn = network("c1", *frames(), case_name="case")
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', render(drawn), re.DOTALL)
    verdicts = {edge["id"]: edge["verdict"] for edge in drawn.edges if edge["family"] == "tie"}
    looks = {edge["id"]: (edge["width"], edge["dashes"]) for edge in json.loads(block)["edges"] if "dashes" in edge}
    assert looks == {name: (3, False) if said == "proven" else (1.2, True) for name, said in verdicts.items()}
    assert set(verdicts.values()) == {"proven", "possible"}


def test_a_tie_says_its_share_and_days_and_who_is_flagged_has_a_ring(frames: Any) -> None:
    results, tables = frames()
    until = pl.when(pl.col("owner_id") == "P02").then(pl.date(2024, 11, 30)).alias("valid_to")
    drawn = network("c1", results, tables | {"ownership": tables["ownership"].with_columns(until)}, case_name="case")
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', render(drawn), re.DOTALL)
    page = json.loads(block)
    labels = {(edge["from"], edge["to"]): edge.get("label") for edge in page["edges"]}
    assert labels["party/P01", "party/D01"] == "70 %\nsince 2021-05"
    assert labels["party/P02", "party/D02"] == "51 %\n2021-05 – 2024-11"
    assert {node["id"] for node in page["nodes"] if node["group"].endswith(" flagged")} == {
        f"party/{party}" for party in ("D01", "D02", "E01", "A01", "A02")
    }
    counts = {row["kind"]: row["count"] for row in page["legend"]}
    assert counts == {
        "manufacturer": 1, "dealer": 2, "affiliate": 4, "insurer": 2, "exporter": 1, "destination": 3, "person": 3,
        "vehicle": 110,
    }  # fmt: skip


def test_a_page_of_a_case_without_results_still_opens(frames: Any) -> None:
    results, _ = frames()
    needed: dict[str, pl.DataFrame] = {name: results[name] for name in ("clusters", "cluster_members")}
    (block,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>',
        render(network("c1", needed, {}, case_name="case")),
        re.DOTALL,
    )
    drawn = json.loads(block)
    members = needed["cluster_members"]["party_id"].sort().to_list()
    assert [node["id"] for node in drawn["nodes"]] == [f"party/{party}" for party in members]
    assert [drawn["details"][f"party/{party}"]["label"] for party in members] == members
    assert drawn["edges"] == []
