import random

import networkx as nx
import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

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


def test_big_graphs_agree_with_scipy() -> None:
    for seed, edges in enumerate((300, 900, 2_000, 4_000)):
        rng = np.random.default_rng(seed)
        source, target = rng.integers(0, 1_000, (2, edges))
        matrix = csr_array((np.ones(edges), (source, target)), shape=(1_000, 1_000))
        for label, connection in ((components, "weak"), (strongly_connected, "strong")):
            _, peer = connected_components(matrix, connection=connection)
            smallest = [np.flatnonzero(peer == of).min() for of in range(peer.max() + 1)]
            assert label(1_000, source, target).tolist() == np.array(smallest)[peer].tolist()


def test_a_long_circle_and_a_long_chain() -> None:
    at = np.arange(200_000)
    assert set(strongly_connected(200_000, at, (at + 1) % 200_000).tolist()) == {0}
    assert strongly_connected(200_000, at[:-1], at[1:]).tolist() == at.tolist()
    assert set(components(200_000, at[:-1], at[1:]).tolist()) == {0}


def test_numbers_of_32_bits_and_columns_that_cannot_be_written_to_are_taken() -> None:
    source, target = np.array([4, 2], dtype=np.int32), pl.Series([2, 1]).to_numpy()
    assert components(5, source, target).tolist() == [0, 1, 1, 3, 1]


def test_a_node_that_does_not_exist_is_refused() -> None:
    for label in (components, strongly_connected):
        for edge in ((0, 2), (-1, 0)):
            with pytest.raises(ValueError, match="nodes 0 to 1"):
                label(2, *ends([edge]))


def test_an_edge_repeated_many_times_still_counts_once() -> None:
    assert components(2, *ends([(0, 1)] * 256)).tolist() == [0, 0]


def test_no_nodes() -> None:
    assert components(0, *ends([])).tolist() == []
