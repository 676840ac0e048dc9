"""Agreement between annotators who label sets: Krippendorff's alpha with nominal, Jaccard or MASI distance.

References
----------
Krippendorff (2004). Content Analysis. Passonneau (2006). Measuring Agreement on Set-valued Items (MASI). LREC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.bootstrap import cluster_codes, cluster_sums, interval, resampled_sums
from cxmining.evaluation.multilabel import FloatArray

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
    parts = _parts(units, distance)
    return float(_alpha(parts.observed.sum(keepdims=True), parts.values.sum(axis=0, keepdims=True), parts.table)[0])


def alpha_interval(
    units: Sequence[Sequence[LabelSet | None]],
    clusters: Sequence[Hashable],
    distance: Distance = masi_distance,
    n_samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Give a bootstrap interval of alpha; whole clusters of texts are drawn.

    Parameters
    ----------
    units : sequence of sequences
        As for :func:`krippendorff_alpha`.
    clusters : sequence of hashable
        Cluster of each text, such as its scenario.
    distance : callable, default MASI
        Distance.
    n_samples : int, default 1000
        Bootstrap samples.
    level : float, default 0.95
        Coverage.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    tuple of float
        Low and high end; NaN where nothing can be compared.
    """
    parts = _parts(units, distance)
    if not len(parts.observed):
        return float("nan"), float("nan")
    codes = cluster_codes([clusters[i] for i in parts.rows])
    sums = cluster_sums(np.column_stack([parts.observed, parts.values]), codes)
    drawn = resampled_sums(sums, n_samples, seed)
    low, high = interval(_alpha(drawn[:, 0], drawn[:, 1:], parts.table), level)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What alpha is made of; every part adds up over texts.

    ``rows`` are the texts with at least two readings; ``observed`` their disagreement; ``values`` (n_texts, n_kinds)
    counts distinct label sets; ``table`` holds the distances between these.
    """

    rows: list[int]
    observed: FloatArray
    values: FloatArray
    table: FloatArray


def _parts(units: Sequence[Sequence[LabelSet | None]], distance: Distance) -> _Parts:
    """Take apart what alpha is made of."""
    read = [[v for v in unit if v is not None] for unit in units]
    rows = [i for i, unit in enumerate(read) if len(unit) > 1]
    kinds = {kind: k for k, kind in enumerate(dict.fromkeys(v for i in rows for v in read[i]))}
    table = np.zeros((len(kinds), len(kinds)))
    for a, i in kinds.items():
        for b, j in kinds.items():
            if i < j:
                table[i, j] = table[j, i] = distance(a, b)
    values = np.zeros((len(rows), len(kinds)))
    observed = np.zeros(len(rows))
    for r, i in enumerate(rows):
        counts = Counter(kinds[v] for v in read[i])
        own = np.array(list(counts))
        values[r, own] = list(counts.values())
        observed[r] = values[r, own] @ table[np.ix_(own, own)] @ values[r, own] / (len(read[i]) - 1)
    return _Parts(rows, observed, values, table)


def _alpha(observed: FloatArray, values: FloatArray, table: FloatArray) -> NDArray[np.float64]:
    """Compute alpha from summed parts, shapes (n,), (n, n_kinds), (n_kinds, n_kinds) -> (n,)."""
    n = values.sum(axis=1)
    expected = ((values @ table) * values).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = 1.0 - observed * (n - 1) / expected
    return np.where(n == 0, np.nan, np.where(expected == 0, 1.0, alpha))
