"""Where a server is and who asks it: no password in an address, none over an open line, none on a command line."""

import ipaddress
import os
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from graphkit.errors import StoreError

_OPEN = ("bolt", "neo4j")
_ENCRYPTED = tuple(f"{scheme}{end}" for scheme in _OPEN for end in ("+s", "+ssc"))
_VARIABLES = (("GRAPHKIT_NEO4J_USER", "GRAPHKIT_NEO4J_PASSWORD"), ("NEO4J_USERNAME", "NEO4J_PASSWORD"))
"""Ours first, then those that Neo4j's own tools and Aura's credential files use."""

Prompt = Callable[[str, bool], str]
"""Asks a person for something, hidden while it is typed or not."""


def checked(uri: str, *, insecure: bool = False) -> str:
    """The address of a server as it was given, if it can be used; raises StoreError with a sentence otherwise.

    Without TLS only this machine itself is spoken to, unless ``insecure``.

    >>> checked("neo4j+s://graph.example.org")
    'neo4j+s://graph.example.org'
    """
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise StoreError("the address of the graph server cannot be read: write neo4j+s://host:7687") from None
    if parts.username is not None or parts.password is not None:
        # what stands on a command line stays in the shell's history
        raise StoreError(
            f"leave user and password out of the address: set {' and '.join(_VARIABLES[0])}, or be asked for them"
        )
    if parts.scheme not in (*_OPEN, *_ENCRYPTED) or not host:
        raise StoreError(
            f"{uri} is no address of a Neo4j: write neo4j+s://host (with TLS) or bolt://localhost:7687 (this machine)"
        )
    if parts.scheme in _OPEN and not insecure and not _is_loopback(host):
        raise StoreError(
            f"{parts.scheme}://{host} would send the password and the case over an open line: use "
            f"{parts.scheme}+s://{host}, or say --insecure where the network is your own"
        )
    return uri


def credentials(prompt: Prompt | None, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """User and password: GRAPHKIT_NEO4J_USER and _PASSWORD, else NEO4J_USERNAME and NEO4J_PASSWORD, else asked for.

    Raises StoreError where neither is set and nobody can be asked.

    >>> credentials(None, {"NEO4J_USERNAME": "neo4j", "NEO4J_PASSWORD": "secret"})
    ('neo4j', 'secret')
    """
    for user, password in _VARIABLES:
        if environment.get(password):
            return environment.get(user) or "neo4j", environment[password]
    if prompt is None:
        raise StoreError(f"the graph server asks who you are: set {' and '.join(_VARIABLES[0])}")
    given = environment.get(_VARIABLES[0][0]) or environment.get(_VARIABLES[1][0]) or prompt("User", False)
    return given, prompt("Password", True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
