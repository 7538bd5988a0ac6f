"""Random queries that match, group, unwind and unite."""

from tests.store.random_queries.clauses import carry, match, where
from tests.store.random_queries.conditions import OVERLOOKED, predicate
from tests.store.random_queries.draft import PROPERTIES, Draft, step, walk, written
from tests.store.random_queries.graph import KEYS
from tests.store.random_queries.returns import aggregate, column, finish, give


def several_hops(draft: Draft) -> None:
    """Several hops, filtered."""
    match(draft, draft.rng.randrange(1, 5))
    if draft.chance(0.15):
        draft.lines[-1] += f", {walk(draft, 1, draft.rng.choice(draft.nodes()))}"
    where(draft)
    finish(draft)


def what_may_be_missing(draft: Draft) -> None:
    """What may be missing."""
    rng = draft.rng
    match(draft, rng.randrange(0, 3))
    where(draft, 0.5)
    for _ in range(rng.choice((1, 1, 2))):
        match(draft, rng.randrange(1, 3), rng.choice(draft.nodes()), optional=True)
        where(draft, 0.5)
    if draft.chance(0.25):
        last = draft.entities()[-1]
        draft.lines.append(f"WITH * WHERE {last} IS {rng.choice(('', 'NOT '))}NULL")
    finish(draft)


def groups(draft: Draft) -> None:
    """Groups first, then a condition on the groups, then on with those that are left."""
    rng = draft.rng
    match(draft, rng.randrange(1, 4))
    where(draft, 0.5)
    kept = rng.sample(draft.nodes(), min(len(draft.nodes()), rng.choice((1, 1, 2))))
    figure, n = aggregate(draft), draft.name("n")
    draft.lines.append(f"WITH {', '.join(kept)}, {figure} AS {n}, count(*) AS rows")
    carry(draft, kept)
    conditions = ["rows > 1", "rows >= 2 AND rows < 9", f"{n} IS NOT NULL", predicate(draft), "rows % 2 = 1"]
    draft.lines.append(f"WHERE {rng.choice(conditions)}")
    if draft.chance(0.4):
        match(draft, rng.randrange(1, 3), rng.choice(kept), optional=draft.chance(0.4))
        where(draft, 0.4)
    # a key of a group is no figure whose last digit is the engine's choice, nor one that is 6 here and 6.0 there
    is_open = figure.startswith(("avg", "stDev", "percentile")) or ".grade" in figure
    finish(draft, ("rows",) if is_open else (n, "rows")[: rng.randrange(1, 3)])


def first_few(draft: Draft) -> None:
    """The first few by some order, then on from them."""
    rng = draft.rng
    match(draft, rng.randrange(0, 3))
    where(draft, 0.5)
    kept = rng.sample(draft.nodes(), 1)
    by = draft.property("number", "int", "date", "string")
    distinct = draft.chance(0.5)
    order = [draft.key(kept[0]) + rng.choice(("", " DESC"))]
    if by and by[0].split(".")[0] in kept:
        order.insert(0, by[0] + rng.choice(("", " DESC")))
    draft.lines.append(f"WITH {'DISTINCT ' if distinct else ''}{kept[0]} ORDER BY {', '.join(order)}")
    carry(draft, kept)
    draft.lines.append(f"LIMIT {draft.given(rng.randrange(2, 12))}")
    for _ in range(rng.choice((0, 1, 1, 2))):
        match(draft, rng.randrange(1, 3), rng.choice(draft.nodes()), optional=draft.chance(0.3))
        where(draft, 0.4)
    finish(draft)


def subqueries(draft: Draft) -> None:
    """EXISTS, COUNT and COLLECT bodies, and calls of a subquery."""
    rng = draft.rng
    match(draft, rng.randrange(0, 3))
    where(draft, 0.3)
    outer = dict(draft.scope)
    start = rng.choice(draft.nodes())
    form = rng.choice(("exists", "exists", "count", "count", "collect", "call"))
    if form == "call":
        # its body sees only what it is given
        draft.scope = {start: outer[start]}
    body = f"MATCH {walk(draft, rng.randrange(1, 3), start)}"
    if draft.chance(0.6):
        body += f" WHERE {predicate(draft)}"
    inner = [name for name in draft.entities() if name not in outer]
    key = draft.key(rng.choice(inner)) if inner else draft.key(start)
    n = draft.name("n")
    extra: tuple[str, ...] = ()
    if form == "call":
        figure = rng.choice(("count(*)", f"min({key})", f"count(DISTINCT {key})", f"size(collect({key}))"))
        draft.lines.append(f"CALL ({start}) {{ {body} RETURN {figure} AS {n} }}")
        extra = (n,)
    elif form == "collect":
        draft.lines.append(f"WITH *, COLLECT {{ {body} RETURN DISTINCT {key} AS k ORDER BY k LIMIT 5 }} AS {n}")
        extra = rng.choice(((n,), (f"size({n})",), (f"{n}[0]",)))
    else:
        text = f"{form.upper()} {{ {body} }}"
        condition = (
            rng.choice((text, f"NOT {text}")) if form == "exists" else f"{text} {rng.choice('>=<')} {rng.randrange(3)}"
        )
        if draft.chance(0.6):
            before = draft.scope
            draft.scope = outer
            other = f" OR {predicate(draft)}" if draft.chance(0.2) else ""
            draft.lines.append(f"WITH * WHERE {condition}" + ("" if OVERLOOKED.search(other[4:]) else other))
            draft.scope = before
        else:
            draft.lines.append(f"WITH *, {text} AS {n}")
            extra = (n,)
    draft.scope = outer
    finish(draft, extra)


def lists_as_rows(draft: Draft) -> None:
    """Lists as rows: keys that were given, maps of them, the lists of the graph."""
    rng = draft.rng
    form = rng.choice(("keys", "maps", "property", "numbers", "collected"))
    extra: tuple[str, ...] = ("one",)
    if form == "keys":
        keys = [*(draft.value("Party", "party_id") for _ in range(rng.randrange(1, 5))), None, "nobody"]
        draft.lines.append(f"UNWIND {draft.given(rng.sample(keys, len(keys)))} AS one")
        party = draft.node("Party")
        draft.lines.append(f"{rng.choice(('', 'OPTIONAL '))}MATCH ({party}:Party {{party_id: one}})")
    elif form == "maps":
        rows = [
            {"key": draft.value("Party", "party_id"), "day": draft.value("Sale", "invoiced_on"), "n": rng.randrange(5)}
            for _ in range(rng.randrange(1, 4))
        ]
        draft.params["rows"] = rows
        draft.lines.append("UNWIND $rows AS row")
        party, sale = draft.node("Party"), draft.node("Sale")
        draft.lines.append(f"MATCH ({party}:Party)-[:SOLD]->({sale}:Sale) WHERE {party}.party_id = row.key")
        draft.lines[-1] += rng.choice((f" AND {sale}.invoiced_on >= row.day", f" AND {sale}.units > row.n", ""))
        extra = rng.choice((("row.n",), ("row.day",), ()))
    elif form == "property":
        match(draft, rng.randrange(0, 2))
        found = draft.property("strings", "ints")
        if found is None:
            vehicle = draft.node("Vehicle")
            draft.lines.append(f"MATCH ({vehicle}:Vehicle)")
            found = (f"{vehicle}.marks", "Vehicle", "marks")
        draft.lines.append(f"UNWIND {found[0]} AS one")
    elif form == "numbers":
        low = rng.randrange(-2, 3)
        draft.lines.append(
            f"UNWIND range({low}, {draft.given(low + rng.randrange(1, 9))}, {rng.choice((1, 2))}) AS one"
        )
        vehicle = draft.node("Vehicle")
        draft.lines.append(f"MATCH ({vehicle}:Vehicle) WHERE one IN {vehicle}.marks")
    else:
        match(draft, rng.randrange(1, 3))
        where(draft, 0.4)
        start = draft.nodes()[0]
        kept = rng.choice(draft.nodes()[1:] or [start])
        draft.lines.append(f"WITH {start}, collect(DISTINCT {draft.key(kept)}) AS many WHERE size(many) > 1")
        draft.lines.append("UNWIND many AS one")
        carry(draft, [start])
    finish(draft, extra)


def unions(draft: Draft) -> None:
    """Two questions with the same columns."""
    rng = draft.rng
    word = rng.choice(("UNION", "UNION ALL"))
    width = rng.randrange(1, 3)
    for part in range(rng.choice((2, 2, 3))):
        if part:
            draft.lines.append(word)
        draft.scope = {}
        match(draft, rng.randrange(0, 3))
        where(draft)
        columns = [column(draft) for _ in range(width)]
        if draft.chance(0.4):
            columns[-1] = rng.choice((f"{written(rng.choice('ab'))}", "count(*)", "null"))
        names = ", ".join(f"{text} AS c{at}" for at, text in enumerate(columns))
        draft.lines.append(f"RETURN {rng.choice(('DISTINCT ', '', ''))}{names}")
        if draft.chance(0.6):
            draft.lines.append(f"ORDER BY {', '.join(f'c{at}' for at in range(width))} LIMIT {rng.randrange(1, 20)}")
    if draft.chance(0.3):
        text = "\n".join(draft.lines)
        draft.lines = [f"CALL () {{\n{text}\n}}", "RETURN c0, count(*) AS n ORDER BY n DESC"]
        # c0 may hold dates and strings, and which of these comes first is not the same in both
        draft.is_ordered = False


def distinct_beside(draft: Draft) -> None:
    """Figures and DISTINCT figures beside each other, over rows that a join has multiplied."""
    rng = draft.rng
    match(draft, rng.randrange(1, 4))
    if draft.chance(0.4):
        match(draft, 1, rng.choice(draft.nodes()), optional=draft.chance(0.5))
    where(draft, 0.5)
    name = rng.choice(draft.nodes())
    number = draft.property("int", "number")
    figures = [f"count({draft.key(name)})", f"count(DISTINCT {name})", "count(*)"]
    if number:
        figures += [f"sum({number[0]})", f"sum(DISTINCT {number[0]})", f"avg(DISTINCT {number[0]})"]
    rng.shuffle(figures)
    keys = [column(draft) for _ in range(rng.randrange(0, 2))]
    give(draft, "RETURN", keys, sorted(figures[: rng.randrange(2, 6)], key=lambda text: text.startswith("avg")))


def neighbours(draft: Draft) -> None:
    """Pattern comprehensions and figures of them, per node."""
    rng = draft.rng
    label = rng.choice(tuple(KEYS))
    node = draft.node(label)
    draft.lines.append(f"MATCH ({node}:{label})")
    where(draft, 0.4)
    outer = dict(draft.scope)
    hop, end = step(draft, label, named=False)
    kind, prop = rng.choice([(kind, name) for name, kind in PROPERTIES[end].items() if kind not in ("strings", "ints")])
    number = kind in ("int", "number")
    comprehension = f"[({node}){hop}(m:{end}) WHERE m.{prop} IS NOT NULL | m.{prop}]"
    draft.scope = outer
    extra = [f"size({comprehension})", f"size([({node}){hop}(:{end}) | 1])", f"EXISTS {{ ({node}){hop}(:{end}) }}"]
    if number:
        extra.append(f"reduce(s = 0, x IN {comprehension} | s + x)")
        extra.append(f"any(x IN {comprehension} WHERE x > {draft.given(draft.value(end, prop))})")
    finish(draft, tuple(rng.sample(extra, rng.randrange(1, 3))))
