"""Whether probabilities mean what they say: reliability curve, expected calibration error, Brier score.

References
----------
Guo et al. (2017). On Calibration of Modern Neural Networks. ICML. Nixon et al. (2019). Measuring Calibration in Deep
Learning. CVPR Workshops (bins of equal mass). Brier (1950). Verification of Forecasts Expressed in Terms of
Probability. Monthly Weather Review 78(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.intervals import wilson_interval
from cxmining.evaluation.multilabel import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class ReliabilityCurve:
    """Share of true cells against stated probability, by bin; empty bins are left out.

    Parameters
    ----------
    score : ndarray of shape (n_bins,)
        Mean probability.
    share : ndarray of shape (n_bins,)
        Share of true cells.
    low, high : ndarray of shape (n_bins,)
        Wilson interval of the share, 95 %.
    n : ndarray of int, shape (n_bins,)
        Cells.
    """

    score: FloatArray
    share: FloatArray
    low: FloatArray
    high: FloatArray
    n: NDArray[np.int64]


def reliability_curve(scores: NDArray[np.floating], truth: BoolArray, n_bins: int = 15) -> ReliabilityCurve:
    """Bin cells by probability, about equally many in each; equal probabilities share a bin.

    Parameters
    ----------
    scores : ndarray of float, shape (n_cells,)
        Probabilities in [0, 1].
    truth : ndarray of bool, shape (n_cells,)
        Whether the label holds.
    n_bins : int, default 15
        Bins, fewer where many cells have the same probability.

    Returns
    -------
    ReliabilityCurve
        In rising order.

    Raises
    ------
    ValueError
        If a score lies outside [0, 1] or is NaN, or there is no bin.
    """
    if n_bins < 1:
        raise ValueError(f"at least one bin is needed, got {n_bins}")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("probabilities must lie in [0, 1]")
    if not len(scores):
        empty = np.zeros(0)
        return ReliabilityCurve(empty, empty, empty, empty, np.zeros(0, np.int64))
    # Edges are scores that occur; interpolated ones would split ties by rounding errors.
    edges = np.sort(scores)[(len(scores) - 1) * np.arange(1, n_bins) // n_bins]
    bins = np.searchsorted(edges, scores)
    n = np.bincount(bins, minlength=n_bins)
    kept = n > 0
    n = n[kept]
    positives = np.bincount(bins, truth, n_bins)[kept]
    low, high = wilson_interval(positives, n)
    return ReliabilityCurve(np.bincount(bins, scores, n_bins)[kept] / n, positives / n, low, high, n.astype(np.int64))


def expected_calibration_error(scores: NDArray[np.floating], truth: BoolArray, n_bins: int = 15) -> float:
    """Average the gap between probability and share of true cells over bins of equal mass.

    Parameters
    ----------
    scores, truth, n_bins
        As for :func:`reliability_curve`.

    Returns
    -------
    float
        In [0, 1]; NaN for empty input.
    """
    curve = reliability_curve(scores, truth, n_bins)
    if not len(curve.n):
        return float("nan")
    return float(np.abs(curve.score - curve.share) @ curve.n / curve.n.sum())


def brier_score(scores: NDArray[np.floating], truth: BoolArray) -> float:
    """Average the squared gap between probability and outcome.

    Parameters
    ----------
    scores, truth
        As for :func:`reliability_curve`.

    Returns
    -------
    float
        In [0, 1]; NaN for empty input.
    """
    return float(((scores.astype(np.float64) - truth) ** 2).mean()) if len(scores) else float("nan")
