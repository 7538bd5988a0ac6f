"""Control against an oracle that applies the definition word by word, on many small graphs."""

import random
from collections import defaultdict

import polars as pl
import pytest

from graphkit.algorithms.control import control

Edge = tuple[str, str, int]


def frame(edges: list[Edge]) -> pl.DataFrame:
    return pl.DataFrame(edges, schema={"owner": pl.String, "owned": pl.String, "votes": pl.Int64}, orient="row")


def pairs(found: pl.DataFrame) -> set[tuple[str, str]]:
    return set(found.select("controller", "controlled").rows())


def oracle(
    edges: list[Edge],
    seeds: list[tuple[str, str]] = [],  # noqa: B006
    allies: list[tuple[str, str]] = [],  # noqa: B006
    stop: frozenset[str] = frozenset(),
) -> set[tuple[str, str]]:
    """The definition: grow every C(x) by whole passes until nothing changes."""
    nodes = {node for owner, owned, _ in edges for node in (owner, owned)} | {n for pair in seeds for n in pair}
    held = [(*edge,) for edge in edges] + [(owner, owned, 500_001) for owner, owned in seeds]
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
                mine = sum(v for h, target, v in held if target == e and h in own)
                total = sum(v for h, target, v in held if target == e and h in pool)
                if mine > 0 and total > 500_000:
                    reach[x].add(e)
                    changed = True
    return {(x, e) for x, members in reach.items() for e in members}


def random_edges(rng: random.Random, nodes: list[str]) -> list[Edge]:
    """Cycles, self-holdings and parallel holdings all occur; many sums land on exactly one half."""
    sizes = [100_000, 200_000, 250_000, 300_000, 500_000, 500_001, 510_000, 1_000_000, 0]
    count = rng.randint(1, 3 * len(nodes))
    return [(rng.choice(nodes), rng.choice(nodes), rng.choice(sizes)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(150))
def test_votes_alone_agree_with_the_definition(seed: int) -> None:
    rng = random.Random(seed)
    edges = random_edges(rng, [f"n{i}" for i in range(rng.randint(2, 9))])
    assert pairs(control(frame(edges))) == oracle(edges)


@pytest.mark.parametrize("seed", range(150))
def test_seeds_allies_and_stops_agree_with_the_definition(seed: int) -> None:
    rng = random.Random(1000 + seed)
    nodes = [f"n{i}" for i in range(rng.randint(3, 9))]
    edges = random_edges(rng, nodes)
    seeds = [(a, b) for a, b in ((rng.choice(nodes), rng.choice(nodes)) for _ in range(2)) if a != b]
    allies = [(a, b) for a, b in ((rng.choice(nodes), rng.choice(nodes)) for _ in range(2)) if a != b]
    stop = frozenset(rng.sample(nodes, rng.randint(0, 2)))
    found = control(
        frame(edges),
        seeds=pl.DataFrame(seeds, schema={"owner": pl.String, "owned": pl.String}, orient="row"),
        allies=pl.DataFrame(allies, schema={"one": pl.String, "other": pl.String}, orient="row"),
        stop=pl.Series(sorted(stop), dtype=pl.String),
    )
    assert pairs(found) == oracle(edges, seeds, allies, stop)


@pytest.mark.parametrize("seed", range(60))
def test_every_day_of_a_dated_graph_equals_the_graph_of_that_day(seed: int) -> None:
    rng = random.Random(5000 + seed)
    nodes = [f"n{i}" for i in range(rng.randint(2, 6))]
    spans = []
    for owner, owned, votes in random_edges(rng, nodes):
        first = rng.randint(0, 9)
        spans.append((owner, owned, votes, first, rng.randint(first, 9)))
    schema = {"owner": pl.String, "owned": pl.String, "votes": pl.Int64, "first": pl.Int64, "last": pl.Int64}
    found = control(pl.DataFrame(spans, schema=schema, orient="row"))
    for day in range(10):
        today = [(owner, owned, votes) for owner, owned, votes, first, last in spans if first <= day <= last]
        assert pairs(found.filter(pl.col("first") <= day, pl.col("last") >= day)) == oracle(today)
    overlaps = found.sort("controller", "controlled", "first").filter(
        pl.col("first") <= pl.col("last").shift(1).over("controller", "controlled")
    )
    assert overlaps.is_empty()


def test_a_pair_rests_only_on_pairs_of_earlier_rounds() -> None:
    chain = [(f"n{i}", f"n{i + 1}", 510_000) for i in range(30)]
    found = control(frame(chain))
    assert found.height == 30 * 31 // 2
    rounds = {(a, b): r for a, b, r in found.select("controller", "controlled", "round").rows()}
    assert all(rounds[("n0", f"n{i}")] < rounds[("n0", f"n{i + 1}")] for i in range(1, 30))


def test_a_passive_ally_gains_nothing_by_the_others_holding() -> None:
    found = control(frame([("p", "e", 510_000)]), allies=pl.DataFrame({"one": ["q"], "other": ["p"]}))
    assert pairs(found) == {("p", "e")}


def test_no_holdings_no_control() -> None:
    assert control(frame([])).is_empty()
