"""Unknown shares: proven for the lowest, possible for some consistent ones; and companies held by more than 100 %."""

import random
from collections import defaultdict
from datetime import date, timedelta
from itertools import product
from typing import Any

import polars as pl
import pytest

from graphkit.identity import resolve
from graphkit.parties.control import control_over_time
from graphkit.parties.overheld import overheld
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES

START = date(2024, 1, 1)
AS_OF = date(2025, 12, 31)
COVERAGE = Coverage((Span("ownership", as_of=START),))
TENTH = 100_000


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = TABLES[name].loaded_schema()
    keyed = [{"row_key": "|".join(str(row.get(part) or "") for part in TABLES[name].key)} | row for row in rows]
    return pl.DataFrame([{column: row.get(column) for column in types} for row in keyed], schema=types)


def register(holdings: list[dict[str, Any]]) -> Any:
    ids = sorted({row[end] for row in holdings for end in ("owner_id", "owned_id")})
    parties = [{"party_id": party, "name": party, "kind": "company"} for party in ids]
    return resolve({"parties": loaded("parties", parties), "ownership": loaded("ownership", holdings)})


def controlled(holdings: list[dict[str, Any]]) -> pl.DataFrame:
    who = register(holdings)
    return control_over_time(who.tables, COVERAGE, who.identities, AS_OF)[0]


def holding(owner: str, owned: str, low: int, high: int, **more: Any) -> dict[str, Any]:
    """A holding between whole tenths; an exact one where both are equal."""
    size = {"share": low * TENTH} if low == high else {"share_min": low * TENTH, "share_max": high * TENTH}
    return {"owner_id": owner, "owned_id": owned, "valid_from": START} | size | more


def controls(world: dict[tuple[str, str], int], nodes: list[str]) -> set[tuple[str, str]]:
    """Word by word: everybody takes in what it and its members hold more than five tenths of, until nothing changes."""
    pairs: set[tuple[str, str]] = set()
    while True:
        members = {x: {x} | {e for c, e in pairs if c == x} for x in nodes}
        more = {
            (x, e)
            for x in nodes
            for e in nodes
            if e != x and sum(v for (h, held), v in world.items() if held == e and h in members[x]) > 5
        }
        if more <= pairs:
            return pairs
        pairs |= more


def worlds(ranges: dict[tuple[str, str], tuple[int, int]]) -> list[dict[tuple[str, str], int]]:
    found = []
    for choice in product(*(range(low, high + 1) for low, high in ranges.values())):
        held: dict[str, int] = defaultdict(int)
        for (_, owned), tenths in zip(ranges, choice, strict=True):
            held[owned] += tenths
        if max(held.values()) <= 10:
            found.append(dict(zip(ranges, choice, strict=True)))
    return found


@pytest.mark.no_cover
def test_verdicts_on_every_day_agree_with_an_enumeration_of_all_consistent_shares() -> None:
    both, on = 0, [START + timedelta(days=day) for day in range(3)]
    rows, expected = [], []
    for seed in range(60):
        rng = random.Random(seed)
        # names that no other market has: all are asked at once
        nodes = [f"{seed}{node}" for node in "abcde"]
        spans: dict[tuple[str, str], tuple[int, int, int, int]] = {}
        for _ in range(rng.randint(2, 5)):
            low, first = rng.choice([0, 0, 1, 2, 4, 6]), rng.choice([0, 0, 1])
            high = rng.choice([low, min(10, low + 3), 10])
            spans[rng.choice(nodes[:4]), rng.choice(nodes[2:])] = (low, high, first, rng.choice([first, 2]))
        days = [{pair: (lo, hi) for pair, (lo, hi, f, t) in spans.items() if f <= day <= t} for day in range(3)]
        every = [worlds(day) if day else [{}] for day in days]
        if any(not day or len(day) > 2_000 for day in every):
            continue
        rows += [holding(*p, lo, hi, valid_from=on[f], valid_to=on[t]) for p, (lo, hi, f, t) in spans.items()]
        expected.append([[controls(world, nodes) for world in consistent] for consistent in every])
    found = controlled(rows)
    for number, day in enumerate(on):
        today = found.filter(pl.col("valid_from") <= day, pl.col("valid_to") >= day)
        verdicts = {(a, b): v for a, b, v in today.select("controller_id", "controlled_id", "verdict").rows()}
        proven = {pair for answers in expected for pair in set.intersection(*answers[number])}
        assert {pair for pair, verdict in verdicts.items() if verdict == "proven"} == proven
        assert set(verdicts) == {pair for answers in expected for pair in set.union(*answers[number])}
        both += sum(set.union(*answers[number]) != set.intersection(*answers[number]) for answers in expected)
    assert both > 15


def test_two_unknown_stakes_of_one_group_are_not_counted_beyond_what_others_leave_over() -> None:
    chain = [
        holding("top", "p", 10, 10),
        holding("top", "q", 10, 10),
        holding("p", "e", 0, 10),
        holding("q", "e", 0, 10),
    ]
    assert ("top", "e") not in controlled([*chain, holding("z", "e", 5, 5)]).select(
        ["controller_id", "controlled_id"]
    ).rows()
    possible = controlled([*chain, holding("z", "e", 4, 4)]).filter(controller_id="top", controlled_id="e")
    assert possible["verdict"].to_list() == ["possible"]


def test_control_over_a_company_held_by_more_than_all_is_possible_only_on_those_days_and_reported() -> None:
    later = START + timedelta(days=10)
    rows = [
        holding("a", "c", 6, 6),
        holding("b", "c", 6, 6, valid_from=START + timedelta(days=5), valid_to=START + timedelta(days=9)),
        # not on these days, so not among the rows that are wrong
        holding("e", "c", 3, 3, valid_to=START + timedelta(days=4)),
        holding("f", "c", 3, 3, valid_from=later),
        holding("c", "d", 9, 9),
    ]
    found = controlled(rows).select("controller_id", "controlled_id", "verdict", "valid_from", "valid_to").rows()
    middle = (START + timedelta(days=5), START + timedelta(days=9))
    assert [row[2:] for row in found if row[:2] == ("a", "c")] == [
        ("proven", START, START + timedelta(days=4)),
        ("possible", *middle),
        ("proven", later, None),
    ]
    assert [row[2] for row in found if row[:2] == ("a", "d")] == ["proven", "possible", "proven"]
    assert [row[2:] for row in found if row[:2] == ("b", "d")] == [("possible", *middle)]
    assert [row[2] for row in found if row[:2] == ("c", "d")] == ["proven"]
    (reported,) = overheld(register(rows).tables, COVERAGE, AS_OF).to_dicts()
    assert reported == {
        "company_id": "c",
        "valid_from": middle[0],
        "valid_to": middle[1],
        "held": 1_200_000,
        "row_keys": sorted(["a|c|2024-01-01", "b|c|2024-01-06"]),
    }


def test_exactly_all_is_not_too_much_and_an_unknown_share_counts_with_its_least() -> None:
    rows = [holding("a", "c", 6, 6), holding("b", "c", 4, 10)]
    assert overheld(register(rows).tables, COVERAGE, AS_OF).is_empty()
    assert controlled(rows)["verdict"].to_list() == ["proven"]
