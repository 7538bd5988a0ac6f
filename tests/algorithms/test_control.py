"""Control against an oracle that applies the definition word by word, on many small graphs."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from graphkit.algorithms.control import control

Edge = tuple[str, str, float]


def found(edges: list[Edge], **more: Any) -> pl.DataFrame:
    return control(*zip(*edges, strict=True), **more) if edges else control([], [], [], **more)


def pairs(answer: pl.DataFrame) -> set[tuple[str, str]]:
    rows = answer.select("controller", "controlled").rows()
    assert len(set(rows)) == len(rows), "a pair is told once"
    return set(rows)


def frame(rows: list[tuple[Any, ...]], *columns: str) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def oracle(
    edges: list[Edge],
    seeds: list[tuple[str, str]] = [],  # noqa: B006
    allies: list[tuple[str, str]] = [],  # noqa: B006
    stop: frozenset[str] = frozenset(),
) -> set[tuple[str, str]]:
    """The definition: grow every C(x) by whole passes until nothing changes."""
    nodes = {node for owner, owned, _ in edges for node in (owner, owned)} | {n for pair in seeds for n in pair}
    # whole parts per million: what is drawn has six decimals at most
    held: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for h, e, v in [*edges, *((h, e, 2.0) for h, e in seeds)]:
        held[e].append((h, round(1_000_000 * v)))
    friends: dict[str, set[str]] = defaultdict(set)
    for one, other in allies:
        friends[one].add(other)
        friends[other].add(one)
    reach: dict[str, set[str]] = {node: set() for node in nodes | set(friends)}
    changed = True
    while changed:
        changed = False
        for x in reach:
            own = {x} if x in stop else {x} | {h for h in reach[x] if h not in stop}
            met = {ally for member in own for ally in friends[member]}
            pool = own | met | {g for ally in met for g in reach[ally] if g not in stop}
            for e in nodes - {x} - reach[x]:
                mine = sum(v for h, v in held[e] if h in own)
                total = sum(v for h, v in held[e] if h in pool)
                if mine > 0 and total > 500_000:
                    reach[x].add(e)
                    changed = True
    return {(x, e) for x, members in reach.items() for e in members}


def random_edges(rng: random.Random, nodes: list[str]) -> list[Edge]:
    """Cycles, self-holdings, parallel holdings and sums over 100 % all occur; many land on exactly one half."""
    sizes = [0.1, 0.2, 0.25, 0.3, 0.5, 0.500001, 0.51, 1.0, 0.0]
    count = rng.randint(1, 3 * len(nodes))
    return [(rng.choice(nodes), rng.choice(nodes), rng.choice(sizes)) for _ in range(count)]


def random_ties(rng: random.Random, nodes: list[str], most: int) -> list[tuple[str, str]]:
    drawn = [(rng.choice(nodes), rng.choice(nodes)) for _ in range(rng.randint(0, most))]
    return [(a, b) for a, b in drawn if a != b]


def apart(seed: int, *tables: Iterable[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """The rows of a graph under names that no other graph has, so that many of them are asked at once."""
    return [[(f"{seed}/{a}", f"{seed}/{b}", *more) for a, b, *more in rows] for rows in tables]


def batches(seeds: int) -> Iterator[range]:
    """The first graphs alone, and the others many at a time: a call costs more than what it finds in one of them."""
    alone = 25
    yield from (range(seed, seed + 1) for seed in range(alone))
    yield from (range(seed, min(seed + 75, seeds)) for seed in range(alone, seeds, 75))


@pytest.mark.no_cover
def test_votes_alone_agree_with_the_definition_on_a_thousand_graphs() -> None:
    for batch in batches(1_000):
        edges: list[Edge] = []
        expected: set[tuple[str, str]] = set()
        for seed in batch:
            rng = random.Random(seed)
            drawn = random_edges(rng, [f"n{i}" for i in range(rng.randint(2, 9))])
            named, told = apart(seed, drawn, oracle(drawn))
            edges += named
            expected |= set(told)
        assert pairs(found(edges)) == expected


@pytest.mark.no_cover
def test_seeds_allies_and_stops_agree_with_the_definition_and_so_does_the_answer_around_some() -> None:
    for batch in batches(1_000):
        rows: list[list[tuple[Any, ...]]] = [[], [], []]
        expected: set[tuple[str, str]] = set()
        stops, some = [], []
        for seed in batch:
            rng = random.Random(1_000 + seed)
            nodes = [f"n{i}" for i in range(rng.randint(3, 9))]
            drawn = random_edges(rng, nodes), random_ties(rng, nodes, 2), random_ties(rng, nodes, 4)
            stop = frozenset(rng.sample(nodes, rng.randint(0, 2)))
            for table, named in zip(rows, apart(seed, *drawn), strict=True):
                table += named
            expected |= set(apart(seed, oracle(*drawn, stop))[0])
            stops += [f"{seed}/{node}" for node in sorted(stop)]
            some += [f"{seed}/{node}" for node in rng.sample(nodes, rng.randint(0, 2))]
        edges, seeds, allies = rows
        more = {"seeds": frame(seeds, "owner", "owned"), "allies": frame(allies, "one", "other"), "stop": stops}
        assert pairs(found(edges, **more)) == expected
        around = {pair for pair in expected if set(pair) & set(some)}
        assert pairs(found(edges, **more, of=some)) == around


@pytest.mark.no_cover
def test_every_day_of_a_dated_graph_equals_the_graph_of_that_day() -> None:
    for batch in batches(250):
        edges: list[tuple[Any, ...]] = []
        allies: list[tuple[Any, ...]] = []
        expected: list[set[tuple[str, str]]] = [set() for _ in range(10)]
        for seed in batch:
            rng = random.Random(5_000 + seed)
            nodes = [f"n{i}" for i in range(rng.randint(2, 6))]
            dated = [(*edge, day, rng.randint(day, 9)) for edge, day in with_days(rng, random_edges(rng, nodes))]
            met = [(*pair, day, rng.randint(day, 9)) for pair, day in with_days(rng, random_ties(rng, nodes, 3))]
            for day, pairs_of_day in enumerate(expected):
                today = [(a, b, share) for a, b, share, since, until in dated if since <= day <= until]
                friends = [(a, b) for a, b, since, until in met if since <= day <= until]
                pairs_of_day |= set(apart(seed, oracle(today, allies=friends))[0])
            named, named_met = apart(seed, dated, met)
            edges += named
            allies += named_met
        friends = pl.DataFrame(
            allies, {"one": pl.String, "other": pl.String, "first": pl.Int64, "last": pl.Int64}, orient="row"
        )
        held: list[Edge] = [edge[:3] for edge in edges]
        days = {"first": [edge[3] for edge in edges], "last": [edge[4] for edge in edges]}
        answer = found(held, **days, allies=friends)
        for day, pairs_of_day in enumerate(expected):
            assert pairs(answer.filter(pl.col("first") <= day, pl.col("last") >= day)) == pairs_of_day, day
        overlaps = answer.filter(pl.col("first") <= pl.col("last").shift(1).over("controller", "controlled"))
        assert overlaps.is_empty()
        some = [f"{seed}/n0" for seed in batch]
        near = answer.filter(pl.any_horizontal(pl.col("controller", "controlled").is_in(some)))
        assert found(held, **days, allies=friends, of=some).equals(near)


def with_days(rng: random.Random, rows: list[Any]) -> list[tuple[Any, int]]:
    return [(row, rng.randint(0, 9)) for row in rows]


def consistent(ranges: list[tuple[str, str, int, int]], steps: int) -> list[list[Edge]]:
    """Every choice of whole steps within the ranges whose sums do not exceed 100 % in any company."""
    worlds = []
    for choice in product(*(range(low, high + 1) for _, _, low, high in ranges)):
        sums: dict[str, int] = defaultdict(int)
        for (_, owned, _, _), steps_held in zip(ranges, choice, strict=True):
            sums[owned] += steps_held
        if all(total <= steps for total in sums.values()):
            worlds.append([(h, e, float(Fraction(v, steps))) for (h, e, _, _), v in zip(ranges, choice, strict=True)])
    return worlds


@pytest.mark.no_cover
def test_possible_control_is_what_some_consistent_shares_make() -> None:
    """Enumeration on a grid: bounds are whole tenths, so the largest votes of a set lie on the grid."""
    undecided = 0
    for batch in batches(400):
        rows: list[tuple[Any, ...]] = []
        friends: list[tuple[Any, ...]] = []
        possible: set[tuple[str, str]] = set()
        proven: set[tuple[str, str]] = set()
        for seed in batch:
            rng = random.Random(9_000 + seed)
            nodes = ["a", "b", "c", "d", "e"]
            ranges = []
            for _ in range(rng.randint(2, 5)):
                low = rng.choice([0, 0, 1, 2, 4, 6])
                ranges.append(
                    (rng.choice(nodes[:4]), rng.choice(nodes[2:]), low, rng.choice([low, min(10, low + 3), 10]))
                )
            worlds = consistent(ranges, 10)
            if not worlds or len(worlds) > 3_000:
                continue
            allies = random_ties(rng, nodes, 1)
            some = [oracle(world, allies=allies) for world in worlds]
            undecided += set.union(*some) != set.intersection(*some)
            named, met, may, must = apart(seed, ranges, allies, set.union(*some), set.intersection(*some))
            rows += named
            friends += met
            possible |= set(may)
            proven |= set(must)
        if not rows:
            continue
        holder, held, low_shares, high_shares = zip(*rows, strict=True)
        least, most = np.array(low_shares) / 10, np.array(high_shares) / 10
        together = frame(friends, "one", "other")
        assert pairs(control(holder, held, most, least=least, allies=together)) == possible
        assert pairs(control(holder, held, least, allies=together)) == proven
    assert undecided > 100


def test_two_unknown_holders_share_what_the_others_certainly_leave_over() -> None:
    edges = [("top", "p", 1.0), ("top", "q", 1.0), ("p", "e", 1.0), ("q", "e", 1.0), ("z", "e", 0.5)]
    assert ("top", "e") not in pairs(found(edges, least=[1, 1, 0, 0, 0.5]))
    assert ("top", "e") in pairs(found(edges, least=[1, 1, 0, 0, 0.49]))


def test_shuffled_rows_and_other_names_give_the_same() -> None:
    rng = random.Random(3)
    edges = [*random_edges(rng, [f"n{i}" for i in range(12)]), ("n0", "n1", 0.6), ("n1", "n2", 0.6)]
    shuffled = rng.sample(edges, len(edges))
    assert found(shuffled).equals(found(edges))
    numbers = {f"n{i}": 100 - i for i in range(12)}
    renamed = found([(numbers[a], numbers[b], v) for a, b, v in edges])
    assert pairs(renamed) == {(numbers[a], numbers[b]) for a, b in pairs(found(edges))}


def test_a_pair_rests_only_on_pairs_of_earlier_rounds() -> None:
    chain = [(f"n{i}", f"n{i + 1}", 0.51) for i in range(30)]
    answer = found(chain, first=[0] * 30, last=[9] * 30)
    assert answer.height == 30 * 31 // 2
    rounds = {(a, b): r for a, b, r in answer.select("controller", "controlled", "round").rows()}
    assert all(rounds["n0", f"n{i}"] == i for i in range(1, 31))


def test_more_control_than_there_was_room_for_at_first() -> None:
    nodes = 150
    circle = [(i, (i + 1) % nodes, 0.6) for i in range(nodes)]
    assert found(circle).height == nodes * (nodes - 1)
    allied = found(circle, allies=pl.DataFrame({"one": [0, 40], "other": [75, 90]}))
    assert allied.height == nodes * (nodes - 1)


def test_a_passive_ally_gains_nothing_by_the_others_holding() -> None:
    assert pairs(found([("p", "e", 0.51)], allies=frame([("q", "p")], "one", "other"))) == {("p", "e")}


def test_no_holdings_no_control() -> None:
    assert found([]).is_empty()
    assert found([("a", "b", 1.0)], of=[]).is_empty()


def test_lists_arrays_and_series_are_all_taken() -> None:
    expected = [("A", "B"), ("A", "C")]
    owner, owned, share = ["A", "A", "B"], ["B", "C", "C"], [0.6, 0.4, 0.15]
    assert control(owner, owned, share).rows() == expected
    assert control(np.array(owner), np.array(owned), np.array(share)).rows() == expected
    assert control(*map(pl.Series, (owner, owned, share))).rows() == expected
    assert control(*map(pd.Series, (owner, owned, share))).rows() == expected


@pytest.mark.parametrize(
    ("columns", "more", "message"),
    [
        ((["a"], ["b"], [1.3]), {}, "between 0 and 1"),
        ((["a"], ["b"], [-0.05]), {}, "between 0 and 1"),
        ((["a"], ["b"], [60]), {}, "60 % is 0.6"),
        ((["a"], ["b"], [float("nan")]), {}, "between 0 and 1"),
        ((["a"], ["b"], ["60%"]), {}, "must hold numbers"),
        ((["a"], ["b"], [None]), {}, "missing"),
        ((["a", None], ["b", "c"], [1, 1]), {}, "owner has 1 missing"),
        ((["a"], [1], [1]), {}, "in the same way"),
        ((["a"], ["b", "c"], [1]), {}, "equally long"),
        ((["a"], ["b"], [0.5]), {"least": [0.6]}, "least must not be more"),
        ((["a", "c"], ["b", "b"], [1, 1]), {"least": [0.6, 0.5]}, "the least shares in b add up to more than 100 %"),
    ],
)
def test_what_is_no_holding_is_refused_in_one_sentence(columns: Any, more: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        control(*columns, **more)
