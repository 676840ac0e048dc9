"""Whether two systems differ: paired bootstrap, approximate randomisation, McNemar's test, Holm's correction.

References
----------
Noreen (1989). Computer-Intensive Methods for Testing Hypotheses. Yeh (2000). More Accurate Tests for the Statistical
Significance of Result Differences. COLING. Koehn (2004). Statistical Significance Tests for Machine Translation
Evaluation. EMNLP. Holm (1979). A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of
Statistics 6(2). McNemar (1947). Psychometrika 12(2). Dror et al. (2018). The Hitchhiker's Guide to Testing Statistical
Significance in NLP. ACL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.bootstrap import cluster_sums, interval, resampled_sums
from cxmining.evaluation.multilabel import BoolArray, FloatArray, Metric

_BLOCK_CELLS = 4_000_000
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between two systems, first minus second.

    Parameters
    ----------
    value : float
        Difference of the metric on all texts.
    low, high : float
        Ends of the bootstrap interval.
    standard_error : float
        Standard deviation over bootstrap samples.
    p_value : float
        Two-sided, in (0, 1].
    """

    value: float
    low: float
    high: float
    standard_error: float
    p_value: float


def paired_bootstrap(
    first: NDArray[np.generic],
    second: NDArray[np.generic],
    codes: NDArray[np.intp],
    metric: Metric,
    n_samples: int = 1000,
    seed: int = 0,
) -> Difference:
    """Draw clusters for both systems together and look at the difference of a metric.

    Parameters
    ----------
    first, second : ndarray of shape (n_rows, 3, n_labels)
        Counts of the two systems on the same texts in the same order.
    codes : ndarray of int, shape (n_rows,)
        Cluster of each text.
    metric : callable
        From counts to a figure.
    n_samples : int, default 1000
        Bootstrap samples.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    Difference
        With a 95 % percentile interval; the p-value is twice the smaller tail beyond zero, ties counted in full, with
        one added above and below so that it is never 0.
    """
    sums = cluster_sums(np.stack([first, second], axis=1), codes)
    drawn = metric(resampled_sums(sums, n_samples, seed))
    differences = drawn[:, 0] - drawn[:, 1]
    a, b = metric(sums.sum(axis=0))
    low, high = interval(differences)
    tail = min(int((differences <= _TOLERANCE).sum()), int((differences >= -_TOLERANCE).sum()))
    p_value = min(1.0, 2 * (tail + 1) / (n_samples + 1))
    spread = float(differences.std(ddof=1)) if n_samples > 1 else 0.0
    return Difference(float(a - b), float(low), float(high), spread, p_value)


def approximate_randomisation(
    first: NDArray[np.generic],
    second: NDArray[np.generic],
    codes: NDArray[np.intp],
    metric: Metric,
    n_samples: int = 10_000,
    seed: int = 0,
) -> float:
    """Test whether two systems differ by swapping their outputs at random, cluster by cluster.

    Parameters
    ----------
    first, second, codes, metric
        As for :func:`paired_bootstrap`.
    n_samples : int, default 10000
        Random swaps.
    seed : int, default 0
        Seed of the swaps.

    Returns
    -------
    float
        Two-sided p-value ``(n_at_least_as_large + 1) / (n_samples + 1)``; 1 where the systems are alike everywhere.
    """
    sums = cluster_sums(np.stack([first, second], axis=1), codes)
    total = sums.sum(axis=0)
    a, b = metric(total)
    gap = (sums[:, 1] - sums[:, 0]).reshape(len(sums), -1)
    rng = np.random.default_rng(seed)
    size = max(1, _BLOCK_CELLS // max(1, len(sums)))
    n_extreme = 0
    for start in range(0, n_samples, size):
        swaps = rng.integers(0, 2, (min(size, n_samples - start), len(sums))).astype(np.float64)
        moved = (swaps @ gap).reshape(-1, *total.shape[1:])
        differences = metric(total[0] + moved) - metric(total[1] - moved)
        n_extreme += int((np.abs(differences) >= abs(float(a - b)) - _TOLERANCE).sum())
    return (n_extreme + 1) / (n_samples + 1)


def mcnemar(first_right: BoolArray, second_right: BoolArray) -> float:
    """Test whether two systems are right equally often on the same texts (exact binomial test).

    Parameters
    ----------
    first_right, second_right : ndarray of bool, shape (n_rows,)
        Whether each system is right on each text, e.g. finds the exact label set. The texts must be independent; for
        clustered texts use :func:`approximate_randomisation`.

    Returns
    -------
    float
        Two-sided p-value; 1 where the systems are never right apart.
    """
    from scipy.stats import binomtest

    only_first, only_second = int((first_right & ~second_right).sum()), int((~first_right & second_right).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second, 0.5).pvalue)


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Adjust p-values for the number of comparisons by Holm's step-down procedure.

    Parameters
    ----------
    p_values : sequence of float
        One of each comparison, in [0, 1].

    Returns
    -------
    ndarray of shape (n_comparisons,)
        Adjusted p-values in the given order; those below alpha are significant with family-wise error alpha.
    """
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * (len(values) - np.arange(len(values)))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(values) else steps
    return adjusted
