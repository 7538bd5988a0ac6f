"""Where a password may go: over an open line to this machine alone, and from the environment in one order."""

import pytest

from graphkit.errors import StoreError
from graphkit.store.address import checked, credentials


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_is_spoken_to_without_tls(host: str) -> None:
    assert checked(f"bolt://{host}:7687") == f"bolt://{host}:7687"


@pytest.mark.parametrize(
    "host", ["10.0.0.7", "192.168.1.7", "172.16.0.7", "169.254.1.7", "[fd00::7]", "localhost.example.org", "0.0.0.0"]
)
def test_a_network_of_ones_own_is_an_open_line_until_somebody_says_that_it_may_be(host: str) -> None:
    for scheme in ("bolt", "neo4j"):
        with pytest.raises(StoreError, match=rf"open line: use {scheme}\+s://"):
            checked(f"{scheme}://{host}:7687")
        assert checked(f"{scheme}://{host}:7687", insecure=True)
        assert checked(f"{scheme}+s://{host}:7687")


def test_no_password_in_an_address_is_told_again() -> None:
    with pytest.raises(StoreError) as refused:
        checked("neo4j+s://neo4j:secret@graph.example.org")
    assert "secret" not in str(refused.value)


def test_our_variables_come_first_and_nobody_is_asked_who_gave_a_password() -> None:
    def never(what: str, is_hidden: bool) -> str:
        raise AssertionError(what)

    theirs = {"NEO4J_USERNAME": "them", "NEO4J_PASSWORD": "t"}
    assert credentials(never, theirs | {"GRAPHKIT_NEO4J_USER": "us", "GRAPHKIT_NEO4J_PASSWORD": "u"}) == ("us", "u")
    assert credentials(never, theirs | {"GRAPHKIT_NEO4J_USER": "us"}) == ("them", "t")
    assert credentials(never, {"NEO4J_PASSWORD": "t"}) == ("neo4j", "t")


def test_only_the_password_is_hidden_while_it_is_typed_and_a_known_user_is_not_asked_for() -> None:
    asked: list[tuple[str, bool]] = []

    def prompt(what: str, is_hidden: bool) -> str:
        asked.append((what, is_hidden))
        return what.lower()

    assert credentials(prompt, {}) == ("user", "password")
    assert asked == [("User", False), ("Password", True)]
    assert credentials(prompt, {"NEO4J_USERNAME": "them"}) == ("them", "password")
    with pytest.raises(StoreError, match="set GRAPHKIT_NEO4J_USER and GRAPHKIT_NEO4J_PASSWORD"):
        credentials(None, {"NEO4J_USERNAME": "them"})
