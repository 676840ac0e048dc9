"""Decision thresholds per label, tuned on scores that the model did not learn from.

References
----------
Lipton, Elkan and Naryanaswamy (2014). Optimal Thresholding of Classifiers to Maximize F1 Measure. ECML PKDD.
"""

from __future__ import annotations

import numpy as np

from cxmining.classifiers.base import BoolArray, FloatArray

MINIMUM, MAXIMUM = 0.05, 0.95


def tune_f1(scores: FloatArray, labels: BoolArray, known: BoolArray, shrinkage: float = 10.0) -> FloatArray:
    """Choose for each label the threshold with the best F1, drawn towards the common one where positives are few.

    Parameters
    ----------
    scores, labels, known : ndarray of shape (n, n_labels)
        Held-out probabilities, truth, and which cells count.
    shrinkage : float, default 10
        Positives at which a label's own optimum and the common optimum weigh the same.

    Returns
    -------
    ndarray of shape (n_labels,)
        Thresholds in [0.05, 0.95].
    """
    common = _best_threshold(scores[known], labels[known])
    result = np.empty(scores.shape[1], np.float32)
    for k in range(scores.shape[1]):
        rows = known[:, k]
        positives = int(labels[rows, k].sum())
        own = _best_threshold(scores[rows, k], labels[rows, k]) if positives else common
        weight = positives / (positives + shrinkage)
        result[k] = weight * own + (1 - weight) * common
    return np.clip(result, MINIMUM, MAXIMUM)


def tune_precision(scores: FloatArray, labels: BoolArray, known: BoolArray, target: float) -> FloatArray:
    """Choose for each label the lowest threshold whose held-out precision reaches ``target``.

    Parameters
    ----------
    scores, labels, known : ndarray of shape (n, n_labels)
        Held-out probabilities, truth, and which cells count.
    target : float
        Precision in (0, 1].

    Returns
    -------
    ndarray of shape (n_labels,)
        Thresholds; above 1 where no threshold reaches the target, so that the label is never given.
    """
    result = np.full(scores.shape[1], 1.01, np.float32)
    for k in range(scores.shape[1]):
        rows = known[:, k]
        order = np.argsort(-scores[rows, k], kind="stable")
        ranked, truth = scores[rows, k][order], labels[rows, k][order]
        precision = np.cumsum(truth) / np.arange(1, len(truth) + 1)
        # Equal scores fall on the same side of any threshold, so only the last of a run counts.
        last_of_run = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
        reached = np.flatnonzero((precision >= target) & last_of_run)
        if len(reached):
            result[k] = ranked[reached[-1]]
    return result


def _best_threshold(scores: FloatArray, labels: BoolArray) -> float:
    """Give the midpoint threshold with the best F1 of a flat set of cells; 0.5 without positives."""
    n_positive = int(labels.sum())
    if not n_positive:
        return 0.5
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + n_positive)
    # A threshold can only fall between different scores.
    last_of_run = np.append(ranked[1:] < ranked[:-1], True)
    best = int(np.argmax(np.where(last_of_run, f1, -1.0)))
    below = float(ranked[best + 1]) if best + 1 < len(ranked) else 0.0
    return (float(ranked[best]) + below) / 2
