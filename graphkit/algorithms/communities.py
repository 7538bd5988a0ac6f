"""Communities of a graph given as integer arrays: who has more to do with one another than with the rest."""

import numpy as np

from graphkit.algorithms.components import Ints


def communities(nodes: int, source: Ints, target: Ints, weight: Ints) -> Ints:
    """The community of every node, direction ignored; the weights of parallel edges add up.

    Parameters
    ----------
    nodes
        The number of nodes; they are ``0 … nodes-1``.
    source, target
        The two ends of every edge.
    weight
        The weight of every edge, above 0.

    Returns
    -------
    One label a node: the smallest node of its community.

    Nodes are visited in their order, and ties are not broken by chance: the same graph gives the same communities. What
    is a community depends on the size of the whole graph: in a large one a loose group stays together that a small
    one would divide.

    References
    ----------
    V. D. Blondel, J.-L. Guillaume, R. Lambiotte, E. Lefebvre: Fast unfolding of communities in large networks. Journal
    of Statistical Mechanics (2008) P10008, as scikit-network has it, with Newman's modularity at resolution 1.

    Example
    -------
    >>> triangles = np.array([0, 1, 2, 3, 4, 5, 2]), np.array([1, 2, 0, 4, 5, 3, 3])
    >>> communities(7, *triangles, np.ones(7, dtype=np.int64)).tolist()
    [0, 0, 0, 3, 3, 3, 6]
    """
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Louvain

    if not len(source):
        return np.arange(nodes, dtype=np.int64)
    edges = csr_matrix((weight.astype(np.float64), (source, target)), shape=(nodes, nodes))
    # the labels alone: the graph between communities and each node's share in them would cost as much again
    louvain = Louvain(sort_clusters=False, return_probs=False, return_aggregate=False, random_state=0)
    found = louvain.fit_predict(edges + edges.T)
    label: Ints = np.unique(found, return_index=True)[1][found].astype(np.int64)
    return label
