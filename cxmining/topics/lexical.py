"""Lexical topics, the classical alternative: NMF and LDA over content words, one language at a time or several.

References
----------
Lee and Seung (1999). Learning the parts of objects by non-negative matrix factorization. Nature 401.
Blei, Ng and Jordan (2003). Latent Dirichlet Allocation. JMLR 3.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.lexicon import IntArray, Lexicon

LexicalMethod = Literal["nmf", "lda"]


@dataclass(frozen=True)
class LexicalTopics:
    """Topics as distributions over terms.

    Parameters
    ----------
    terms : ndarray of int64, shape (n_kept,)
        Terms of the lexicon that took part.
    components : ndarray of shape (n_topics, n_kept)
        Weight of each term in each topic; rows add up to 1.
    weights : ndarray of shape (n_groups, n_topics)
        Weight of each topic in each segment or document; rows add up to 1, or are 0 where no term is known.
    """

    terms: IntArray
    components: NDArray[np.float64]
    weights: NDArray[np.float64]

    @property
    def topics(self) -> IntArray:
        """Heaviest topic of each segment or document, -1 where there is none."""
        return np.asarray(np.where(self.weights.any(axis=1), self.weights.argmax(axis=1), -1), np.int64)

    def top_terms(self, topic: int, n: int = 10) -> IntArray:
        """Give the heaviest terms of a topic, as terms of the lexicon."""
        row = self.components[topic]
        order = np.argsort(-row, kind="stable")[:n]
        found: IntArray = self.terms[order[row[order] > 0]]
        return found


def lexical_topics(
    lexicon: Lexicon,
    n_topics: int,
    method: LexicalMethod = "nmf",
    groups: IntArray | None = None,
    seed: int = 0,
) -> LexicalTopics:
    """Find lexical topics.

    Parameters
    ----------
    lexicon : Lexicon
        Content words of segments.
    n_topics : int
        Topics wanted.
    method : {'nmf', 'lda'}, default 'nmf'
        NMF over TF-IDF, started from a singular value decomposition; or LDA over counts, by variational Bayes.
    groups : ndarray of int64, shape (n_segments,), optional
        Documents; None takes each segment as one.
    seed : int, default 0
        Seed of every random choice.

    Returns
    -------
    LexicalTopics
        The same for the same lexicon and seed.

    Raises
    ------
    ValueError
        If fewer than two terms occur in two or more segments or documents.
    """
    counts = lexicon.counts(groups)
    spread = np.asarray((counts > 0).sum(axis=0)).ravel()
    terms = np.flatnonzero((spread >= 2) & (spread <= 0.5 * counts.shape[0]))
    if len(terms) < 2:
        raise ValueError("lexical topics need at least two words that occur in two or more texts")
    table = counts[:, terms].tocsr()
    if method == "nmf":
        components, weights = _nmf(table, n_topics, seed)
    else:
        components, weights = _lda(table, n_topics, seed)
    silent = np.asarray(table.sum(axis=1)).ravel() == 0
    weights[silent] = 0.0
    return LexicalTopics(terms, _shares(components), _shares(weights))


def _nmf(table: object, n_topics: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Factorise TF-IDF weights."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfTransformer

    weighed = TfidfTransformer(sublinear_tf=True).fit_transform(table)
    n = min(n_topics, *weighed.shape)
    model = NMF(n, init="nndsvd", random_state=seed, max_iter=200, tol=1e-3)
    with warnings.catch_warnings():
        # The tolerance is reached late on sparse data; after 200 rounds the order of the words does not change.
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = model.fit_transform(weighed)
    return np.asarray(model.components_, np.float64), np.asarray(weights, np.float64)


def _lda(table: object, n_topics: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit latent Dirichlet allocation."""
    from sklearn.decomposition import LatentDirichletAllocation

    model = LatentDirichletAllocation(n_topics, random_state=seed, max_iter=20, learning_method="batch")
    weights = model.fit_transform(table)
    return np.asarray(model.components_, np.float64), np.asarray(weights, np.float64)


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to add up to 1; zero rows stay zero."""
    totals = values.sum(axis=1, keepdims=True)
    scaled: NDArray[np.float64] = np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)
    return scaled
