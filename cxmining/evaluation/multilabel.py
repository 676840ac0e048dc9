"""Multi-label precision, recall and F1.

References
----------
Tsoumakas, Katakis and Vlahavas (2010). Mining Multi-label Data. Data Mining and Knowledge Discovery Handbook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


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
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


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
    cells = np.ones_like(truth) if known is None else known
    hit = (truth & predicted & cells).sum(axis=0)
    n_predicted = (predicted & cells).sum(axis=0)
    n_true = (truth & cells).sum(axis=0)
    f1 = _ratio(2 * hit, n_predicted + n_true)
    occurs = (n_predicted + n_true) > 0
    micro = float(_ratio(2 * hit.sum(keepdims=True), (n_predicted + n_true).sum(keepdims=True))[0])
    macro = float(f1[occurs].mean()) if occurs.any() else 0.0
    return F1Report(micro, macro, _ratio(hit, n_predicted), _ratio(hit, n_true), f1, n_true.astype(np.int64))


def _ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide where the denominator is not zero, 0 elsewhere."""
    out = np.zeros(numerator.shape, np.float64)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)
