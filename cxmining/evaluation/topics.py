"""Quality of topics: coherence of their words, diversity, stability from run to run, silhouette.

References
----------
Bouma (2009). Normalized (Pointwise) Mutual Information in Collocation Extraction. GSCL (NPMI).
Röder, Both and Hinneburg (2015). Exploring the Space of Topic Coherence Measures. WSDM (C_v, sliding windows).
Dieng, Ruiz and Blei (2020). Topic Modeling in Embedding Spaces. TACL 8 (topic diversity).
Greene, O'Callaghan and Cunningham (2014). How Many Topics? Stability Analysis for Topic Models. ECML PKDD.
Hubert and Arabie (1985). Comparing partitions. Journal of Classification 2.
Rousseeuw (1987). Silhouettes. Journal of Computational and Applied Mathematics 20.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Words = Sequence[Sequence[str]]

_EPSILON = 1e-12


def npmi_coherence(topics: Words, texts: Words, window: int | None = None) -> FloatArray:
    """Compute the mean normalised pointwise mutual information of the words of each topic.

    Parameters
    ----------
    topics : sequence of sequence of str
        Top words of each topic.
    texts : sequence of sequence of str
        Reference texts as words in order.
    window : int, optional
        Count words as together where they stand in a sliding window of this many words; None takes whole texts.

    Returns
    -------
    ndarray of shape (n_topics,)
        In [-1, 1]; NaN for a topic of fewer than two different words. Words that never meet count as -1.
    """
    index, together, n = _cooccurrence(topics, texts, window)
    return np.array([_mean_off_diagonal(_npmi(together, n, [index[w] for w in dict.fromkeys(t)])) for t in topics])


def c_v_coherence(topics: Words, texts: Words, window: int = 110) -> FloatArray:
    """Compute C_v: each word's vector of associations held against the sum of all of its topic.

    Parameters
    ----------
    topics : sequence of sequence of str
        Top words of each topic.
    texts : sequence of sequence of str
        Reference texts as words in order.
    window : int, default 110
        Words of the sliding window.

    Returns
    -------
    ndarray of shape (n_topics,)
        Mean cosine, in [0, 1] in practice; NaN for a topic of fewer than two different words.
    """
    index, together, n = _cooccurrence(topics, texts, window)
    found = []
    for topic in topics:
        columns = [index[w] for w in dict.fromkeys(topic)]
        if len(columns) < 2:
            found.append(np.nan)
            continue
        vectors = _npmi(together, n, columns, smooth=True)
        whole = vectors.sum(axis=0)
        norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(whole)
        cosines = np.divide(vectors @ whole, norms, out=np.zeros(len(columns)), where=norms > 0)
        found.append(float(cosines.mean()))
    return np.array(found)


def topic_diversity(topics: Words, n_words: int = 10) -> float:
    """Give the share of different words among the top words of all topics.

    Parameters
    ----------
    topics : sequence of sequence of str
        Top words of each topic.
    n_words : int, default 10
        Words of each topic that count.

    Returns
    -------
    float
        In [0, 1]; 1 where no word serves two topics; NaN without words.
    """
    words = [w for topic in topics for w in topic[:n_words]]
    return len(set(words)) / len(words) if words else float("nan")


def word_stability(first: Words, second: Words) -> float:
    """Match the topics of two runs one to one by their words and give the mean Jaccard similarity.

    Parameters
    ----------
    first, second : sequence of sequence of str
        Top words of the topics of each run.

    Returns
    -------
    float
        In [0, 1]; a topic of the larger run without a partner counts as 0; NaN where a run has no topics.
    """
    from scipy.optimize import linear_sum_assignment

    if not first or not second:
        return float("nan")
    a, b = [set(t) for t in first], [set(t) for t in second]
    similar = np.array([[len(x & y) / len(x | y) if x | y else 1.0 for y in b] for x in a])
    rows, columns = linear_sum_assignment(similar, maximize=True)
    return float(similar[rows, columns].sum() / max(len(a), len(b)))


def partition_stability(first: IntArray, second: IntArray) -> float:
    """Compare the topics that two runs gave to the same texts.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n,)
        Topic of each text; an outlier topic counts as a topic.

    Returns
    -------
    float
        Adjusted Rand index: 1 for the same partition, about 0 for chance.
    """
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(first, second))


def subsample_stability(
    fit: Callable[[IntArray], IntArray], n: int, share: float = 0.8, n_draws: int = 5, seed: int = 0
) -> float:
    """Fit topics on random parts of a collection and compare what the parts have in common.

    Parameters
    ----------
    fit : callable
        Takes the rows of a part (sorted), fits topics on it, gives the topic of each of its rows.
    n : int
        Rows of the collection.
    share : float, default 0.8
        Size of a part, in (0.5, 1).
    n_draws : int, default 5
        Parts; every pair is compared.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    float
        Mean adjusted Rand index over pairs of parts, on the rows that both have.
    """
    rng = np.random.default_rng(seed)
    parts = [np.sort(rng.choice(n, round(share * n), replace=False)) for _ in range(n_draws)]
    fitted = [fit(rows) for rows in parts]
    found = []
    for (a, x), (b, y) in combinations(list(zip(parts, fitted, strict=True)), 2):
        _, in_a, in_b = np.intersect1d(a, b, return_indices=True)
        found.append(partition_stability(x[in_a], y[in_b]))
    return float(np.mean(found)) if found else float("nan")


def topic_silhouette(vectors: NDArray[np.floating], topics: IntArray, sample: int = 5000, seed: int = 0) -> float:
    """Compute the mean silhouette by cosine distance.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Vectors of texts.
    topics : ndarray of int64, shape (n,)
        Topic of each text; negative ones are left out.
    sample : int, default 5000
        Texts drawn where there are more; the measure is quadratic.
    seed : int, default 0
        Seed of the draw.

    Returns
    -------
    float
        In [-1, 1]; NaN with fewer than two topics.
    """
    from sklearn.metrics import silhouette_score

    rows = np.flatnonzero(topics >= 0)
    if len(rows) > sample:
        rows = np.sort(np.random.default_rng(seed).choice(rows, sample, replace=False))
    n = len(np.unique(topics[rows]))
    if not 2 <= n < len(rows):
        return float("nan")
    return float(silhouette_score(vectors[rows], topics[rows], metric="cosine"))


def _cooccurrence(topics: Words, texts: Words, window: int | None) -> tuple[dict[str, int], FloatArray, int]:
    """Count in how many windows each pair of topic words meets; the diagonal counts each word."""
    from scipy.sparse import csr_matrix

    index = {w: i for i, w in enumerate(dict.fromkeys(w for topic in topics for w in topic))}
    rows: list[int] = []
    columns: list[int] = []
    n = 0
    for text in texts:
        codes = [index.get(w, -1) for w in text]
        for piece in _windows(codes, window):
            present = set(piece) - {-1}
            rows.extend([n] * len(present))
            columns.extend(present)
            n += 1
    table = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, len(index)))
    return index, np.asarray((table.T @ table).todense(), np.float64), n


def _windows(codes: list[int], window: int | None) -> list[list[int]]:
    """Give the sliding windows of a text; a shorter text is one."""
    if not codes:
        return []
    if window is None or len(codes) <= window:
        return [codes]
    return [codes[at : at + window] for at in range(len(codes) - window + 1)]


def _npmi(together: FloatArray, n: int, columns: list[int], smooth: bool = False) -> FloatArray:
    """Give NPMI between words; smoothed as in the reference implementation of C_v, or -1 for words that never meet."""
    joint = together[np.ix_(columns, columns)] / max(n, 1)
    single = np.diag(joint)
    extra = _EPSILON if smooth else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log((joint + extra) / (np.outer(single, single) + extra)) / -np.log(joint + extra)
    if smooth:
        return np.nan_to_num(value, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.where(joint > 0, np.where(joint < 1, value, 1.0), -1.0)


def _mean_off_diagonal(values: FloatArray) -> float:
    """Average over the pairs of different words."""
    n = len(values)
    return float((values.sum() - np.trace(values)) / (n * (n - 1))) if n > 1 else float("nan")
