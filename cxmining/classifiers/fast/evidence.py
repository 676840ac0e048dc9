"""Words behind a student's scores: where a few words by themselves say the most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Interval
from cxmining.classifiers.fast.ngrams import FIRST_IDEOGRAM, ORDERS, ngrams
from cxmining.classifiers.fast.vocabulary import batches
from cxmining.classifiers.transformer.evidence import token_evidence
from cxmining.encoders.windows import Tokens
from cxmining.records import Passage

if TYPE_CHECKING:
    from cxmining.classifiers.fast.serve import FastTagger

REACH = 5
"""A word's score is what it says with so many words to both sides, twice as many Japanese characters; best overlap on
development rows."""

LONGEST_RUN = max(ORDERS.values())
"""Words of the longest n-grams."""

PART = 1 << 14
"""Characters that are opened at once; of a longer text the part that says the most is quoted."""


class PassageEvidence:
    """Evidence in one passage, read once for all its labels.

    Parameters
    ----------
    passage : Passage
        What was scored.
    tagger : FastTagger
        What scored it.
    """

    def __init__(self, passage: Passage, tagger: FastTagger) -> None:
        self.passage = passage
        self._tagger = tagger
        self._parts = [part for _, parts in batches([passage.text], PART) for part in parts] or [""]
        self._begins = np.cumsum([0, *map(len, self._parts)])
        self._opened: tuple[int, Tokens, FloatArray] | None = None
        self._best: NDArray[np.intp] | None = None

    def of(self, k: int) -> list[Interval]:
        """Give the words behind label k, best first."""
        words, scores = self._open(self._part_of(k))
        return token_evidence(self.passage, words, np.ascontiguousarray(scores[:, k]))

    def _part_of(self, k: int) -> int:
        """Give the part where a word says the most of label k."""
        if len(self._parts) == 1:
            return 0
        if self._best is None:
            peaks = [self._open(i)[1].max(axis=0, initial=-np.inf) for i in range(len(self._parts))]
            self._best = np.argmax(peaks, axis=0)
        return int(self._best[k])

    def _open(self, part: int) -> tuple[Tokens, FloatArray]:
        """Give the words of a part and their scores (n_words, n_labels); the last part stays open."""
        if self._opened is None or self._opened[0] != part:
            words, scores = _heard(self._parts[part], self._tagger)
            begin = int(self._begins[part])
            self._opened = part, Tokens(words.ids, words.starts + begin, words.ends + begin), scores
        return self._opened[1:]


def _heard(text: str, tagger: FastTagger) -> tuple[Tokens, FloatArray]:
    """Read a text word by word, each among its neighbours in the sentence."""
    found = ngrams([text])
    starts, ends = found.words.T
    n = len(starts)
    words = Tokens(np.zeros(n, np.int32), starts.astype(np.int32), ends.astype(np.int32))
    rows = tagger.vocabulary.rows(found)
    known = np.flatnonzero(rows >= 0)
    lengths = found.right - found.left + 1
    # By length of the n-gram and by the word it begins with, and summed up from the first word on: what stands between
    # two words is the difference of two sums.
    places = (lengths[known] - 1) * n + found.left[known]
    order = np.argsort(places, kind="stable")
    counts = np.bincount(places, minlength=n * LONGEST_RUN)
    sums = tagger.summed(rows[known[order]], np.concatenate([[0], np.cumsum(counts)]))
    before = _from_zero(np.cumsum(sums.reshape(LONGEST_RUN, n, sums.shape[1]), axis=1))
    n_before = _from_zero(np.cumsum(counts.reshape(LONGEST_RUN, n), axis=1))
    sentences = np.searchsorted(found.first, starts, side="right") - 1
    near = np.array([2 * REACH if ord(text[at]) >= FIRST_IDEOGRAM else REACH for at in starts.tolist()], np.int64)
    first = np.maximum(np.arange(n) - near, np.searchsorted(sentences, sentences))
    last = np.minimum(np.arange(n) + near, np.searchsorted(sentences, sentences, side="right") - 1)
    inside, n_inside = np.zeros((n, sums.shape[1]), np.float32), np.zeros(n, np.int64)
    for i in range(LONGEST_RUN):
        end = np.maximum(last - i + 1, first)
        inside += before[i, end] - before[i, first]
        n_inside += n_before[i, end] - n_before[i, first]
    return words, tagger.said(tagger.activated(inside, n_inside)) + tagger.learned.sentence_bias


def _from_zero(sums: NDArray[Any]) -> NDArray[Any]:
    """Put zeros before the first word."""
    return np.concatenate([np.zeros_like(sums[:, :1]), sums], axis=1)
