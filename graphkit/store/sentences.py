"""What a graph server refuses, told in one sentence that says what to do."""

from graphkit.errors import QueryError, StoreError


def not_connected(uri: str, database: str | None, error: Exception) -> StoreError:
    """Why a server cannot be used at all: its place, its line, who asks, or the database."""
    code, said = _code(error), sentence(error)
    if "AuthenticationRateLimit" in code:
        return StoreError(f"{uri} was given too many wrong passwords: wait a minute, then give the right one")
    if code.startswith("Neo.ClientError.Security"):
        return StoreError(
            f"{uri} does not accept this user and password: check GRAPHKIT_NEO4J_USER and GRAPHKIT_NEO4J_PASSWORD"
        )
    if "DatabaseNotFound" in code:
        return StoreError(f"{uri} has no database {database}: create it there, or name another with --database")
    if "ssl" in said.lower() or "certificate" in said.lower():
        return StoreError(f"{uri} does not speak TLS as asked for: check its certificate, or write bolt:// or neo4j://")
    return StoreError(f"no graph server answers at {uri}: check that it runs, its address and its port ({said})")


def dropped(error: Exception) -> StoreError:
    """That the connection was lost and did not come back."""
    return StoreError(
        f"the connection to the graph server dropped: do the same again, it goes on from there ({sentence(error)})"
    )


def not_written(error: Exception) -> StoreError:
    """Why a server could not write."""
    said = sentence(error)
    if _code(error).startswith("Neo.DatabaseError"):
        # a Neo4j whose disk is full says that it could not append to its log, and not why
        return StoreError(
            f"the graph server could not store it; is its disk full? make room, then do it again ({said})"
        )
    return StoreError(f"the graph server could not write: {said}")


def refused(error: Exception) -> QueryError:
    """Why a server did not run a query."""
    said = sentence(error)
    if "read only database" in said.lower():
        # the engine takes whatever it cannot read as a query for a command
        return QueryError(
            "the graph refused the text: it writes, or it is no Cypher query (look at brackets and names)"
        )
    return QueryError(f"the graph refused the query: {said}")


def too_late(timeout: float) -> StoreError:
    """That a query was stopped because its time was up."""
    return StoreError(
        f"the query took longer than {timeout:g} seconds and was ended: narrow it, or give it more time with --timeout"
    )


def sentence(error: Exception) -> str:
    """What an error says, on one line and without its full stop."""
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).rstrip(".")


def _code(error: Exception) -> str:
    return str(getattr(error, "code", "") or "")
