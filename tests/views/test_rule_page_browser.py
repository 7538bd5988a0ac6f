"""The rule book in a real browser: it opens from disk, alone, and is read on a phone as on a desk."""

import json
from pathlib import Path
from typing import Any

import pytest

from graphkit.rulebook.book import every_rule
from graphkit.views.rule_page import render


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("rules") / "rules.html"
    path.write_text(render(every_rule(), "1"), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("width", [1200, 390])
def test_it_opens_without_an_error_or_a_request_and_fits_its_width(browser: Any, page: str, width: int) -> None:
    # what the browser's first page fetches is none of ours
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 1000}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.get(page)
        assert browser.execute_script("return window.innerWidth") == width
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        beyond = browser.execute_script(
            "return [...document.querySelectorAll('header, nav, main, main :not(thead, thead *)')].filter("
            "(one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display === 'block'"
            ").map((one) => one.textContent.slice(0, 40))"
        )
        assert beyond == []
        # the style is applied: on a phone each cell stands under the one before it
        shown = browser.execute_script("return getComputedStyle(document.querySelector('td')).display")
        assert shown == ("grid" if width == 390 else "table-cell")
        browser.find_element("css selector", "nav a[href='#ias24']").click()
        top = browser.execute_script("return document.getElementById('ias24').getBoundingClientRect().top")
        assert abs(top) < 2
        assert browser.get_log("browser") == []
        sent = [
            entry["params"]["request"]["url"]
            for entry in (json.loads(line["message"])["message"] for line in browser.get_log("performance"))
            if entry["method"] == "Network.requestWillBeSent"
        ]
        assert [url for url in sent if url.partition("#")[0] != page] == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
