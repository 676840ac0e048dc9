"""Words that tell a topic from the others: class-based TF-IDF, ordered so that they belong together.

References
----------
Grootendorst (2022). BERTopic: Neural topic modeling with a class-based TF-IDF procedure. arXiv:2203.05794.
Bouma (2009). Normalized (Pointwise) Mutual Information in Collocation Extraction. GSCL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.lexicon import IntArray, Lexicon
from cxmining.topics.terms import feeling_words

_CANDIDATES = 50
_BASE_WEIGHT = 0.25
_LEAST_LIFT = 1.3
_SHARED_BY = 2
_SECOND_SHARE = 0.5
_ENOUGH_WORDS = 5


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word of a topic.

    Parameters
    ----------
    lemma, surface : str
        Dictionary form, and a form as written.
    score : float
        Class-based TF-IDF as a share of the topic's greatest, in (0, 1].
    count : int
        Segments of the topic that have the word.
    """

    lemma: str
    surface: str
    score: float
    count: int


def topic_words(
    lexicon: Lexicon, topics: IntArray, documents: IntArray, n_topics: int, n_words: int = 10
) -> list[dict[str, list[Keyword]]]:
    """Choose words for each topic in each of its languages.

    Parameters
    ----------
    lexicon : Lexicon
        Content words of the segments.
    topics : ndarray of int64, shape (n_segments,)
        Topic of each segment, negative for none.
    documents : ndarray of int64, shape (n_segments,)
        Document of each segment; words that stand in the same documents go together.
    n_topics : int
        Number of topics.
    n_words : int, default 10
        Most words of a topic in a language.

    Returns
    -------
    list of dict of str to list of Keyword
        By topic and language, best first. A word serves at most two topics, the second only where it marks that topic
        at least half as much as the first; words of praise and blame come in only where fewer than five others are
        left.
    """
    found: list[dict[str, list[Keyword]]] = [{} for _ in range(n_topics)]
    by_segment = lexicon.counts()
    by_topic = _presence(by_segment, topics, n_topics)
    by_document = _presence(by_segment, documents, int(documents.max(initial=-1)) + 1)
    for language in sorted(set(lexicon.languages.tolist())):
        columns = np.flatnonzero(lexicon.languages == language)
        counts = np.asarray(by_topic[:, columns].todense(), np.float64)
        scores = class_tfidf(counts)
        telling = np.where(_telling(counts), scores, 0.0)
        # Few words tell few topics apart; then the most frequent ones have to do.
        scores = np.where(telling.any(axis=1, keepdims=True), telling, scores)
        feeling = np.array([lexicon.lemmas[c] in feeling_words(language) for c in columns], np.bool_)
        together = by_document[:, columns].tocsc()
        together = together[np.asarray(together.sum(axis=1)).ravel() > 0]
        for k in range(n_topics):
            chosen = _choose(scores[k], feeling, together, n_words)
            top = float(scores[k].max(initial=0.0))
            found[k][language] = [
                Keyword(
                    lexicon.lemmas[columns[j]],
                    lexicon.surfaces[columns[j]],
                    round(float(scores[k, j]) / top, 4),
                    int(counts[k, j]),
                )
                for j in chosen
            ]
    return found


def class_tfidf(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weigh terms by topic.

    Parameters
    ----------
    counts : ndarray of shape (n_topics, n_terms)
        Count of each term in each topic.

    Returns
    -------
    ndarray of shape (n_topics, n_terms)
        Relative frequency in the topic times ``log(1 + mean topic size / frequency of the term)``, at least 0.
    """
    sizes = counts.sum(axis=1, keepdims=True)
    totals = counts.sum(axis=0, keepdims=True)
    rarity = np.log1p(sizes.mean() / np.maximum(totals, 1.0)) if len(counts) else totals
    weighed: NDArray[np.float64] = counts / np.maximum(sizes, 1.0) * rarity
    return weighed


def npmi(together: NDArray[np.float64], n_documents: int) -> NDArray[np.float64]:
    """Compute normalised pointwise mutual information from counts.

    Parameters
    ----------
    together : ndarray of shape (n, n)
        Documents that have both words; the diagonal counts each word.
    n_documents : int
        All documents.

    Returns
    -------
    ndarray of shape (n, n)
        In [-1, 1]; -1 for words that never meet.
    """
    joint = together / max(n_documents, 1)
    single = np.diag(joint)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(joint / np.outer(single, single)) / -np.log(joint)
    return np.where(together > 0, np.where(joint < 1, value, 1.0), -1.0)


def _presence(by_segment: Any, groups: IntArray, n_groups: int) -> Any:
    """Count for each group the segments that have a term."""
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(groups >= 0)
    ones = np.ones(len(rows), np.float32)
    member = csr_matrix((ones, (groups[rows], rows)), shape=(n_groups, len(groups)))
    present = by_segment.copy()
    present.data[:] = 1.0
    return (member @ present).tocsr()


def _telling(counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell words that are more frequent in a topic than elsewhere, in the one or two topics that they mark most."""
    sizes = np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    totals = counts.sum(axis=0, keepdims=True)
    expected = sizes * totals / max(float(counts.sum()), 1.0)
    # Weighed by the count, so that a topic with a handful of words in a language takes no word away from a large one.
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(counts > 0, counts * np.log(counts / np.maximum(expected, 1e-12)), 0.0)
    rank = np.argsort(np.argsort(-weight, axis=0, kind="stable"), axis=0, kind="stable")
    least = 3 if counts.sum() >= 5_000 else 2
    # With one topic alone nothing is more frequent elsewhere.
    lift = _LEAST_LIFT if len(counts) > 1 else 0.0
    marked = (rank < _SHARED_BY) & (weight >= _SECOND_SHARE * weight.max(axis=0, initial=0.0))
    telling: NDArray[np.bool_] = (counts >= least) & (counts >= lift * expected) & marked
    return telling


def _choose(scores: NDArray[np.float64], feeling: NDArray[np.bool_], together: Any, n_words: int) -> Sequence[int]:
    """Take the best words one by one, those that share documents with the words taken before preferred."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0]
    plain = order[~feeling[order]][:_CANDIDATES]
    chosen = _greedy(plain, scores, together, n_words)
    if len(chosen) < _ENOUGH_WORDS:
        chosen += order[feeling[order]][: _ENOUGH_WORDS - len(chosen)].tolist()
    return chosen


def _greedy(candidates: IntArray, scores: NDArray[np.float64], together: Any, n_words: int) -> list[int]:
    """Order candidates by their own weight and their mean association with those taken."""
    if not len(candidates):
        return []
    present = together[:, candidates]
    present.data[:] = 1.0
    association = npmi(np.asarray((present.T @ present).todense(), np.float64), together.shape[0])
    base = _BASE_WEIGHT * np.sqrt(scores[candidates] / scores[candidates[0]])
    taken = [0]
    free = np.ones(len(candidates), np.bool_)
    free[0] = False
    while len(taken) < n_words and free.any():
        with_taken = association[:, taken].mean(axis=1)
        best = int(np.where(free, base + with_taken, -np.inf).argmax())
        # Words that stand apart from the others would only fill the list up.
        if len(taken) >= _ENOUGH_WORDS and with_taken[best] < 0:
            break
        taken.append(best)
        free[best] = False
    return [int(j) for j in candidates[taken]]
