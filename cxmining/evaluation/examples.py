"""Example-based metrics: each text is scored for itself, then texts are averaged.

References
----------
Godbole and Sarawagi (2004). Discriminative Methods for Multi-labeled Classification. PAKDD.
Schapire and Singer (2000). BoosTexter. Machine Learning 39 (Hamming loss).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxmining.evaluation.multilabel import BoolArray, FloatArray, cell_counts, ratio

COLUMNS = ("precision", "recall", "f1", "jaccard", "exact", "n_wrong", "n_known", "n_rows")
"""Columns of :func:`row_figures`."""


@dataclass(frozen=True, slots=True)
class ExampleReport:
    """Means over texts.

    Parameters
    ----------
    precision, recall, f1, jaccard : float
        In [0, 1]; a text with nothing to find and nothing found counts as 1.
    subset_accuracy : float
        Share of texts whose every known cell is right.
    hamming_loss : float
        Share of known cells that are wrong.
    """

    precision: float
    recall: float
    f1: float
    jaccard: float
    subset_accuracy: float
    hamming_loss: float


def row_figures(truth: BoolArray, predicted: BoolArray, known: BoolArray | None = None) -> FloatArray:
    """Score every text for itself.

    Parameters
    ----------
    truth, predicted, known : ndarray of bool, shape (n_rows, n_labels)
        As for :func:`~cxmining.evaluation.multilabel.cell_counts`.

    Returns
    -------
    ndarray of shape (n_rows, 8)
        The columns named by ``COLUMNS``; their sums over rows give every mean. Precision is 1 where nothing was
        predicted, recall where nothing is true, F1 and Jaccard where both are empty (scikit-learn's
        ``zero_division=1``). A text whose cells are all open is a row of zeros.
    """
    tp, fp, fn = np.moveaxis(cell_counts(truth, predicted, known).sum(axis=2, dtype=np.float64), 1, 0)
    n_known = (np.ones_like(truth) if known is None else known).sum(axis=1).astype(np.float64)
    wrong = fp + fn
    figures = np.stack(
        [
            _or_one(tp, tp + fp),
            _or_one(tp, tp + fn),
            _or_one(2 * tp, 2 * tp + wrong),
            _or_one(tp, tp + wrong),
            (wrong == 0).astype(np.float64),
            wrong,
            n_known,
            np.ones(len(truth)),
        ],
        axis=1,
    )
    figures[n_known == 0] = 0.0
    return figures


def report_of(sums: FloatArray) -> FloatArray:
    """Turn sums of row figures into means.

    Parameters
    ----------
    sums : ndarray of shape (..., 8)
        Sums of :func:`row_figures` over rows.

    Returns
    -------
    ndarray of shape (..., 6)
        In the order of :class:`ExampleReport`; 0 where there are no rows.
    """
    means = ratio(sums[..., :5], sums[..., 7:8])
    return np.concatenate([means, ratio(sums[..., 5:6], sums[..., 6:7])], axis=-1)


def example_report(truth: BoolArray, predicted: BoolArray, known: BoolArray | None = None) -> ExampleReport:
    """Average the row figures.

    Parameters
    ----------
    truth, predicted, known : ndarray of bool, shape (n_rows, n_labels)
        As for :func:`~cxmining.evaluation.multilabel.cell_counts`.

    Returns
    -------
    ExampleReport
        All zeros for empty input.
    """
    return ExampleReport(*report_of(row_figures(truth, predicted, known).sum(axis=0)).tolist())


def _or_one(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide, 1 where the denominator is zero."""
    return np.where(denominator == 0, 1.0, ratio(numerator, denominator))
