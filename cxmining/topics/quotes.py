"""Representative segments: near the centre of their topic and with its words, of a length to quote, no two alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.clusters import FloatArray, IntArray

LONGEST_QUOTE = 220
_SHORTEST = {"ja": 10}
_SHORTEST_WRITTEN = 25


def choose_quotes(
    topics: IntArray, scores: FloatArray, languages: NDArray[np.str_], documents: IntArray, texts: Sequence[str]
) -> list[list[int]]:
    """Order the quotable segments of each topic.

    Parameters
    ----------
    topics : ndarray of int64, shape (n_segments,)
        Topic of each segment, negative for none.
    scores : ndarray of shape (n_segments,)
        How well each segment stands for its topic.
    languages : ndarray of str, shape (n_segments,)
        Language of each segment.
    documents : ndarray of int64, shape (n_segments,)
        Document of each segment; a document is quoted once a topic.
    texts : sequence of str, length n_segments
        Raw words of each segment.

    Returns
    -------
    list of list of int
        By topic, three segments a language at most, the best first.
    """
    n_topics = int(topics.max(initial=-1)) + 1
    order = np.lexsort((np.arange(len(topics)), -scores, topics))
    bounds = np.searchsorted(topics[order], np.arange(n_topics + 1))
    found: list[list[int]] = []
    for k in range(n_topics):
        chosen: list[int] = []
        counts: dict[str, int] = {}
        seen: set[int | str] = set()
        for i in order[bounds[k] : bounds[k + 1]].tolist():
            language, text = str(languages[i]), texts[i]
            if counts.get(language, 0) == 3 or not _quotable(text, language):
                continue
            if int(documents[i]) in seen or text.casefold() in seen:
                continue
            chosen.append(i)
            counts[language] = counts.get(language, 0) + 1
            seen |= {int(documents[i]), text.casefold()}
        found.append(chosen)
    return found


def _quotable(text: str, language: str) -> bool:
    """Tell whether a segment can stand alone on a page."""
    return _SHORTEST.get(language, _SHORTEST_WRITTEN) <= len(text) <= LONGEST_QUOTE
