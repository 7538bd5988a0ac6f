"""What the bulk files hold is what the real importer makes of them, value by value; nobody's folder is lost."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import neo4j
import polars as pl
import pytest

from graphkit.errors import StoreError
from graphkit.queries import schema
from graphkit.store import bulk
from graphkit.store.batches import Batch, End, Links, Nodes
from graphkit.store.bolt import Graph
from graphkit.store.bulk import write_bulk
from graphkit.store.projection import projection
from graphkit.store.push import About, marker, push
from tests.servers.neo4j import Server, own_server

ABOUT = About("harbour", "r1", "c1", "case", {"as_of": date(2026, 6, 30), "regime": "ias24"})
STYLE = "node {\n  color: #000000;\n}\n"
TEXTS = (
    "x", "", 'q"t', '\\"', "end\\", "a,b", "a;b", "l1\nl2", "r\rr", "rn\r\nrn", "=1+1", "@x", " lead ", "tab\t", "示例",
    "🚗", '"', '""', "'", "''", "\u2028\x85", "\x1f", "\x00", "\ufeffbom", "#c", "-", "\n", "\t", " ", "null", "true",
)  # fmt: skip
NUMBERS = (
    0.1 + 0.2,
    1e300,
    1e-7,
    1e16,
    -0.0,
    5e-324,
    1.7976931348623157e308,
    float("nan"),
    float("inf"),
    -float("inf"),
)
LISTS = (["a", "b"], ["one"], ["a", ""], ["", "a"], ["", ""], ["a;b", "a,b"], ['"x"', 'y"'], ["x\ny"], [" p ", "\\"])


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def oddities() -> list[Batch]:
    """Values that are easily lost in a CSV file, also as keys."""
    n = len(TEXTS)

    def padded(*values: object) -> list[object]:
        return [*values, *[None] * (n - len(values))]

    schema_ = {
        "odd_id": pl.String, "text": pl.String, "number": pl.Float64, "whole": pl.Int64, "flag": pl.Boolean,
        "day": pl.Date, "moment": pl.Datetime("us"), "words": pl.List(pl.String),
    }  # fmt: skip
    rows = {
        "odd_id": [f"key {text}" for text in TEXTS],
        "text": [None, *TEXTS[1:]],
        "number": padded(*NUMBERS),
        "whole": padded(2**63 - 1, -(2**63), 0),
        "flag": padded(True, False),
        "day": padded(date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)),
        "moment": padded(datetime(2024, 1, 2, 3, 4, 5, 678901), datetime(2024, 1, 2)),
        "words": padded(*LISTS),
    }
    frame = pl.DataFrame(rows, schema=schema_)
    ties = frame.select(a="odd_id", b=pl.col("odd_id").reverse(), text="text", words="words")
    ends = End("OddOne", "odd_id", "a"), End("OddOne", "odd_id", "b")
    # two sets of one name, as a projection in pieces would give them
    return [
        Nodes(("OddOne", "Strange"), "odd_id", frame[:20]),
        Nodes(("OddOne", "Strange"), "odd_id", frame[20:]),
        Nodes(("Nobody",), "odd_id", frame[:0]),
        Links("TIED", *ends, ties),
    ]


@pytest.fixture(scope="module")
def batches(tiny: Any) -> list[Batch]:
    return [marker(ABOUT), *projection(tiny.tables, tiny.results), *oddities()]


@pytest.fixture(scope="module")
def folder(batches: list[Batch], tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bulk") / "import"
    write_bulk(batches, target, STYLE, silent)
    return target


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests' own, never started before."""
    with own_server(tmp_path_factory.mktemp("imported")) as server:
        yield server


@pytest.fixture(scope="module")
def imported(server: Server, folder: Path) -> Iterator[tuple[neo4j.Driver, str, str]]:
    """A server started on what the README's command made, its schema run; what the importer said, and its report."""
    said = server.start_with(folder)
    with server.driver() as driver:
        yield driver, said, (folder / "import.report").read_text(encoding="utf-8")


def test_a_push_of_the_same_case_finds_nothing_to_do(
    imported: tuple[neo4j.Driver, str, str], server: Server, tiny: Any
) -> None:
    with Graph.connect(server.uri, server.user, server.password) as graph:
        done = push(graph, lambda: projection(tiny.tables, tiny.results), ABOUT, silent)
    assert done.rows == sum(batch.frame.height for batch in projection(tiny.tables, tiny.results))
    assert (done.written, done.removed) == (0, 0)


def exact(value: Any) -> str:
    """A value and its type: 1, 1.0, True and '1' differ, -0.0 and 0.0 too."""
    return repr(value.to_native() if hasattr(value, "to_native") else value)


def properties(row: dict[str, Any], *ends: str) -> dict[str, str]:
    return {name: exact(value) for name, value in row.items() if value is not None and name not in ends}


def nodes_of(batches: Sequence[Batch]) -> dict[tuple[str, str], Any]:
    return {
        (batch.labels[0], row[batch.key]): (set(batch.labels), properties(row))
        for batch in batches
        if isinstance(batch, Nodes)
        for row in batch.frame.to_dicts()
    }


def links_of(batches: Sequence[Batch]) -> dict[tuple[str, End, End], list[Any]]:
    links: dict[tuple[str, End, End], list[Any]] = {}
    for batch in batches:
        if isinstance(batch, Links) and batch.frame.height:
            start, end = batch.start.column, batch.end.column
            rows = [(row[start], row[end], properties(row, start, end)) for row in batch.frame.to_dicts()]
            links.setdefault((batch.type, batch.start, batch.end), []).extend(rows)
    return links


def frozen(row: tuple[str, str, dict[str, str]]) -> tuple[object, ...]:
    return row[0], row[1], frozenset(row[2].items())


def test_every_node_arrives_with_its_labels_and_every_property(
    imported: tuple[neo4j.Driver, str, str], batches: list[Batch]
) -> None:
    driver, _, _ = imported
    expected = nodes_of(batches)
    keys = {batch.labels[0]: batch.key for batch in batches if isinstance(batch, Nodes)}
    found = {}
    for (node,) in driver.execute_query("MATCH (n) RETURN n").records:
        (label,) = node.labels & keys.keys()
        found[label, node[keys[label]]] = (set(node.labels), properties(dict(node)))
    assert len(found) == driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
    assert found == expected


def test_every_relationship_arrives_between_its_ends_with_every_property(
    imported: tuple[neo4j.Driver, str, str], batches: list[Batch]
) -> None:
    driver, _, _ = imported
    total = 0
    for (type_, start, end), expected in links_of(batches).items():
        text = (
            f"MATCH (a:{start.label})-[r:{type_}]->(b:{end.label}) "
            f"RETURN a.{start.key} AS a, b.{end.key} AS b, properties(r) AS r"
        )
        found = [(row["a"], row["b"], properties(row["r"])) for row in driver.execute_query(text).records]
        assert Counter(map(frozen, found)) == Counter(map(frozen, expected)), type_
        total += len(found)
    assert total == driver.execute_query("MATCH ()-[r]->() RETURN count(r) AS n").records[0]["n"]


def test_the_importer_skips_nothing_and_counts_what_the_readme_says(
    imported: tuple[neo4j.Driver, str, str], batches: list[Batch], folder: Path
) -> None:
    _, said, report = imported
    assert report == ""
    counts = re.search(r"Imported:\s+(\d+) nodes\s+(\d+) relationships\s+(\d+) properties", said)
    promised = re.search(
        r"ends with ([\d,]+) nodes, ([\d,]+) relationships and ([\d,]+) properties",
        (folder / "README.md").read_text(encoding="utf-8"),
    )
    assert counts is not None
    assert promised is not None
    assert counts.groups() == tuple(number.replace(",", "") for number in promised.groups())
    assert int(counts[1]) == len(nodes_of(batches))


def test_constraints_and_indexes_stand_afterwards(imported: tuple[neo4j.Driver, str, str]) -> None:
    driver, _, _ = imported
    driver.execute_query("CALL db.awaitIndexes(60)")
    made = driver.execute_query(
        "SHOW INDEXES YIELD name, state, type WHERE type <> 'LOOKUP' RETURN name, state"
    ).records
    assert {row["name"] for row in made} == {re.findall(r"(?:CONSTRAINT|INDEX) (\w+)", text)[0] for text in schema()}
    assert {row["state"] for row in made} == {"ONLINE"}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "import.report"}


def test_its_first_line_says_that_persons_are_in_it(folder: Path) -> None:
    first = (folder / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# A graphkit case for neo4j-admin: persons are in it"


def test_the_command_lets_no_row_be_skipped_and_no_text_be_cut(folder: Path) -> None:
    found = re.search(r"```sh\n(neo4j-admin .*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found
    words = found[1].replace("\\\n", " ").split()
    assert words[:5] == ["neo4j-admin", "database", "import", "full", "neo4j"]
    assert [word for word in words[5:] if not word.startswith(("--nodes=", "--relationships="))] == [
        "--id-type=string",
        "--multiline-fields=true",
        "--array-delimiter=U+001F",
        "--bad-tolerance=0",
        "--report-file=import.report",
    ]


def test_the_files_are_named_for_what_they_hold(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    assert {
        "README.md", "schema.cypher", "graphkit.grass", "nodes-party.header.csv", "nodes-party-dealer-exporter.csv.gz",
        "nodes-reported_count.csv.gz", "relationships-concerns-finding-party.csv.gz", "nodes-odd_one-strange-2.csv.gz",
        "relationships-concerns-finding-vehicle.csv.gz", "relationships-held_as-vehicle-party.header.csv",
    } <= names  # fmt: skip
    # no listings in this market, and nobody is Nobody
    assert not [name for name in names if "listed" in name or "nobody" in name]
    header = (folder / "relationships-sold-party-sale.header.csv").read_text(encoding="utf-8")
    assert header == ":START_ID(Party),:END_ID(Sale)\n"
    assert (folder / "graphkit.grass").read_text(encoding="utf-8") == STYLE


def test_the_same_batches_give_the_same_bytes_at_any_time_and_in_any_pieces(
    batches: list[Batch], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000_000.0)
    written = write_bulk(batches, tmp_path / "again", STYLE, silent)
    assert content(tmp_path / "again") == content(folder)
    assert [path.name for path in written] == sorted(content(folder))
    assert all(path.parent == tmp_path / "again" and path.is_file() for path in written)
    monkeypatch.setattr(bulk, "ROWS", 4)
    write_bulk(batches, tmp_path / "pieces", STYLE, silent)
    for name, whole in content(folder).items():
        piecewise = (tmp_path / "pieces" / name).read_bytes()
        assert not name.endswith(".gz") or gzip.decompress(piecewise) == gzip.decompress(whole)


def test_nothing_in_it_names_a_machine_or_a_password(folder: Path, tmp_path: Path) -> None:
    for name in ("README.md", "schema.cypher", "graphkit.grass"):
        text = (folder / name).read_text(encoding="utf-8").lower()
        assert not [word for word in ("password", "://", "localhost", "127.0.0.1", "/home", "/tmp") if word in text]
        assert str(folder.parent).lower() not in text


def test_progress_counts_the_rows_of_each_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ROWS", 15)
    told: list[tuple[str, int, int]] = []
    write_bulk(oddities()[:1], tmp_path / "d", STYLE, lambda *step: told.append(step))
    assert told == [("OddOne", 0, 20), ("OddOne", 15, 20), ("OddOne", 20, 20)]


def test_an_own_folder_is_replaced_with_its_report(tmp_path: Path) -> None:
    target = tmp_path / "d"
    target.mkdir()
    write_bulk(oddities(), target, STYLE, silent)
    (target / "import.report").touch()
    write_bulk(oddities()[:1], target, STYLE, silent)
    assert sorted(path.name for path in target.iterdir()) == [
        "README.md", "graphkit.grass", "nodes-odd_one-strange.csv.gz", "nodes-odd_one-strange.header.csv",
        "schema.cypher",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize("stranger", ["README.md", "notes.txt", "nodes-party.csv.gz", "sub"])
def test_a_folder_of_somebody_else_is_refused_and_kept(tmp_path: Path, stranger: str) -> None:
    target = tmp_path / "d"
    target.mkdir()
    if stranger == "sub":
        (target / "sub").mkdir()
    else:
        (target / stranger).write_text("mine\n", encoding="utf-8")
    with pytest.raises(StoreError, match=f"d holds {stranger}, which is no bulk export: name a new or empty folder"):
        write_bulk(oddities(), target, STYLE, silent)
    assert [path.name for path in target.iterdir()] == [stranger]


def test_a_note_in_an_own_folder_is_not_thrown_away(tmp_path: Path) -> None:
    write_bulk(oddities(), tmp_path / "d", STYLE, silent)
    (tmp_path / "d" / "notes.txt").write_text("mine\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"holds notes\.txt"):
        write_bulk(oddities(), tmp_path / "d", STYLE, silent)
    assert (tmp_path / "d" / "notes.txt").read_text(encoding="utf-8") == "mine\n"


def test_a_file_in_its_place_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "d").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="d is a file: name a folder that is new or empty"):
        write_bulk(oddities(), tmp_path / "d", STYLE, silent)
    assert (tmp_path / "d").read_text(encoding="utf-8") == "mine"


def test_a_write_that_fails_leaves_the_old_folder_whole(tmp_path: Path) -> None:
    def broken() -> Iterator[Batch]:
        yield oddities()[0]
        raise OSError("no space left")

    write_bulk(oddities(), tmp_path / "d", STYLE, silent)
    before = content(tmp_path / "d")
    with pytest.raises(OSError, match="no space left"):
        write_bulk(broken(), tmp_path / "d", STYLE, silent)
    with pytest.raises(OSError, match="no space left"):
        write_bulk(broken(), tmp_path / "e", STYLE, silent)
    assert content(tmp_path / "d") == before
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


@pytest.mark.parametrize("words", [[], [""], ["a\x1fb"], ["a", "\x1f"]])
def test_a_list_that_the_importer_would_change_is_refused(tmp_path: Path, words: list[str]) -> None:
    frame = pl.DataFrame(
        {"x_id": ["1", "2"], "words": [["fine"], words]}, schema_overrides={"words": pl.List(pl.String)}
    )
    with pytest.raises(StoreError, match="nodes-x has a list in words that is empty or holds the character U"):
        write_bulk([Nodes(("X",), "x_id", frame)], tmp_path / "d", STYLE, silent)
    assert not (tmp_path / "d").exists()
