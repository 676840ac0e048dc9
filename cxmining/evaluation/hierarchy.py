"""F1 by family of labels, and hierarchical F1, where a wrong label of the right family is half right.

References
----------
Kiritchenko, Matwin, Nock and Famili (2006). Learning and Evaluation in the Presence of Class Hierarchies. Canadian AI.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import BoolArray, cell_counts


def family_cells(
    truth: BoolArray, predicted: BoolArray, known: BoolArray | None, families: NDArray[np.intp]
) -> tuple[BoolArray, BoolArray, BoolArray]:
    """Raise labels to their families.

    Parameters
    ----------
    truth, predicted, known : ndarray of bool, shape (n_rows, n_labels)
        As for :func:`~cxmining.evaluation.multilabel.cell_counts`.
    families : ndarray of int, shape (n_labels,)
        Index of each label's family, from 0 without gaps.

    Returns
    -------
    truth, predicted, known : ndarray of bool, shape (n_rows, n_families)
        A family holds where one of its labels does. It is open where one side holds it through open labels alone.
    """
    cells = np.ones_like(truth) if known is None else known
    member = np.zeros((truth.shape[1], int(families.max(initial=-1)) + 1), np.int64)
    member[np.arange(len(families)), families] = 1

    def up(labels: BoolArray) -> BoolArray:
        held: BoolArray = (labels.astype(np.int64) @ member) > 0
        return held

    family_truth, family_predicted = up(truth & cells), up(predicted & cells)
    open_truth = up(~cells) & ~family_truth
    open_predicted = up(predicted & ~cells) & ~family_predicted
    return family_truth, family_predicted, ~(open_truth | open_predicted)


def hierarchical_counts(
    truth: BoolArray, predicted: BoolArray, known: BoolArray | None, families: NDArray[np.intp]
) -> BoolArray:
    """Count labels and families together, so that micro-F1 of the counts is hierarchical F1.

    Parameters
    ----------
    truth, predicted, known, families
        As for :func:`family_cells`.

    Returns
    -------
    ndarray of bool, shape (n_rows, 3, n_labels + n_families)
        Counts for :mod:`cxmining.evaluation.multilabel`; the families stand last.
    """
    raised = family_cells(truth, predicted, known, families)
    return np.concatenate([cell_counts(truth, predicted, known), cell_counts(*raised)], axis=2)
