"""Which labels stand in for which: counts of missed labels beside extra ones on the same text.

References
----------
Krstinic et al. (2020). Multi-label Classifier Performance Evaluation with Confusion Matrix. CS & IT 10 (the idea that a
missed label is confused with the extra ones of its text; here each miss is shared out evenly, so that rows add up).
"""

from __future__ import annotations

import numpy as np

from cxmining.evaluation.multilabel import BoolArray, FloatArray, cell_counts


def confusion_matrix(truth: BoolArray, predicted: BoolArray, known: BoolArray | None = None) -> FloatArray:
    """Share out every true label over what the prediction holds in its place.

    Parameters
    ----------
    truth, predicted, known : ndarray of bool, shape (n_rows, n_labels)
        As for :func:`~cxmining.evaluation.multilabel.cell_counts`.

    Returns
    -------
    ndarray of shape (n_labels + 1, n_labels + 1)
        Rows are true labels, columns predicted ones, and the last of both stands for nothing. A label found counts on
        the diagonal; a label missed is shared out over the extra labels of its text, or goes to the last column if
        there are none; an extra label on a text with nothing missed goes to the last row. Each of the first rows sums
        to the positives of its label.
    """
    counts = cell_counts(truth, predicted, known).astype(np.float64)
    hit, extra, missed = counts[:, 0], counts[:, 1], counts[:, 2]
    n_extra, n_missed = extra.sum(axis=1, keepdims=True), missed.sum(axis=1, keepdims=True)
    k = truth.shape[1]
    matrix = np.zeros((k + 1, k + 1))
    matrix[:k, :k] = missed.T @ (extra / np.maximum(n_extra, 1))
    matrix[np.arange(k), np.arange(k)] += hit.sum(axis=0)
    matrix[:k, k] = (missed * (n_extra == 0)).sum(axis=0)
    matrix[k, :k] = (extra * (n_missed == 0)).sum(axis=0)
    return matrix


def confused_pairs(matrix: FloatArray, n: int = 10) -> list[tuple[int, int, float]]:
    """List the largest confusions.

    Parameters
    ----------
    matrix : ndarray of shape (n_labels + 1, n_labels + 1)
        From :func:`confusion_matrix`.
    n : int, default 10
        At most so many.

    Returns
    -------
    list of (int, int, float)
        True label, label predicted in its place, count; largest first, then in order of labels.
    """
    k = len(matrix) - 1
    pairs = [(i, j, float(matrix[i, j])) for i in range(k) for j in range(k) if i != j and matrix[i, j] > 0]
    return sorted(pairs, key=lambda p: (-p[2], p[0], p[1]))[:n]
