"""Connected and strongly connected components of a graph given as integer arrays."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]


def components(nodes: int, source: Ints, target: Ints) -> Ints:
    """The connected component of every node, direction ignored.

    Parameters
    ----------
    nodes
        The number of nodes; they are ``0 … nodes-1``.
    source, target
        The two ends of every edge.

    Returns
    -------
    One label a node: the smallest node of its component, so that labels do not depend on the order of edges.

    Example
    -------
    >>> components(5, np.array([4, 2]), np.array([2, 1])).tolist()
    [0, 1, 1, 3, 1]
    """
    return _labels(nodes, source, target, "weak")


def strongly_connected(nodes: int, source: Ints, target: Ints) -> Ints:
    """The strongly connected component of every node: its members reach one another along the edges.

    Parameters, returns and labels are those of :func:`components`.

    Example
    -------
    >>> strongly_connected(4, np.array([0, 1, 2]), np.array([1, 0, 3])).tolist()
    [0, 0, 2, 3]
    """
    return _labels(nodes, source, target, "strong")


def _labels(nodes: int, source: Ints, target: Ints, connection: str) -> Ints:
    if nodes == 0:
        return np.zeros(0, dtype=np.int64)
    edges = csr_array((np.ones(len(source), dtype=np.bool_), (source, target)), shape=(nodes, nodes))
    _, label = connected_components(edges, directed=True, connection=connection)
    _, first, member = np.unique(label, return_index=True, return_inverse=True)
    return first[member].astype(np.int64)
