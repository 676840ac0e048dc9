"""Decision thresholds per label, tuned on scores that the model did not learn from.

References
----------
Lipton, Elkan and Naryanaswamy (2014). Optimal Thresholding of Classifiers to Maximize F1 Measure. ECML PKDD.
"""

from __future__ import annotations

import numpy as np

from cxmining.classifiers.base import BoolArray, FloatArray

MINIMUM, MAXIMUM = 0.05, 0.95

NEVER = 1.01
"""Threshold of a label that is not given at all."""


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


def tune_precision(
    scores: FloatArray, labels: BoolArray, known: BoolArray, target: float, shrinkage: float = 10.0
) -> FloatArray:
    """Choose for each label the lowest threshold from which its held-out precision reaches a target.

    A label with few held-out positives leans on the precision of all labels together at the same threshold.

    Parameters
    ----------
    scores, labels, known : ndarray of shape (n, n_labels)
        Held-out probabilities, truth, and which cells count.
    target : float
        Precision in (0, 1].
    shrinkage : float, default 10
        Decisions at which a label's own precision and the common one weigh the same; 0 takes each label by itself.

    Returns
    -------
    ndarray of shape (n_labels,)
        Thresholds; above 1 where no threshold reaches the target, so that the label is never given.
    """
    common_scores, common = _running_precision(scores[known], labels[known])
    result = np.full(scores.shape[1], NEVER, np.float32)
    for k in range(scores.shape[1]):
        rows = known[:, k]
        ranked, precision = _running_precision(scores[rows, k], labels[rows, k])
        given = np.arange(1, len(ranked) + 1)
        at = np.searchsorted(-common_scores, -ranked, side="right") - 1
        smoothed = (given * precision + shrinkage * common[at]) / (given + shrinkage)
        # Equal scores fall on the same side of any threshold, so only the last of a run counts.
        last_of_run = np.append(ranked[1:] < ranked[:-1], True)[: len(ranked)]
        reached = np.flatnonzero((smoothed >= target) & last_of_run)
        if len(reached):
            result[k] = ranked[reached[-1]]
    return result


def tune_recall(scores: FloatArray, labels: BoolArray, known: BoolArray, target: float) -> FloatArray:
    """Choose for each label the highest threshold whose held-out recall reaches a target.

    Parameters
    ----------
    scores, labels, known : ndarray of shape (n, n_labels)
        Held-out probabilities, truth, and which cells count.
    target : float
        Recall in (0, 1].

    Returns
    -------
    ndarray of shape (n_labels,)
        Thresholds; a label without held-out positives takes that of all labels together.
    """
    common = _recall_threshold(scores[known & labels], target)
    return np.array(
        [_recall_threshold(own, target) if len(own) else common for own in _positive_scores(scores, labels & known)],
        np.float32,
    )


def control_misses(scores: FloatArray, labels: BoolArray, known: BoolArray, risk: float) -> float:
    """Choose one threshold for all labels so that few labels of a text are missed, with a guarantee.

    The loss of a text is the share of its labels that are not given; texts without labels are left out. For texts
    exchangeable with the held-out ones the
    expected loss is at most ``risk``, whatever the classifier (conformal risk control).

    Parameters
    ----------
    scores, labels, known : ndarray of shape (n, n_labels)
        Held-out probabilities, truth, and which cells count.
    risk : float
        Bound on the expected loss, in (0, 1).

    Returns
    -------
    float
        Threshold; 0 (everything is given) where the held-out rows are too few for the bound.

    References
    ----------
    Angelopoulos, Bates, Fisch, Lei and Schuster (2024). Conformal Risk Control. ICLR.
    """
    told = (labels & known).any(axis=1)
    scores, true = scores[told], (labels & known)[told]
    n = len(scores)
    share = true / np.maximum(true.sum(axis=1, keepdims=True), 1)
    order = np.argsort(scores[true], kind="stable")
    thresholds = scores[true][order].astype(np.float64)
    # With the threshold at a positive's own score, the positives below it are missed.
    missed = np.concatenate([[0.0], np.cumsum(share[true][order])[:-1]])
    first_of_run = np.concatenate([[True], thresholds[1:] > thresholds[:-1]])[: len(thresholds)]
    allowed = np.flatnonzero(((missed + 1.0) / (n + 1) <= risk) & first_of_run)
    return float(thresholds[allowed[-1]]) if len(allowed) else 0.0


def _running_precision(scores: FloatArray, labels: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Sort scores downwards and give the precision of each prefix."""
    order = np.argsort(-scores, kind="stable")
    return scores[order], np.asarray(np.cumsum(labels[order]) / np.arange(1, len(order) + 1), np.float32)


def _positive_scores(scores: FloatArray, positive: BoolArray) -> list[FloatArray]:
    """Give the scores of each label's positives."""
    return [scores[positive[:, k], k] for k in range(scores.shape[1])]


def _recall_threshold(positives: FloatArray, target: float) -> float:
    """Give the highest threshold that keeps a share of the positives; 0.5 where there are none."""
    if not len(positives):
        return 0.5
    return float(np.sort(positives)[::-1][int(np.ceil(target * len(positives))) - 1])


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
