"""Agreement between annotators who label sets: Krippendorff's alpha with nominal, Jaccard or MASI distance.

References
----------
Krippendorff (2004). Content Analysis. Passonneau (2006). Measuring Agreement on Set-valued Items (MASI). LREC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.bootstrap import cluster_codes, interval, weight_blocks
from cxmining.evaluation.multilabel import FloatArray, ratio

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
    values = np.asarray(parts.values.sum(axis=0)).reshape(1, -1)
    return float(_alpha(parts.observed.sum(keepdims=True), values, parts.table)[0])


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
    from scipy.sparse import csr_array

    codes = cluster_codes([clusters[i] for i in parts.rows])
    n_clusters = int(codes.max()) + 1
    member = csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=(n_clusters, len(codes)))
    observed, values = member @ parts.observed, member @ parts.values
    blocks = [
        _alpha(weights @ observed, np.asarray((values.T @ weights.T).T), parts.table)
        for weights in weight_blocks(n_clusters, n_samples, seed)
    ]
    low, high = interval(np.concatenate(blocks), level)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What alpha is made of; every part adds up over texts.

    ``rows`` are the texts with at least two readings; ``observed`` their disagreement; ``values``, a sparse array of
    shape (n_texts, n_kinds), counts distinct label sets; ``table`` holds the distances between these.
    """

    rows: list[int]
    observed: FloatArray
    values: Any
    table: FloatArray


def _parts(units: Sequence[Sequence[LabelSet | None]], distance: Distance) -> _Parts:
    """Take apart what alpha is made of."""
    from scipy.sparse import csr_array

    read = [[v for v in unit if v is not None] for unit in units]
    rows = [i for i, unit in enumerate(read) if len(unit) > 1]
    kinds = {kind: k for k, kind in enumerate(dict.fromkeys(v for i in rows for v in read[i]))}
    table = distance_table(list(kinds), distance)
    observed = np.zeros(len(rows))
    places: list[tuple[int, int, int]] = []
    for r, i in enumerate(rows):
        counts = Counter(kinds[v] for v in read[i])
        own, n = list(counts), list(counts.values())
        if len(own) > 1:
            observed[r] = n @ table[np.ix_(own, own)] @ n / (len(read[i]) - 1)
        places += [(r, k, m) for k, m in counts.items()]
    at = np.array(places, np.int64).reshape(-1, 3)
    values = csr_array((at[:, 2].astype(np.float64), (at[:, 0], at[:, 1])), shape=(len(rows), len(kinds)))
    return _Parts(rows, observed, values, table)


def distance_table(kinds: Sequence[LabelSet], distance: Distance) -> FloatArray:
    """Give the distances between label sets; those of this module in a few array operations.

    Parameters
    ----------
    kinds : sequence of frozenset
        Distinct label sets.
    distance : callable
        Distance.

    Returns
    -------
    ndarray of shape (n_kinds, n_kinds)
        Symmetric, zeros on the diagonal.
    """
    if distance not in (masi_distance, jaccard_distance, nominal_distance):
        return np.array([[distance(a, b) for b in kinds] for a in kinds], np.float64).reshape(len(kinds), len(kinds))
    if distance is nominal_distance:
        return 1.0 - np.eye(len(kinds))
    labels = {label: k for k, label in enumerate(sorted({label for kind in kinds for label in kind}))}
    held = np.zeros((len(kinds), len(labels)))
    for i, kind in enumerate(kinds):
        held[i, [labels[label] for label in kind]] = 1.0
    common, size = held @ held.T, held.sum(axis=1)
    jaccard = ratio(common, size[:, None] + size[None, :] - common)
    if distance is masi_distance:
        inside = common == np.minimum(size[:, None], size[None, :])
        jaccard *= np.where(inside, 2 / 3, 1 / 3)
    np.fill_diagonal(jaccard, 1.0)
    return 1.0 - jaccard


def _alpha(observed: FloatArray, values: FloatArray, table: FloatArray) -> NDArray[np.float64]:
    """Compute alpha from summed parts, shapes (n,), (n, n_kinds), (n_kinds, n_kinds) -> (n,)."""
    n = values.sum(axis=1)
    expected = ((values @ table) * values).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = 1.0 - observed * (n - 1) / expected
    return np.where(n == 0, np.nan, np.where(expected == 0, 1.0, alpha))
