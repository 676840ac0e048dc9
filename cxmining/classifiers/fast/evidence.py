"""Words behind a student's scores: in the best sentences, where a few words by themselves say the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.base import FloatArray, Interval
from cxmining.classifiers.fast.ngrams import FIRST_IDEOGRAM, ngrams
from cxmining.classifiers.fast.vocabulary import Bags, batches
from cxmining.classifiers.transformer.evidence import token_evidence
from cxmining.encoders.windows import Tokens
from cxmining.records import Passage

if TYPE_CHECKING:
    from cxmining.classifiers.fast.serve import FastTagger

REACHES = (3, 6)
"""A word's score is the mean of what it says with so many words to both sides; of Japanese characters twice as many."""

SENTENCES = 3
"""Sentences in which evidence for a label is looked for."""


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
        starts, said = [np.zeros(0, np.int64)], [np.zeros((0, len(tagger.classes)), np.float32)]
        begin = 0
        for _, parts in batches([passage.text]):
            for text in parts:
                bags = tagger.vocabulary.bags([text])
                starts.append(bags.first + begin)
                said.append(tagger.said(tagger.inner(bags)))
                begin += len(text)
        self._starts, self._said = np.concatenate(starts), np.concatenate(said)
        self._ends = np.append(self._starts[1:], len(passage.text))
        self._opened: dict[int, tuple[Tokens, FloatArray]] = {}

    def of(self, k: int) -> list[Interval]:
        """Give the words behind label k, best first."""
        best = np.argsort(-self._said[:, k], kind="stable")[:SENTENCES]
        found = [self._open(int(s)) for s in np.sort(best)]
        ids, starts, ends = (
            np.concatenate([np.zeros(0, np.int32), *(getattr(words, name) for words, _ in found)])
            for name in ("ids", "starts", "ends")
        )
        scores = np.concatenate([np.zeros(0, np.float32), *(near[:, k] for _, near in found)])
        return token_evidence(self.passage, Tokens(ids, starts, ends), scores)

    def _open(self, sentence: int) -> tuple[Tokens, FloatArray]:
        """Give the words of a sentence and their scores (n_words, n_labels)."""
        if sentence not in self._opened:
            begin = int(self._starts[sentence])
            self._opened[sentence] = _near(self.passage.text[begin : self._ends[sentence]], begin, self._tagger)
        return self._opened[sentence]


def _near(text: str, begin: int, tagger: FastTagger) -> tuple[Tokens, FloatArray]:
    """Read a sentence word by word, each among its neighbours."""
    found = ngrams([text])
    starts, ends, left = found.words()
    right = np.searchsorted(starts, found.ends - 1, side="right") - 1
    rows = tagger.vocabulary.rows(found)
    known = rows >= 0
    japanese = np.array([ord(text[at]) >= FIRST_IDEOGRAM for at in starts.tolist()])
    scores = [
        _said(rows[known], left[known], right[known], reach * np.where(japanese, 2, 1), tagger) for reach in REACHES
    ]
    words = Tokens(np.zeros(len(starts), np.int32), *((edge + begin).astype(np.int32) for edge in (starts, ends)))
    return words, np.asarray(np.mean(scores, axis=0) + tagger.learned.sentence_bias, np.float32)


def _said(
    rows: NDArray[np.int32],
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    reach: NDArray[np.intp],
    tagger: FastTagger,
) -> FloatArray:
    """Give what each word says with its neighbours within reach; n-grams go from word ``left`` to word ``right``."""
    n = len(reach)
    owners, members = [], []
    widest = int(reach.max(initial=0))
    for step in range(-widest, widest + 1):
        word = left + step
        inside = (word >= 0) & (word < n)
        at = np.where(inside, word, 0)
        inside &= (left >= at - reach[at]) & (right <= at + reach[at])
        owners.append(word[inside])
        members.append(rows[inside])
    order = np.argsort(np.concatenate(owners), kind="stable")
    counts = np.bincount(np.concatenate(owners), minlength=n)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return tagger.said(tagger.inner(Bags(np.concatenate(members)[order], offsets, np.arange(n), np.arange(n))))
