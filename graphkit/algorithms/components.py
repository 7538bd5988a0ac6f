"""Connected and strongly connected components of a graph given as integer arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.signedinteger[Any]]


def components(nodes: int, source: Numbers, target: Numbers) -> Ints:
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

    Raises ``ValueError`` for an end that is no node.

    Example
    -------
    >>> components(5, np.array([4, 2]), np.array([2, 1])).tolist()
    [0, 1, 1, 3, 1]
    """
    from graphkit.algorithms.component_kernel import joined

    label: Ints = joined(nodes, *_numbers(nodes, source, target)).astype(np.int64)
    return label


def strongly_connected(nodes: int, source: Numbers, target: Numbers) -> Ints:
    """The strongly connected component of every node: its members reach one another along the edges.

    Parameters, returns and labels are those of :func:`components`.

    Example
    -------
    >>> strongly_connected(4, np.array([0, 1, 2]), np.array([1, 0, 3])).tolist()
    [0, 0, 2, 3]
    """
    from graphkit.algorithms.component_kernel import knots_of

    label: Ints = knots_of(nodes, *_numbers(nodes, source, target)).astype(np.int64)
    return label


def _numbers(nodes: int, *ends: Numbers) -> list[Ints]:
    """The ends as the kernels take them; raises ``ValueError`` for other nodes."""
    if any(len(end) and (end.min() < 0 or end.max() >= nodes) for end in ends):
        raise ValueError(f"edges must join the nodes 0 to {nodes - 1}")
    return [np.require(end, dtype=np.int64, requirements=("C", "W")) for end in ends]
