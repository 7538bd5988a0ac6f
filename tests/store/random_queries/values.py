"""Random queries about values: dates, and what is unknown."""

from tests.store.random_queries.draft import Draft
from tests.store.random_queries.returns import aggregate, order, truncated


def dates(draft: Draft) -> None:
    """Dates: how long between two events, months, windows."""
    rng = draft.rng
    first, second, third = rng.choice((
        ("Sale", "invoiced_on", ("Policy", "starts_on")), ("Sale", "invoiced_on", ("Vehicle", "built_on")),
        ("Policy", "ends_on", ("Vehicle", "built_on")),
    ))  # fmt: skip
    vehicle = draft.node("Vehicle")
    one = draft.node(first)
    hop = {"Sale": "OF", "Policy": "COVERS"}
    pattern = f"({one}:{first})-[:{hop[first]}]->({vehicle}:Vehicle)"
    other = vehicle
    if third[0] == "Policy":
        other = draft.node("Policy")
        pattern += f"<-[:COVERS]-({other}:Policy)"
    a, b = f"{one}.{second}", f"{other}.{third[1]}"
    draft.lines.append(f"MATCH {pattern}")
    spans = (
        f"duration.inDays({a}, {b}).days", f"duration.between({a}, {b})", f"duration.inMonths({a}, {b}).months",
        f"{a} + duration.inDays({a}, {b})", truncated("month", a),
        f"{b} + duration({{months: 1, days: -1}})", truncated("year", a), f"left(toString({b}), 7)",
        f"{a}.year * 100 + {a}.month", f"duration.inDays({b}, {a}).days / 30", f"duration({{weeks: 2}}) + {b}",
        f"{b} - duration('P1M2D')", f"date(toString({a}))", f"{a}.ordinalDay", f"{a}.weekYear",
    )  # fmt: skip
    draft.lines.append("WHERE " + rng.choice((
        f"{a} < {b}", f"{b} <= {a} + duration({{days: {rng.randrange(1, 300)}}})", f"{a}.month = {b}.month",
        f"{draft.given(draft.value(first, second))} <= {a}", f"abs(duration.inDays({a}, {b}).days) < 200",
        f"{truncated('quarter', a)} = {truncated('quarter', b)}", f"{a} IS NULL OR {b} > {a}",
        f"{a} >= date({{year: 2024, month: {rng.randrange(1, 13)}}})",
    )))  # fmt: skip
    if draft.chance(0.35):
        month = rng.choice((spans[4], spans[6], spans[7], spans[8], f"{a}.year"))
        draft.lines.append(f"RETURN {month} AS c1, count(*) AS n, {aggregate(draft)} AS c2, min({b}) AS c3")
        order(draft, [rng.choice(("c1", "c1 DESC", "n DESC, c1"))])
        return
    chosen = rng.sample(spans, 2)
    draft.lines.append(f"RETURN {draft.key(one)} AS c1, {draft.key(other)} AS c2, {chosen[0]} AS c3, {chosen[1]} AS c4")
    order(draft, ["c1", "c2", *(draft.key(name) for name in draft.nodes() if name not in (one, other))])


def nulls(draft: Draft) -> None:
    """What is unknown: three-valued logic, and where nulls go in orders, groups and figures."""
    rng = draft.rng
    values = [rng.choice((None, 1, 2, 2.25, 2.5, 3, -1)) for _ in range(rng.randrange(3, 8))]
    if draft.chance(0.4):
        values = [rng.choice((None, "a", "b", "A", "", "甲")) for _ in values]
    other = draft.given(rng.choice([value for value in values if value is not None] or [1]))
    draft.lines.append(f"UNWIND {draft.given(values)} AS one")
    conditions = [
        f"one IN [null, {other}]", f"NOT one IN [null, {other}]", f"one = {other}", f"one <> {other}", f"one < {other}",
        "one IS NULL", f"one = {other} OR null", f"one = {other} AND null", f"one = {other} XOR null", "one = null",
        f"coalesce(one, {other}) = {other}", f"NOT one > {other}", f"CASE one WHEN {other} THEN 1 WHEN null THEN 2 END",
        f"one >= {other} OR one IS NULL", f"any(x IN [one, {other}] WHERE x = {other})", f"nullIf(one, {other})",
        f"all(x IN [one, {other}] WHERE x = {other})", f"[one, {other}] = [{other}, {other}]", "size([one, null])",
    ]  # fmt: skip
    if draft.chance(0.3):
        draft.lines.append(f"WITH one WHERE {rng.choice(conditions[:12])}")
    form = rng.choice(("rows", "rows", "groups", "figures", "distinct"))
    if form == "rows":
        chosen = rng.sample(conditions, 3)
        draft.lines.append(f"RETURN one, {', '.join(f'{text} AS c{at}' for at, text in enumerate(chosen))}")
        order(draft, [rng.choice(("one", "one DESC")), "c0", "c1", "c2"])
    elif form == "groups":
        draft.lines.append("RETURN one, count(*) AS n, count(one) AS known")
        order(draft, [rng.choice(("n DESC, one", "one", "one DESC", "n, one DESC"))])
    elif form == "distinct":
        draft.lines.append(f"RETURN DISTINCT {rng.choice(conditions)} AS c0, one IS NULL AS c1")
        order(draft, ["c0", "c1 DESC"])
    else:
        draft.lines.append(
            "RETURN count(*) AS n, count(one) AS known, count(DISTINCT one) AS kinds, min(one), max(one)"
        )
        draft.lines[-1] += rng.choice(("", ", size(collect(one)) AS many", ", size(collect(DISTINCT one)) AS many"))
