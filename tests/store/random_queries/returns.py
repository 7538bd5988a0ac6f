"""What random queries return: rows or figures about the variables in reach, in an order that leaves nothing open."""

from tests.store.random_queries.conditions import comparison
from tests.store.random_queries.draft import PROPERTIES, Draft, written


def finish(draft: Draft, extra: tuple[str, ...] = (), *, grouped: float = 0.4) -> None:
    """The RETURN: rows, distinct rows or groups, mostly in an order that leaves nothing open, often the first few.

    ``extra`` are figures in reach that are no property.
    """
    rng = draft.rng
    if draft.chance(grouped):
        keys = list(dict.fromkeys([*(column(draft) for _ in range(rng.randrange(0, 3))), *extra]))
        figures = list(dict.fromkeys(aggregate(draft) for _ in range(rng.randrange(1, 4))))
        give(draft, "RETURN", keys, figures)
        return
    columns = list(dict.fromkeys([*(column(draft) for _ in range(rng.randrange(1, 5))), *extra]))
    if draft.chance(0.25):
        give(draft, "RETURN DISTINCT", columns, [])
    elif draft.chance(0.2):
        _give_whole(draft, columns)
    else:
        give(draft, "RETURN", columns, [])


def give(draft: Draft, verb: str, keys: list[str], figures: list[str]) -> None:
    """A RETURN of these columns, mostly in an order by all of them."""
    rng = draft.rng
    aliases = {draft.name("c"): text for text in [*keys, *figures]}
    draft.lines.append(f"{verb} {', '.join(f'{text} AS {alias}' for alias, text in aliases.items())}")
    if (figures and not keys) or not draft.chance(0.75):
        return
    # a figure whose last digit is the engine's choice decides nothing: the keys come before it
    is_open = {alias: text.startswith(("avg", "stDev", "percentile")) for alias, text in aliases.items()}
    shuffled = sorted(rng.sample(list(aliases), len(aliases)), key=lambda alias: is_open[alias])
    order(draft, [f"{alias}{rng.choice(('', '', ' DESC'))}" for alias in shuffled])


def _give_whole(draft: Draft, columns: list[str]) -> None:
    """Rows with whole nodes, relationships or maps of them, in the order of their keys."""
    rng = draft.rng
    name = rng.choice(draft.entities())
    props = rng.sample(list(PROPERTIES[draft.scope[name]]), 1)
    shapes = [name, f"{name} {{.{props[0]}, kind: '{draft.scope[name]}'}}", f"{name} {{.*}}", f"properties({name})"]
    draft.lines.append(f"RETURN {rng.choice(shapes)} AS it, {columns[0]} AS c")
    order(draft, [draft.key(name), *(draft.key(other) for other in draft.entities() if other != name)])


def order(draft: Draft, by: list[str]) -> None:
    """The rows in this order, which is total, mostly the first few of them."""
    rng = draft.rng
    draft.is_ordered = True
    draft.lines.append(f"ORDER BY {', '.join(by)}")
    if draft.chance(0.12):
        draft.lines.append(f"SKIP {draft.given(rng.randrange(1, 4))}")
    if draft.chance(0.7):
        draft.lines.append(f"LIMIT {draft.given(rng.randrange(1, 26))}")


def truncated(unit: str, day: str) -> str:
    """The first day of the month or quarter of a day that may be absent: Neo4j refuses to truncate null."""
    return f"CASE WHEN {day} IS NOT NULL THEN date.truncate('{unit}', {day}) END"


def column(draft: Draft) -> str:
    """Something to return about what is in reach."""
    rng = draft.rng
    name = rng.choice(draft.entities())
    owner = draft.scope[name]
    if draft.chance(0.35):
        return draft.key(name)
    props = [prop for prop in PROPERTIES[owner] if prop != "link_id"]
    if not props:
        return rng.choice((f"type({name})", draft.key(name)))
    prop = rng.choice(props)
    text, value = f"{name}.{prop}", draft.value(owner, prop)
    if draft.chance(0.35):
        return text
    if draft.chance(0.1):
        # outside WHERE the engine knows a pattern as a condition only inside EXISTS
        first, second = (comparison(draft, patterns=False) for _ in range(2))
        return f"CASE WHEN {first} THEN {written(value)} WHEN {second} THEN null ELSE {text} END"
    match PROPERTIES[owner][prop]:
        case "string":
            return rng.choice((
                f"coalesce({text}, '?')", f"toUpper({text})", f"size({text})", f"left({text}, 3)", f"{text} + '/'",
                f"substring({text}, 1, 2)", f"replace({text}, 'a', 'ä')", f"split({text}, ' ')[0]",
                f"reverse({text})", f"right({text}, 2)", f"trim({text}) = {draft.given(value)}",
                f"CASE {text} WHEN {draft.given(value)} THEN 1 ELSE 0 END",
            ))  # fmt: skip
        case "int":
            return rng.choice((
                f"{text} / 4", f"{text} % 7", f"-{text}", f"toString({text})", f"{text} + 0.5", f"abs({text} - 5)",
                f"CASE WHEN {text} > {draft.given(value)} THEN 'more' WHEN {text} IS NULL THEN '?' ELSE 'less' END",
            ))  # fmt: skip
        case "number":
            return rng.choice((
                f"{text} * 2", f"round({text})", f"floor({text} / 3)", f"toInteger({text})", f"round({text} / 3, 2)",
                f"sign({text})", f"{text} > {draft.given(value)}", f"coalesce({text}, -1)", f"{text} / 4",
            ))  # fmt: skip
        case "date":
            return rng.choice((
                f"{text}.year", f"{text}.month", truncated("month", text), f"toString({text})",
                f"{text} + duration({{days: {rng.randrange(1, 60)}}})", f"{text}.dayOfWeek", f"{text}.quarter",
                f"{text} + duration({{months: {rng.randrange(1, 14)}}})", truncated("quarter", text),
                f"duration.inDays({text}, {draft.given(value)}).days", f"{text} <= {draft.given(value)}",
                f"duration.between({text}, {draft.given(value)}).months", f"{text}.week",
            ))  # fmt: skip
        case "bool":
            return rng.choice((f"NOT {text}", f"coalesce({text}, false)", f"toString({text})", f"{text} OR null"))
    return rng.choice((
        f"size({text})", f"head({text})", f"last({text})", f"{text}[0..2]", f"tail({text})",
            # Neo4j refuses to reverse a list that it reads from a property
            f"reverse([t IN {text} | t])",
        f"[t IN {text} | toString(t) + '!']", f"reduce(n = 0, t IN {text} | n + size(toString(t)))",
        f"[t IN {text} WHERE t IN {draft.given(value)}]", f"{text} + {written(value[:1])}", f"{text}[-1]",
        f"isEmpty({text})",
    ))  # fmt: skip


def aggregate(draft: Draft) -> str:
    """A figure over the rows."""
    rng = draft.rng
    name = rng.choice(draft.entities())
    number = draft.property("int", "number")
    some = draft.property("int", "number", "date", "string")
    choices = [
        "count(*)", f"count({name})", f"count(DISTINCT {name})", f"count(DISTINCT {draft.key(name)})",
        f"size(collect(DISTINCT {draft.key(name)}))",
    ]  # fmt: skip
    if number:
        text = number[0]
        choices += [
            f"sum({text})", f"sum(DISTINCT {text})", f"avg({text})", f"max({text}) - min({text})",
            f"sum(CASE WHEN {text} > {draft.given(draft.value(*number[1:]))} THEN 1 ELSE 0 END)",
            # a float of the same number: of a single int Neo4j gives the int, the engine a float
            f"percentileCont(toFloat({text}), {rng.choice((0.25, 0.5, 0.9))})", f"percentileDisc({text}, 0.5)",
            f"min({text}) * 10", f"stDevP({text})", f"count(CASE WHEN {text} IS NULL THEN 1 END)",
        ]  # fmt: skip
    if some:
        text = some[0]
        choices += [
            f"min({text})",
            f"max({text})",
            f"count({text})",
            f"count(DISTINCT {text})",
            f"size(collect({text}))",
        ]
    return rng.choice(choices)
