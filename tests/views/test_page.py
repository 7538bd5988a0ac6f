"""The page is one safe file: nothing from outside, nothing of the case as markup, the same bytes every time."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import polars as pl
import pytest

from graphkit.views.network import network
from graphkit.views.page import render

HOSTILE = "<img src=x onerror=window.__pwn=1>"


class Reader(HTMLParser):
    """The tags of a page, and the text inside its scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.blocks.append((tag, dict(attrs), ""))

    def handle_data(self, text: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and self.rawdata:
            tag, attrs, before = self.blocks[-1]
            self.blocks[-1] = (tag, attrs, before + text)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.tags.append(("/" + tag, {}))


@pytest.fixture(scope="module")
def html(frames: Any) -> str:
    return render(network("c1", *frames(), case_name=f"Case {HOSTILE}"))


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
    reaching = {"src", "href", "srcset", "action", "data", "poster", "background"}
    assert not [(tag, attrs) for tag, attrs in read.tags if reaching & set(attrs)]
    styles = "".join(text for tag, _, text in read.blocks if tag == "style")
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_policy_allows_exactly_the_blocks_of_the_page(read: Reader) -> None:
    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    rules = policy(read)
    assert rules["default-src"] == ["'none'"]
    scripts = [text for tag, attrs, text in read.blocks if tag == "script" and "type" not in attrs]
    assert rules["script-src"] == [hashed(text) for text in scripts]
    assert rules["style-src"] == [hashed(text) for tag, _, text in read.blocks if tag == "style"]


def test_the_page_has_one_data_block_and_it_is_plain_json(read: Reader) -> None:
    blocks = [text for _, attrs, text in read.blocks if attrs.get("type") == "application/json"]
    assert len(blocks) == 1
    assert not set("<>&") & set(blocks[0])
    block = json.loads(blocks[0])
    assert block["details"]["party/A02"]["label"].startswith(HOSTILE)
    assert block["options"]["physics"] == {"enabled": False}


def test_hostile_names_never_become_markup(html: str, read: Reader) -> None:
    assert "onerror=window" in html
    assert HOSTILE not in html
    assert not [tag for tag, attrs in read.tags if tag == "img" or any(name.startswith("on") for name in attrs)]


def test_our_scripts_set_text_and_never_markup(read: Reader) -> None:
    own = [text for tag, attrs, text in read.blocks if tag == "script" and "type" not in attrs][-1]
    assert "textContent" in own
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|\.style\b", own)


def test_the_same_rows_in_any_order_give_the_same_bytes(frames: Any, html: str) -> None:
    results, tables = frames()
    mixed = [
        {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in part.items()}
        for seed, part in enumerate((results, tables))
    ]
    assert render(network("c1", mixed[0], mixed[1], case_name=f"Case {HOSTILE}")) == html


@pytest.mark.parametrize(("cars", "affiliates"), [(110, 0), (3_000, 30), (3_000, 1_600)])
def test_no_file_is_larger_than_two_megabytes(frames: Any, cars: int, affiliates: int) -> None:
    page = render(network("c1", *frames(cars=cars, affiliates=affiliates), case_name="case"))
    assert len(page.encode()) <= 2_000_000


def test_a_page_of_a_case_without_results_still_opens(frames: Any) -> None:
    results, _ = frames()
    needed: dict[str, pl.DataFrame] = {name: results[name] for name in ("clusters", "cluster_members")}
    assert "<main>" in render(network("c1", needed, {}, case_name="case"))
