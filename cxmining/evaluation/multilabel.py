"""Multi-label precision, recall and F1, computed from counts that add up over rows.

Everything is a function of *counts*: arrays of shape (..., 3, n_labels) that hold true positives, false positives and
false negatives by label. Counts of rows are summed to clusters and resampled before a metric is taken, so the leading
axes may stand for rows, clusters, or bootstrap samples. Cells that annotators left open are counted nowhere.

References
----------
Tsoumakas, Katakis and Vlahavas (2010). Mining Multi-label Data. Data Mining and Knowledge Discovery Handbook.
Opitz and Burst (2019). Macro F1 and Macro F1. arXiv:1911.03347 (macro-F1 here is their average of F1 by label).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
Metric = Callable[[FloatArray], FloatArray]
"""From counts of shape (..., 3, n_labels) to a figure of shape (...)."""


@dataclass(frozen=True, slots=True)
class F1Report:
    """F1 figures of one set of rows.

    Parameters
    ----------
    micro, macro : float
        In [0, 1]. Macro averages over the labels that occur in truth or prediction.
    precision, recall, f1 : ndarray of shape (n_labels,)
        By label; 0 where undefined.
    support : ndarray of shape (n_labels,)
        Positives by label.
    """

    micro: float
    macro: float
    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    support: NDArray[np.int64]


def cell_counts(truth: BoolArray, predicted: BoolArray, known: BoolArray | None = None) -> BoolArray:
    """Mark for every cell whether it is a true positive, a false positive or a false negative.

    Parameters
    ----------
    truth, predicted : ndarray of bool, shape (n_rows, n_labels)
        Gold and predicted labels.
    known : ndarray of bool, shape (n_rows, n_labels), optional
        Cells that count; labels that annotators left open are scored neither way.

    Returns
    -------
    ndarray of bool, shape (n_rows, 3, n_labels)
        Counts of single rows; sum over rows before taking a metric.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    cells = np.ones_like(truth) if known is None else known
    if not truth.shape == predicted.shape == cells.shape:
        raise ValueError(f"shapes differ: truth {truth.shape}, predicted {predicted.shape}, known {cells.shape}")
    return np.stack([truth & predicted & cells, ~truth & predicted & cells, truth & ~predicted & cells], axis=1)


def f1_report(truth: BoolArray, predicted: BoolArray, known: BoolArray | None = None) -> F1Report:
    """Compute micro, macro and per-label F1.

    Parameters
    ----------
    truth, predicted : ndarray of bool, shape (n_rows, n_labels)
        Gold and predicted labels.
    known : ndarray of bool, shape (n_rows, n_labels), optional
        Cells that count; labels that annotators left open are scored neither way.

    Returns
    -------
    F1Report
        All zeros for empty input.
    """
    counts = cell_counts(truth, predicted, known).sum(axis=0, dtype=np.float64)
    support = (counts[0] + counts[2]).astype(np.int64)
    by_label = (label_precision(counts), label_recall(counts), label_f1(counts))
    return F1Report(float(micro_f1(counts)), float(macro_f1(counts)), *by_label, support)


def label_precision(counts: FloatArray) -> FloatArray:
    """Give precision by label, shape (..., n_labels); 0 where nothing was predicted."""
    return ratio(counts[..., 0, :], counts[..., 0, :] + counts[..., 1, :])


def label_recall(counts: FloatArray) -> FloatArray:
    """Give recall by label, shape (..., n_labels); 0 where nothing is positive."""
    return ratio(counts[..., 0, :], counts[..., 0, :] + counts[..., 2, :])


def label_f1(counts: FloatArray) -> FloatArray:
    """Give F1 by label, shape (..., n_labels); 0 where a label is neither true nor predicted."""
    return ratio(2 * counts[..., 0, :], 2 * counts[..., 0, :] + counts[..., 1, :] + counts[..., 2, :])


def micro_precision(counts: FloatArray) -> FloatArray:
    """Give precision over all cells, shape (...)."""
    return label_precision(counts.sum(axis=-1, keepdims=True))[..., 0]


def micro_recall(counts: FloatArray) -> FloatArray:
    """Give recall over all cells, shape (...)."""
    return label_recall(counts.sum(axis=-1, keepdims=True))[..., 0]


def micro_f1(counts: FloatArray) -> FloatArray:
    """Give F1 over all cells, shape (...)."""
    return label_f1(counts.sum(axis=-1, keepdims=True))[..., 0]


def macro_precision(counts: FloatArray) -> FloatArray:
    """Average precision over the labels that occur in truth or prediction, shape (...)."""
    return _mean_of_occurring(label_precision(counts), counts)


def macro_recall(counts: FloatArray) -> FloatArray:
    """Average recall over the labels that occur in truth or prediction, shape (...)."""
    return _mean_of_occurring(label_recall(counts), counts)


def macro_f1(counts: FloatArray) -> FloatArray:
    """Average F1 over the labels that occur in truth or prediction, shape (...).

    A label that is neither true nor predicted has no F1; scikit-learn with ``zero_division=nan`` treats it alike.
    """
    return _mean_of_occurring(label_f1(counts), counts)


def weighted_f1(counts: FloatArray) -> FloatArray:
    """Average F1 over labels, weighted by their positives, shape (...); 0 where nothing is positive."""
    support = counts[..., 0, :] + counts[..., 2, :]
    return ratio((label_f1(counts) * support).sum(axis=-1), support.sum(axis=-1))


METRICS: Mapping[str, Metric] = {
    "micro_f1": micro_f1,
    "macro_f1": macro_f1,
    "weighted_f1": weighted_f1,
    "micro_precision": micro_precision,
    "micro_recall": micro_recall,
    "macro_precision": macro_precision,
    "macro_recall": macro_recall,
}
"""Metrics on counts, by the name that reports give them."""


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide where the denominator is not zero, 0 elsewhere."""
    out = np.zeros(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.float64)
    return np.divide(numerator, denominator, out=out, where=np.asarray(denominator) != 0)


def _mean_of_occurring(values: FloatArray, counts: FloatArray) -> FloatArray:
    """Average over the labels with at least one true or predicted positive."""
    occurs = counts.sum(axis=-2) > 0
    return ratio((values * occurs).sum(axis=-1), occurs.sum(axis=-1).astype(np.float64))
