"""A condition of a Cypher text as a tree: what stands between brackets, what AND joins, what is compared."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from graphkit.store.lexing import END, Token

CLOSERS = {"(": ")", "[": "]", "{": "}", "CASE": "END"}
CLAUSES = frozenset(
    ["MATCH", "OPTIONAL", "WITH", "RETURN", "UNWIND", "CALL", "UNION", "WHERE", "ORDER", "SKIP", "OFFSET", "LIMIT",
     "FINISH", "YIELD", "LET", "FILTER", "NEXT"]
)  # fmt: skip
JOINS = frozenset(["OR", "XOR", "AND"])
OPERATORS = JOINS | {"NOT", "IN", "CONTAINS", "STARTS", "ENDS", "IS", "WHEN", "THEN", "ELSE", "WHERE", "DISTINCT"}
COMPARING = frozenset(["=", "<", ">", "~"])
QUANTIFIERS = frozenset(["ANY", "ALL", "NONE", "SINGLE"])


@dataclass(frozen=True)
class Group:
    """What stands between brackets, or between CASE and END."""

    opener: str
    inside: tuple["Node", ...]


Node = Token | Group


def grouped(tokens: Sequence[Token]) -> tuple[Node, ...]:
    """The condition that begins the tokens, up to the clause or bracket that ends it, its brackets as groups."""
    nodes, _ = _group(tokens, 0, "WHERE")
    return nodes


def _group(tokens: Sequence[Token], at: int, opener: str) -> tuple[tuple[Node, ...], int]:
    nodes: list[Node] = []
    while at < len(tokens):
        token, before = tokens[at], tokens[at - 1] if nodes else END
        after = tokens[at + 1] if at + 1 < len(tokens) else END
        is_ended = _is_operand(nodes)
        if token.text in (")", "]", "}") or (opener == "CASE" and token.word == "END" and after.text != "."):
            return tuple(nodes), at
        if opener == "WHERE" and is_ended and (token.text == "|" or _is_clause(token, before)):
            return tuple(nodes), at
        key = token.word if token.word == "CASE" and after.text != "." and before.text != "." else token.text
        if key in CLOSERS:
            inside, at = _group(tokens, at + 1, key)
            nodes.append(Group(key, inside))
        else:
            nodes.append(token)
        at += 1
    return tuple(nodes), at


def _is_clause(token: Token, before: Token) -> bool:
    return token.word in CLAUSES and not (token.word == "WITH" and before.word in ("STARTS", "ENDS"))


def _is_operand(nodes: Sequence[Node]) -> bool:
    """Whether the last node may end an operand: then no name can follow."""
    if not nodes:
        return False
    last = nodes[-1]
    return isinstance(last, Group) or (last.kind != "symbol" and last.word not in OPERATORS)


def conjuncts(nodes: Sequence[Node]) -> list[Sequence[Node]]:
    """What AND joins, where nothing else joins."""
    nodes = bare(nodes)
    parts = split(nodes, {"AND"})
    if len(parts) == 1 or len(split(nodes, {"OR", "XOR"})) > 1:
        return [nodes]
    return [conjunct for part in parts for conjunct in conjuncts(part)]


def split(nodes: Sequence[Node], at: Iterable[str]) -> list[Sequence[Node]]:
    """The parts between the words or signs of ``at`` that stand outside brackets."""
    parts: list[list[Node]] = [[]]
    for node in nodes:
        if isinstance(node, Token) and (node.word or node.text) in at:
            parts.append([])
        else:
            parts[-1].append(node)
    return list(parts)


def compared(nodes: Sequence[Node]) -> tuple[list[Sequence[Node]], list[str]]:
    """The operands of a comparison, and what stands between them."""
    operands: list[list[Node]] = [[]]
    signs: list[str] = []
    for node in nodes:
        sign = (word(node) or node.text) if isinstance(node, Token) else ""
        if sign == ":":
            # labels hold no variable
            return [operands[0]], [*signs, sign]
        if sign in COMPARING and signs and not operands[-1]:
            signs[-1] += sign
        elif sign in COMPARING or sign in ("IN", "CONTAINS", "STARTS", "ENDS", "IS"):
            signs.append(sign)
            operands.append([])
        elif sign != "WITH":
            operands[-1].append(node)
    return list(operands), signs


def bare(nodes: Sequence[Node]) -> Sequence[Node]:
    """The nodes without brackets around all of them."""
    while len(nodes) == 1 and isinstance(nodes[0], Group) and nodes[0].opener == "(":
        nodes = nodes[0].inside
    return nodes


def word(node: Node) -> str:
    """The word of a node in capitals, or nothing."""
    return node.word if isinstance(node, Token) else ""


def flat(nodes: Iterable[Node]) -> Iterator[Token]:
    """The words of a tree as they stood, brackets included; the keys of maps, which look like variables, left out."""
    for node in nodes:
        if isinstance(node, Token):
            yield node
        else:
            kind = "word" if node.opener == "CASE" else "symbol"
            yield Token(kind, node.opener)
            yield from flat(_without_keys(node.inside) if node.opener == "{" else node.inside)
            yield Token(kind, CLOSERS[node.opener])


def _without_keys(inside: Sequence[Node]) -> list[Node]:
    """What a map holds without its keys, which look like variables."""
    afters = [*inside[1:], END]
    return [
        node for node, after in zip(inside, afters, strict=True) if not isinstance(after, Token) or after.text != ":"
    ]


def text_of(tokens: Sequence[Token]) -> str:
    """Words as a text, blanks only where two would run together."""
    text = ""
    for before, token in pairwise([END, *tokens]):
        is_apart = before.kind != "symbol" and token.kind != "symbol" and before is not END
        text += " " * is_apart + token.text
    return text
