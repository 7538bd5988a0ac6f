"""Conditions of random queries on the variables in reach."""

import re
from datetime import date, timedelta
from typing import Any

from tests.store.random_queries.draft import AMONG_PARTIES, PROPERTIES, Draft, written
from tests.store.random_queries.graph import ROLES

OVERLOOKED = re.compile(
    r"^(NOT )?\w+\.\w+$|^coalesce\([^()]*\)$|^(any|all|none|single)\(|\.\w+\.(year|month)"
    r"|^duration\.inDays|\.\w+\[|^reduce\(|^CASE|^(EXISTS|COUNT) "
)
"""What may not stand beside OR or XOR or inside NOT (… AND …): the engine overlooks the variables in it.

It then silently gives wrong rows, for it takes the whole condition for one on the variables that it sees.
``MATCH (a:Party)-[:PAID]->(m)-[:OWNS]->(b:Party) WHERE a.staff > 30 OR b.is_stub RETURN a, b`` loses rows, and so does
``MATCH (a:Party)-[:PAID]->(b:Party) WHERE a.staff > 30 OR b.is_stub WITH a, count(*) AS n MATCH (a)-[:OWNS]->(c) …``,
where the condition is asked again after the second MATCH. ``b.is_stub = true`` is right, and ``WITH a, b WHERE …`` too.
Seen are comparisons of a property or a function's value, IN, IS NULL, labels and patterns; overlooked a bare property
or function, any() and its like, parts of dates, durations, ``list[0]``, reduce, CASE, EXISTS and COUNT.
"""


def predicate(draft: Draft) -> str:
    """A condition on what is in reach: mostly one comparison, sometimes two that are joined."""
    one = comparison(draft)
    if not draft.chance(0.25):
        return one
    other = comparison(draft)
    join = draft.rng.choice(("AND", "OR", "OR", "XOR"))
    joined = f"({one} {join} {other})"
    is_negated = draft.chance(0.2)
    if (is_negated or join != "AND") and (OVERLOOKED.search(one) or OVERLOOKED.search(other)):
        return one
    return f"NOT {joined}" if is_negated else joined


def comparison(draft: Draft, *, patterns: bool = True) -> str:
    rng = draft.rng
    name = rng.choice(draft.entities())
    owner = draft.scope[name]
    if owner == "Party" and draft.chance(0.15):
        role = rng.choice(ROLES)
        return rng.choice((f"{name}:{role}", f"NOT {name}:{role}", f"'{role}' IN labels({name})"))
    if len(draft.nodes()) > 1 and draft.chance(0.15):
        return _between(draft, patterns)
    props = [prop for prop in PROPERTIES[owner] if prop != "link_id"]
    if not props:
        return f"type({name}) = {written(owner)}"
    prop = rng.choice(props)
    text, value = f"{name}.{prop}", draft.value(owner, prop)
    if draft.chance(0.12):
        return f"{text} IS {rng.choice(('', 'NOT '))}NULL"
    match PROPERTIES[owner][prop]:
        case "string":
            return _on_string(draft, text, value, owner, prop)
        case "int" | "number":
            other = draft.value(owner, prop)
            return rng.choice((
                f"{text} {rng.choice(('<', '<=', '>', '>=', '<>'))} {draft.given(value)}",
                f"{text} >= {draft.given(min(value, other))}",
                f"{draft.given(min(value, other))} <= {text} < {draft.given(max(value, other))}",
                f"{text} IN {draft.given([value, other, None][: rng.randrange(2, 4)])}",
                f"coalesce({text}, 0) < {draft.given(value)}",
                f"{text} * 2 - 1 > {draft.given(value)}",
                f"toInteger({text}) % 2 = {rng.randrange(2)}",
            ))  # fmt: skip
        case "date":
            return _on_date(draft, text, value)
        case "bool":
            return rng.choice((text, f"NOT {text}", f"coalesce({text}, false)", f"{text} = {draft.given(value)}"))
    return _on_list(draft, text, value)


def _on_string(draft: Draft, text: str, value: str, owner: str, prop: str) -> str:
    rng = draft.rng
    others = [draft.value(owner, prop) for _ in range(3)]
    return rng.choice((
        f"{text} = {draft.given(value)}",
        f"{text} <> {draft.given(value)}",
        f"{text} >= {draft.given(value)}",
        f"{text} IN {draft.given([value, *others])}",
        f"NOT {text} IN {draft.given(others)}",
        f"{text} STARTS WITH {draft.given(value[:2])}",
        f"{text} CONTAINS {draft.given(value[1:3])}",
        f"{text} ENDS WITH {draft.given(value[-1:])}",
        f"toLower({text}) CONTAINS {draft.given(value[:1].lower())}",
        f"{text} =~ {draft.given('(?i).*[a1甲].*')}",
        f"size({text}) > {rng.randrange(3, 8)}",
    ))  # fmt: skip


def _on_date(draft: Draft, text: str, value: date) -> str:
    rng = draft.rng
    later = value + timedelta(days=rng.choice((30, 200, 365)))
    return rng.choice((
        f"{text} {rng.choice(('<', '<=', '>', '>=', '<>'))} {draft.given(value)}",
        f"{draft.given(value)} <= {text} <= {draft.given(later)}",
        f"{text} < {draft.given(value)} + duration({{months: {rng.randrange(1, 14)}}})",
        f"{text} - duration('P{rng.randrange(1, 90)}D') >= {draft.given(value)}",
        f"{text}.year = {draft.given(value.year)}",
        f"{text}.month IN {draft.given([value.month, 1, 12])}",
        f"duration.inDays({draft.given(value)}, {text}).days > {rng.randrange(-100, 200)}",
    ))  # fmt: skip


def _on_list(draft: Draft, text: str, value: list[Any]) -> str:
    rng = draft.rng
    part = draft.given(value[0] if value else None)
    which = rng.choice(("any", "all", "none", "single"))
    condition = "t > 2" if value and isinstance(value[0], int) else "size(t) = 1"
    return rng.choice((
        f"{part} IN {text}",
        f"size({text}) {rng.choice(('=', '>', '<'))} {rng.randrange(1, 4)}",
        f"{which}(t IN {text} WHERE {condition})" if value else f"{text} = []",
        f"{text}[0] = {part}",
        f"size([t IN {text} WHERE t <> {part}]) > 0",
    ))  # fmt: skip


def _between(draft: Draft, patterns: bool) -> str:
    """A condition on two nodes."""
    rng = draft.rng
    one, other = rng.sample(draft.nodes(), 2)
    kinds = draft.scope[one], draft.scope[other]
    if kinds[0] != kinds[1]:
        days = [
            [f"{name}.{prop}" for prop, kind in PROPERTIES[draft.scope[name]].items() if kind == "date"]
            for name in (one, other)
        ]
        if all(days):
            return f"{rng.choice(days[0])} {rng.choice(('<', '<=', '>'))} {rng.choice(days[1])}"
        return f"{draft.key(one)} < {draft.key(other)}"
    if kinds[0] == "Party":
        hop = rng.choice((f"-[:{rng.choice(AMONG_PARTIES)}]->", "-[:PAID|OWNS]-"))
        pattern = f"({one}){hop}({other})" if patterns else f"EXISTS {{ ({one}){hop}({other}) }}"
        return rng.choice((
            f"{one} <> {other}", f"{one}.city = {other}.city", f"{one}.city <> {other}.city", pattern,
            f"NOT {pattern}", f"{one}.capital > {other}.capital", f"{one}.party_id < {other}.party_id",
        ))  # fmt: skip
    return rng.choice((f"{one} <> {other}", f"{draft.key(one)} < {draft.key(other)}"))
