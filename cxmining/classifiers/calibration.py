"""Platt scaling per label, drawn towards one common scaling where positives are few.

References
----------
Platt (1999). Probabilistic Outputs for Support Vector Machines. Advances in Large Margin Classifiers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import BoolArray, FloatArray

Float64Array = NDArray[np.float64]


def fit_calibration(logits: FloatArray, labels: BoolArray, known: BoolArray, penalty: float = 2.0) -> FloatArray:
    """Fit slope and offset of each label's logit on held-out rows.

    Parameters
    ----------
    logits, labels, known : ndarray of shape (n, n_labels)
        Scores before calibration, truth, and which cells count.
    penalty : float, default 2
        Weight that draws a label's own scaling towards the common one; in units of log-likelihood.

    Returns
    -------
    ndarray of shape (n_labels, 2)
        Slope and offset: ``probability = sigmoid(slope * logit + offset)``. Slopes are positive.
    """
    common = _newton(logits[known].astype(np.float64), labels[known], np.array([1.0, 0.0]), 1e-3)
    result = np.empty((logits.shape[1], 2), np.float32)
    for k in range(logits.shape[1]):
        rows = known[:, k]
        z = common[0] * logits[rows, k].astype(np.float64) + common[1]
        slope, offset = _newton(z, labels[rows, k], np.array([1.0, 0.0]), penalty)
        result[k] = slope * common[0], slope * common[1] + offset
    return result


def _newton(z: Float64Array, y: BoolArray, start: Float64Array, penalty: float) -> Float64Array:
    """Minimise the penalised log-loss of sigmoid(a z + b), the penalty measured from ``start``; a stays positive."""
    x = np.stack([z, np.ones_like(z)], axis=1)
    w = start.copy()
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (p - y) + penalty * (w - start)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + (penalty + 1e-9) * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        # Damping keeps separable data from running away.
        w = w - step / max(1.0, float(np.abs(step).max()))
        w[0] = max(w[0], 0.05)
        if np.abs(step).max() < 1e-8:
            break
    return w
