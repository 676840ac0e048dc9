"""Pairs of neighbouring words that belong together, by NLTK's association measures.

References
----------
Dunning (1993). Accurate Methods for the Statistics of Surprise and Coincidence. Computational Linguistics 19(1).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from cxmining.topics.lexicon import IntArray, Lexicon

Measure = Literal["likelihood_ratio", "pmi", "student_t", "dice", "jaccard", "chi_sq", "poisson_stirling"]

_LEAST_RATIO = 10.83
"""Critical value of chi squared at one degree of freedom, p = 0.001."""


@dataclass(frozen=True, slots=True)
class Collocation:
    """A pair of neighbouring words.

    Parameters
    ----------
    lemmas : tuple of str
        Dictionary forms in order.
    surface : str
        Its most frequent form as written.
    score : float
        Association by the measure that was asked for.
    count : int
        Occurrences in the topic.
    """

    lemmas: tuple[str, str]
    surface: str
    score: float
    count: int


def topic_collocations(
    lexicon: Lexicon,
    topics: IntArray,
    n_topics: int,
    n_best: int = 5,
    measure: Measure = "likelihood_ratio",
) -> list[dict[str, list[Collocation]]]:
    """Find the collocations of each topic.

    Parameters
    ----------
    lexicon : Lexicon
        Content words of the segments, with their places.
    topics : ndarray of int64, shape (n_segments,)
        Topic of each segment, negative for none.
    n_topics : int
        Number of topics.
    n_best : int, default 5
        Most pairs of a topic in a language.
    measure : str, default 'likelihood_ratio'
        Name of a measure of ``nltk.metrics.BigramAssocMeasures``.

    Returns
    -------
    list of dict of str to list of Collocation
        By topic and language, most frequent in the topic first. Kept are pairs that are associated in the whole
        (log-likelihood ratio of at least 10.83), stand at least three times in the topic and are denser there.
    """
    owners = lexicon.owners()
    ids = lexicon.ids.astype(np.int64)
    beside = np.flatnonzero((owners[:-1] == owners[1:]) & (np.diff(lexicon.places) == 1)) if len(ids) > 1 else ids[:0]
    n_terms = len(lexicon.lemmas)
    pairs, inverse = np.unique(ids[beside] * n_terms + ids[beside + 1], return_inverse=True)
    first, second = np.bincount(ids[beside], minlength=n_terms), np.bincount(ids[beside + 1], minlength=n_terms)
    total = np.bincount(inverse, minlength=len(pairs))
    place = topics[owners[beside]]
    found: list[dict[str, list[Collocation]]] = [{} for _ in range(n_topics)]
    n_all = len(beside)
    by_topic = np.argsort(place, kind="stable")
    bounds = np.searchsorted(place[by_topic], np.arange(n_topics + 1))
    for k in range(n_topics):
        here = by_topic[bounds[k] : bounds[k + 1]]
        inside, n = np.unique(inverse[here], return_counts=True)
        for pair, count in sorted(zip(inside.tolist(), n.tolist(), strict=True), key=lambda item: (-item[1], item[0])):
            if count < 3:
                break
            a, b = divmod(int(pairs[pair]), n_terms)
            row = found[k].setdefault(str(lexicon.languages[a]), [])
            contingency = (int(total[pair]), (int(first[a]), int(second[b])), n_all)
            dense = count * n_all > 1.3 * total[pair] * len(here) or n_topics == 1
            if len(row) < n_best and a != b and dense and _ratio(*contingency) >= _LEAST_RATIO:
                where = beside[here[inverse[here] == pair]]
                score = float(getattr(_measures(), measure)(*contingency))
                lemmas = (lexicon.lemmas[a], lexicon.lemmas[b])
                row.append(Collocation(lemmas, _surface(lexicon, where), round(score, 3), count))
    return found


@cache
def _measures() -> Any:
    """Load the measures, once."""
    from nltk.metrics import BigramAssocMeasures

    return BigramAssocMeasures


def _ratio(n_ii: int, margins: tuple[int, int], n_all: int) -> float:
    """Give the log-likelihood ratio of pairs that meet more often than by chance, 0 for the others."""
    if n_ii * n_all <= margins[0] * margins[1]:
        return 0.0
    return float(_measures().likelihood_ratio(n_ii, margins, n_all))


def _surface(lexicon: Lexicon, where: IntArray) -> str:
    """Write a pair as it stands most often; Japanese without a space."""
    gap = "" if lexicon.languages[lexicon.ids[where[0]]] == "ja" else " "
    forms = Counter((int(lexicon.written[i]), int(lexicon.written[i + 1])) for i in where)
    (a, b), _ = min(forms.items(), key=lambda item: (-item[1], item[0]))
    return f"{lexicon.forms[a]}{gap}{lexicon.forms[b]}"
