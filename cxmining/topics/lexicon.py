"""The content words of many segments as integer arrays: small enough for millions of words."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxmining.topics.terms import NAME_COUNT, NAME_SHARE, Word, is_content

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

IntArray = NDArray[np.int64]

_IN_USE = 0.1


@dataclass(frozen=True)
class Lexicon:
    """Content words of segments.

    Parameters
    ----------
    lemmas : tuple of str
        Dictionary form of each term.
    forms : tuple of str
        Words as written, in small letters unless they are capitals throughout.
    languages : ndarray of str, shape (n_terms,)
        Language of each term; the same letters in two languages are two terms.
    ids : ndarray of int32, shape (n_words,)
        Term of each content word, segment by segment in order.
    written : ndarray of int32, shape (n_words,)
        Form of each content word.
    places : ndarray of int32, shape (n_words,)
        Which word of the segment it is, left-out words counted.
    offsets : ndarray of int64, shape (n_segments + 1,)
        ``ids[offsets[i]:offsets[i + 1]]`` belong to segment i.
    """

    lemmas: tuple[str, ...]
    forms: tuple[str, ...]
    languages: NDArray[np.str_]
    ids: NDArray[np.int32]
    written: NDArray[np.int32]
    places: NDArray[np.int32]
    offsets: IntArray

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> IntArray:
        """Content words of each segment, shape (n_segments,)."""
        return np.diff(self.offsets)

    def owners(self) -> IntArray:
        """Give the segment of each word, shape (n_words,)."""
        return np.repeat(np.arange(self.n_segments), self.lengths)

    def counts(self, groups: IntArray | None = None, n_groups: int | None = None) -> csr_matrix:
        """Count terms.

        Parameters
        ----------
        groups : ndarray of int64, shape (n_segments,), optional
            Group of each segment (a document, a topic); negative ones are left out. None counts by segment.
        n_groups : int, optional
            Number of groups; by default one more than the greatest.

        Returns
        -------
        scipy.sparse.csr_matrix of shape (n_groups, n_terms)
            Words of each term in each group.
        """
        from scipy.sparse import csr_matrix

        rows = self.owners() if groups is None else groups[self.owners()]
        n = n_groups if n_groups is not None else int(rows.max(initial=-1)) + 1
        if groups is None:
            n = self.n_segments
        kept = rows >= 0
        ones = np.ones(int(kept.sum()), np.float32)
        return csr_matrix((ones, (rows[kept], self.ids[kept])), shape=(n, len(self.lemmas)))

    def words(self, segment: int) -> list[str]:
        """Give the lemmas of a segment, in order."""
        return [self.lemmas[i] for i in self.ids[self.offsets[segment] : self.offsets[segment + 1]]]

    @cached_property
    def surfaces(self) -> tuple[str, ...]:
        """A form to show for each term: the dictionary form where it is in use, else the most frequent one."""
        pairs, n = np.unique(np.stack([self.ids, self.written]), axis=1, return_counts=True)
        best: dict[int, tuple[int, str]] = {}
        total: Counter[int] = Counter()
        plain: Counter[int] = Counter()
        for term, form, count in zip(*pairs.tolist(), n.tolist(), strict=True):
            shown = self.forms[form]
            total[term] += count
            plain[term] += count * (shown == self.lemmas[term])
            best[term] = max(best.get(term, (0, "")), (count, shown))
        return tuple(
            lemma if i not in best or plain[i] >= _IN_USE * total[i] else best[i][1]
            for i, lemma in enumerate(self.lemmas)
        )


class LexiconBuilder:
    """Collects the words of segments one by one and leaves out names in the end."""

    def __init__(self) -> None:
        self._terms: dict[tuple[str, str], int] = {}
        self._kept: dict[tuple[str, str, str, str], int] = {}
        self._forms: dict[str, int] = {}
        self._high: Counter[int] = Counter()
        self._low: Counter[int] = Counter()
        self._ids = array("i")
        self._written = array("i")
        self._places = array("i")
        self._offsets = array("q", [0])

    def add(self, words: Sequence[Word], language: str) -> None:
        """Add the words of the next segment.

        Parameters
        ----------
        words : sequence of Word
            All words in order.
        language : str
            Language of the segment.
        """
        cased = language != "ja" and sum(w.surface.isupper() for w in words) * 2 <= len(words)
        for place, word in enumerate(words):
            key = (language, word.lemma, word.surface, word.pos)
            term = self._kept.get(key)
            if term is None:
                term = self._kept[key] = self._term(word, language)
            if term < 0:
                continue
            self._ids.append(term)
            self._places.append(place)
            form = word.surface if word.surface.isupper() else word.surface.lower()
            self._written.append(self._forms.setdefault(form, len(self._forms)))
            # The first word of a segment has its capital from the sentence.
            if cased and place:
                (self._high if word.surface[0].isupper() else self._low)[term] += 1
        self._offsets.append(len(self._ids))

    def _term(self, word: Word, language: str) -> int:
        """Number a term; -1 for words that describe no topic."""
        if not is_content(word, language):
            return -1
        return self._terms.setdefault((language, word.lemma), len(self._terms))

    def finish(self) -> Lexicon:
        """Give the lexicon; words that stand with a capital inside sentences are names and left out."""
        keys = list(self._terms)
        names = np.zeros(len(keys), np.bool_)
        for term, n in self._high.items():
            total = n + self._low[term]
            names[term] = total >= NAME_COUNT and n >= NAME_SHARE * total
        ids, written, places = (
            np.frombuffer(values, np.int32) if len(values) else np.zeros(0, np.int32)
            for values in (self._ids, self._written, self._places)
        )
        kept = ~names[ids]
        before = np.concatenate([[0], np.cumsum(kept)])
        offsets = before[np.frombuffer(self._offsets, np.int64)].astype(np.int64)
        languages = np.array([language for language, _ in keys], dtype=np.str_)
        lemmas = tuple(lemma for _, lemma in keys)
        return Lexicon(lemmas, tuple(self._forms), languages, ids[kept], written[kept], places[kept], offsets)
