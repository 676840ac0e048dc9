"""Logistic regressions, one a label, and the stacking that joins them."""

from __future__ import annotations

import numpy as np

from cxmining.classifiers.base import BoolArray, FloatArray

Head = tuple[FloatArray, FloatArray]
"""Weights (n_labels, n_features) and biases (n_labels,)."""

_NEVER = -6.0


def fit_heads(x: FloatArray, y: BoolArray, known: BoolArray, c: float, balanced: bool = True) -> Head:
    """Fit one logistic regression a label on shared features.

    Parameters
    ----------
    x : ndarray or sparse matrix of shape (n, n_features)
        Features.
    y, known : ndarray of bool, shape (n, n_labels)
        Truth, and which cells count.
    c : float
        Inverse regularisation strength.
    balanced : bool, default True
        Weigh both classes alike; False keeps probabilities calibrated.

    Returns
    -------
    Head
        A label that never occurs gets a constant low score, one that always occurs a constant high one.
    """
    return _fit([x] * y.shape[1], y, known, c, balanced)


def fit_stack(features: FloatArray, y: BoolArray, known: BoolArray) -> Head:
    """Fit one calibrated logistic regression a label on features of its own, of shape (n, n_labels, n_features)."""
    return _fit([features[:, k] for k in range(y.shape[1])], y, known, 1.0, False)


def _fit(x: list[FloatArray], y: BoolArray, known: BoolArray, c: float, balanced: bool) -> Head:
    """Fit a regression a label on the features listed for it."""
    from scipy.sparse import issparse
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((y.shape[1], x[0].shape[1]), np.float32)
    bias = np.full(y.shape[1], _NEVER, np.float32)
    for k in range(y.shape[1]):
        rows = known[:, k]
        target = y[rows, k]
        if len(target) and target.all():
            bias[k] = -_NEVER
        elif target.any():
            weighting = "balanced" if balanced else None
            # Many sparse features and few rows are what liblinear was made for; it is tens of times faster there.
            solver = "liblinear" if issparse(x[k]) else "lbfgs"
            model = LogisticRegression(C=c, class_weight=weighting, max_iter=300, solver=solver, random_state=0)
            model.fit(x[k][rows], target)
            weight[k], bias[k] = model.coef_[0], model.intercept_[0]
    return weight, bias
