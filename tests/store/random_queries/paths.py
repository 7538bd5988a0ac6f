"""Random queries along paths: of variable length, quantified, shortest, and between the same two parties twice."""

from tests.store.random_queries.clauses import carry, where
from tests.store.random_queries.conditions import predicate
from tests.store.random_queries.draft import AMONG_PARTIES, Draft
from tests.store.random_queries.returns import finish


def _anchor(draft: Draft) -> str:
    """A party to start from, named or one of a few."""
    party = draft.node("Party")
    keys = [draft.value("Party", "party_id") for _ in range(draft.rng.choice((1, 1, 3)))]
    draft.lines.append(f"MATCH ({party}:Party) WHERE {party}.party_id IN {draft.given(keys)}")
    return party


def _length(draft: Draft, longest: int = 4) -> str:
    low = draft.rng.choice((0, 1, 1, 1, 2))
    return f"*{low}..{draft.rng.randrange(max(low, 1), longest + 1)}"


def variable_length(draft: Draft) -> None:
    """Variable length: chains of owners or payments, with conditions on the way."""
    rng = draft.rng
    start, end, path = _anchor(draft), draft.node("Party"), draft.name("w")
    kinds = rng.choice((*AMONG_PARTIES, "OWNS|PAID", "SOLD|BOUGHT_BY"))
    one = rng.choice(("->", "->", "<-", "-"))
    left, right = ("<-", "-") if one == "<-" else ("-", one)
    longest = 4 if kinds == "SOLD|BOUGHT_BY" or one != "-" else 3
    label = rng.choice((":Party", ":Dealer", ""))
    back = draft.chance(0.12)
    target = start if back else end + label
    if back:
        del draft.scope[end]
    draft.lines.append(f"MATCH {path} = ({start}){left}[:{kinds}{_length(draft, longest)}]{right}({target})")
    numbers = {"PAID": "amount", "OWNS": "share"}
    conditions = [
        f"all(r IN relationships({path}) WHERE r.link_id % 5 <> {rng.randrange(5)})",
        f"none(n IN nodes({path})[1..] WHERE n.city = {draft.given(draft.value('Party', 'city'))})",
        f"length({path}) > 1",
        f"single(n IN nodes({path}) WHERE n:Dealer)",
    ]
    if kinds in numbers:
        number = numbers[kinds]
        conditions.append(
            f"any(r IN relationships({path}) WHERE r.{number} > {draft.given(draft.value(kinds, number))})"
        )
        conditions.append(f"reduce(s = 0, r IN relationships({path}) | s + coalesce(r.{number}, 0)) > 50")
    if draft.chance(0.6):
        draft.lines.append(f"WHERE {rng.choice(conditions)}")
    _end_path(draft, path)


def _end_path(draft: Draft, path: str) -> None:
    rng = draft.rng
    extra = (
        f"length({path})",
        f"[n IN nodes({path}) | coalesce(n.party_id, n.sale_id)]",
        f"[r IN relationships({path}) | type(r)]",
        f"reduce(s = 0, r IN relationships({path}) | s + r.link_id)",
        f"size([n IN nodes({path}) WHERE n.staff > 20])",
    )
    if draft.chance(0.08):
        draft.lines.append(f"RETURN {path} AS path ORDER BY length(path), [r IN relationships(path) | r.link_id],")
        draft.lines.append("[n IN nodes(path) | coalesce(n.party_id, n.sale_id)]")
        draft.lines.append(f"LIMIT {rng.randrange(1, 4)}")
        draft.is_ordered = True
        return
    finish(draft, tuple(rng.sample(extra, rng.randrange(0, 3))), grouped=0.45)


def quantified(draft: Draft) -> None:
    """Quantified path patterns: a hop or two, repeated, with a condition inside."""
    rng = draft.rng
    start = _anchor(draft)
    kind = rng.choice(AMONG_PARTIES)
    bounds = rng.choice(("{1,3}", "{2}", "{0,2}", "{1,2}", "{2,3}"))
    prop = {"PAID": "amount", "OWNS": "share", "RELATED_TO": "tier"}[kind]
    value = draft.given(draft.value(kind, prop))
    condition = rng.choice(
        ("", " WHERE x.party_id <> y.party_id", f" WHERE r.{prop} >= {value}", " WHERE NOT y:Person")
    )
    if draft.chance(0.3):
        # the car, or the goods, change hands: two hops a turn
        inner = "(x:Party)-[r:SOLD]->(:Sale)-[:BOUGHT_BY]->(y:Party)"
        condition = rng.choice(("", " WHERE x <> y", " WHERE x.party_id < y.party_id"))
    else:
        inner = f"(x:Party)-[r:{kind}]->(y:Party)"
    end = draft.node("Party")
    label = rng.choice((":Party", ":Dealer", ""))
    draft.lines.append(f"MATCH ({start}) ({inner}{condition}){bounds} ({end}{label})")
    where(draft, 0.3)
    extra = (
        "size(r)",
        "[n IN x | n.party_id]",
        "reduce(s = 0, one IN r | s + one.link_id)",
        "[n IN y | n.staff][0..2]",
    )
    finish(draft, tuple(rng.sample(extra, rng.randrange(0, 3))), grouped=0.45)


def shortest(draft: Draft) -> None:
    """The shortest explanations between two parties."""
    rng = draft.rng
    one, other = draft.node("Party"), draft.node("Party")
    keys = [draft.value("Party", "party_id") for _ in range(4)]
    draft.lines.append(
        f"MATCH ({one}:Party), ({other}:Party)\n"
        f"WHERE {one}.party_id IN {draft.given(keys[:2])} AND {other}.party_id IN {draft.given(keys[2:])}"
        f" AND {one} <> {other}"
    )
    path = draft.name("w")
    kinds = "|".join(rng.sample((*AMONG_PARTIES, "SOLD", "BOUGHT_BY", "HAS"), rng.randrange(1, 4)))
    right = rng.choice(("->", "-", "-"))
    pattern = f"({one})-[:{kinds}*..{rng.randrange(2, 6)}]{right}({other})"
    optional = rng.choice(("", "OPTIONAL "))
    if draft.chance(0.5):
        # which of several shortest paths is the engine's choice: only their length is asked
        draft.lines.append(f"{optional}MATCH {path} = shortestPath({pattern})")
        extra: tuple[str, ...] = (f"length({path})",)
        draft.scope = {one: "Party", other: "Party"}
    else:
        draft.lines.append(f"{optional}MATCH {path} = allShortestPaths({pattern})")
        extra = (f"length({path})", f"[r IN relationships({path}) | r.link_id]", f"size(nodes({path}))")
        extra = tuple(rng.sample(extra, rng.randrange(1, 3)))
    finish(draft, extra)


def parallel_or_looped(draft: Draft) -> None:
    """Parallel relationships, and those from a party to itself."""
    rng = draft.rng
    kind = rng.choice(AMONG_PARTIES)
    a = draft.node("Party")
    if draft.chance(0.4):
        r = draft.link(kind)
        arrow = rng.choice(("->", "-"))
        more = rng.choice(("", f", ({a})-[:SOLD]->()", f", ({a})-[:PAID]-(other:Party)"))
        draft.lines.append(f"MATCH ({a}:Party)-[{r}:{kind}]{arrow}({a}){more}")
        where(draft, 0.3)
        finish(draft)
        return
    b, r, s = draft.node("Party"), draft.link(kind), draft.link(kind)
    arrow = rng.choice(("->", "->", "-"))
    draft.lines.append(f"MATCH ({a}:Party)-[{r}:{kind}]->({b}:Party), ({a})-[{s}:{kind}]{arrow}({b})")
    draft.lines.append("WHERE " + rng.choice((f"{r}.link_id < {s}.link_id", f"{a} <> {b}", predicate(draft))))
    if draft.chance(0.3):
        draft.lines.append(f"WITH {a}, {b}, count(DISTINCT {r}) AS n WHERE n > 1")
        carry(draft, [a, b])
        finish(draft, ("n",))
        return
    finish(draft)
