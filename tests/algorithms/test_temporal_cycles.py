"""Temporal cycles against an oracle that applies the definition word by word, on many small graphs."""

import random
import signal
import subprocess
import sys
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from graphkit.algorithms import cycle_graph, cycle_threads, temporal_cycles
from graphkit.algorithms.cycle_threads import TooManyCyclesError

Edge = tuple[int, int, int, int | None]
Membership = tuple[int, str, int, int]
Cycle = tuple[int, ...]
LENGTHS = (2, 3, 4, 5, 6, None)
WINDOWS = (0, 1, 2, 3, 7, 16, 60, 110)
GRAPHS = 1_000
APART = 10
"""Graphs are put side by side: the vertices of each are so many numbers on."""


def oracle(
    edges: list[Edge],
    window: int,
    tolerance: bool = False,
    groups: list[Membership] = [],  # noqa: B006
) -> set[Cycle]:
    """Every cycle as its rows: chains are grown edge by edge, and closed where the definition says so.

    With ``tolerance`` amounts are within 10 % of one another, in whole numbers.
    """

    def near(one: int, other: int) -> bool:
        a, b = edges[one][3], edges[other][3]
        return not tolerance or (a is not None and b is not None and min(a, b) > 0 and 10 * max(a, b) <= 11 * min(a, b))

    def group(vertex: int, at: int) -> str | None:
        return next((g for v, g, first, last in groups if v == vertex and first <= at <= last), None)

    def grow(chain: list[int], home: set[int]) -> None:
        here, now = edges[chain[-1]][1], edges[chain[-1]][2]
        if here in home:
            if len(chain) > 1 and near(chain[0], chain[-1]):
                cycles.add(tuple(chain))
        elif here not in {edges[row][0] for row in chain}:
            for row in leaving[here]:
                if now < edges[row][2] <= edges[chain[0]][2] + window and near(chain[-1], row):
                    grow([*chain, row], home)

    cycles: set[Cycle] = set()
    leaving = {vertex: [] for edge in edges for vertex in edge[:2]}
    for row, (source, target, _, _) in enumerate(edges):
        if source != target and near(row, row):
            leaving[source].append(row)
    for start, rows in leaving.items():
        for row in rows:
            own = group(start, edges[row][2])
            members = {vertex for vertex in leaving if own is not None and group(vertex, edges[row][2]) == own}
            grow([row], {start} | members)
    return cycles


def random_edges(rng: random.Random) -> list[Edge]:
    """Few vertices and times: ties, equal rows, self-loops and cycles of two are common; some follow a long circle."""
    vertices, times = rng.randint(2, 7), rng.choice([4, 8, 16, 120])
    amounts = [100, 100, 100, 100, 105, 105, 108, 110, 110, 111, 121, 99, 91, 90, rng.choice([0, -100, None])]
    drawn = []
    for _ in range(rng.randint(6, 16)):
        source = rng.randrange(vertices)
        if rng.random() < 0.7:
            target, when = (source + 1) % vertices, source * times // vertices + rng.randint(0, 2 + times // 10)
        else:
            target, when = rng.randrange(vertices), rng.randrange(times)
        drawn.append((source, target, when, rng.choice(amounts)))
    return drawn + rng.choices(drawn, k=rng.randint(0, 3))


def random_groups(rng: random.Random, edges: list[Edge]) -> list[Membership]:
    """Memberships that end and begin anew, in the same group or another, between the times of edges or at them."""
    rows = []
    times = sorted(edge[2] for edge in edges)
    for vertex in range(9):
        at = rng.choice(times) - rng.randint(0, 2)
        for _ in range(rng.choice([0, 1, 1, 2])):
            last = at + rng.choice([0, 3, 8, 30])
            rows.append((vertex, rng.choice("gh"), at, last))
            at = last + rng.randint(1, 3)
    return rows


@cache
def graph(seed: int) -> tuple[list[Edge], list[Membership]]:
    rng = random.Random(f"graph {seed}")
    edges = random_edges(rng)
    return edges, random_groups(rng, edges)


def found(edges: list[Edge], window: int, **more: Any) -> pl.DataFrame:
    source, target, when, amount = zip(*edges, strict=True)
    if "tolerance" in more:
        more["amount"] = pl.Series(amount, dtype=pl.Int64)
    if "groups" in more:
        columns = {"vertex": pl.Int64, "group": pl.String, "first": pl.Int64, "last": pl.Int64}
        more["groups"] = pl.DataFrame(more["groups"], columns, orient="row")
    return temporal_cycles(source, target, when, window=window, **more)


def cycles_of(answer: pl.DataFrame) -> list[Cycle]:
    return [tuple(rows) for rows in answer.group_by("cycle", maintain_order=True).agg("row")["row"].to_list()]


@pytest.mark.no_cover
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("kind", ["plain", "tolerance", "groups", "tolerance and groups"])
def test_cycles_agree_with_the_oracle_on_a_thousand_graphs_of_each_kind(kind: str, window: int) -> None:
    edges: list[Edge] = []
    members: list[Membership] = []
    expected: set[Cycle] = set()
    for seed in range(WINDOWS.index(window), GRAPHS, len(WINDOWS)):
        own, groups = graph(seed)
        cycles = oracle(own, window, "tolerance" in kind, groups if "groups" in kind else [])
        expected |= {tuple(row + len(edges) for row in cycle) for cycle in cycles}
        edges += [(source + APART * seed, target + APART * seed, when, amount) for source, target, when, amount in own]
        members += [(vertex + APART * seed, f"{group}{seed}", first, last) for vertex, group, first, last in groups]
    more: dict[str, Any] = {"tolerance": 0.1} if "tolerance" in kind else {}
    if "groups" in kind:
        more["groups"] = members
    for most in LENGTHS:
        listed = cycles_of(found(edges, window, max_length=most, **more))
        wanted = {cycle for cycle in expected if most is None or len(cycle) <= most}
        assert len(listed) == len(wanted)
        assert set(listed) == wanted
        counts = found(edges, window, max_length=most, count_only=True, **more)
        assert counts.rows() == sorted(Counter(map(len, wanted)).items())
    lengths = Counter(map(len, expected))
    assert window < 16 or all(lengths[length] for length in (2, 3, 4, 5)), lengths


@pytest.mark.parametrize("room", [1, 1_024])
def test_graphs_by_themselves_agree_from_whichever_end_the_search_begins(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle_graph, "LEAST_ROOM", room)
    for seed in range(60):
        edges, groups = graph(seed)
        assert set(cycles_of(found(edges, 7))) == oracle(edges, 7), seed
        expected = {cycle for cycle in oracle(edges, 5, groups=groups) if len(cycle) <= 4}
        assert set(cycles_of(found(edges, 5, groups=groups, max_length=4))) == expected, seed
        pairs = {cycle for cycle in oracle(edges, 15) if len(cycle) == 2}
        assert set(cycles_of(found(edges, 15, max_length=2))) == pairs, seed


def test_shuffled_rows_and_other_names_give_the_same_cycles_in_the_same_order() -> None:
    rng = random.Random(1)
    edges = [edge for seed in range(40) for edge in graph(seed)[0]]
    unique = list({edge[:3]: edge for edge in edges}.values())
    moved = rng.sample(range(len(unique)), len(unique))
    answer = cycles_of(found(unique, 5, max_length=4))
    assert len(answer) > 1_000
    shuffled = cycles_of(found([unique[row] for row in moved], 5, max_length=4))
    assert [tuple(moved[row] for row in cycle) for cycle in shuffled] == answer
    named = [(f"v{source}", f"v{target}", when, amount) for source, target, when, amount in unique]
    assert cycles_of(found(named, 5, max_length=4)) == answer
    times = [[unique[row][2] for row in cycle] for cycle in answer]
    assert times == sorted(times)


def ladder(steps: int, rungs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A circle of ``steps`` vertices with ``rungs`` parallel edges from each to the next, at later times each."""
    source = np.repeat(np.arange(steps), rungs)
    return source, (source + 1) % steps, np.arange(len(source))


def test_parallel_edges_are_counted_without_being_listed() -> None:
    steps, rungs = 9, 100
    answer = temporal_cycles(*ladder(steps, rungs), window=10_000, count_only=True)
    assert answer.rows() == [(steps, rungs**steps)]


def test_a_long_bound_is_a_bound_as_well() -> None:
    source, target, time = ladder(12, 2)
    assert temporal_cycles(source, target, time, window=99, max_length=11).is_empty()
    answer = temporal_cycles(source, target, time, window=99, max_length=12)
    assert answer["cycle"].n_unique() == 2**12


def test_a_number_beyond_64_bits_is_an_error() -> None:
    source, target, time = ladder(10, 90)
    with pytest.raises(TooManyCyclesError, match="9,223,372,036,854,775,807 cycles of one length or more"):
        temporal_cycles(source, target, time, window=10_000, count_only=True)
    # the chains are as many, but none of them comes home in time
    assert temporal_cycles(source, target, time, window=720, count_only=True).is_empty()


def test_more_cycles_than_the_limit_are_an_error_that_says_how_to_count_them() -> None:
    graph = ladder(3, 10)
    assert temporal_cycles(*graph, window=100, limit=1_000)["cycle"].n_unique() == 1_000
    with pytest.raises(TooManyCyclesError, match="more than 999 cycles to list; count_only=True counts them exactly"):
        temporal_cycles(*graph, window=100, limit=999)


def complete(vertices: int, times: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every vertex to every other, at every time."""
    source, target, time = (column.ravel() for column in np.indices((vertices, vertices, times)))
    return source, target, time


def test_a_complete_graph_ends_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle_threads, "MOST_WORK", 3_000_000)
    with pytest.raises(TooManyCyclesError, match="a shorter window or a lower max_length"):
        temporal_cycles(*complete(40, 50), window=50, count_only=True)
    with pytest.raises(TooManyCyclesError, match="to list"):
        temporal_cycles(*complete(40, 50), window=50, limit=1_000)


def test_an_interrupt_is_answered_at_once() -> None:
    program = (
        "import numpy as np\n"
        "from graphkit.algorithms import temporal_cycles\n"
        "s, t, d = (c.ravel() for c in np.indices((60, 60, 60)))\n"
        "temporal_cycles(s[:60], t[:60], d[:60], window=9, count_only=True)\n"
        "print('begun', flush=True)\n"
        "temporal_cycles(s, t, d, window=60, count_only=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=5)
    assert b"KeyboardInterrupt" in errors


def test_a_hub_of_a_hundred_thousand_edges_in_one_day() -> None:
    spokes = 50_000
    spoke, hub = np.arange(1, spokes + 1), np.zeros(spokes, dtype=np.int64)
    source, target = np.concatenate([hub, spoke]), np.concatenate([spoke, hub])
    same_day = np.zeros(2 * spokes, dtype=np.int64)
    assert temporal_cycles(source, target, same_day, window=1, count_only=True).is_empty()
    seconds = np.arange(2 * spokes)
    assert temporal_cycles(source, target, seconds, window=86_400, count_only=True).rows() == [(2, spokes)]


def test_times_and_windows_of_any_size() -> None:
    far = 2**60
    assert temporal_cycles([0, 1], [1, 0], [-far, far - 1], window=2**63).height == 2
    assert temporal_cycles([0, 1], [1, 0], [-far, far - 1], window=2**61 - 2).is_empty()
    with pytest.raises(ValueError, match="too far apart"):
        temporal_cycles([0, 1], [1, 0], [-far, far + 1], window=1)


def test_lists_arrays_and_series_are_all_taken() -> None:
    columns: Any = (["A", "B"], ["B", "A"], [1, 2])
    expected = [(0, 1, 0), (0, 2, 1)]
    for kind in (list, np.array, pl.Series, pd.Series):
        assert temporal_cycles(*map(kind, columns), window=1).rows() == expected
    assert temporal_cycles([], [], [], window=1).is_empty()
    assert temporal_cycles([], [], [], window=1, count_only=True).is_empty()


def test_amounts_exactly_one_tolerance_apart_are_alike_however_their_logarithms_are_rounded() -> None:
    # of 20 and 22, 50 and 55, 80 and 88, … the logarithms differ by more than that of 1.1 in the last digit
    prices = range(10, 1_000, 10)
    for over, cycles in ((0.0, len(prices)), (0.01, 0)):
        edges = [
            edge
            for price in prices
            for edge in ((price, -price, 1, float(price)), (-price, price, 2, price * 11 / 10 + over))
        ]
        source, target, time, amount = zip(*edges, strict=True)
        answer = temporal_cycles(source, target, time, window=1, amount=amount, tolerance=0.1)
        assert answer["cycle"].n_unique() == cycles


def test_no_edge_is_within_a_tolerance_without_an_amount_above_nothing() -> None:
    for amount in (None, 0, -5, float("nan"), float("inf")):
        given = pl.Series([amount, amount], dtype=pl.Float64)
        assert temporal_cycles(["A", "B"], ["B", "A"], [1, 2], window=1, amount=given, tolerance=0.1).is_empty()


GROUP = {"vertex": ["A"], "group": ["g"], "first": [1], "last": [2]}


@pytest.mark.parametrize(
    ("columns", "more", "message"),
    [
        ((["a"], ["b"], [1.5]), {}, "time must hold whole numbers"),
        ((["a"], ["b"], ["1"]), {}, "time must hold whole numbers"),
        ((["a"], ["b"], [None]), {}, "time has 1 missing"),
        ((["a", None], ["b", "c"], [1, 1]), {}, "source has 1 missing"),
        ((["a"], [1], [1]), {}, "in the same way"),
        ((["a"], ["b", "c"], [1]), {}, "equally long"),
        ((["a"], ["b"], [1]), {"window": -1}, "window must be"),
        ((["a"], ["b"], [1]), {"window": 1.5}, "window must be"),
        ((["a"], ["b"], [1]), {"max_length": 1}, "max_length must be 2 or more"),
        ((["a"], ["b"], [1]), {"tolerance": 0.1}, "together"),
        ((["a"], ["b"], [1]), {"amount": [1]}, "together"),
        ((["a"], ["b"], [1]), {"amount": [1], "tolerance": -0.1}, "tolerance must be"),
        ((["a"], ["b"], [1]), {"amount": ["x"], "tolerance": 0.1}, "amount must hold numbers"),
        ((["A"], ["B"], [1]), {"groups": pl.DataFrame(GROUP).drop("last")}, "last is missing"),
        ((["A"], ["B"], [1]), {"groups": pl.DataFrame(GROUP | {"last": [None]})}, "missing values"),
        ((["A"], ["B"], [1]), {"groups": pl.DataFrame(GROUP | {"last": [2.5]})}, "last must hold whole numbers"),
        (([1], [2], [1]), {"groups": pl.DataFrame(GROUP)}, "in the same way"),
        (
            (["A"], ["B"], [1]),
            {"groups": pl.DataFrame({"vertex": ["A", "A"], "group": ["g", "h"], "first": [1, 2], "last": [2, 3]})},
            "A are in two groups at a time",
        ),
    ],
)
def test_what_cannot_be_searched_is_refused_in_one_sentence(columns: Any, more: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        temporal_cycles(*columns, **({"window": 1} | more))
