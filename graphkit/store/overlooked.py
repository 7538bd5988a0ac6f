"""Conditions on two variables of which the embedded engine sees one only: it would lose rows, without a word.

The engine asks every part of a WHERE that AND joins as early as it can: as soon as the variables that it sees in the
part are found. It looks into comparisons, IN, IS NULL, labels, patterns and what functions are given, and overlooks
what stands in a bare property or function, in CASE, EXISTS, COUNT, reduce, a map, ``list[0]`` or a part of a date. So
``a.kind = 'company' OR b.is_stub`` is asked where there is no b yet. A part in which it sees every variable, or none,
is asked in its place, and what belongs to WITH always is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from graphkit.errors import QueryError
from graphkit.store.lexing import END, Token, readings, tokens_of

_CLOSERS = {"(": ")", "[": "]", "{": "}", "CASE": "END"}
_CLAUSES = frozenset(
    ["MATCH", "OPTIONAL", "WITH", "RETURN", "UNWIND", "CALL", "UNION", "WHERE", "ORDER", "SKIP", "OFFSET", "LIMIT",
     "FINISH", "YIELD", "LET", "FILTER", "NEXT"]
)  # fmt: skip
_JOINS = frozenset(["OR", "XOR", "AND"])
_OPERATORS = _JOINS | {"NOT", "IN", "CONTAINS", "STARTS", "ENDS", "IS", "WHEN", "THEN", "ELSE", "WHERE", "DISTINCT"}
_CONSTANTS = frozenset(["TRUE", "FALSE", "NULL", "NAN", "INF", "INFINITY"])
_WORDS = _OPERATORS | _CONSTANTS | {"CASE", "END", "EXISTS", "COUNT", "COLLECT"}
_BODIES = frozenset(["EXISTS", "COUNT", "COLLECT"])
_QUANTIFIERS = frozenset(["ANY", "ALL", "NONE", "SINGLE"])
_COMPARING = frozenset(["=", "<", ">", "~"])
_MATCH = Token("word", "MATCH")
_PATTERN = re.compile(r"\((<?-\[?->?\()+")
_COMPUTING = frozenset(["+", "-", "*", "/", "%", "^", "|"])


@dataclass(frozen=True)
class _Group:
    """What stands between brackets, or between CASE and END."""

    opener: str
    inside: tuple["_Node", ...]


_Node = Token | _Group


@dataclass
class _Reads:
    """The variables of a condition: those that the engine sees, and those in forms that it overlooks.

    ``unsure`` are among the hidden ones: they stand in a form of which it is not known whether the engine sees it.
    """

    seen: set[str] = field(default_factory=set)
    hidden: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)

    def add(self, others: Iterable["_Reads"]) -> "_Reads":
        for other in others:
            self.seen |= other.seen
            self.hidden |= other.hidden
            self.unsure |= other.unsure
        return self


def check(text: str) -> None:
    """Raise QueryError, one sentence that says what to write, where the embedded engine would lose rows of a question.

    The text has passed ``vetting.vet``. Where it is not certain that the engine sees a variable, the text is refused.

    >>> check("MATCH (a)-->(b) WHERE a.x = 1 OR b.is_stub = true RETURN a")
    >>> try:
    ...     check("MATCH (a)-->(b) WHERE a.x = 1 OR b.is_stub RETURN a")
    ... except QueryError as refused:
    ...     print(str(refused).partition(":")[0])
    the embedded engine would lose rows
    """
    for reading in readings(text):
        tokens = tokens_of(reading)
        for at, token in enumerate(tokens):
            if token.word != "WHERE" or tokens[at - 1].text in (".", ":", "$"):
                continue
            owner = _owner(tokens, at)
            if owner.kind == "name":
                _judge_inline(_grouped(tokens[at + 1 :]), _names_before(tokens, at), owner.text)
            elif owner.word == "MATCH":
                _judge(_grouped(tokens[at + 1 :]), _names_before(tokens, at))


def _owner(tokens: Sequence[Token], at: int) -> Token:
    """What the WHERE at ``at`` belongs to: MATCH, also unwritten, WITH, YIELD, a list, or a relationship."""
    depth = 0
    for back in range(at - 1, -1, -1):
        token, before, after = tokens[back], tokens[back - 1] if back else END, tokens[back + 1]
        if token.text in (")", "]", "}"):
            depth += 1
        elif token.text in ("(", "[", "{") and depth:
            depth -= 1
        elif token.text == "[" and before.text == "-":
            return Token("name", after.name)
        elif (token.text == "[" and after.text != "(") or (token.text == "(" and before.word in _QUANTIFIERS):
            return token
        elif token.text in ("(", "[", "{"):
            break
        elif depth == 0 and token.word in ("MATCH", "WITH", "YIELD") and after.text != "=":
            # with = (a)-->(b) names a path
            return token
    return _MATCH


def _names_before(tokens: Sequence[Token], at: int) -> set[str]:
    """The variables that may be known at ``at``: every name before it but those of bodies that have ended."""
    names: list[set[str]] = [set()]
    is_body: list[bool] = []
    for here, (before, token) in enumerate(pairwise([END, *tokens[:at]])):
        if token.text == "{":
            is_body.append(before.word in _BODIES)
            names.append(set())
        elif token.text == "}" and is_body:
            inside = names.pop()
            if not is_body.pop():
                names[-1] |= inside
        elif token.name and (before.text in ("(", "[") or before.word == "AS"):
            # here a name may be spelt as any word, as in (end:Party)
            names[-1].add(token.name)
        elif before.text not in (":", "|", "&", "!") and _is_variable(before, token, tokens[here + 1]):
            names[-1].add(token.name)
    return set().union(*names)


def _is_variable(before: Token, token: Token, after: Token) -> bool:
    if not token.name or before.text in (".", "$") or after.text == "(":
        return False
    return token.kind == "quoted" or token.word not in _WORDS or after.text == "."


def _grouped(tokens: Sequence[Token]) -> tuple[_Node, ...]:
    """The condition that begins the tokens, up to the clause or bracket that ends it, its brackets as groups."""
    nodes, _ = _group(tokens, 0, "WHERE")
    return nodes


def _group(tokens: Sequence[Token], at: int, opener: str) -> tuple[tuple[_Node, ...], int]:
    nodes: list[_Node] = []
    while at < len(tokens):
        token, before = tokens[at], tokens[at - 1] if nodes else END
        after = tokens[at + 1] if at + 1 < len(tokens) else END
        is_ended = _is_operand(nodes)
        if token.text in (")", "]", "}") or (opener == "CASE" and token.word == "END" and after.text != "."):
            return tuple(nodes), at
        if opener == "WHERE" and is_ended and (token.text == "|" or _is_clause(token, before)):
            return tuple(nodes), at
        key = token.word if token.word == "CASE" and after.text != "." and before.text != "." else token.text
        if key in _CLOSERS:
            inside, at = _group(tokens, at + 1, key)
            nodes.append(_Group(key, inside))
        else:
            nodes.append(token)
        at += 1
    return tuple(nodes), at


def _is_clause(token: Token, before: Token) -> bool:
    return token.word in _CLAUSES and not (token.word == "WITH" and before.word in ("STARTS", "ENDS"))


def _is_operand(nodes: Sequence[_Node]) -> bool:
    """Whether the last node may end an operand: then no name can follow."""
    if not nodes:
        return False
    last = nodes[-1]
    return isinstance(last, _Group) or (last.kind != "symbol" and last.word not in _OPERATORS)


def _judge(nodes: Sequence[_Node], names: set[str]) -> None:
    for part in _conjuncts(nodes):
        reads = _Reads().add([_predicate(part)])
        seen = reads.seen & names
        lost = {name: form for name, form in reads.hidden.items() if name in names and name not in seen}
        known = sorted(seen | (reads.unsure & names) | set(lost))
        if lost and len(known) > 1 and (seen or reads.unsure):
            name, form = next(iter(lost.items()))
            raise QueryError(
                f"the embedded engine would lose rows: one condition is on {' and '.join(known)}, and it overlooks "
                f"{name} in {form}: write that as a comparison of {name} itself ({name}.flag = true), or WITH * WHERE "
                "instead of WHERE after a MATCH, or ask a Neo4j with --to"
            )


def _judge_inline(nodes: Sequence[_Node], names: set[str], own: str) -> None:
    """Inside ``-[r WHERE …]-`` the engine knows the nodes of the same pattern no better than other variables."""
    others = sorted(_overlooked(nodes).hidden.keys() & (names - {own}))
    if others:
        raise QueryError(
            f"the embedded engine would lose rows: a WHERE inside a relationship's brackets is also on {others[0]}: "
            "write it behind the pattern, or ask a Neo4j with --to"
        )


def _conjuncts(nodes: Sequence[_Node]) -> list[Sequence[_Node]]:
    """What AND joins, where nothing else joins."""
    nodes = _bare(nodes)
    parts = _split(nodes, {"AND"})
    if len(parts) == 1 or len(_split(nodes, {"OR", "XOR"})) > 1:
        return [nodes]
    return [conjunct for part in parts for conjunct in _conjuncts(part)]


def _split(nodes: Sequence[_Node], at: Iterable[str]) -> list[Sequence[_Node]]:
    parts: list[list[_Node]] = [[]]
    for node in nodes:
        if isinstance(node, Token) and (node.word or node.text) in at:
            parts.append([])
        else:
            parts[-1].append(node)
    return list(parts)


def _predicate(nodes: Sequence[_Node]) -> _Reads:
    nodes = _bare(nodes)
    parts = _split(nodes, _JOINS)
    if len(parts) > 1:
        return _Reads().add(map(_predicate, parts))
    if nodes and _word(nodes[0]) == "NOT":
        return _predicate(nodes[1:])
    if _is_pattern(nodes):
        return _pattern(nodes)
    operands, compared = _compared(nodes)
    if not compared:
        return _overlooked(nodes)
    if compared != ["IS"]:
        reads = _Reads().add(map(_operand, operands))
        return reads if len(compared) == 1 or all(sign[0] in _COMPARING for sign in compared) else _uncertain(nodes)
    if [_word(node) for node in operands[1]] in (["NULL"], ["NOT", "NULL"]):
        return _operand(operands[0])
    return _uncertain(nodes)


def _compared(nodes: Sequence[_Node]) -> tuple[list[Sequence[_Node]], list[str]]:
    """The operands of a comparison, and what stands between them."""
    operands: list[list[_Node]] = [[]]
    compared: list[str] = []
    for node in nodes:
        sign = (_word(node) or node.text) if isinstance(node, Token) else ""
        if sign == ":":
            # labels hold no variable
            return [operands[0]], [*compared, sign]
        if sign in _COMPARING and compared and not operands[-1]:
            compared[-1] += sign
        elif sign in _COMPARING or sign in ("IN", "CONTAINS", "STARTS", "ENDS", "IS"):
            compared.append(sign)
            operands.append([])
        elif sign != "WITH":
            operands[-1].append(node)
    return list(operands), compared


def _is_pattern(nodes: Sequence[_Node]) -> bool:
    """Whether it is ``(a)-[…]->(b)``, of any length."""
    shape = "".join(node.opener if isinstance(node, _Group) else node.text for node in nodes)
    return bool(_PATTERN.fullmatch(shape))


def _pattern(nodes: Sequence[_Node]) -> _Reads:
    reads = _Reads()
    for node in nodes:
        if isinstance(node, _Group) and node.inside:
            first, *rest = node.inside
            is_named = isinstance(first, Token) and bool(first.name)
            reads.add([_operand([first]) if is_named else _Reads(), _uncertain(rest if is_named else node.inside)])
    return reads


def _operand(nodes: Sequence[_Node]) -> _Reads:
    nodes = _bare(nodes)
    parts = [part for part in _split(nodes, _COMPUTING) if part]
    if len(parts) > 1:
        return _Reads().add(map(_operand, parts))
    nodes = parts[0] if parts else ()
    if len(_compared(nodes)[0]) > 1 or any(_word(node) in (_JOINS | {"NOT"}) for node in nodes):
        return _uncertain(nodes)
    match nodes:
        case []:
            return _Reads()
        case [Token() as name] | [Token() as name, Token(text="."), Token()] if _is_variable(END, name, END):
            return _Reads(seen={name.name})
        case [Token() as name] if name.name and name.word not in _CONSTANTS:
            return _Reads(hidden={name.name: name.text}, unsure={name.name})
        case [Token(text="$"), Token()] | [Token()]:
            return _Reads()
        case [Token() as name, _Group("(", inside)] if name.word in _QUANTIFIERS:
            return _list(inside)
        case [Token() as name, _Group("(", inside)] if name.word not in ("REDUCE", "SHORTESTPATH", "ALLSHORTESTPATHS"):
            return _Reads().add(map(_operand, _split(inside, ",")))
        case [Token(), Token(text="."), Token(), _Group("(", inside)]:
            return _Reads().add(map(_operand, _split(inside, ",")))
        case [_Group("[", inside)] if not (inside and isinstance(inside[0], _Group)):
            return (
                _list(inside)
                if [_word(node) for node in inside[1:2]] == ["IN"]
                else _Reads().add(map(_operand, _split(inside, ",")))
            )
    return _overlooked(nodes)


def _list(inside: Sequence[_Node]) -> _Reads:
    """``x IN list WHERE … | …`` of a list or of any() and its like."""
    name, made = inside[0], _split(inside[2:], "|")
    source = _split(made[0], {"WHERE"})
    reads = _Reads().add([*map(_predicate, source[1:]), *map(_operand, made[1:])])
    reads.seen -= {name.name} if isinstance(name, Token) else set()
    return reads.add([_operand(source[0])])


def _overlooked(nodes: Sequence[_Node]) -> _Reads:
    tokens = list(_flat(nodes))
    around = zip([END, *tokens], tokens, [*tokens[1:], END], strict=False)
    form = _text(tokens)
    return _Reads(hidden={token.name: form for before, token, after in around if _is_variable(before, token, after)})


def _uncertain(nodes: Sequence[_Node]) -> _Reads:
    reads = _overlooked(nodes)
    reads.unsure = set(reads.hidden)
    return reads


def _bare(nodes: Sequence[_Node]) -> Sequence[_Node]:
    while len(nodes) == 1 and isinstance(nodes[0], _Group) and nodes[0].opener == "(":
        nodes = nodes[0].inside
    return nodes


def _word(node: _Node) -> str:
    return node.word if isinstance(node, Token) else ""


def _flat(nodes: Iterable[_Node]) -> Iterator[Token]:
    for node in nodes:
        if isinstance(node, Token):
            yield node
        else:
            kind = "word" if node.opener == "CASE" else "symbol"
            yield Token(kind, node.opener)
            yield from _flat(_without_keys(node.inside) if node.opener == "{" else node.inside)
            yield Token(kind, _CLOSERS[node.opener])


def _without_keys(inside: Sequence[_Node]) -> list[_Node]:
    """What a map holds without its keys, which look like variables."""
    afters = [*inside[1:], END]
    return [
        node for node, after in zip(inside, afters, strict=True) if not isinstance(after, Token) or after.text != ":"
    ]


def _text(tokens: Sequence[Token]) -> str:
    text = ""
    for before, token in pairwise([END, *tokens]):
        is_apart = before.kind != "symbol" and token.kind != "symbol" and before is not END
        text += " " * is_apart + token.text
    return text
