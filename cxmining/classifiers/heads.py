"""Logistic regressions, one a label, and the stacking that joins them."""

from __future__ import annotations

import numpy as np

from cxmining.classifiers.base import BoolArray, FloatArray

Head = tuple[FloatArray, FloatArray]
"""Weights (n_labels, n_features) and biases (n_labels,)."""

_NEVER = -6.0

_DEVIATION, _POOLED_C = 0.3, 0.3
"""How freely a label leaves the shared weights, and the inverse regularisation strength of all of them."""


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


def says_nothing(logits: FloatArray) -> BoolArray:
    """Tell the logits of heads that met one class alone, which are the same for every text."""
    return np.asarray(np.abs(logits) == -_NEVER, np.bool_)


def fit_stack(features: FloatArray, y: BoolArray, known: BoolArray) -> Head:
    """Fit one calibrated logistic regression a label on features of its own, of shape (n, n_labels, n_features)."""
    return _fit([features[:, k] for k in range(y.shape[1])], y, known, 1.0, False)


def fit_pooled_stack(features: FloatArray, y: BoolArray, known: BoolArray) -> Head:
    """Fit a stacking regression whose weights all labels share, but for deviations that are held small.

    A label with a few examples cannot weigh its features by itself; all labels together can. It is one regression on
    all cells of text and label, on standardised features and on the label's own copy of them and of the bias, shrunk
    by a factor, so that the same penalty allows a label less than it allows all of them.

    Parameters
    ----------
    features : ndarray of shape (n, n_labels, n_features)
        Held-out scores of each label; the same features for every label.
    y, known : ndarray of bool, shape (n, n_labels)
        Truth, and which cells count.

    Returns
    -------
    Head
        Weights (n_labels, n_features) and biases (n_labels,) for the features as they are.

    References
    ----------
    Breiman (1996). Stacked Regressions. Machine Learning 24.
    Gelman and Hill (2007). Data Analysis Using Regression and Multilevel/Hierarchical Models, chapter 12 (partial
    pooling).
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    n_labels, n_features = features.shape[1:]
    cells, target = features[known], y[known]
    if not target.any() or target.all():
        constant = -_NEVER if target.any() else _NEVER
        return np.zeros((n_labels, n_features), np.float32), np.full(n_labels, constant, np.float32)
    mean, spread = cells.mean(axis=0), cells.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0)
    shared = np.column_stack([(cells - mean) / spread, np.ones(len(cells))])
    own = np.nonzero(known)[1][:, None] * (n_features + 1) + np.arange(n_features + 1)
    at = np.arange(0, own.size + 1, n_features + 1)
    deviations = csr_matrix((_DEVIATION * shared.ravel(), own.ravel(), at), (len(cells), n_labels * (n_features + 1)))
    model = LogisticRegression(C=_POOLED_C, max_iter=500)
    model.fit(hstack([csr_matrix(shared[:, :-1]), deviations]).tocsr(), target)
    common, deviation = model.coef_[0, :n_features], _DEVIATION * model.coef_[0, n_features:].reshape(n_labels, -1)
    weight = (common + deviation[:, :-1]) / spread
    bias = model.intercept_[0] + deviation[:, -1] - weight @ mean
    return weight.astype(np.float32), bias.astype(np.float32)


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
