"""A case pushed to a real Neo4j and asked there, from the command line; and every way in which that fails."""

import os
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphkit.case.case import Case
from graphkit.cli.main import app
from graphkit.errors import StoreError
from graphkit.store import bolt
from tests.cli.test_commands import FILES, refused
from tests.servers.neo4j import Server


def graphkit(*words, typed=None):
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    made = Case.new(tmp_path_factory.mktemp("push") / "harbour")
    made.import_files(FILES)
    made.run()
    return made.path


@pytest.fixture
def known(monkeypatch, neo4j_server):
    """The server's user and password, where graphkit looks for them."""
    monkeypatch.setenv("GRAPHKIT_NEO4J_USER", neo4j_server.user)
    monkeypatch.setenv("GRAPHKIT_NEO4J_PASSWORD", neo4j_server.password)


@pytest.fixture
def uri(empty_neo4j, known):
    return empty_neo4j.uri


def test_a_case_is_pushed_once_and_asked_with_and_without_its_folder(case, uri, tmp_path, empty_neo4j):
    pushed = graphkit("push", case, "--to", uri)
    assert pushed.exit_code == 0, pushed.stderr
    assert " written, 0 removed" in pushed.stdout
    assert "nothing to do" in graphkit("push", case, "--to", uri).stdout
    given = ("--param", "dealer_id=D09", "--format", "csv")
    here = graphkit("query", case, "dealer_buyers", *given)
    there = graphkit("query", case, "dealer_buyers", *given, "--to", uri)
    assert there.stdout == here.stdout
    assert there.stdout.count("\n") > 1
    assert there.stderr == ""
    alone = graphkit("query", "dealer_buyers", *given, "--to", uri, "--database", "neo4j")
    assert alone.stdout == here.stdout
    # what the case knows is known to the server too
    assert graphkit("query", "pre_insured", "--to", uri).exit_code == 0
    mine = tmp_path / "mine.cypher"
    mine.write_text("MATCH (p:Push) RETURN p.case_name AS name", encoding="utf-8")
    assert graphkit("query", "--file", mine, "--to", uri, "--format", "csv").stdout == "name\nharbour\n"
    mine.write_text("MATCH (p:Push) SET p.case_name = 'x' RETURN p", encoding="utf-8")
    refused(graphkit("query", "--file", mine, "--to", uri), 7)


def test_a_server_that_holds_another_state_says_so(case, uri):
    graphkit("push", case, "--to", uri, "--scope", "findings", "--replace")
    noted = graphkit("query", case, "clusters", "--to", uri).stderr
    assert noted == "graphkit: the server holds only the part of the case that its findings touch\n"
    Case.open(case).run(only=["pre_insured"])
    try:
        assert "another state than the case's last run" in graphkit("query", case, "clusters", "--to", uri).stderr
    finally:
        Case.open(case).run()


def test_the_password_is_asked_for_and_shown_nowhere(case, neo4j_server, monkeypatch):
    from graphkit.cli import graph

    for name in ("GRAPHKIT_NEO4J_USER", "GRAPHKIT_NEO4J_PASSWORD", "NEO4J_USERNAME", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    said = refused(graphkit("push", case, "--to", neo4j_server.uri), 6)
    assert "GRAPHKIT_NEO4J_PASSWORD" in said
    answers = {"User": neo4j_server.user, "Password": neo4j_server.password}
    asked = []
    monkeypatch.setattr(graph, "prompted", lambda: lambda what, hidden: asked.append((what, hidden)) or answers[what])
    done = graphkit("push", case, "--to", neo4j_server.uri, "--replace")
    assert done.exit_code == 0
    assert asked == [("User", False), ("Password", True)]
    monkeypatch.setenv("NEO4J_USERNAME", neo4j_server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_server.password)
    assert graphkit("push", case, "--to", neo4j_server.uri).exit_code == 0
    assert neo4j_server.password not in done.stdout + done.stderr
    for path in case.rglob("*"):
        assert not path.is_file() or neo4j_server.password.encode() not in path.read_bytes(), path


def test_a_wrong_password_is_one_sentence_without_it(case, neo4j_server, monkeypatch):
    monkeypatch.setenv("GRAPHKIT_NEO4J_PASSWORD", "entirely wrong")
    said = refused(graphkit("push", case, "--to", neo4j_server.uri), 6)
    assert "does not accept this user and password" in said
    assert "entirely wrong" not in said


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("http://localhost:7474", "is no address of a Neo4j"),
        ("localhost:7687", "is no address of a Neo4j"),
        ("bolt://", "is no address of a Neo4j"),
        ("bolt://localhost:port", "cannot be read"),
        ("neo4j://neo4j:secret@localhost:7687", "leave user and password out of the address"),
        ("neo4j://graph.example.org", "over an open line: use neo4j+s://graph.example.org, or say --insecure"),
        ("bolt://192.0.2.1:7687", "over an open line: use bolt+s://192.0.2.1"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_before_anything_is_sent(case, known, given, reason):
    said = refused(graphkit("push", case, "--to", given), 6)
    assert reason in said
    assert "secret" not in said


def test_an_absent_server_and_one_that_speaks_no_tls(case, known, neo4j_server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    assert "no graph server answers at" in refused(graphkit("push", case, "--to", f"bolt://127.0.0.1:{free}"), 6)
    assert "no graph server answers at" in refused(graphkit("push", case, "--to", f"neo4j://127.0.0.1:{free}"), 6)
    said = refused(graphkit("push", case, "--to", neo4j_server.uri.replace("bolt://", "bolt+s://")), 6)
    assert "does not speak TLS" in said


def test_something_else_that_listens_is_no_graph_server(case, known):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        to = f"bolt://127.0.0.1:{listener.getsockname()[1]}"
        assert "no graph server answers at" in refused(graphkit("push", case, "--to", to), 6)


def test_an_absent_database_is_named(case, known, neo4j_server):
    for scheme in ("bolt", "neo4j"):
        to = neo4j_server.uri.replace("bolt://", f"{scheme}://")
        said = refused(graphkit("push", case, "--to", to, "--database", "inland"), 6)
        assert "has no database inland" in said


@pytest.fixture
def small_disk(neo4j_server, tmp_path):
    """A small disk for a server of its own; a machine that lets nobody mount one cannot show what happens then."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        sentence = "only root may mount a small disk to fill: run this test as root"
        # a check that nobody runs would be worth nothing
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.parametrize("done", [0, 10])
def test_a_full_disk_is_one_sentence(case, small_disk: Path, tmp_path, monkeypatch, done):
    server = Server(tmp_path / "server", data=small_disk)
    server.start()
    try:
        monkeypatch.setenv("GRAPHKIT_NEO4J_USER", server.user)
        monkeypatch.setenv("GRAPHKIT_NEO4J_PASSWORD", server.password)
        monkeypatch.setattr(bolt, "SECONDS_TO_RETRY", 2.0)
        opened = Case.open(case)

        def fill(what: str, at: int, total: int) -> None:
            with (small_disk / "filling").open("wb", buffering=0) as filling, suppress(OSError):
                while at >= done:
                    filling.write(bytes(4096))

        with pytest.raises(StoreError) as refused_by:
            opened.push(server.uri, progress=fill)
        said = str(refused_by.value)
        assert "\n" not in said
        assert "is its disk full? make room, then do it again" in said
    finally:
        server.kill()


def test_the_graph_leaves_as_files_for_the_bulk_importer(case, tmp_path):
    written = graphkit("export", case, tmp_path / "bulk", "--format", "neo4j-admin").stdout.split()
    names = {Path(name).name for name in written}
    assert {"README.md", "schema.cypher", "graphkit.grass", "nodes-push.csv.gz", "nodes-sale.header.csv"} <= names
    assert {Path(name).parent for name in written} == {tmp_path / "bulk"}
    readme = (tmp_path / "bulk" / "README.md").read_text(encoding="utf-8")
    assert "neo4j-admin database import full neo4j" in readme
    assert str(tmp_path) not in readme
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    refused(graphkit("export", case, tmp_path / "mine", "--format", "neo4j-admin"), 6)
    assert "alone" in refused(graphkit("export", case, "--format", "csv", "--format", "neo4j-admin"), 2)
