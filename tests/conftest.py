"""What tests of several rooms share: one real Neo4j a run, and one worker that has it to itself."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.servers.neo4j import AbsentError, Server, jars


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay on one worker, and all that need the server on the same one (``--dist loadgroup``).

    First, since pytest-xdist reads the groups in the same hook.
    """
    for item in items:
        needs_server = "neo4j_server" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("neo4j" if needs_server else item.location[0]))


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Neo4j that answers: the one of GRAPHKIT_TEST_NEO4J_URI, else one of our own, started once and stopped."""
    given = os.environ.get("GRAPHKIT_TEST_NEO4J_URI")
    if given:
        yield _running(given)
        return
    try:
        jars()
    except AbsentError as absent:
        # a laptop may lack Java; a check that nobody runs would be worth nothing
        if os.environ.get("CI"):
            pytest.fail(str(absent))
        pytest.skip(str(absent))
    server = Server(tmp_path_factory.mktemp("neo4j"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def empty_neo4j(neo4j_server: Server) -> Server:
    """The server with an empty database."""
    neo4j_server.empty()
    return neo4j_server


def _running(uri: str) -> Server:
    server = Server.running(uri, os.environ["GRAPHKIT_NEO4J_USER"], os.environ["GRAPHKIT_NEO4J_PASSWORD"])
    with server.driver() as driver:
        held = driver.execute_query("MATCH (n) RETURN count(n) AS n").records[0]["n"]
    if held:
        pytest.fail(
            f"{urlsplit(uri).netloc} holds {held:,} nodes, and the tests would remove them: name an empty database"
        )
    return server
