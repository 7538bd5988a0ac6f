import random
from collections import defaultdict
from functools import cache

import networkx as nx
import numpy as np
import pytest
from networkx.algorithms.community import louvain_communities, modularity

from graphkit.algorithms.communities import communities

pytestmark = pytest.mark.no_cover

Edge = tuple[int, int, int]


def divided(nodes: int, edges: list[Edge]) -> list[int]:
    source, target, weight = np.array(edges, dtype=np.int64).reshape(-1, 3).T
    return communities(nodes, source, target, weight).tolist()


def clique(first: int, members: int, weight: int = 1) -> list[Edge]:
    return [(one, other, weight) for other in range(first, first + members) for one in range(first, other)]


def random_edges(seed: int) -> tuple[int, list[Edge]]:
    """Circles of nodes with many edges within and some between; weights up to 5, edges may repeat."""
    dice = random.Random(seed)
    nodes, circles = dice.randint(6, 40), dice.randint(1, 5)
    edges = []
    for _ in range(dice.randint(nodes, 4 * nodes)):
        one, other = dice.sample(range(nodes), 2)
        if one % circles == other % circles or dice.random() < 0.3:
            edges.append((one, other, dice.randint(1, 5)))
    return nodes, edges


def graph_of(nodes: int, edges: list[Edge]) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    for one, other, weight in edges:
        graph.add_edge(one, other, weight=weight + graph.get_edge_data(one, other, {"weight": 0})["weight"])
    return graph


@pytest.mark.parametrize("seed", range(50))
def test_labels_are_the_smallest_member_and_no_community_is_of_two_components(seed: int) -> None:
    nodes, edges = random_edges(seed)
    label = divided(nodes, edges)
    assert all(label[node] == min(n for n in range(nodes) if label[n] == label[node]) for node in range(nodes))
    for component in nx.connected_components(graph_of(nodes, edges)):
        assert {label[node] for node in component} <= component


def connected_edges(seed: int) -> tuple[int, list[Edge]]:
    """One component of some size: in a tiny one a single node decides, and every method at times stops too soon."""
    dice = random.Random(seed)
    nodes, circles = dice.randint(20, 60), dice.randint(2, 6)
    edges = [(node, dice.randrange(node), dice.randint(1, 5)) for node in range(1, nodes)]
    for _ in range(dice.randint(2 * nodes, 5 * nodes)):
        one, other = dice.sample(range(nodes), 2)
        if one % circles == other % circles or dice.random() < 0.2:
            edges.append((one, other, dice.randint(1, 5)))
    return nodes, edges


@cache
def modularities(seed: int) -> tuple[float, float]:
    """What the communities reach, and what those of networkx do."""
    nodes, edges = connected_edges(seed)
    graph, members = graph_of(nodes, edges), defaultdict(set)
    for node, first in enumerate(divided(nodes, edges)):
        members[first].add(node)
    reached = modularity(graph, members.values(), weight="weight")
    return reached, modularity(graph, louvain_communities(graph, weight="weight", seed=0), weight="weight")


@pytest.mark.parametrize("seed", range(50))
def test_modularity_is_about_that_of_networkx(seed: int) -> None:
    reached, other = modularities(seed)
    assert reached >= 0.95 * other > 0.1


def test_modularity_is_on_average_that_of_networkx() -> None:
    assert np.mean([reached / other for reached, other in map(modularities, range(50))]) >= 0.99


def test_two_cliques_joined_by_one_edge() -> None:
    assert divided(10, [*clique(0, 5), *clique(5, 5), (4, 5, 1)]) == [0] * 5 + [5] * 5


def test_weight_decides_where_a_node_between_belongs() -> None:
    cliques = [*clique(0, 4, 9), *clique(5, 4, 9)]
    assert divided(9, [*cliques, (3, 4, 5), (4, 5, 1)])[4] == 0
    assert divided(9, [*cliques, (3, 4, 1), (4, 5, 5)]) == [0] * 4 + [4] * 5


@pytest.mark.parametrize("seed", range(20))
def test_direction_is_ignored_and_parallel_edges_add_up(seed: int) -> None:
    dice = random.Random(seed)
    nodes, edges = random_edges(seed)
    label = divided(nodes, edges)
    turned = [(other, one, weight) if dice.random() < 0.5 else (one, other, weight) for one, other, weight in edges]
    assert divided(nodes, turned) == label
    single = [(one, other, 1) for one, other, weight in turned for _ in range(weight)]
    assert divided(nodes, single) == label


@pytest.mark.parametrize("seed", range(20))
def test_the_order_of_edges_changes_nothing(seed: int) -> None:
    nodes, edges = random_edges(seed)
    label = divided(nodes, edges)
    random.Random(seed).shuffle(edges)
    assert divided(nodes, edges) == label


def test_nodes_without_edges_are_alone() -> None:
    assert divided(0, []) == []
    assert divided(3, []) == [0, 1, 2]
    assert divided(4, [(1, 3, 1)]) == [0, 1, 2, 1]
