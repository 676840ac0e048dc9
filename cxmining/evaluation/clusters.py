"""How well clusters meet classes that people gave, and how stable they are between runs.

The number -1 marks noise, as density clustering gives it: a text in no cluster. It is scored as a cluster of its own
text alone, so that leaving everything out is no way to a good score.

References
----------
Rosenberg and Hirschberg (2007). V-Measure. EMNLP-CoNLL. Hubert and Arabie (1985). Comparing Partitions. Journal of
Classification 2. Vinh, Epps and Bailey (2010). Information Theoretic Measures for Clusterings Comparison. JMLR 11.
Bagga and Baldwin (1998). Entity-Based Cross-Document Coreferencing Using the Vector Space Model. ACL-COLING (B-cubed).
Amigo et al. (2009). A Comparison of Extrinsic Clustering Evaluation Metrics. Information Retrieval 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cxmining.evaluation.multilabel import FloatArray

Partition = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """Clusters against classes; all in [0, 1] but the adjusted measures, which are at most 1 and about 0 for chance.

    Parameters
    ----------
    homogeneity, completeness, v_measure : float
        Whether clusters hold one class, classes lie in one cluster, and their harmonic mean.
    adjusted_rand, adjusted_mutual_information : float
        Corrected for chance.
    purity : float
        Share of texts in the majority class of their cluster.
    b_cubed_precision, b_cubed_recall, b_cubed_f1 : float
        Means over texts of the share of its cluster in its class, and of its class in its cluster.
    n_clusters : int
        Clusters, noise not counted.
    noise : float
        Share of texts in no cluster.
    """

    homogeneity: float
    completeness: float
    v_measure: float
    adjusted_rand: float
    adjusted_mutual_information: float
    purity: float
    b_cubed_precision: float
    b_cubed_recall: float
    b_cubed_f1: float
    n_clusters: int
    noise: float


def cluster_report(classes: Partition, clusters: Partition) -> ClusterReport:
    """Compare clusters with classes.

    Parameters
    ----------
    classes : ndarray of int, shape (n_texts,)
        Gold class of each text.
    clusters : ndarray of int, shape (n_texts,)
        Cluster of each text; -1 is noise.

    Returns
    -------
    ClusterReport
        Measures.

    Raises
    ------
    ValueError
        If there are no texts or the lengths differ.
    """
    from sklearn.metrics import (
        adjusted_mutual_info_score,
        adjusted_rand_score,
        homogeneity_completeness_v_measure,
    )

    if not len(classes) or len(classes) != len(clusters):
        raise ValueError(f"classes and clusters of the same texts are needed, got {len(classes)} and {len(clusters)}")
    own = singletons(clusters)
    table = contingency(classes, own)
    n = table.sum()
    precision = float((table**2 / table.sum(axis=0)).sum() / n)
    recall = float((table**2 / table.sum(axis=1, keepdims=True)).sum() / n)
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(classes, own)
    return ClusterReport(
        float(homogeneity),
        float(completeness),
        float(v_measure),
        float(adjusted_rand_score(classes, own)),
        float(adjusted_mutual_info_score(classes, own)),
        float(table.max(axis=0).sum() / n),
        precision,
        recall,
        2 * precision * recall / (precision + recall),
        len(np.unique(clusters[clusters != -1])),
        float((clusters == -1).mean()),
    )


def singletons(clusters: Partition) -> NDArray[np.intp]:
    """Number clusters from 0 and give every noise text (-1) a cluster of its own, shape (n_texts,)."""
    noise = clusters == -1
    kept, codes = np.unique(clusters[~noise], return_inverse=True)
    out = np.empty(len(clusters), np.intp)
    out[~noise] = codes
    out[noise] = len(kept) + np.arange(int(noise.sum()))
    return out


def contingency(classes: Partition, clusters: Partition) -> FloatArray:
    """Count texts by class and cluster, shape (n_classes, n_clusters)."""
    rows, row_codes = np.unique(classes, return_inverse=True)
    columns, column_codes = np.unique(clusters, return_inverse=True)
    flat = np.bincount(row_codes * len(columns) + column_codes, minlength=len(rows) * len(columns))
    return flat.reshape(len(rows), len(columns)).astype(np.float64)


def stability(runs: Sequence[Partition]) -> float:
    """Give the mean adjusted Rand index between runs on the same texts.

    Parameters
    ----------
    runs : sequence of ndarray of int, shape (n_texts,)
        Clusters of at least two runs; -1 is noise.

    Returns
    -------
    float
        At most 1; NaN for fewer than two runs.
    """
    from sklearn.metrics import adjusted_rand_score

    pairs = [adjusted_rand_score(singletons(a), singletons(b)) for a, b in combinations(runs, 2)]
    return float(np.mean(pairs)) if pairs else float("nan")
