"""Which tables are loaded again, what of them is placed, and how many rows of each file were loaded."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.case.folder import Folder
from graphkit.case.loading import (
    mapping_hash,
    place_tables,
    read_quarantine,
    read_stamps,
    read_tables,
    sources_frame,
    staging,
    stale_tables,
)
from graphkit.case.settings import Settings
from graphkit.case.source_entry import SourceEntry
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import SKIPPED
from graphkit.tables.quarantine import QUARANTINE_SCHEMA


def source(letter: str, table: str, **more: Any) -> SourceEntry:
    columns = {one: one for one in TABLES[table].required} | more.pop("columns", {})
    return SourceEntry(source_id=letter * 64, name=f"{letter}.csv", table=table, columns=columns, **more)


SALES, OTHER_SALES, POLICIES = source("a", "sales"), source("b", "sales"), source("c", "policies")


def settings(*entries: SourceEntry) -> Settings:
    return Settings(name="harbour", source=entries)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def stamped(folder: Folder, held: Settings) -> None:
    stamps = {name: {"mapping": mapping_hash(held, name), "rows": "r"} for name in TABLES if held.sources_of(name)}
    folder.tables.mkdir(exist_ok=True)
    folder.loaded.write_text(json.dumps(stamps), encoding="utf-8")


@pytest.mark.parametrize(
    ("entries", "stale"),
    [
        ((SALES, POLICIES), []),
        # the order in which files were imported plays no part
        ((POLICIES, SALES), []),
        ((SALES, OTHER_SALES, POLICIES), ["sales"]),
        ((source("b", "sales"), POLICIES), ["sales"]),
        ((source("a", "sales", columns={"x": "vin"}), POLICIES), ["sales"]),
        ((source("a", "sales", units={"share": "%"}), POLICIES), ["sales"]),
        # a table without a file is none any more, and one with its first file is new
        ((SALES,), ["policies"]),
        ((SALES, POLICIES, source("d", "exports")), ["exports"]),
    ],
)  # fmt: skip
def test_a_table_is_stale_where_its_files_or_their_mapping_changed(
    entries: tuple[SourceEntry, ...], stale: list[str], folder: Folder
) -> None:
    stamped(folder, settings(SALES, POLICIES))
    assert stale_tables(folder, settings(*entries)) == stale


@pytest.mark.parametrize("text", [None, "{", ""])
def test_without_readable_stamps_every_table_with_a_file_is_loaded_again(text: str | None, folder: Folder) -> None:
    if text is not None:
        folder.tables.mkdir()
        folder.loaded.write_text(text, encoding="utf-8")
    assert read_stamps(folder) == {}
    assert set(stale_tables(folder, settings(SALES, POLICIES))) == {"sales", "policies"}


def test_what_is_placed_takes_the_place_of_its_own_tables_alone(folder: Folder) -> None:
    def stage(where: Path, name: str, kinds: tuple[str, ...], value: int) -> None:
        for kind in kinds:
            (where / kind).mkdir(exist_ok=True)
            pl.DataFrame({"n": [value]}).write_parquet(where / kind / f"{name}.parquet")

    with staging(folder) as where:
        for name in ("sales", "policies", "exports"):
            stage(where, name, ("tables", "quarantine"), 1)
        every = ("sales", "policies", "exports")
        place_tables(folder, every, where, {name: {"rows": "1"} for name in every})
    # the sales of a corrected file break no row any more, and the policies have no file any more
    with staging(folder) as where:
        stage(where, "sales", ("tables",), 2)
        place_tables(folder, ("sales", "policies"), where, {"sales": {"rows": "2"}})
        left = where
    assert not left.exists()
    tables = read_tables(folder)
    assert [tables[name].to_dicts() for name in ("sales", "exports")] == [[{"n": 2}], [{"n": 1}]]
    assert tables["policies"].equals(TABLES["policies"].empty())
    assert list(read_quarantine(folder)) == ["exports"]
    assert read_stamps(folder) == {"exports": {"rows": "1"}, "sales": {"rows": "2"}}


def test_the_lines_of_a_file_are_those_used_whole_and_those_refused(folder: Folder) -> None:
    schema = TABLES["sales"].loaded_schema()
    # line 3 of a.csv feeds two rows, and another row of line 6 of b.csv is refused
    lines_used = [("a", 2), ("a", 3), ("a", 3), ("b", 2), ("b", 6)]
    loaded = [dict.fromkeys(schema) | {"source_id": letter * 64, "line": line} for letter, line in lines_used]
    tables = {name: table.empty() for name, table in TABLES.items()} | {"sales": pl.DataFrame(loaded, schema=schema)}
    lines_refused = [("a", 4), ("b", 4), ("b", 5), ("b", 6)]
    refused = [
        dict.fromkeys(QUARANTINE_SCHEMA) | {"source_id": letter * 64, "line": line} for letter, line in lines_refused
    ]
    quarantine = {"sales": pl.DataFrame(refused, schema=dict(QUARANTINE_SCHEMA))}
    folder.skipped.mkdir()
    lines = [dict.fromkeys(SKIPPED) | {"source_id": letter * 64, "kind": "note"} for letter in "bb"]
    pl.DataFrame(lines, schema=SKIPPED).write_parquet(folder.skipped / "sales.parquet")
    found = sources_frame(folder, settings(SALES, OTHER_SALES, POLICIES), tables, quarantine)
    assert sorted(found.select("name", "table", "rows", "loaded", "quarantined", "skipped").rows()) == [
        ("a.csv", "sales", 3, 2, 1, 0), ("b.csv", "sales", 4, 1, 3, 2), ("c.csv", "policies", 0, 0, 0, 0),
    ]  # fmt: skip
