"""The n-grams that a student knows, and texts as bags of them, a bag a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmining.classifiers.fast.ngrams import BITS, LONGEST, NGrams, ngrams


@dataclass(frozen=True, slots=True)
class Bags:
    """Known n-grams of texts, sentence by sentence.

    Parameters
    ----------
    rows : ndarray of shape (n_known,)
        Rows of the n-grams in the vocabulary.
    offsets : ndarray of shape (n_sentences + 1,)
        Where each sentence's rows begin; a sentence may have none.
    texts : ndarray of shape (n_sentences,)
        Text of each sentence, ascending.
    first : ndarray of shape (n_sentences,)
        Where the first word of each sentence begins in its text.
    """

    rows: NDArray[np.int32]
    offsets: NDArray[np.int64]
    texts: NDArray[np.int64]
    first: NDArray[np.int64]


class Vocabulary:
    """Known n-grams.

    Parameters
    ----------
    codes : ndarray of shape (n_known,)
        Their codes, ascending; the n-gram at index i has row i.
    """

    def __init__(self, codes: NDArray[np.int32]) -> None:
        self.codes = codes
        self._rows = np.full(1 << BITS, -1, np.int32)
        self._rows[codes] = np.arange(len(codes), dtype=np.int32)

    def rows(self, found: NGrams) -> NDArray[np.int32]:
        """Give the row of each n-gram, -1 where it is not known."""
        return self._rows.take(found.codes)

    def bags(self, texts: Sequence[str]) -> Bags:
        """Read texts that :func:`batches` gave."""
        found = ngrams(texts)
        rows = self.rows(found)
        known = np.flatnonzero(rows >= 0)
        sentences = found.sentences.take(known)
        # A stable order within a sentence: its sums round alike in any company.
        few = len(found.texts) < 1 << 16
        order = np.argsort(sentences.astype(np.uint16) if few else sentences, kind="stable")
        counts = np.bincount(sentences, minlength=len(found.texts))
        return Bags(rows.take(known.take(order)), np.concatenate([[0], np.cumsum(counts)]), found.texts, found.first)


def batches(texts: Sequence[str], limit: int = LONGEST) -> Iterator[tuple[list[int], list[str]]]:
    """Part texts into batches for :func:`ngrams`; a text longer than a batch comes in several, cut at a space if any.

    Parameters
    ----------
    texts : sequence of str
        Texts of any length.
    limit : int
        Characters a batch, line breaks included.

    Yields
    ------
    owners : list of int
        Text of each part, ascending.
    parts : list of str
        The parts.
    """
    owners: list[int] = []
    parts: list[str] = []
    used = 0
    for i, text in enumerate(texts):
        begin = 0
        while begin < len(text):
            end = min(len(text), begin + limit - 1)
            if end < len(text):
                end = max(text.rfind(" ", begin, end), text.rfind("\n", begin, end)) + 1 or end
            if parts and used + end - begin + 1 > limit:
                yield owners, parts
                owners, parts, used = [], [], 0
            owners.append(i)
            parts.append(text[begin:end])
            used += end - begin + 1
            begin = end
    if parts:
        yield owners, parts
