"""Platt scaling per label with a weight for a rule that speaks, drawn towards one common scaling.

References
----------
Platt (1999). Probabilistic Outputs for Support Vector Machines. Advances in Large Margin Classifiers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import BoolArray, FloatArray

Float64Array = NDArray[np.float64]


def fit_calibration(
    logits: FloatArray,
    labels: BoolArray,
    known: BoolArray,
    rules: BoolArray | None = None,
    penalty: float = 2.0,
) -> FloatArray:
    """Fit slope, offset and rule weight of each label's logit on held-out rows.

    Parameters
    ----------
    logits, labels, known : ndarray of shape (n, n_labels)
        Scores before calibration, truth, and which cells count.
    rules : ndarray of bool, shape (n, n_labels), optional
        Whether a rule speaks for the label and is heeded; None where there are no rules.
    penalty : float, default 2
        Weight that draws a label's own scaling towards the common one; in units of log-likelihood.

    Returns
    -------
    ndarray of shape (n_labels, 3)
        Slope, offset and weight: ``probability = sigmoid(slope * logit + offset + weight * rule)``. Slopes are
        positive, weights not negative.
    """
    heard = np.zeros_like(labels) if rules is None else rules
    x = np.stack([logits, np.ones_like(logits), heard], axis=2).astype(np.float64)
    common = _newton(x[known], labels[known], np.array([1.0, 0.0, 0.0]), np.full(3, 0.1))
    result = np.empty((logits.shape[1], 3), np.float32)
    for k in range(logits.shape[1]):
        rows = known[:, k]
        # The slope is measured on the common scale, so that the penalty means the same whatever the logits' unit.
        scaled = x[rows, k] * [common[0], 1.0, 1.0]
        slope, offset, weight = _newton(scaled, labels[rows, k], np.array([1.0, *common[1:]]), np.full(3, penalty))
        result[k] = slope * common[0], offset, weight
    return result


def _newton(x: Float64Array, y: BoolArray, start: Float64Array, penalty: Float64Array) -> Float64Array:
    """Minimise the penalised log-loss of sigmoid(x w), the penalty measured from ``start``; w[0] > 0, w[2] >= 0."""
    w = start.copy()
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (p - y) + penalty * (w - start)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        # Damping keeps separable data from running away.
        w = w - step / max(1.0, float(np.abs(step).max()))
        w[0], w[2] = max(w[0], 0.05), max(w[2], 0.0)
        if np.abs(step).max() < 1e-8:
            break
    return w


def apply_calibration(calibration: FloatArray, logits: FloatArray, rules: BoolArray) -> FloatArray:
    """Turn logits and heeded rules, both (n, n_labels), into probabilities of the same shape."""
    z = logits * calibration[:, 0] + calibration[:, 1] + rules * calibration[:, 2]
    return np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)
