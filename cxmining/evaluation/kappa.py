"""Chance-corrected agreement on single labels: Cohen's and Fleiss' kappa; and the ceiling that agreement sets.

References
----------
Cohen (1960). A Coefficient of Agreement for Nominal Scales. Educational and Psychological Measurement 20(1).
Fleiss (1971). Measuring Nominal Scale Agreement among Many Raters. Psychological Bulletin 76(5).
Boguslav and Cohen (2017). Inter-Annotator Agreement and the Upper Limit on Machine Performance. MEDINFO.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import BoolArray, cell_counts, macro_f1, micro_f1


def cohen_kappa(a: BoolArray, b: BoolArray) -> float:
    """Compute Cohen's kappa of two annotators on one label.

    Parameters
    ----------
    a, b : ndarray of bool, shape (n_texts,)
        Whether each annotator gave the label.

    Returns
    -------
    float
        In [-1, 1]; 1 where both are constant and equal, NaN for empty input.
    """
    if not len(a):
        return float("nan")
    observed = float((a == b).mean())
    p, q = float(a.mean()), float(b.mean())
    expected = p * q + (1 - p) * (1 - q)
    return 1.0 if expected == 1.0 else (observed - expected) / (1 - expected)


def fleiss_kappa(ratings: NDArray[np.integer]) -> float:
    """Compute Fleiss' kappa for any number of annotators and categories.

    Parameters
    ----------
    ratings : ndarray of int, shape (n_texts, n_categories)
        How many annotators chose each category; every row has the same sum, at least 2.

    Returns
    -------
    float
        At most 1; 1 where only one category was ever chosen, NaN for empty input.

    Raises
    ------
    ValueError
        If texts have different numbers of ratings, or fewer than 2.
    """
    if not len(ratings):
        return float("nan")
    n = int(ratings[0].sum())
    if n < 2 or (ratings.sum(axis=1) != n).any():
        raise ValueError("every text needs the same number of ratings, at least 2")
    observed = float(((ratings.astype(np.float64) ** 2).sum(axis=1) - n).mean() / (n * (n - 1)))
    expected = float((ratings.mean(axis=0) ** 2).sum() / n**2)
    return 1.0 if expected == 1.0 else (observed - expected) / (1 - expected)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How well annotators predict each other; a system that scores above has learned their noise.

    Parameters
    ----------
    micro_f1, macro_f1, exact : float
        Means over ordered pairs of annotators of F1, and of the share of texts with equal label sets; in [0, 1].
    """

    micro_f1: float
    macro_f1: float
    exact: float


def observed_ceiling(readings: BoolArray, known: BoolArray | None = None) -> Ceiling:
    """Score every annotator against every other.

    Parameters
    ----------
    readings : ndarray of bool, shape (n_annotators, n_texts, n_labels)
        Labels given, at least two annotators.
    known : ndarray of bool, same shape, optional
        Cells that the annotator read and decided; a cell counts where both did.

    Returns
    -------
    Ceiling
        NaN where no two annotators share a cell.
    """
    cells = np.ones_like(readings) if known is None else known
    figures = []
    for i, j in permutations(range(len(readings)), 2):
        both = cells[i] & cells[j]
        shared = both.any(axis=1)
        if not shared.any():
            continue
        counts = cell_counts(readings[i], readings[j], both)
        sums = counts.sum(axis=0, dtype=np.float64)
        exact = ~counts[shared, 1:].any(axis=(1, 2))
        figures.append((float(micro_f1(sums)), float(macro_f1(sums)), float(exact.mean())))
    return Ceiling(*(np.mean(figures, axis=0).tolist() if figures else [float("nan")] * 3))
