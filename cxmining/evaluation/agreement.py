"""Agreement between annotators who label sets.

References
----------
Krippendorff (2004). Content Analysis. Passonneau (2006). Measuring Agreement on Set-valued Items (MASI). LREC.
Cohen (1960). A Coefficient of Agreement for Nominal Scales. Educational and Psychological Measurement 20(1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

LabelSet = frozenset[str]
Distance = Callable[[LabelSet, LabelSet], float]


def masi_distance(a: LabelSet, b: LabelSet) -> float:
    """Give 1 minus Jaccard times monotonicity (1 equal, 2/3 subset, 1/3 overlap, 0 disjoint); 0 for two empty sets."""
    if a == b:
        return 0.0
    common = len(a & b)
    jaccard = common / len(a | b)
    monotonicity = 2 / 3 if a <= b or b <= a else 1 / 3 if common else 0.0
    return 1.0 - jaccard * monotonicity


def jaccard_distance(a: LabelSet, b: LabelSet) -> float:
    """Give 1 minus the share of labels in common; 0 for two empty sets."""
    return 0.0 if a == b else 1.0 - len(a & b) / len(a | b)


def nominal_distance(a: LabelSet, b: LabelSet) -> float:
    """Give 0 for equal sets, else 1."""
    return float(a != b)


def krippendorff_alpha(units: Sequence[Sequence[LabelSet | None]], distance: Distance = masi_distance) -> float:
    """Compute Krippendorff's alpha for any number of annotators and missing readings.

    Parameters
    ----------
    units : sequence of sequences
        For each text the label sets of its annotators; None where an annotator did not read it.
    distance : callable, default MASI
        Symmetric distance in [0, 1] between two sets.

    Returns
    -------
    float
        At most 1; 1 for perfect agreement, about 0 for chance. NaN where nothing can be compared; 1 where all readings
        of all texts are the same.
    """
    rows = [[v for v in unit if v is not None] for unit in units]
    rows = [row for row in rows if len(row) > 1]
    values = [v for row in rows for v in row]
    if not values:
        return float("nan")
    observed = 0.0
    for row in rows:
        pairs = sum(distance(row[i], row[j]) for i in range(len(row)) for j in range(len(row)) if i != j)
        observed += pairs / (len(row) - 1)
    observed /= len(values)
    counts = Counter(values)
    kinds = list(counts)
    weights = np.array([counts[k] for k in kinds], np.float64)
    table = np.array([[distance(a, b) for b in kinds] for a in kinds])
    expected = float(weights @ table @ weights) / (len(values) * (len(values) - 1))
    return 1.0 if expected == 0 else 1.0 - observed / expected


def cohen_kappa(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
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
