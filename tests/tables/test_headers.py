"""Header rows as real systems print them, each with the mapping that is right: ``headers/NN-name.toml``.

``header`` and three ``rows``; every ``entry`` is one table that the file feeds (``columns``, ``units``, ``constants``,
``date_order``, ``status``: the headers that say what became of a row, ``where``: which rows are of the entry).
``questions`` are what only a person can say.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.proposal import Proposal, propose_entries

FILES = sorted((Path(__file__).parent / "headers").glob("*.toml"))
DATA: dict[str, dict[str, Any]] = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES}
UNITS = {"percent", "fraction", "thousand", "ten_thousand", "million", "mile"}


@pytest.mark.parametrize("name", DATA)
def test_the_right_mapping_names_only_what_is_there(name: str) -> None:
    given = DATA[name]
    assert len(given["rows"]) == 3
    assert {len(row) for row in given["rows"]} == {len(given["header"])}
    assert max(Counter(given["header"]).values()) == 1
    for entry in given["entry"]:
        table = TABLES[entry["table"]]
        known = {*table.columns, *table.companions}
        headers = {*entry["columns"], *entry.get("where", ()), *entry.get("status", ())}
        assert headers <= set(given["header"])
        mapped = set(entry["columns"].values())
        assert mapped <= known
        assert set(entry.get("constants", {})) <= known - mapped
        assert set(entry.get("units", {})) <= mapped
        assert set(entry.get("units", {}).values()) <= UNITS
        assert entry.get("date_order") in {None, "dmy", "mdy"}


def test_thirty_header_sets_and_more_of_each_kind_and_language_are_held() -> None:
    first = Counter(given["entry"][0]["table"] for given in DATA.values())
    assert len(DATA) >= 30
    assert first["sales"] >= 6
    assert first["policies"] >= 5
    assert first["registrations"] >= 4
    assert first["parties"] + first["ownership"] + first["positions"] >= 5
    assert first["payments"] >= 4
    assert first["exports"] >= 2
    others = ("listings", "odometer", "declared_stock", "vehicles", "reported_counts")
    assert all(first[table] for table in others)
    languages = Counter(given["language"] for given in DATA.values())
    assert (languages["en"] >= 6, languages["de"] >= 3, languages["ru"] >= 3) == (True, True, True)


@pytest.mark.parametrize("name", DATA)
def test_a_header_as_a_real_system_prints_it_is_mapped_right(name: str) -> None:
    given = DATA[name]
    assert proposed(given) == [in_full(entry) for entry in given["entry"]]


def test_no_header_set_lacks_what_nobody_can_say_and_each_asks_what_it_must() -> None:
    for name, given in DATA.items():
        proposal = proposal_of(given)
        assert [entry.lacking for entry in proposal.entries] == [()] * len(given["entry"]), name
        assert list(proposal.questions) == given.get("questions", []), name


def proposal_of(given: dict[str, Any]) -> Proposal:
    sample = pl.DataFrame(given["rows"], schema=[f"c{at}" for at in range(len(given["header"]))], orient="row")
    return propose_entries(given["header"], sample, name=given["file"])


def proposed(given: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = ("table", "columns", "units", "constants", "date_order", "status", "where")
    entries = [{name: getattr(entry, name) for name in wanted} for entry in proposal_of(given).entries]
    return [entry | {"status": list(entry["status"])} for entry in entries]


def in_full(entry: dict[str, Any]) -> dict[str, Any]:
    absent = {"units": {}, "constants": {}, "where": {}, "status": [], "date_order": None}
    return absent | entry
