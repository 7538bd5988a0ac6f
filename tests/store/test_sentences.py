"""What a server's error is told as, by its code and its words: each advice only where it helps."""

import pytest

from graphkit.errors import QueryError, StoreError
from graphkit.store.sentences import dropped, not_connected, not_written, refused, sentence, too_late


class ServerError(Exception):
    def __init__(self, code: str, message: str = "what\n it  says.") -> None:
        super().__init__("not this")
        self.code, self.message = code, message


URI = "bolt://localhost:7687"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ServerError("Neo.ClientError.Security.AuthenticationRateLimit"), "was given too many wrong passwords: wait"),
        (ServerError("Neo.ClientError.Security.Unauthorized"), "does not accept this user and password: check"),
        (ServerError("Neo.ClientError.Database.DatabaseNotFound"), "has no database cars: create it there"),
        (ServerError("", "SSL handshake failed"), "does not speak TLS as asked for"),
        (ServerError("", "bad Certificate"), "does not speak TLS as asked for"),
        (OSError("connection refused."), "check that it runs, its address and its port (connection refused)"),
    ],
)
def test_why_a_server_cannot_be_used_is_told_by_what_can_be_done(error: Exception, said: str) -> None:
    told = not_connected(URI, "cars", error)
    assert isinstance(told, StoreError)
    assert said in str(told) and URI in str(told) and "\n" not in str(told)


def test_a_full_disk_is_asked_for_only_where_the_database_itself_failed() -> None:
    assert "is its disk full?" in str(not_written(ServerError("Neo.DatabaseError.General.UnknownError")))
    told = not_written(ServerError("Neo.ClientError.Schema.ConstraintValidationFailed"))
    assert str(told) == "the graph server could not write: what it says"
    assert "goes on from there (what it says)" in str(dropped(ServerError("")))


def test_a_refused_text_is_told_as_writing_only_where_the_engine_takes_it_so() -> None:
    told = refused(ServerError("", "Cannot write in a Read Only Database"))
    assert isinstance(told, QueryError) and "it writes, or it is no Cypher query" in str(told)
    assert str(refused(ServerError(""))) == "the graph refused the query: what it says"
    assert "took longer than 2.5 seconds" in str(too_late(2.5))


def test_an_error_without_words_is_told_by_its_kind() -> None:
    assert sentence(ValueError()) == "ValueError"
    assert sentence(ServerError("", "")) == "not this"
