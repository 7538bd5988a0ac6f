"""Simple cycles against networkx on many small graphs, and what parallel edges and bounds add."""

import random
from collections import Counter
from itertools import product

import networkx as nx
import numpy as np
import polars as pl
import pytest

from graphkit.algorithms import cycle_threads, simple_cycles
from graphkit.algorithms.cycle_threads import TooManyCyclesError

Pair = tuple[int, int]


def random_pairs(seed: int) -> list[Pair]:
    """Rows of a graph, some twice, some self-loops."""
    rng = random.Random(f"graph {seed}")
    vertices = rng.randint(2, 7)
    pairs = [(rng.randrange(vertices), rng.randrange(vertices)) for _ in range(rng.randint(1, 16))]
    return pairs + rng.choices(pairs, k=rng.randint(0, 2))


def expected(pairs: list[Pair], most: int | None) -> set[tuple[int, ...]]:
    """The rows of every cycle that networkx finds, from its smallest vertex on, for every choice of parallel rows."""
    graph = nx.DiGraph([pair for pair in pairs if pair[0] != pair[1]])
    cycles = set()
    for vertices in nx.simple_cycles(graph, length_bound=most):
        at = vertices.index(min(vertices))
        turned = vertices[at:] + vertices[:at]
        steps = list(zip(turned, turned[1:] + turned[:1], strict=True))
        cycles |= set(product(*([row for row, pair in enumerate(pairs) if pair == step] for step in steps)))
    return cycles


def cycles_of(answer: pl.DataFrame) -> list[tuple[int, ...]]:
    return [tuple(rows) for rows in answer.group_by("cycle", maintain_order=True).agg("row")["row"].to_list()]


@pytest.mark.parametrize("most", [2, 3, 4, 5, 6, None])
def test_cycles_agree_with_networkx_on_a_thousand_graphs_side_by_side(most: int | None) -> None:
    pairs: list[Pair] = []
    wanted = set()
    for seed in range(1_000):
        own = random_pairs(seed)
        wanted |= {tuple(row + len(pairs) for row in cycle) for cycle in expected(own, most)}
        pairs += [(source + 10 * seed, target + 10 * seed) for source, target in own]
    source, target = zip(*pairs, strict=True)
    listed = cycles_of(simple_cycles(source, target, max_length=most))
    assert len(listed) == len(wanted)
    assert set(listed) == wanted
    counts = simple_cycles(source, target, max_length=most, count_only=True)
    assert counts.rows() == sorted(Counter(map(len, wanted)).items())


def test_graphs_with_long_cycles_agree_with_networkx() -> None:
    for seed in range(10):
        graph = nx.gnp_random_graph(14, 0.18, seed=seed, directed=True)
        source, target = zip(*graph.edges, strict=True)
        wanted = Counter(map(len, nx.simple_cycles(graph)))
        assert simple_cycles(source, target, count_only=True).rows() == sorted(wanted.items()), seed


def test_order_is_by_vertices_then_rows_however_the_rows_are_shuffled() -> None:
    source, target = ["b", "a", "c", "a", "b"], ["c", "b", "a", "b", "a"]
    assert cycles_of(simple_cycles(source, target)) == [(1, 4), (3, 4), (1, 0, 2), (3, 0, 2)]
    assert cycles_of(simple_cycles(source[::-1], target[::-1])) == [(1, 0), (3, 0), (1, 4, 2), (3, 4, 2)]


def complete(vertices: int) -> tuple[np.ndarray, np.ndarray]:
    source, target = (column.ravel() for column in np.indices((vertices, vertices)))
    return source, target


def test_too_many_cycles_are_an_error_and_never_a_wrong_number(monkeypatch: pytest.MonkeyPatch) -> None:
    circle = np.repeat(np.arange(10), 90)
    with pytest.raises(TooManyCyclesError, match="of one length or more"):
        simple_cycles(circle, (circle + 1) % 10, count_only=True)
    assert simple_cycles(circle, (circle + 1) % 10, count_only=True, max_length=9).is_empty()
    with pytest.raises(TooManyCyclesError, match="more than 1,000 cycles to list"):
        simple_cycles(*complete(12), limit=1_000)
    assert simple_cycles(*complete(6), limit=409)["cycle"].n_unique() == 409
    with pytest.raises(TooManyCyclesError, match="more than 408 cycles"):
        simple_cycles(*complete(6), limit=408)
    monkeypatch.setattr(cycle_threads, "MOST_WORK", 1_000_000)
    with pytest.raises(TooManyCyclesError, match="a lower max_length"):
        simple_cycles(*complete(30), count_only=True)


def test_no_edges_no_cycles() -> None:
    assert simple_cycles([], []).is_empty()
    assert simple_cycles(["a"], ["a"], count_only=True).is_empty()
    assert simple_cycles(["a", "b"], ["b", "c"]).is_empty()


def test_what_is_no_graph_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="target has 1 missing"):
        simple_cycles(["a", "b"], ["b", None])
    with pytest.raises(ValueError, match="max_length must be 2 or more"):
        simple_cycles(["a"], ["b"], max_length=1)
