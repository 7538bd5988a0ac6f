"""The door for an investigator's own Cypher: says from the text alone what a question may not do.

The engines hold what they can by themselves: a server's read session, the embedded engine's read-only database. That is
not everything: a read session may still open files, list settings or end other people's statements. So the text is
read as the engines read it, word by word: comments, strings, quoted names and escapes are seen through. A word counts
as a name where no clause can stand (``n.set``, ``:Load``, ``{create: 1}``, ``AS delete``), else as what it says.
"""

from collections.abc import Mapping
from typing import Any

from graphkit.errors import QueryError
from graphkit.store.lexing import END, Token, readings, tokens_of

PROCEDURES = ("db.labels", "db.relationshipTypes", "db.propertyKeys", "db.schema.visualization")
"""The procedures that a question may call: they only tell what is in the graph, on both engines."""

_CLOCKS = ("date", "datetime", "localdatetime", "localtime", "time")
FUNCTIONS = frozenset(
    [f"{clock}.{what}" for clock in _CLOCKS for what in ("truncate", "transaction", "statement", "realtime")]
    + ["datetime.fromepoch", "datetime.fromepochmillis"]
    + [f"duration.{what}" for what in ("between", "inmonths", "indays", "inseconds")]
    + ["point.distance", "point.withinbbox", "vector.similarity.cosine", "vector.similarity.euclidean"]
)
"""Cypher's own functions whose name has a dot, in small letters; every other such name is an extension of a server."""

_STARTS = frozenset({"MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL"})
_WRITES = frozenset(["CREATE", "MERGE", "SET", "DELETE", "DETACH", "NODETACH", "REMOVE", "DROP", "FOREACH", "INSERT"])
_COMMANDS = frozenset({"SHOW", "TERMINATE"})
_PREFIXES = {
    "EXPLAIN": "EXPLAIN shows a plan and no rows: leave it out here, or use it in Neo4j Browser",
    "PROFILE": "PROFILE shows a plan beside the rows: leave it out here, or use it in Neo4j Browser",
    "CYPHER": "CYPHER sets a version or an option of the server: leave it out, every question is asked as it stands",
}
_COMMANDS_FIRST = frozenset(
    ["ALTER", "GRANT", "DENY", "REVOKE", "RENAME", "START", "STOP", "DEALLOCATE", "REALLOCATE", "ENABLE", "DRYRUN"]
)

# after one of these an operand must follow, so that the next word is a name whatever it spells
_OPERATORS = frozenset(
    ["RETURN", "WITH", "AS", "WHERE", "BY", "AND", "OR", "XOR", "IN", "UNWIND", "WHEN", "CONTAINS", "LIMIT", "SKIP",
     "OFFSET", "YIELD", "FILTER", "LET"]
)  # fmt: skip
_BEFORE_NAMES = frozenset(["(", "[", ",", ".", "..", ":", "$", "/", "^", "=", "<", ">", "&", "|", "!", "-"])
_AFTER_NAMES = frozenset([",", ".", ")", "]", "}", ";", ":", "=", "<", ">", "/", "%", "^", "|", "&"])

# the steps of a plan that do more than read the graph
_STEPS = ("LoadCSV", "ProcedureCall", "Show", "Terminate", "Transaction", "Administration")


def vet(text: str) -> None:
    """Raise QueryError, one sentence that names what is refused, unless the text is one question that only reads.

    Refused are clauses that write, ``LOAD CSV``, ``CALL … IN TRANSACTIONS``, commands to the server, another graph
    (``USE``), procedures outside ``PROCEDURES``, functions of extensions, prefixes and several statements.

    >>> vet("MATCH (n:Load {create: 1}) RETURN n.set AS delete // CREATE (x)")
    >>> vet("MATCH (n) /* a note */ dElEtE n")
    Traceback (most recent call last):
    graphkit.errors.QueryError: DELETE writes: questions only read (a name that is spelt so stands in backticks)
    """
    for reading in readings(text):
        _judge(tokens_of(reading))


def vet_plan(kind: str | None, plan: Mapping[str, Any]) -> None:
    """Raise QueryError unless a Neo4j's plan of a text reads the graph and nothing else.

    ``kind`` is the server's word for what the statement does, and a step of the plan has ``operatorType``, ``args``
    and ``children``.
    """
    if kind != "r":
        raise QueryError("the server says that the text does more than read: questions only read")
    step = str(plan.get("operatorType", "")).split("@")[0]
    details = str(plan.get("args", {}).get("Details", ""))
    is_allowed = step == "ProcedureCall" and details.split("(")[0] in PROCEDURES
    if step.startswith(_STEPS) and not is_allowed:
        raise QueryError(f"the server says that the text does more than read the graph: {step} {details}".rstrip())
    for child in plan.get("children", ()):
        vet_plan(kind, child)


def _judge(tokens: list[Token]) -> None:
    _judge_start(tokens)
    is_hungry = False
    cases = 0
    for at, token in enumerate(tokens):
        after, then = [*tokens[at + 1 : at + 3], END, END][:2]
        if token.text == ";":
            raise QueryError("the text holds several statements: ask one question at a time")
        if token.text == "(":
            _judge_function(tokens, at)
        if token.text == "}" and after.word == "IN" and then.word.startswith("TRANSACTION"):
            raise QueryError(_in_transactions())
        if not token.word or _is_name(tokens, at):
            is_hungry = False
        elif is_hungry:
            # NOT, DISTINCT and CASE may be names or not: what follows them is not trusted to be one
            cases += token.word == "CASE"
            is_hungry = False
        elif token.word in _OPERATORS or (cases and token.word in ("THEN", "ELSE")):
            is_hungry = True
        elif token.word == "CALL":
            _judge_call(tokens, at)
        else:
            cases += (token.word == "CASE") - (token.word == "END" and cases > 0)
            _judge_clause(token, after)


def _judge_start(tokens: list[Token]) -> None:
    if not tokens:
        raise QueryError("the text holds no question")
    first = tokens[0]
    if first.text == ":":
        raise QueryError(
            "lines that begin with a colon are for Neo4j Browser: remove them, and give values with --param"
        )
    if first.word in _PREFIXES:
        raise QueryError(_PREFIXES[first.word])
    second = tokens[1] if len(tokens) > 1 else END
    if first.word in _COMMANDS_FIRST:
        raise QueryError(_command(first, second))
    _judge_clause(first, second)
    if first.word not in _STARTS:
        raise QueryError(
            f"a question begins with MATCH, OPTIONAL MATCH, UNWIND, WITH, RETURN or CALL, not with {first.text}"
        )


def _is_name(tokens: list[Token], at: int) -> bool:
    """Whether the word can be nothing but a name, by the symbols beside it."""
    before = tokens[at - 1] if at else END
    if before.text == "." and at > 1 and tokens[at - 2].kind == "number":
        return False
    if before.text in ("+", "%") and at > 1:
        # the quantifier of a path, as in (…)+, and the label % end what stands before them
        return tokens[at - 2].kind in ("word", "quoted", "number", "string")
    after = tokens[at + 1] if at + 1 < len(tokens) else END
    is_last = after is END and at > 0
    return (before.kind == "symbol" and before.text in _BEFORE_NAMES) or is_last or after.text in _AFTER_NAMES


def _judge_clause(token: Token, after: Token) -> None:
    word = token.word
    if word in _WRITES:
        raise QueryError(f"{word} writes: questions only read (a name that is spelt so stands in backticks)")
    if word in _COMMANDS:
        raise QueryError(_command(token, after))
    if word == "LOAD" and after.word == "CSV":
        raise QueryError("LOAD CSV reads files and addresses: questions read the graph only")
    if word == "USE":
        raise QueryError("USE asks another graph: leave it out, and name the database when you connect")
    if word == "CONCURRENT" and after.word.startswith("TRANSACTION"):
        raise QueryError(_in_transactions())


def _judge_call(tokens: list[Token], at: int) -> None:
    parts = []
    for at_name in range(at + 1, len(tokens), 2):
        parts.append(tokens[at_name].name)
        if at_name + 1 == len(tokens) or tokens[at_name + 1].text != ".":
            break
    name = ".".join(parts) or "without a name"
    is_subquery = at + 1 < len(tokens) and tokens[at + 1].text in ("{", "(")
    if not is_subquery and name not in PROCEDURES:
        raise QueryError(f"CALL {name} is not on the list of procedures ({', '.join(PROCEDURES)})")


def _judge_function(tokens: list[Token], at: int) -> None:
    """Refuse a dotted function before the bracket at ``at`` unless it is Cypher's own, or the procedure of a CALL."""
    start = at - 1
    while start > 1 and tokens[start].name and tokens[start - 1].text == "." and tokens[start - 2].name:
        start -= 2
    name = ".".join(token.name for token in tokens[max(start, 0) : at : 2])
    is_called = start > 0 and tokens[start - 1].word == "CALL" and name in PROCEDURES
    if "." in name and not is_called and name.lower() not in FUNCTIONS:
        raise QueryError(f"{name}() is a function of an extension, not of Cypher: questions use Cypher's own")


def _command(first: Token, second: Token) -> str:
    words = f"{first.word} {second.word}".strip()
    return f"{words} is a command to the server: questions read the graph only"


def _in_transactions() -> str:
    return "CALL … IN TRANSACTIONS commits as it goes, which only writing needs: leave IN TRANSACTIONS out"
