"""The merge tree of topics: Ward's criterion over weighted centroids, cut at any number.

References
----------
Ward (1963). Hierarchical Grouping to Optimize an Objective Function. Journal of the American Statistical Association.
Müllner (2011). Modern hierarchical, agglomerative clustering algorithms. arXiv:1109.2378.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Merge:
    """One step of the tree.

    Parameters
    ----------
    left, right : int
        Nodes that are joined: leaves are ``0 .. n_leaves - 1``, the node made by step i is ``n_leaves + i``.
    height : float
        Ward's increase of the summed squared distance, at least 0; does not fall from step to step.
    """

    left: int
    right: int
    height: float


def ward_tree(centroids: FloatArray, sizes: Sequence[int] | IntArray) -> tuple[Merge, ...]:
    """Merge leaves until one node is left.

    Parameters
    ----------
    centroids : ndarray of shape (n_leaves, d)
        Leaves.
    sizes : sequence of int, length n_leaves
        Rows behind each leaf, at least 1.

    Returns
    -------
    tuple of Merge
        ``n_leaves - 1`` steps; the pair with the least increase first, the lower numbers where two tie.
    """
    n = len(centroids)
    weights = np.asarray(sizes, np.float64).copy()
    points = centroids.astype(np.float64)
    square = (points**2).sum(axis=1)
    distance = np.maximum(square[:, None] + square[None] - 2 * points @ points.T, 0.0)
    cost = distance * (weights[:, None] * weights[None] / (weights[:, None] + weights[None]))
    np.fill_diagonal(cost, np.inf)
    node = np.arange(n)
    merges: list[Merge] = []
    for step in range(n - 1):
        i, j = sorted(divmod(int(cost.argmin()), n))
        least = float(cost[i, j])
        merges.append(Merge(int(min(node[i], node[j])), int(max(node[i], node[j])), least))
        joint = weights + weights[i] + weights[j]
        # Lance and Williams' update for Ward's criterion.
        with np.errstate(invalid="ignore"):
            row = ((weights + weights[i]) * cost[i] + (weights + weights[j]) * cost[j] - weights * least) / joint
        row[[i, j]] = np.inf
        cost[i] = cost[:, i] = row
        cost[j] = cost[:, j] = np.inf
        weights[i] += weights[j]
        node[i] = n + step
    return tuple(merges)


def cut(merges: Sequence[Merge], n_leaves: int, n_topics: int) -> IntArray:
    """Give the topic of each leaf when the tree is cut at a number of topics.

    Parameters
    ----------
    merges : sequence of Merge
        A whole tree.
    n_leaves : int
        Its leaves.
    n_topics : int
        Topics wanted, clipped to ``[1, n_leaves]``.

    Returns
    -------
    ndarray of int64, shape (n_leaves,)
        Topic of each leaf, numbered from 0 by the lowest leaf of each.
    """
    parent = np.arange(n_leaves + len(merges))
    for step, merge in enumerate(merges[: n_leaves - min(max(n_topics, 1), n_leaves)]):
        parent[[merge.left, merge.right]] = n_leaves + step
    roots = np.arange(n_leaves)
    while not np.array_equal(parent[roots], roots):
        roots = parent[roots]
    order: dict[int, int] = {}
    return np.array([order.setdefault(int(root), len(order)) for root in roots], np.int64)
