"""Bootstrap intervals of figures that are functions of sums, with whole clusters of texts drawn.

Texts of one scenario (translations, retellings, the turns of one case) are not independent; drawing texts one by one
makes intervals too narrow, so clusters are drawn. Whatever adds up over texts is summed by cluster once; a bootstrap
sample is then a vector of cluster weights, and all samples are one matrix product.

References
----------
Efron and Tibshirani (1993). An Introduction to the Bootstrap, chapters 6 and 13.
Field and Welsh (2007). Bootstrapping Clustered Data. Journal of the Royal Statistical Society B 69(3).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import FloatArray, Metric

_BLOCK_CELLS = 4_000_000
"""Weights that are held at a time (32 MB)."""


def cluster_codes(clusters: Sequence[Hashable]) -> NDArray[np.intp]:
    """Number clusters from 0 in the order of their first text.

    Parameters
    ----------
    clusters : sequence of hashable
        Cluster of each text.

    Returns
    -------
    ndarray of int, shape (n_rows,)
        Codes without gaps.
    """
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(c, len(known)) for c in clusters], np.intp)


def cluster_sums(rows: NDArray[np.generic], codes: NDArray[np.intp]) -> FloatArray:
    """Sum row figures by cluster.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, ...)
        Whatever adds up over texts: counts, row figures, bools.
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row, from :func:`cluster_codes`.

    Returns
    -------
    ndarray of shape (n_clusters, ...)
        Sums.
    """
    n = int(codes.max(initial=-1)) + 1
    if n == len(codes) and np.array_equal(codes, np.arange(n)):
        return rows.astype(np.float64)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sums: FloatArray = np.add.reduceat(rows[order], starts, axis=0, dtype=np.float64)
    return sums


def weight_blocks(n_clusters: int, n_samples: int, seed: int) -> Iterator[FloatArray]:
    """Yield bootstrap weights in blocks of samples.

    Parameters
    ----------
    n_clusters, n_samples : int
        Clusters to draw from, at least 1; samples wanted.
    seed : int
        Seed of the draws.

    Yields
    ------
    ndarray of shape (n_block, n_clusters)
        How often each cluster was drawn; each row sums to ``n_clusters``.
    """
    rng = np.random.default_rng(seed)
    size = max(1, _BLOCK_CELLS // n_clusters)
    for start in range(0, n_samples, size):
        n = min(size, n_samples - start)
        draws = (rng.integers(0, n_clusters, n_clusters) for _ in range(n))
        yield np.stack([np.bincount(d, minlength=n_clusters) for d in draws]).astype(np.float64)


def resampled_sums(sums: FloatArray, n_samples: int = 1000, seed: int = 0) -> FloatArray:
    """Draw clusters with replacement and sum what they hold.

    Parameters
    ----------
    sums : ndarray of shape (n_clusters, ...)
        From :func:`cluster_sums`; two systems go side by side in one array, so that they share the draws.
    n_samples : int, default 1000
        Bootstrap samples.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    ndarray of shape (n_samples, ...)
        Sums of each sample; zeros where there are no clusters.
    """
    shape = (n_samples, *sums.shape[1:])
    if not len(sums):
        return np.zeros(shape)
    flat = sums.reshape(len(sums), -1)
    return np.concatenate([w @ flat for w in weight_blocks(len(sums), n_samples, seed)]).reshape(shape)


def interval(samples: FloatArray, level: float = 0.95) -> FloatArray:
    """Give the percentile interval of bootstrap samples.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, ...)
        A figure in each sample.
    level : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    ndarray of shape (2, ...)
        Low and high ends; NaN samples are left out.

    Raises
    ------
    ValueError
        If the level lies outside (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"the level must lie between 0 and 1, got {level}")
    tails = (50 * (1 - level), 50 * (1 + level))
    bare = np.isnan(samples).any()
    if bare and np.isnan(samples).all(axis=0).any():
        filled = np.where(np.isnan(samples).all(axis=0), 0.0, samples)
        ends = np.where(np.isnan(samples).all(axis=0), np.nan, np.nanpercentile(filled, tails, axis=0))
    else:
        ends = (np.nanpercentile if bare else np.percentile)(samples, tails, axis=0)
    return np.asarray(ends, np.float64)


def metric_interval(
    counts: NDArray[np.generic],
    codes: NDArray[np.intp],
    metric: Metric,
    n_samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Give the clustered bootstrap interval of one metric.

    Parameters
    ----------
    counts : ndarray of shape (n_rows, 3, n_labels)
        From :func:`~cxmining.evaluation.multilabel.cell_counts`.
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row.
    metric : callable
        From counts to a figure, such as :func:`~cxmining.evaluation.multilabel.macro_f1`.
    n_samples : int, default 1000
        Bootstrap samples.
    level : float, default 0.95
        Coverage.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    tuple of float
        Low and high end.
    """
    low, high = interval(metric(resampled_sums(cluster_sums(counts, codes), n_samples, seed)), level)
    return float(low), float(high)
