"""Conditions on two variables of which the embedded engine sees one only: it would lose rows, without a word.

The engine asks every part of a WHERE that AND joins as early as it can: as soon as the variables that it sees in the
part are found. It looks into comparisons, IN, IS NULL, labels, patterns and what functions are given, and overlooks
what stands in a bare property or function, in CASE, EXISTS, COUNT, reduce, a map, ``list[0]`` or a part of a date. So
``a.kind = 'company' OR b.is_stub`` is asked where there is no b yet. A part in which it sees every variable, or none,
is asked in its place, and what belongs to WITH always is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from graphkit.errors import QueryError
from graphkit.store.conditions import (
    COMPARING,
    JOINS,
    OPERATORS,
    QUANTIFIERS,
    Group,
    Node,
    bare,
    compared,
    conjuncts,
    flat,
    grouped,
    split,
    text_of,
    word,
)
from graphkit.store.lexing import END, Token, readings, tokens_of

_CONSTANTS = frozenset(["TRUE", "FALSE", "NULL", "NAN", "INF", "INFINITY"])
_WORDS = OPERATORS | _CONSTANTS | {"CASE", "END", "EXISTS", "COUNT", "COLLECT"}
_BODIES = frozenset(["EXISTS", "COUNT", "COLLECT"])
_MATCH = Token("word", "MATCH")
_PATTERN = re.compile(r"\((<?-\[?->?\()+")
_COMPUTING = frozenset(["+", "-", "*", "/", "%", "^", "|"])


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
            condition = grouped(tokens[at + 1 :])
            _refuse_nested_quantifiers(condition)
            owner = _owner(tokens, at)
            if owner.kind == "name":
                _judge_inline(condition, _names_before(tokens, at), owner.text)
            elif owner.word == "MATCH":
                _judge(condition, _names_before(tokens, at))


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
        elif (token.text == "[" and after.text != "(") or (token.text == "(" and before.word in QUANTIFIERS):
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


def _refuse_nested_quantifiers(nodes: Sequence[Node], within: str = "") -> None:
    """In any WHERE the engine takes all() and its like, where a function, a list or CASE holds it, for the whole."""
    for before, node in pairwise([END, *nodes]):
        if word(node) == "WHERE":
            # what follows belongs to that WHERE
            return
        if not isinstance(node, Group) or node.opener == "{":
            continue
        if node.opener == "(" and word(before) in QUANTIFIERS:
            if within:
                raise QueryError(
                    f"the embedded engine would give wrong rows: it takes {word(before).lower()}(…) within {within} "
                    "for the whole condition: compute it in a WITH before, or ask a Neo4j with --to"
                )
            continue
        is_call = (
            node.opener == "(" and isinstance(before, Token) and bool(before.name) and before.word not in OPERATORS
        )
        inner = {"[": "a list", "CASE": "CASE"}.get(node.opener, "a function" if is_call else within)
        _refuse_nested_quantifiers(node.inside, inner)


def _judge(nodes: Sequence[Node], names: set[str]) -> None:
    for part in conjuncts(nodes):
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


def _judge_inline(nodes: Sequence[Node], names: set[str], own: str) -> None:
    """Inside ``-[r WHERE …]-`` the engine knows the nodes of the same pattern no better than other variables."""
    others = sorted(_overlooked(nodes).hidden.keys() & (names - {own}))
    if others:
        raise QueryError(
            f"the embedded engine would lose rows: a WHERE inside a relationship's brackets is also on {others[0]}: "
            "write it behind the pattern, or ask a Neo4j with --to"
        )


def _predicate(nodes: Sequence[Node]) -> _Reads:
    nodes = bare(nodes)
    parts = split(nodes, JOINS)
    if len(parts) > 1:
        return _Reads().add(map(_predicate, parts))
    if nodes and word(nodes[0]) == "NOT":
        return _predicate(nodes[1:])
    if _is_pattern(nodes):
        return _pattern(nodes)
    operands, signs = compared(nodes)
    if not signs:
        return _overlooked(nodes)
    if signs != ["IS"]:
        reads = _Reads().add(map(_operand, operands))
        return reads if len(signs) == 1 or all(sign[0] in COMPARING for sign in signs) else _uncertain(nodes)
    if [word(node) for node in operands[1]] in (["NULL"], ["NOT", "NULL"]):
        return _operand(operands[0])
    return _uncertain(nodes)


def _is_pattern(nodes: Sequence[Node]) -> bool:
    """Whether it is ``(a)-[…]->(b)``, of any length."""
    shape = "".join(node.opener if isinstance(node, Group) else node.text for node in nodes)
    return bool(_PATTERN.fullmatch(shape))


def _pattern(nodes: Sequence[Node]) -> _Reads:
    reads = _Reads()
    for node in nodes:
        if isinstance(node, Group) and node.inside:
            first, *rest = node.inside
            is_named = isinstance(first, Token) and bool(first.name)
            reads.add([_operand([first]) if is_named else _Reads(), _uncertain(rest if is_named else node.inside)])
    return reads


def _operand(nodes: Sequence[Node]) -> _Reads:
    nodes = bare(nodes)
    parts = [part for part in split(nodes, _COMPUTING) if part]
    if len(parts) > 1:
        return _Reads().add(map(_operand, parts))
    nodes = parts[0] if parts else ()
    if len(compared(nodes)[0]) > 1 or any(word(node) in (JOINS | {"NOT"}) for node in nodes):
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
        case [Token() as name, Group("(", inside)] if name.word in QUANTIFIERS:
            return _list(inside)
        case [Token() as name, Group("(", inside)] if name.word not in ("REDUCE", "SHORTESTPATH", "ALLSHORTESTPATHS"):
            return _Reads().add(map(_operand, split(inside, ",")))
        case [Token(), Token(text="."), Token(), Group("(", inside)]:
            return _Reads().add(map(_operand, split(inside, ",")))
        case [Group("[", inside)] if not (inside and isinstance(inside[0], Group)):
            return (
                _list(inside)
                if [word(node) for node in inside[1:2]] == ["IN"]
                else _Reads().add(map(_operand, split(inside, ",")))
            )
    return _overlooked(nodes)


def _list(inside: Sequence[Node]) -> _Reads:
    """``x IN list WHERE … | …`` of a list or of any() and its like."""
    name, made = inside[0], split(inside[2:], "|")
    source = split(made[0], {"WHERE"})
    reads = _Reads().add([*map(_predicate, source[1:]), *map(_operand, made[1:])])
    reads.seen -= {name.name} if isinstance(name, Token) else set()
    return reads.add([_operand(source[0])])


def _overlooked(nodes: Sequence[Node]) -> _Reads:
    tokens = list(flat(nodes))
    around = zip([END, *tokens], tokens, [*tokens[1:], END], strict=False)
    form = text_of(tokens)
    return _Reads(hidden={token.name: form for before, token, after in around if _is_variable(before, token, after)})


def _uncertain(nodes: Sequence[Node]) -> _Reads:
    reads = _overlooked(nodes)
    reads.unsure = set(reads.hidden)
    return reads
