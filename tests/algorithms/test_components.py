import random

import networkx as nx
import numpy as np
import pytest

from graphkit.algorithms.components import components, strongly_connected


def ends(edges: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@pytest.mark.parametrize("seed", range(60))
def test_labels_are_the_smallest_node_of_the_component(seed: int) -> None:
    rng = random.Random(seed)
    nodes = rng.randint(1, 30)
    edges = [(rng.randrange(nodes), rng.randrange(nodes)) for _ in range(rng.randint(0, 40))]
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(nodes))
    weak = {n: min(members) for members in nx.weakly_connected_components(graph) for n in members}
    strong = {n: min(members) for members in nx.strongly_connected_components(graph) for n in members}
    assert components(nodes, *ends(edges)).tolist() == [weak[n] for n in range(nodes)]
    assert strongly_connected(nodes, *ends(edges)).tolist() == [strong[n] for n in range(nodes)]


def test_an_edge_repeated_many_times_still_counts_once() -> None:
    assert components(2, *ends([(0, 1)] * 256)).tolist() == [0, 0]


def test_no_nodes() -> None:
    assert components(0, *ends([])).tolist() == []
