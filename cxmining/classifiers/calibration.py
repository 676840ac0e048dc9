"""Platt scaling per label with weights for what the rules say, drawn towards one common scaling.

References
----------
Platt (1999). Probabilistic Outputs for Support Vector Machines. Advances in Large Margin Classifiers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import BoolArray, FloatArray, Votes

Float64Array = NDArray[np.float64]
NEUTRAL: FloatArray = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
"""The scaling that changes nothing."""

N_PARAMETERS = len(NEUTRAL)
_LOWER = np.array([0.05, -np.inf, 0.0, 0.0])


def fit_calibration(
    logits: FloatArray,
    labels: BoolArray,
    known: BoolArray,
    votes: Votes | None = None,
    penalty: float = 2.0,
) -> FloatArray:
    """Fit slope, offset and weights of the rules' votes for each label's logit on held-out rows.

    Parameters
    ----------
    logits, labels, known : ndarray of shape (n, n_labels)
        Scores before calibration, truth, and which cells count.
    votes : ndarray of int8, shape (n, n_labels), optional
        What the rules say: 1 the label is told, -1 it is mentioned and denied, 0 nothing; None where there are none.
    penalty : float, default 2
        Weight that draws a label's own scaling towards the common one; in units of log-likelihood.

    Returns
    -------
    ndarray of shape (n_labels, 4)
        Slope, offset and two weights: ``probability = sigmoid(slope * logit + offset + told * (vote > 0) - denied *
        (vote < 0))``. Slopes are positive, weights not negative.
    """
    x = _inputs(logits, votes)
    start = NEUTRAL.astype(np.float64)
    common = _newton(x[known], labels[known], start, np.full(N_PARAMETERS, 0.1))
    result = np.empty((logits.shape[1], N_PARAMETERS), np.float32)
    for k in range(logits.shape[1]):
        rows = known[:, k]
        # The slope is measured on the common scale, so that the penalty means the same whatever the logits' unit.
        scaled = x[rows, k] * [common[0], 1.0, 1.0, 1.0]
        own = _newton(scaled, labels[rows, k], np.array([1.0, *common[1:]]), np.full(N_PARAMETERS, penalty))
        result[k] = own * [common[0], 1.0, 1.0, 1.0]
    return result


def _inputs(logits: FloatArray, votes: Votes | None) -> Float64Array:
    """Give what the scaling is linear in, shape (n, n_labels, 4)."""
    votes = np.zeros(logits.shape, np.int8) if votes is None else votes
    return np.stack([logits, np.ones_like(logits), votes > 0, -(votes < 0).astype(np.int8)], axis=2).astype(np.float64)


def _newton(x: Float64Array, y: BoolArray, start: Float64Array, penalty: Float64Array) -> Float64Array:
    """Minimise the penalised log-loss of sigmoid(x w), the penalty measured from ``start``; w >= _LOWER."""
    w = start.copy()
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ w, -40, 40)))
        gradient = x.T @ (p - y) + penalty * (w - start)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        # Damping keeps separable data from running away.
        w = w - step / max(1.0, float(np.abs(step).max()))
        w = np.maximum(w, _LOWER)
        if np.abs(step).max() < 1e-8:
            break
    return w


def apply_calibration(calibration: FloatArray, logits: FloatArray, votes: Votes | None = None) -> FloatArray:
    """Turn logits and the rules' votes, both (n, n_labels), into probabilities of the same shape."""
    z = (_inputs(logits, votes) * calibration).sum(axis=2)
    return np.asarray(1.0 / (1.0 + np.exp(-z)), np.float32)
