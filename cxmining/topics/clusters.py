"""Spherical k-means that gives the same clusters whatever the order of the rows or the number of the seed.

The start is no draw: the cloud is halved along the main direction of its most scattered part until there are enough
parts. Sums are taken by sparse matrix products, whose order of addition is fixed, where parallel k-means adds up
thread by thread.

References
----------
Boley (1998). Principal Direction Divisive Partitioning. Data Mining and Knowledge Discovery 2(4).
Dhillon and Modha (2001). Concept Decompositions for Large Sparse Text Data using Clustering. Machine Learning 42.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

_CHUNK = 8192


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Scale rows to length 1; zero rows stay zero.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Any vectors.

    Returns
    -------
    ndarray of shape (n, d)
        Unit vectors.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: FloatArray = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return scaled


def nearest(vectors: FloatArray, centroids: FloatArray) -> tuple[IntArray, FloatArray]:
    """Find the centroid with the greatest cosine.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Unit vectors.
    centroids : ndarray of shape (k, d)
        Unit vectors, at least one.

    Returns
    -------
    labels : ndarray of int64, shape (n,)
        Row of the nearest centroid; the lower one where two are equally near.
    cosines : ndarray of float32, shape (n,)
        Cosine to it.
    """
    labels = np.empty(len(vectors), np.int64)
    cosines = np.empty(len(vectors), np.float32)
    for at in range(0, len(vectors), _CHUNK):
        part = slice(at, at + _CHUNK)
        similar = vectors[part] @ centroids.T
        labels[part] = similar.argmax(axis=1)
        cosines[part] = similar.max(axis=1)
    return labels, cosines


def group_sums(vectors: FloatArray, labels: IntArray, k: int) -> FloatArray:
    """Add up the rows of each group, in row order.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Rows.
    labels : ndarray of shape (n,)
        Group of each row; negative ones belong to none.
    k : int
        Number of groups.

    Returns
    -------
    ndarray of float32, shape (k, d)
        Sums; zero for an empty group.
    """
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(labels >= 0)
    one = np.ones(len(rows), np.float32)
    member = csr_matrix((one, (labels[rows], rows)), shape=(k, len(vectors)))
    return np.asarray(member @ vectors, np.float32)


def halve(vectors: FloatArray, k: int) -> IntArray:
    """Halve the cloud along main directions until there are ``k`` parts.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Unit vectors.
    k : int
        Parts wanted, at least 1; fewer come out where vectors coincide.

    Returns
    -------
    ndarray of int64, shape (n,)
        Part of each row, from 0.
    """
    labels = np.zeros(len(vectors), np.int64)
    queue = [(-_scatter(vectors), 0, np.arange(len(vectors)))]
    count = 1
    while count < k and queue:
        _, part, rows = heapq.heappop(queue)
        side = _split(vectors[rows])
        if side is None:
            continue
        far = rows[side]
        labels[far] = count
        for name, members in ((part, rows[~side]), (count, far)):
            if len(members) > 1:
                heapq.heappush(queue, (-_scatter(vectors[members]), name, members))
        count += 1
    return labels


def spherical_kmeans(vectors: FloatArray, k: int, n_iterations: int = 30) -> tuple[FloatArray, IntArray]:
    """Cluster unit vectors by cosine.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Unit vectors in an order that does not depend on the order of the input.
    k : int
        Clusters wanted; at most ``n``. Fewer come out where vectors coincide.
    n_iterations : int, default 30
        Most rounds; stops when no row moves.

    Returns
    -------
    centroids : ndarray of shape (k, d)
        Unit vectors, none empty.
    labels : ndarray of int64, shape (n,)
        Cluster of each row.
    """
    labels = halve(vectors, min(k, len(vectors)))
    for _ in range(n_iterations):
        centroids = unit_rows(group_sums(vectors, labels, int(labels.max()) + 1))
        moved, _ = nearest(vectors, centroids)
        if np.array_equal(moved, labels):
            break
        labels = _without_gaps(moved)
    return unit_rows(group_sums(vectors, labels, int(labels.max()) + 1)), labels


def _without_gaps(labels: IntArray) -> IntArray:
    """Number the groups that still have members from 0."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _scatter(vectors: FloatArray) -> float:
    """Give the sum of squared distances to the mean."""
    mean = vectors.mean(axis=0, dtype=np.float64)
    return float(np.square(vectors, dtype=np.float64).sum() - len(vectors) * (mean @ mean))


def _split(vectors: FloatArray) -> NDArray[np.bool_] | None:
    """Tell the rows beyond the mean along the main direction; None where all rows coincide."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    main = directions[:, -1]
    # Eigenvectors have no sign of their own.
    main = main * np.sign(main[np.abs(main).argmax()])
    side: NDArray[np.bool_] = centred @ main > 0
    return side if side.any() and not side.all() else None
